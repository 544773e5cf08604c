"""Takes a CSV with the scale of each photo; gives the scale of one photo by its name. Knows no pixels."""

from __future__ import annotations

import csv
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from cracklens.errors import DataError
from cracklens.values import Scale

COLUMNS = ("file", "px_per_mm")
AGREE = 1e-6


@dataclass(frozen=True)
class ScaleTable:
    """Scales by photo.

    Attributes:
        px_per_mm: by the file as the table writes it, with forward slashes.
        folder: of the table; files may be written relative to it.
    """

    px_per_mm: Mapping[str, float]
    folder: Path

    def scale_of(self, path: str | Path) -> Scale | None:
        """Give the scale of a photo by its path as given, its path from the table's folder, or its bare name."""
        path = Path(path)
        names = [path.as_posix(), path.name]
        if path.is_absolute() or self.folder.is_absolute():
            path, folder = path.absolute(), self.folder.absolute()
        else:
            folder = self.folder
        if path.is_relative_to(folder):
            names.insert(1, path.relative_to(folder).as_posix())
        found = [self.px_per_mm[name] for name in names if name in self.px_per_mm]
        return Scale(found[0], "table") if found else None


def read_scales(path: str | Path) -> ScaleTable:
    """Read a CSV with the columns file and px_per_mm; Excel's form with semicolons and decimal commas too.

    Raises:
        DataError: it cannot be read, lacks a column, or has rows without a scale or with two; all faults at once.
    """
    path = Path(path)
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        came = getattr(error, "strerror", None) or "it is no UTF-8 text"
        raise DataError(f"{path}: cannot be read ({came}). Save it as CSV, UTF-8.") from error
    lines = text.splitlines()
    separator = ";" if lines and ";" in lines[0] else ","
    rows = csv.DictReader(lines, delimiter=separator)
    missing = [name for name in COLUMNS if name not in (rows.fieldnames or ())]
    if missing:
        came = ", ".join(rows.fieldnames or ()) or "none"
        raise DataError(f"{path}: expected the columns file, px_per_mm; got {came}. Name them in the first line.")
    return ScaleTable(_checked(list(rows), path, decimal="," if separator == ";" else "."), path.parent)


def _checked(rows: list[dict[str, str | None]], path: Path, *, decimal: str) -> dict[str, float]:
    """Give the scales by file, or one error with every fault."""
    scales: dict[str, float] = {}
    faults = []
    for number, row in enumerate(rows, start=2):
        file = (row["file"] or "").strip().replace("\\", "/").removeprefix("./")
        value = _number((row["px_per_mm"] or "").strip().replace(decimal, "."))
        if not file or value is None:
            faults.append(f"line {number}: expected a file and a number above 0; got {file!r}, {row['px_per_mm']!r}")
        elif file in scales and not math.isclose(scales[file], value, rel_tol=AGREE):
            faults.append(f"line {number}: {file} has {scales[file]:g} already; got {value:g}")
        else:
            scales[file] = value
    if faults:
        raise DataError(f"{path}: {'; '.join(faults)}. Write one scale for each file.")
    return scales


def _number(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if 0 < value < math.inf else None
