"""Takes the cracks.csv that a person filled in; gives what was decided on each crack. Knows no project."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType

from cracklens.errors import DataError
from cracklens.projects.records import Decision
from cracklens.tables import read_table
from cracklens.values import Failure, Note

CRACKS = "cracks.csv"
COLUMNS = ("photo", "crack")
SAID = MappingProxyType(
    {
        "remeasured_width_mm": "measured again: {} mm",
        "extent": "extent: {}",
        "action": "action: {}",
        "by_when": "by when: {}",
    }
)
"""What has no place of its own in a project stands in the note."""

DECISIONS: Mapping[str, Decision] = MappingProxyType(
    {"": "open", "accepted": "confirmed", "re-measured": "confirmed", "rejected": "rejected"}
)
"""As the column is to be filled in."""

Key = tuple[str, str]
"""The photo's name and the crack's id in the report."""


@dataclass(frozen=True)
class Said:
    """What a person said of a line; see `CrackRow`."""

    decision: Decision
    reason: str = ""
    severity: str = ""
    element: str = ""
    note: str = ""
    by: str = ""
    at: str = ""


def read_decisions(folder: Path) -> tuple[Mapping[Key, Said], tuple[Failure, ...]]:
    """Give what was decided on the cracks of a report by hand, and what was written that is no decision.

    Args:
        folder: of the report; without a cracks.csv nothing was decided.

    Raises:
        DataError: the table cannot be read.
    """
    path = folder / CRACKS
    if not path.is_file():
        return {}, ()
    table = read_table(path, COLUMNS, also=("decision", "severity", *SAID))
    at = datetime.fromtimestamp(path.stat().st_mtime, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    found: dict[Key, Said] = {}
    faults: list[Failure] = []
    for row in table.rows:
        said = {name: row.get(name, "").strip() for name in ("decision", "severity", *SAID)}
        photo, crack = row["photo"].removeprefix("'"), row["crack"].strip()
        if not any(said.values()):
            continue
        try:
            found[photo, crack] = _said(said, at)
        except DataError as error:
            faults.append(Failure(photo, Note("because", {"reason": f"{crack}: {error}"})))
    return found, tuple(faults)


def _said(row: Mapping[str, str], at: str) -> Said:
    """Give what a row says; one that only describes the crack leaves it to be decided on.

    Raises:
        DataError: the decision is none.
    """
    decision = DECISIONS.get(row["decision"].lower())
    if decision is None:
        expected = ", ".join(filter(None, DECISIONS))
        raise DataError(f"expected {expected}; got {row['decision']!r}. Decide on it in the project.")
    note = "; ".join(text.format(row[name]) for name, text in SAID.items() if row[name])
    reason = "other" if decision == "rejected" else ""
    return Said(decision, reason, row["severity"], note=note, at="" if decision == "open" else at)
