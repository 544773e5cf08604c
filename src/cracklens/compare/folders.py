"""Takes two folders, reports or photos; gives compare.json, compare.csv and compare.html. Knows no command line."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

from cracklens.compare.as_csv import as_csv
from cracklens.compare.as_html import as_html
from cracklens.compare.as_json import as_json
from cracklens.compare.pairs import Comparison, OnPhoto, compare_sides
from cracklens.compare.side import is_report, read_side
from cracklens.detector import Detector
from cracklens.errors import DataError, SettingError
from cracklens.files import make_folder
from cracklens.report.writing import write_file
from cracklens.survey.run import SurveySettings, inspect_photos

Writer = Callable[[Comparison], Iterator[str]]
WRITERS: dict[str, Writer] = {"compare.json": as_json, "compare.csv": as_csv, "compare.html": as_html}


def compare_folders(
    old: str | Path,
    new: str | Path,
    *,
    out: str | Path,
    detector: Callable[[], Detector] | None = None,
    settings: SurveySettings | None = None,
    on_photo: OnPhoto | None = None,
) -> Comparison:
    """Compare two reports, or two folders of photos, and write compare.json, compare.csv and compare.html.

    Args:
        old: folder with a report.json, whose photos are where they were; or of photos, which are inspected into
            `out/old` first.
        new: the same of the later date, inspected into `out/new`.
        out: folder of the result; made if it is not there.
        detector: opens the detector for folders of photos; None takes the bundled one.
        settings: of their inspection.
        on_photo: called with (done, of all, name) after each newer photo.

    Raises:
        DataError: a folder is missing, holds neither report nor photos, or a report without traces.
        SettingError: `out` is one of the two.
        OutputError: the result cannot be written.
    """
    old, new, out = Path(old), Path(new), Path(out)
    _check(old, new, out)
    opened = cache(detector or Detector.load)

    def inspect(photos: Path, into: Path) -> None:
        inspect_photos([photos], out=into, detector=opened(), settings=settings)

    before, after = (read_side(_report_of(of, out / name, inspect)) for of, name in ((old, "old"), (new, "new")))
    comparison = compare_sides(before, after, on_photo=on_photo)
    make_folder(out)
    for name, write in WRITERS.items():
        write_file(out / name, write(comparison))
    return comparison


def _check(old: Path, new: Path, out: Path) -> None:
    missing = [str(folder) for folder in (old, new) if not folder.is_dir()]
    if missing:
        raise DataError(
            f"expected two folders, of reports or photos; not there: {', '.join(missing)}. Check the names."
        )
    if out.resolve() in (old.resolve(), new.resolve()):
        raise SettingError(f"out must be a folder of its own; got {out}, which is compared. Choose another --out.")


def _report_of(folder: Path, inspected: Path, inspect: Callable[[Path, Path], object]) -> Path:
    """Give the folder of a report: this one, or the one that is made of a folder of photos."""
    if is_report(folder):
        return folder
    inspect(folder, inspected)
    return inspected
