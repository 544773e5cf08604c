"""Takes outcomes and the detector's card; gives a folder with the report. Knows neither detector nor command line."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Literal, get_args

from cracklens.errors import SettingError
from cracklens.models.card import Card
from cracklens.report.as_csv import as_csv
from cracklens.report.as_html import as_html
from cracklens.report.as_json import as_json
from cracklens.report.overview import Overview, look_over
from cracklens.report.writing import make_folder, write_text
from cracklens.values import Outcome

Format = Literal["json", "csv", "html"]
Writer = Callable[[Sequence[Outcome], Card, Overview], Iterator[str]]
"""A report writer gives its file as pieces of text, in order, so that no whole report stands in memory."""

WRITERS = MappingProxyType[str, Writer]({"json": as_json, "csv": as_csv, "html": as_html})
"""One per format; the file is called report.<format>."""


@dataclass(frozen=True)
class Report:
    """What was found in some photos, ready to be saved.

    Attributes:
        outcomes: one per photo, in any order; may be read from disk as it goes (`StoredOutcomes`).
        card: of the detector that inspected them.
    """

    outcomes: Sequence[Outcome]
    card: Card

    def overview(self) -> Overview:
        """Give counts, order and thresholds; reads all outcomes once."""
        return look_over(self.outcomes)

    def in_order_of_need(self) -> tuple[int, ...]:
        """Give the places in `outcomes` of all inspected photos, the one that needs a look most first.

        Failures are not among them: see `overview().failures`.
        """
        return tuple(row.index for row in self.overview().inspected)

    def save(self, folder: str | Path, *, formats: Sequence[Format] = ("json", "csv", "html")) -> Path:
        """Write report.json, report.csv and report.html, each replaced in one step, and give the folder.

        Same outcomes, card and version of cracklens give the same bytes.

        Args:
            folder: made if absent.
            formats: which files to write.

        Raises:
            SettingError: no format, or one that is not known.
            OutputError: the folder or a file cannot be written.
        """
        _check_formats(formats)
        folder = make_folder(Path(folder))
        overview = self.overview()
        for name in dict.fromkeys(formats):
            write_text(folder / f"report.{name}", WRITERS[name](self.outcomes, self.card, overview))
        return folder


def _check_formats(formats: Sequence[str]) -> None:
    known = get_args(Format)
    wrong = [name for name in formats if name not in known]
    if formats and not wrong:
        return
    came = ", ".join(map(repr, wrong)) or "none"
    near = difflib.get_close_matches(wrong[0].lower(), known, n=1, cutoff=0.4) if wrong else []
    advice = f"Did you mean {near[0]!r}?" if near else "Name at least one of them."
    raise SettingError(f"formats must be of {', '.join(known)}; got {came}. {advice}")
