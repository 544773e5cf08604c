"""Takes a CSV with the scale of each photo; gives the scale of one photo by its name. Knows no pixels."""

from __future__ import annotations

import math
import os
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
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
        """Give the scale of a photo by its path or the end of it, its bare name at least; the longest match counts.

        Unicode forms and letter case are not told apart where no row is written exactly so.

        Raises:
            DataError: two rows differ in nothing else, and both may mean it.
        """
        row = self._row_of(path)
        return None if row is None else Scale(self.px_per_mm[row], "table")

    def unmatched(self, photos: Sequence[str | Path]) -> tuple[str, ...]:
        """Give the rows that no photo has.

        Raises:
            DataError: a row may mean more than one of these photos; all such rows at once.
        """
        meant: dict[str, dict[str, None]] = {}
        for photo in photos:
            row = self._row_of(photo)
            if row is not None:
                meant.setdefault(row, {})[_from_root(photo)] = None
        faults = [f"{row} may be {' or '.join(names)}" for row, names in meant.items() if len(names) > 1]
        if faults:
            how = "Write so much of the path of each that they differ."
            raise DataError(
                f"table of scales in {self.folder}: expected a row to mean one photo; {'; '.join(faults)}. {how}"
            )
        return tuple(row for row in self.px_per_mm if row not in meant)

    def _row_of(self, path: str | Path) -> str | None:
        """Give the row that means a photo; None where none does."""
        exact, folded = self._rows
        parts = composed(_from_root(path)).split("/")
        for end in ("/".join(parts[start:]) for start in range(len(parts))):
            rows = exact.get(end) or folded.get(end.casefold(), [])
            if len({self.px_per_mm[row] for row in rows}) > 1:
                said = f"{path} may be {' or '.join(rows)}"
                raise DataError(
                    f"table of scales: expected one row for a photo; {said}. Write its name as the file has it."
                )
            if rows:
                return rows[0]
        return None

    @cached_property
    def _rows(self) -> tuple[dict[str, list[str]], dict[str, list[str]]]:
        """The rows by name, and by name without letter case: as written, and from the root by the table's folder."""
        exact: dict[str, list[str]] = {}
        folded: dict[str, list[str]] = {}
        for row in self.px_per_mm:
            for name in {composed(row): None, composed(_from_root(self.folder / row)): None}:
                exact.setdefault(name, []).append(row)
                folded.setdefault(name.casefold(), []).append(row)
        return exact, folded


def _from_root(path: str | Path) -> str:
    """Give a path from the root, without `..`, and without following links, as a table's rows do not either."""
    return Path(os.path.abspath(path)).as_posix()  # noqa: PTH100 resolve() would follow links


def composed(name: str) -> str:
    """Give a name in one Unicode form: a Mac writes an accent apart from its letter, Windows writes both as one."""
    return unicodedata.normalize("NFC", name)


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
