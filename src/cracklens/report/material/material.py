"""Takes nothing; gives what every report writer is handed. Knows no file format."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from cracklens.measuring.guides import GuideComparison
from cracklens.models.card import Card
from cracklens.photo import OtherFiles
from cracklens.report.cracks import Crack, guide_of
from cracklens.report.material.options import ReportOptions
from cracklens.report.material.overview import Overview, Row, inspection_at
from cracklens.values import Inspection, Note, Outcome


@dataclass(frozen=True)
class Material:
    """What a report is written from.

    Attributes:
        outcomes: one per photo; may be read from disk as they are asked for.
        card: of the detector.
        overview: order, counts and thresholds.
        options: what a person said of the inspection.
        checkpoint_sha256: of the head's file; "" where it is not known.
        notes: what the reader must know of the whole run.
        others: files that are neither photos nor films.
        json_sha256: of report.json, which names all that the pages say; "" where it was not made.
    """

    outcomes: Sequence[Outcome]
    card: Card
    overview: Overview
    options: ReportOptions
    checkpoint_sha256: str = ""
    notes: tuple[Note, ...] = ()
    others: OtherFiles = field(default_factory=OtherFiles)
    json_sha256: str = ""

    def inspection(self, row: Row) -> Inspection:
        """Give the inspection behind a row, see `inspection_at`."""
        return inspection_at(self.outcomes, row)

    def beside(self, row: Row, crack: Crack) -> tuple[GuideComparison, ...]:
        """Give where a crack's width stands to the guide; with an exposure, to that value alone."""
        return guide_of(crack, self.options.guide, exposure=self.options.element_of(row.photo).exposure)

    @property
    def date(self) -> str:
        """The date of the inspection: as given, else that of the latest photo whose clock can be right, else ""."""
        return self.options.date or self.overview.dated.day
