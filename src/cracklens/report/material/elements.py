"""Takes a CSV with the element of each photo; gives the element of one photo by its name. Knows no cracks."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from cracklens.errors import DataError
from cracklens.measuring.guides import GuideName, exposure_fault
from cracklens.tables import FileRows, composed, read_table, written_name

ABOUT = ("element", "face", "position", "exposure")
COLUMNS = ("file", "element")


@dataclass(frozen=True)
class Element:
    """What a photo shows of a structure.

    Attributes:
        element: such as "Pier 3".
        face: such as "north"; "" where it is not said.
        position: such as "2.4 m above ground"; "" where it is not said.
        exposure: in the words of the guide, such as "XC4"; "" where it is not said.
    """

    element: str
    face: str = ""
    position: str = ""
    exposure: str = ""

    @property
    def named(self) -> str:
        """Element, face and position in one line."""
        return ", ".join(part for part in (self.element, self.face, self.position) if part)


def read_elements(path: str | Path, *, guide: GuideName = "none") -> FileRows[Element]:
    """Read a CSV with the columns file and element, and of face, position and exposure those that it has.

    Raises:
        DataError: it cannot be read, lacks a column, or has rows without a file, rows that differ for one file, or an
            exposure that the guide does not know; all faults at once.
    """
    table = read_table(path, COLUMNS, also=ABOUT[1:])
    elements: dict[str, Element] = {}
    faults = []
    for line, row in zip(table.lines, table.rows, strict=True):
        file, element = composed(written_name(row["file"])), Element(*(row.get(name, "").strip() for name in ABOUT))
        if not file or not any((element.element, element.face, element.position, element.exposure)):
            faults.append(f"line {line}: expected a file and its element; got {row['file']!r}, {row['element']!r}")
        elif elements.setdefault(file, element) != element:
            faults.append(f"line {line}: {file} has another element already")
        fault = exposure_fault(element.exposure, guide)
        faults += [f"line {line}: {fault}"] if fault else []
    if faults:
        raise DataError(f"{path}: {'; '.join(faults)}. Write one element for each file.")
    return FileRows(elements, Path(path).parent, "table of elements")
