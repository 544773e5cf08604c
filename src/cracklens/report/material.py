"""Takes nothing; gives what every report writer is handed. Knows no file format."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from cracklens.models.card import Card
from cracklens.photo import OtherFiles
from cracklens.report.options import ReportOptions
from cracklens.report.overview import Overview
from cracklens.values import Outcome


@dataclass(frozen=True)
class Material:
    """What a report is written from.

    Attributes:
        outcomes: one per photo; may be read from disk as they are asked for.
        card: of the detector.
        overview: order, counts and thresholds.
        options: what a person said of the inspection.
        checkpoint_sha256: of the head's file; "" where it is not known.
        notes: what the reader must know of the whole run, a sentence each.
        others: files that are neither photos nor films.
    """

    outcomes: Sequence[Outcome]
    card: Card
    overview: Overview
    options: ReportOptions
    checkpoint_sha256: str = ""
    notes: tuple[str, ...] = ()
    others: OtherFiles = field(default_factory=OtherFiles)

    @property
    def date(self) -> str:
        """The date of the inspection: as given, else that of the latest photo whose clock can be right, else ""."""
        return self.options.date or self.overview.dated.day
