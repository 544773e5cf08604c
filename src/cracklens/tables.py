"""Takes a CSV as programs and Excel write it; gives its rows by column. Knows not what the columns mean."""

from __future__ import annotations

import csv
import io
import os
import unicodedata
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Generic, TypeVar

from cracklens.errors import DataError

SEPARATORS = (",", ";", "\t")
"""Commas; semicolons, where the comma is the decimal mark; tabs, in what Excel calls Unicode text."""

UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")
HOW = "Save it as CSV UTF-8."
Value = TypeVar("Value")


@dataclass(frozen=True)
class Table:
    """A CSV that was read.

    Attributes:
        columns: as the first line names them, without blanks around them; known ones in the spelling of who asked.
        rows: by column; "" where a row ends early. Rows without anything are left out.
        lines: in which line of the file each row ends, from 1.
        decimal: "." where commas separate, "," where they do not: Excel's semicolons come with decimal commas.
    """

    columns: tuple[str, ...]
    rows: tuple[Mapping[str, str], ...]
    lines: tuple[int, ...]
    decimal: str

    def number(self, text: str) -> float | None:
        """Give a number as this table writes it; None where it is none."""
        try:
            return float(text.strip().replace(self.decimal, "."))
        except ValueError:
            return None


def read_table(path: str | Path, columns: Sequence[str], *, also: Sequence[str] = ()) -> Table:
    """Read a CSV: UTF-8 with or without its mark, UTF-16 or Windows-1252; with commas, semicolons or tabs.

    Args:
        path: of the CSV.
        columns: that it must have; their letter case is not looked at.
        also: columns that it may have, in any letter case.

    Raises:
        DataError: it cannot be read, a column is missing or named twice, or rows have more fields than the first line
            has names: a decimal comma in a file that separates by commas would be a wrong number.
    """
    path = Path(path)
    lines = list(io.StringIO(_text(path), newline=""))
    told = lines[0].strip().lower() if lines else ""
    if told.startswith("sep=") and told[4:] in SEPARATORS:  # Excel's own hint
        lines[0] = "\n"  # kept, so that lines are numbered as an editor does
    try:
        read = [_fields(lines, separator) for separator in SEPARATORS]
    except csv.Error as error:
        raise DataError(f"{path}: cannot be read as a CSV ({error}). {HOW}") from error
    separator, (header, *rows) = max(
        zip(SEPARATORS, read, strict=True), key=lambda pair: _fit(pair[1][0][1], (*columns, *also))
    )
    names = _names(header[1], (*columns, *also))
    _check(path, names, columns, rows)
    found = tuple(dict(zip(names, [*fields, *[""] * len(names)], strict=False)) for _, fields in rows)
    return Table(names, found, tuple(line for line, _ in rows), "." if separator == "," else ",")


def written_name(file: str) -> str:
    r"""Give a file's name with forward slashes, as Windows programs do not write it, and without a leading "./".

    Example:
        >>> written_name(r" .\north\wall 1.jpg ")
        'north/wall 1.jpg'
    """
    return file.strip().replace("\\", "/").removeprefix("./")


@dataclass(frozen=True)
class FileRows(Generic[Value]):
    """The rows of a table that has one for each photo.

    Attributes:
        values: by the file as the table writes it, with forward slashes.
        folder: of the table; files may be written relative to it.
        title: what the table is called in errors.
    """

    values: Mapping[str, Value]
    folder: Path
    title: str

    def of(self, path: str | Path) -> Value | None:
        """Give the value of a photo by its path or the end of it, its bare name at least; the longest match counts.

        Unicode forms and letter case are not told apart where no row is written exactly so.

        Raises:
            DataError: two rows differ in nothing else, and both may mean it.
        """
        row = self._row_of(path)
        return None if row is None else self.values[row]

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
                f"{self.title} in {self.folder}: expected a row to mean one photo; {'; '.join(faults)}. {how}"
            )
        return tuple(row for row in self.values if row not in meant)

    def _row_of(self, path: str | Path) -> str | None:
        """Give the row that means a photo; None where none does."""
        exact, folded = self._rows
        parts = composed(_from_root(path)).split("/")
        for end in ("/".join(parts[start:]) for start in range(len(parts))):
            rows = exact.get(end) or folded.get(end.casefold(), [])
            if any(self.values[row] != self.values[rows[0]] for row in rows):
                said = f"{path} may be {' or '.join(rows)}"
                raise DataError(
                    f"{self.title}: expected one row for a photo; {said}. Write its name as the file has it."
                )
            if rows:
                return rows[0]
        return None

    @cached_property
    def _rows(self) -> tuple[dict[str, list[str]], dict[str, list[str]]]:
        """The rows by name, and by name without letter case: as written, and from the root by the table's folder."""
        exact: dict[str, list[str]] = {}
        folded: dict[str, list[str]] = {}
        for row in self.values:
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


def _text(path: Path) -> str:
    """Give the text of a file in the first encoding that fits: Excel's plain CSV is Windows-1252, never so by name.

    Raises:
        DataError: no file, no text, or an Excel workbook.
    """
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise DataError(f"{path}: cannot be read ({error.strerror or error}). Check the path.") from error
    for encoding in ["utf-16"] if raw.startswith(UTF16_MARKS) else ["utf-8-sig", "cp1252"]:
        try:
            text = raw.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text
    came = "it is an Excel workbook" if raw.startswith((b"PK\3\4", b"\xd0\xcf\x11\xe0")) else "it is no text"
    raise DataError(f"{path}: cannot be read as a CSV ({came}). {HOW}")


def _fields(lines: Sequence[str], separator: str) -> list[tuple[int, list[str]]]:
    """Give the number of the last line and the fields of each row that has any; one row without any at least."""
    reader = csv.reader(lines, delimiter=separator)
    return [(reader.line_num, fields) for fields in reader if any(field.strip() for field in fields)] or [(0, [])]


def _fit(header: Sequence[str], known: Sequence[str]) -> tuple[int, int]:
    """Give how well a first line was separated: by the known names in it, then by its names."""
    return len(set(_names(header, known)) & set(known)), len(header)


def _names(header: Sequence[str], known: Sequence[str]) -> tuple[str, ...]:
    """Give the columns' names, known ones as they are asked for."""
    spelt = {name.casefold(): name for name in known}
    names = [name.strip() for name in header]
    return tuple(name if name in known else spelt.get(name.casefold(), name) for name in names)


def _check(path: Path, names: Sequence[str], columns: Sequence[str], rows: Sequence[tuple[int, list[str]]]) -> None:
    missing = [column for column in columns if column not in names]
    if missing:
        came = f"missing {', '.join(missing)}; it has {', '.join(names) or 'none'}"
        raise DataError(f"{path}: expected the columns {', '.join(columns)}; {came}. Name them in the first line.")
    twice = [name for name, count in Counter(names).items() if count > 1 and name]
    if twice:
        raise DataError(f"{path}: expected every column once; {', '.join(twice)} is there twice. Rename one of them.")
    long = [line for line, fields in rows if any(field.strip() for field in fields[len(names) :])]
    if long:
        came = f"{len(long)} {'row has' if len(long) == 1 else 'rows have'} more, line {long[0]} first"
        how = "Put texts and numbers that hold the separator in quotes."
        raise DataError(f"{path}: expected {len(names)} fields in a row; {came}. {how}")
