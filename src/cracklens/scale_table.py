"""Takes a CSV with the scale of each photo; gives the scale of one photo by its name. Knows no pixels."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from cracklens.errors import DataError
from cracklens.tables import read_table, written_name
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
    table = read_table(path, COLUMNS)
    scales: dict[str, float] = {}
    faults = []
    for line, row in zip(table.lines, table.rows, strict=True):
        file, value = written_name(row["file"]), table.number(row["px_per_mm"])
        if not file or value is None or not 0 < value < math.inf:
            faults.append(f"line {line}: expected a file and a number above 0; got {file!r}, {row['px_per_mm']!r}")
        elif file in scales and not math.isclose(scales[file], value, rel_tol=AGREE):
            faults.append(f"line {line}: {file} has {scales[file]:g} already; got {value:g}")
        else:
            scales[file] = value
    if faults:
        raise DataError(f"{path}: {'; '.join(faults)}. Write one scale for each file.")
    return ScaleTable(scales, Path(path).parent)
