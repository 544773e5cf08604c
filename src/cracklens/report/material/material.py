"""Takes nothing; gives what every report writer is handed. Knows no file format."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from cracklens.measuring.guides import GuideComparison
from cracklens.models.card import Card
from cracklens.models.map_part import MapCard
from cracklens.photo import OtherFiles
from cracklens.report.cracks import Crack, guide_of
from cracklens.report.material.options import ReportOptions
from cracklens.report.material.overview import Overview, Row, inspection_at
from cracklens.values import Inspection, Note, Outcome

SHORT_HASH = 12
"""Digits by which a file is named in a sentence."""


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
        map_card: of the crack map by which the cracks were followed; None where none was, or it is not known.
        json_sha256: of report.json, which names all that the pages say; "" where it was not made.
    """

    outcomes: Sequence[Outcome]
    card: Card
    overview: Overview
    options: ReportOptions
    checkpoint_sha256: str = ""
    notes: tuple[Note, ...] = ()
    others: OtherFiles = field(default_factory=OtherFiles)
    map_card: MapCard | None = None
    json_sha256: str = ""

    @property
    def limits(self) -> tuple[str, ...]:
        """What detector, crack map and firm say that the method cannot do."""
        parts = (self.card, self.map_card) if self.map_card else (self.card,)
        return (*(limit for part in parts for limit in part.limits), *self.options.template.limits)

    @property
    def map_sentence(self) -> str:
        """Name the crack map; "" where it is not known."""
        of, words = self.map_card, self.options.words()
        named = {"name": of.name, "hash": of.sha256[:SHORT_HASH]} if of else {}
        return words["method.map"].format(**named, limits=words["limits.head"]) if of else ""

    def inspection(self, row: Row) -> Inspection:
        """Give the inspection behind a row, see `inspection_at`."""
        return inspection_at(self.outcomes, row)

    def beside(self, row: Row, crack: Crack) -> tuple[GuideComparison, ...]:
        """Give where a crack's width stands to the guide; with an exposure, to its value alone."""
        return guide_of(crack, self.options.guide, exposure=self.options.element_of(row.photo).exposure)

    @property
    def date(self) -> str:
        """The date of the inspection: as given, else that of the latest photo whose clock can be right, else ""."""
        return self.options.date or self.overview.dated.day
