"""Takes a CSV with the scale of each photo; gives the scale of one photo by its name. Knows no pixels."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from cracklens.errors import DataError
from cracklens.tables import FileRows, composed, read_table, written_name
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
        """Give the scale of a photo, see `FileRows.of`.

        Raises:
            DataError: two rows may mean it.
        """
        px_per_mm = self._rows.of(path)
        return None if px_per_mm is None else Scale(px_per_mm, "table")

    def unmatched(self, photos: Sequence[str | Path]) -> tuple[str, ...]:
        """Give the rows that no photo has, see `FileRows.unmatched`.

        Raises:
            DataError: a row may mean more than one of these photos.
        """
        return self._rows.unmatched(photos)

    @cached_property
    def _rows(self) -> FileRows[float]:
        return FileRows(self.px_per_mm, self.folder, "table of scales")


def read_scales(path: str | Path) -> ScaleTable:
    """Read a CSV with the columns file and px_per_mm; Excel's form with semicolons and decimal commas too.

    Raises:
        DataError: it cannot be read, lacks a column, or has rows without a scale or with two; all faults at once.
    """
    table = read_table(path, COLUMNS)
    scales: dict[str, float] = {}
    faults = []
    for line, row in zip(table.lines, table.rows, strict=True):
        file, value = composed(written_name(row["file"])), table.number(row["px_per_mm"])
        if not file or value is None or not 0 < value < math.inf:
            faults.append(f"line {line}: expected a file and a number above 0; got {file!r}, {row['px_per_mm']!r}")
        elif file in scales and not math.isclose(scales[file], value, rel_tol=AGREE):
            faults.append(f"line {line}: {file} has {scales[file]:g} already; got {value:g}")
        else:
            scales[file] = value
    if faults:
        raise DataError(f"{path}: {'; '.join(faults)}. Write one scale for each file.")
    return ScaleTable(scales, Path(path).parent)
