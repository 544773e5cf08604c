"""Takes outcomes; gives what is said of all of them together: order, counts, thresholds. Knows no file format."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from cracklens import __version__
from cracklens.errors import OutputError
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
    """

    index: int
    photo: str
    score: float
    flagged_share: float
    findings: int
    threshold: float


@dataclass(frozen=True)
class Overview:
    """What a report says of all photos together.

    Attributes:
        flagged: photos with findings, the one that needs a look most first.
        unflagged: inspected photos without, highest score first.
        failures: photos that could not be inspected, as they came.
        software_version: of the cracklens that writes the report.
    """

    flagged: tuple[Row, ...]
    unflagged: tuple[Row, ...]
    failures: tuple[Failure, ...]
    software_version: str

    @property
    def inspected(self) -> tuple[Row, ...]:
        """All inspected photos in order of need."""
        return self.flagged + self.unflagged

    @property
    def findings(self) -> int:
        """How many findings all photos have."""
        return sum(row.findings for row in self.flagged)

    @property
    def thresholds(self) -> tuple[float, ...]:
        """Every threshold that was used, ascending; one in a usual run."""
        return tuple(sorted({row.threshold for row in self.inspected}))


def look_over(outcomes: Sequence[Outcome]) -> Overview:
    """Go through the outcomes once, holding one at a time.

    Photos with findings come first: by peak score to 2 decimals, then flagged share, then name. The third decimal of
    a score says less about the need of a look than the size of the damage does.
    """
    rows: list[Row] = []
    failures: list[Failure] = []
    for index, outcome in enumerate(outcomes):
        if isinstance(outcome, Failure):
            failures.append(outcome)
        else:
            rows.append(_row(index, outcome))
    flagged = sorted((row for row in rows if row.findings), key=_need)
    unflagged = sorted((row for row in rows if not row.findings), key=lambda row: (-row.score, row.photo))
    return Overview(tuple(flagged), tuple(unflagged), tuple(failures), __version__)


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
    share, count = float(inspection.flagged_share), len(inspection.findings)
    return Row(index, inspection.photo, inspection.score, share, count, float(inspection.threshold))


def _need(row: Row) -> tuple[float, float, str]:
    return -round(row.score, 2), -row.flagged_share, row.photo
