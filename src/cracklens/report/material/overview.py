"""Takes outcomes; gives what is said of all of them together: order, counts, thresholds. Knows no file format."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from cracklens import __version__
from cracklens.errors import OutputError
from cracklens.report.cracks import Crack, cracks_of, doubtful_ones, first_ones, listed_ones, sure_ones, without_lines
from cracklens.report.material.dates import Dated, dated
from cracklens.values import Failure, Inspection, Outcome


@dataclass(frozen=True)
class Row:
    """One inspected photo without its pictures, so that thousands fit in memory.

    Attributes:
        index: its place in the outcomes.
        number: among the inspected photos in the order of the outcomes, from 1; it stands in the ids of its cracks.
        photo: its name.
        score: its highest cell, 0-1.
        flagged_share: share of its area inside findings, 0-1.
        findings, places, other_lines: how many it has.
        area_px: of its findings, px².
        threshold: its own, 0-1.
        sha256: of its file.
        taken_at, gps: as in `Photo`.
        cracks: how many could be traced.
        sure, doubtful: how many of them are listed as rather cracks than not, and as rather none; the rest are short.
        has_scale: whether its sizes are known in mm.
        novelty: how unlike the training data it looks, above 1 is unlike; None where the detector cannot tell.
        empty_share: share of it without a picture, 0-1.
        unlisted: whether lines look like cracks and have no width that may be said.
    """

    index: int
    number: int
    photo: str
    score: float
    flagged_share: float
    findings: int
    places: int
    other_lines: int
    area_px: int
    threshold: float
    sha256: str
    taken_at: str | None
    gps: tuple[float, float] | None
    cracks: int
    sure: int
    doubtful: int
    has_scale: bool
    novelty: float | None
    empty_share: float
    unlisted: bool = False

    @property
    def id(self) -> str:
        """How every file of the report calls it."""
        return f"P{self.number}"

    @property
    def short(self) -> int:
        """How many short pieces are summed up instead of listed."""
        return self.cracks - self.sure - self.doubtful

    @property
    def shows(self) -> bool:
        """Whether there is something to look at in it."""
        return bool(self.findings or self.cracks or self.places or self.unlisted)


Listed = tuple[Row, Crack]
"""A crack without its points, and its photo."""


@dataclass(frozen=True)
class Overview:
    """What a report says of all photos together.

    Attributes:
        flagged: photos with something to look at, the one that needs it most first.
        unflagged: inspected photos without, highest score first.
        listed: the listed cracks of all photos without their points, each with its photo, the widest first.
        failures: photos that could not be inspected, as they came.
        covered: photos that were not, since an inspected one shows the same, as they came.
        software_version: of the cracklens that writes the report.
    """

    flagged: tuple[Row, ...]
    unflagged: tuple[Row, ...]
    listed: tuple[Listed, ...]
    failures: tuple[Failure, ...]
    covered: tuple[Failure, ...]
    software_version: str

    @property
    def inspected(self) -> tuple[Row, ...]:
        """All inspected photos in order of need."""
        return self.flagged + self.unflagged

    @property
    def in_order(self) -> tuple[Row, ...]:
        """All inspected photos by their number."""
        return tuple(sorted(self.inspected, key=lambda row: row.number))

    @property
    def sure(self) -> tuple[Listed, ...]:
        """What is rather a crack than not, the widest first."""
        return tuple(pair for pair in self.listed if pair[1].certainty != "doubtful")

    @property
    def doubtful(self) -> tuple[Listed, ...]:
        """What is probably no crack, the widest first."""
        return tuple(pair for pair in self.listed if pair[1].certainty == "doubtful")

    @cached_property
    def blocks(self) -> frozenset[str]:
        """Ids of the cracks that have a block of their own on the pages; links to others lead to their photo."""
        by_photo: dict[str, list[Crack]] = {}
        for row, crack in self.sure:
            by_photo.setdefault(row.id, []).append(crack)
        return frozenset(crack.id for cracks in by_photo.values() for crack in first_ones(cracks))

    def anchor(self, row: Row, crack: Crack) -> str:
        """Give where a link to a crack leads: to its block, or to its photo."""
        return crack.id if crack.id in self.blocks else row.id

    @property
    def worst(self) -> Listed | None:
        """The crack to look at first: the widest that is long, clear, and of a known width, see `Crack.first`."""
        return min(self.sure, key=lambda pair: pair[1].first, default=None)

    @property
    def wider(self) -> tuple[Listed, ...]:
        """Cracks that come out wider than the worst, but are shorter, less sure, or need checking."""
        return tuple(pair for pair in self._above if pair[1].resolved)

    @property
    def blurred(self) -> tuple[Listed, ...]:
        """Cracks that may be wider than the worst: only a bound of their width is known."""
        return tuple(pair for pair in self._above if not pair[1].resolved)

    @property
    def _above(self) -> tuple[Listed, ...]:
        """Those that stand above the worst in the table."""
        worst = self.worst
        return self.sure[: self.sure.index(worst)] if worst else ()

    @property
    def unlike(self) -> tuple[Row, ...]:
        """Photos that look unlike the training data, the most unlike first."""
        of = [(row.novelty, row) for row in self.inspected if row.novelty is not None and row.novelty > 1]
        return tuple(row for _, row in sorted(of, key=lambda pair: (-pair[0], pair[1].photo)))

    @property
    def partly_empty(self) -> tuple[Row, ...]:
        """Photos of which a part has no picture and was not inspected, the largest part first."""
        return tuple(sorted((row for row in self.inspected if row.empty_share), key=lambda row: -row.empty_share))

    @property
    def findings(self) -> int:
        """How many findings all photos have."""
        return sum(row.findings for row in self.flagged)

    @property
    def thresholds(self) -> tuple[float, ...]:
        """Every threshold that was used, ascending; one in a usual run."""
        return tuple(sorted({row.threshold for row in self.inspected}))

    @property
    def cracks(self) -> int:
        """How many lines could be traced in all photos."""
        return sum(row.cracks for row in self.flagged)

    @property
    def without_scale(self) -> int:
        """How many photos with something to look at have no known scale."""
        return sum(not row.has_scale for row in self.flagged)

    @property
    def dated(self) -> Dated:
        """When the photos were taken."""
        return dated([row.taken_at[:10] for row in self.inspected if row.taken_at])


def look_over(outcomes: Sequence[Outcome]) -> Overview:
    """Go through the outcomes once, holding one at a time.

    Photos with something to look at come first: by peak score to 2 decimals, then flagged share, then name. The third
    decimal of a score says less about the need of a look than the size of the damage does.
    """
    rows: list[Row] = []
    listed: list[Listed] = []
    left: list[Failure] = []
    for index, outcome in enumerate(outcomes):
        if isinstance(outcome, Failure):
            left.append(outcome)
            continue
        cracks = [without_lines(crack) for crack in listed_ones(cracks_of(outcome, len(rows) + 1))]
        rows.append(_row(index, len(rows) + 1, outcome, cracks))
        listed += [(rows[-1], crack) for crack in cracks]
    flagged = sorted((row for row in rows if row.shows), key=_need)
    unflagged = sorted((row for row in rows if not row.shows), key=lambda row: (-row.score, row.photo))
    listed.sort(key=lambda pair: (pair[1].breadth, pair[0].number))
    failures = tuple(failure for failure in left if not failure.covered_by)
    covered = tuple(failure for failure in left if failure.covered_by)
    return Overview(tuple(flagged), tuple(unflagged), tuple(listed), failures, covered, __version__)


def inspection_at(outcomes: Sequence[Outcome], row: Row) -> Inspection:
    """Give the inspection behind a row.

    Raises:
        OutputError: the outcome was an inspection when it was looked over and is none now.
    """
    outcome = outcomes[row.index]
    if isinstance(outcome, Failure):
        expected = f"{row.photo}: expected the stored result that was there a moment ago"
        raise OutputError(f"{expected}; it is gone or damaged. Run the inspection again.")
    return outcome


def _row(index: int, number: int, inspection: Inspection, listed: Sequence[Crack]) -> Row:
    return Row(
        index=index,
        number=number,
        photo=inspection.photo,
        score=inspection.score,
        flagged_share=float(inspection.flagged_share),
        findings=len(inspection.findings),
        places=len(inspection.places),
        other_lines=len(inspection.other_lines),
        area_px=int(sum(finding.area_px for finding in inspection.findings)),
        threshold=float(inspection.threshold),
        sha256=inspection.sha256,
        taken_at=inspection.taken_at,
        gps=inspection.gps,
        cracks=len(inspection.traces),
        sure=len(sure_ones(listed)),
        doubtful=len(doubtful_ones(listed)),
        has_scale=inspection.scale is not None,
        novelty=inspection.score_map.novelty,
        empty_share=float(inspection.empty_share),
        unlisted=any(note.kind == "no_width_left_out" for note in inspection.notes),
    )


def _need(row: Row) -> tuple[float, float, str]:
    return -round(row.score, 2), -row.flagged_share, row.photo
