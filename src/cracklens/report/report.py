"""Takes outcomes and the detector's card; gives a folder with the report. Knows neither detector nor command line."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType
from typing import Literal, get_args

from cracklens.errors import SettingError
from cracklens.files import make_folder
from cracklens.models.card import Card
from cracklens.models.map_part import MapCard
from cracklens.photo import OtherFiles
from cracklens.report.data.as_coco import as_coco
from cracklens.report.data.as_csv import as_csv, cracks_as_csv
from cracklens.report.data.as_geojson import as_geojson
from cracklens.report.data.as_json import as_json
from cracklens.report.data.as_labelstudio import as_labelstudio
from cracklens.report.material.material import Material
from cracklens.report.material.options import ReportOptions
from cracklens.report.material.overview import Overview, look_over
from cracklens.report.writing import sha256_of, write_file
from cracklens.values import Note, Outcome

Format = Literal["json", "csv", "html", "pdf", "geojson", "coco", "labelstudio"]
Writer = Callable[[Material], Iterator[str] | Iterator[bytes]]
"""A report writer gives its file as pieces of text or bytes, in order, so that no whole report stands in memory."""


def as_html(material: Material) -> Iterator[str]:
    """Give the pieces of report.html; Jinja is loaded only when one is written."""
    from cracklens.report.html import as_html as write

    return write(material)


def as_pdf(material: Material) -> Iterator[bytes]:
    """Give the pieces of report.pdf; ReportLab is loaded only when one is written."""
    from cracklens.report.pdf import as_pdf as write

    return write(material)


WRITERS: Mapping[str, Writer] = MappingProxyType(
    {
        "report.json": as_json,
        "report.csv": as_csv,
        "cracks.csv": cracks_as_csv,
        "report.html": as_html,
        "report.pdf": as_pdf,
        "report.geojson": as_geojson,
        "report.coco.json": as_coco,
        "report.labelstudio.json": as_labelstudio,
    }
)
"""One per file."""

FILES = MappingProxyType[str, tuple[str, ...]](
    {
        "json": ("report.json",),
        "csv": ("report.csv", "cracks.csv"),
        "html": ("report.html",),
        "pdf": ("report.pdf",),
        "geojson": ("report.geojson",),
        "coco": ("report.coco.json",),
        "labelstudio": ("report.labelstudio.json",),
    }
)
"""The files of each format."""

USUAL: tuple[Format, ...] = ("json", "csv", "html", "pdf")
"""What is written where nothing else is asked for."""


@dataclass(frozen=True)
class Report:
    """What was found in some photos, ready to be saved.

    Attributes:
        outcomes: one per photo, in any order; may be read from disk as it goes (`StoredOutcomes`).
        card: of the detector that inspected them.
        options: what a person said of the inspection: project, inspector, date, guide, a firm's template.
        checkpoint_sha256: of the head's file; "" where it is not known.
        notes: what the reader must know of the whole run.
        others: files beside the photos that are neither photos nor films.
        map_card: of the crack map by which the cracks were followed; None where none was, or it is not known.
    """

    outcomes: Sequence[Outcome]
    card: Card
    options: ReportOptions = field(default_factory=ReportOptions)
    checkpoint_sha256: str = ""
    notes: tuple[Note, ...] = ()
    others: OtherFiles = field(default_factory=OtherFiles)
    map_card: MapCard | None = None

    def overview(self) -> Overview:
        """Give counts, order and thresholds; reads all outcomes once."""
        return look_over(self.outcomes)

    def in_order_of_need(self) -> tuple[int, ...]:
        """Give the places in `outcomes` of all inspected photos, the one that needs a look most first.

        Failures are not among them: see `overview().failures`.
        """
        return tuple(row.index for row in self.overview().inspected)

    def save(self, folder: str | Path, *, formats: Sequence[Format] = USUAL) -> Path:
        """Write the report's files, each replaced in one step, and give the folder.

        Same outcomes, card, options, fonts and version of cracklens give the same bytes.

        Args:
            folder: made if absent.
            formats: which files to write: "json", "csv" (report.csv and cracks.csv), "html", "pdf", "geojson", "coco",
                "labelstudio".

        Raises:
            SettingError: no format, or one that is not known.
            OutputError: the folder or a file cannot be written.
        """
        check_formats(formats)
        folder = make_folder(Path(folder))
        overview = self.overview()
        about = (self.options, self.checkpoint_sha256, self.notes, self.others)
        material = Material(self.outcomes, self.card, overview, *about, self.map_card)
        if "json" in formats:  # a signature names no file that is not there
            material = replace(material, json_sha256=sha256_of(as_json(material)))
        for name in (file for format_ in dict.fromkeys(formats) for file in FILES[format_]):
            write_file(folder / name, WRITERS[name](material))
        return folder


def check_formats(formats: Sequence[str]) -> None:
    """Refuse formats that are not known, or none.

    Raises:
        SettingError: names the nearest.
    """
    known = get_args(Format)
    wrong = [name for name in formats if name not in known]
    if formats and not wrong:
        return
    came = ", ".join(map(repr, wrong)) or "none"
    near = difflib.get_close_matches(wrong[0].lower(), known, n=1, cutoff=0.4) if wrong else []
    advice = f"Did you mean {near[0]!r}?" if near else "Name at least one of them."
    raise SettingError(f"formats must be of {', '.join(known)}; got {came}. {advice}")
