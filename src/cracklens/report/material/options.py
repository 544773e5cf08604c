"""Takes what a person says of an inspection; gives it checked, for the cover of a report. Knows no photos."""

from __future__ import annotations

import datetime
from dataclasses import dataclass, field
from typing import Any

from cracklens.errors import SettingError
from cracklens.measuring.guides import GuideName, check_guide
from cracklens.report.material.elements import Element
from cracklens.report.material.review import Review
from cracklens.report.words import Language, Template, Words, check_language, reviewed_words, words_of
from cracklens.tables import FileRows


@dataclass(frozen=True)
class ReportOptions:
    """What a report says that is not in the photos.

    Attributes:
        project, structure, inspector, number: for the cover, the last is the report's; "" leaves a line to fill in.
        date: of the inspection, YYYY-MM-DD; None takes the latest EXIF date of the photos, so that the same photos
            give the same report whenever it is written.
        guide: whose values the widths are set beside.
        template: a firm's logo and words, see `read_template`.
        language: of all texts.
        elements: what each photo shows of the structure; None where it is not said.
        review: what people said of the lines; None of a report that a program made alone.
    """

    project: str = ""
    structure: str = ""
    inspector: str = ""
    number: str = ""
    date: str | None = None
    guide: GuideName = "none"
    template: Template = field(default_factory=Template)
    language: Language = "en"
    elements: FileRows[Element] | None = None
    review: Review | None = None

    def __post_init__(self) -> None:
        """Refuse a date, guide or language that is none, all faults at once."""
        checks = (
            lambda: _check_date(self.date),
            lambda: check_guide(self.guide),
            lambda: check_language(self.language),
        )
        faults = [fault for fault in map(_fault, checks) if fault]
        if faults:
            raise SettingError(" ".join(faults))

    def element_of(self, photo: str) -> Element:
        """Give what a photo shows of the structure; all empty where it is not said."""
        return (self.elements.of(photo) if self.elements else None) or Element("")

    def words(self) -> Words:
        """Give every text of the report, the firm's own in the place of the catalogue's."""
        own = self.template.words
        return words_of(self.language, own={**reviewed_words(self.language), **own} if self.review else own)


def _fault(check: Any) -> str:
    try:
        check()
    except SettingError as error:
        return str(error)
    return ""


def _check_date(date: str | None) -> None:
    try:
        valid = date is None or datetime.date.fromisoformat(date).isoformat() == date
    except ValueError:
        valid = False
    if not valid:
        raise SettingError(f"date must be YYYY-MM-DD; got {date!r}. Leave it out for the date of the photos.")
