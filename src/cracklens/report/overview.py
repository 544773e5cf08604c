"""Takes outcomes; gives what is said of all of them together: order, counts, thresholds. Knows no file format."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from cracklens import __version__
from cracklens.errors import OutputError
from cracklens.report.cracks import SURE, Size, cracks_of, width_of
from cracklens.report.dates import Dated, dated
from cracklens.values import Failure, Inspection, Outcome


@dataclass(frozen=True)
class Row:
    """One inspected photo without its pictures, so that thousands fit in memory.

    Attributes:
        index: its place in the outcomes.
        photo: its name.
        score: its highest cell, 0-1.
        flagged_share: share of its area inside findings, 0-1.
        findings: how many it has.
        threshold: its own, 0-1.
        sha256: of its file.
        taken_at: as in `Photo`.
        cracks, sure: how many could be traced, and how many of them with a confidence of 0.5 and more.
        has_scale: whether its sizes are known in mm.
        novelty: how unlike the training data it looks, above 1 is unlike; None where the detector cannot tell.
        empty_share: share of it without a picture, 0-1.
        longest, widest: of its sure cracks, as texts are made of: px, and mm where the scale is known.
    """

    index: int
    photo: str
    score: float
    flagged_share: float
    findings: int
    threshold: float
    sha256: str
    taken_at: str | None
    cracks: int
    sure: int
    has_scale: bool
    novelty: float | None
    empty_share: float
    longest: Size | None
    widest: Size | None


@dataclass(frozen=True)
class Overview:
    """What a report says of all photos together.

    Attributes:
        flagged: photos with findings, the one that needs a look most first.
        unflagged: inspected photos without, highest score first.
        failures: photos that could not be inspected, as they came.
        covered: photos that were not, since an inspected one shows the same, as they came.
        software_version: of the cracklens that writes the report.
    """

    flagged: tuple[Row, ...]
    unflagged: tuple[Row, ...]
    failures: tuple[Failure, ...]
    covered: tuple[Failure, ...]
    software_version: str

    @property
    def inspected(self) -> tuple[Row, ...]:
        """All inspected photos in order of need."""
        return self.flagged + self.unflagged

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
        """How many cracks could be traced in all photos."""
        return sum(row.cracks for row in self.flagged)

    @property
    def without_scale(self) -> int:
        """How many photos with findings have no known scale."""
        return sum(not row.has_scale for row in self.flagged)

    @property
    def dated(self) -> Dated:
        """When the photos were taken."""
        return dated([row.taken_at[:10] for row in self.inspected if row.taken_at])


def look_over(outcomes: Sequence[Outcome]) -> Overview:
    """Go through the outcomes once, holding one at a time.

    Photos with findings come first: by peak score to 2 decimals, then flagged share, then name. The third decimal of
    a score says less about the need of a look than the size of the damage does.
    """
    rows: list[Row] = []
    left: list[Failure] = []
    for index, outcome in enumerate(outcomes):
        if isinstance(outcome, Failure):
            left.append(outcome)
        else:
            rows.append(_row(index, outcome))
    flagged = sorted((row for row in rows if row.findings), key=_need)
    unflagged = sorted((row for row in rows if not row.findings), key=lambda row: (-row.score, row.photo))
    failures = tuple(failure for failure in left if not failure.covered_by)
    covered = tuple(failure for failure in left if failure.covered_by)
    return Overview(tuple(flagged), tuple(unflagged), failures, covered, __version__)


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


def _row(index: int, inspection: Inspection) -> Row:
    share, cracks = float(inspection.flagged_share), cracks_of(inspection)
    sure = [crack for crack in cracks if crack.trace.confidence >= SURE]
    return Row(
        index=index,
        photo=inspection.photo,
        score=inspection.score,
        flagged_share=share,
        findings=len(inspection.findings),
        threshold=float(inspection.threshold),
        sha256=inspection.sha256,
        taken_at=inspection.taken_at,
        cracks=len(cracks),
        sure=len(sure),
        has_scale=inspection.scale is not None,
        novelty=inspection.score_map.novelty,
        empty_share=float(inspection.empty_share),
        longest=max(((c.trace.length_px, None, c.length) for c in sure), key=_px, default=None),
        widest=max((width_of(c, "width_p95") for c in sure), key=_px, default=None),
    )


def _px(size: Size) -> float:
    """Give a size in px; one that could not be measured is the least."""
    return size[0] if size[0] == size[0] else -1.0  # NaN is not itself


def _need(row: Row) -> tuple[float, float, str]:
    return -round(row.score, 2), -row.flagged_share, row.photo
