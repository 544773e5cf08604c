"""Takes CSVs as Excel and other programs write them; gives faults of what is read from them. Opens no picture."""

from __future__ import annotations

from pathlib import Path

import pytest

from cracklens.errors import DataError
from cracklens.tables import read_table

COMMAS = "file,label\nnord/Brücke 1.jpg,crack\n"
WRITTEN = {
    "UTF-8": COMMAS.encode(),
    "UTF-8 with its mark": COMMAS.encode("utf-8-sig"),
    "Windows-1252, semicolons, CRLF": COMMAS.replace(",", ";").replace("\n", "\r\n").encode("cp1252"),
    "UTF-16, tabs": COMMAS.replace(",", "\t").encode("utf-16"),
    "UTF-16, big end first": b"\xfe\xff" + COMMAS.encode("utf-16-be"),
    "Excel's hint": b"sep=;\r\n" + COMMAS.replace(",", ";").encode(),
    "capitals and blanks": COMMAS.replace("file,label", "File , LABEL").encode(),
    "empty columns and rows": b"file;label;;\n;;;\nnord/Br\xc3\xbccke 1.jpg;crack;;\n;;;\n",
    "in quotes": b'"file","label"\n"nord/Br\xc3\xbccke 1.jpg","crack"\n',
}


def csv_of(folder: Path, content: bytes) -> Path:
    path = folder / "table.csv"
    path.write_bytes(content)
    return path


@pytest.mark.parametrize("content", WRITTEN.values(), ids=WRITTEN)
def test_a_table_is_read_however_it_was_saved(tmp_path: Path, content: bytes) -> None:
    table = read_table(csv_of(tmp_path, content), ("file", "label"))
    assert [(row["file"], row["label"]) for row in table.rows] == [("nord/Brücke 1.jpg", "crack")]


@pytest.mark.parametrize(("separator", "text"), [(",", "2.5"), (";", "2,5"), (";", "2.5"), ("\t", "2,5")])
def test_decimal_commas_come_with_semicolons(tmp_path: Path, separator: str, text: str) -> None:
    table = read_table(csv_of(tmp_path, f"file{separator}px\na.jpg{separator}{text}\n".encode()), ("file", "px"))
    assert table.number(table.rows[0]["px"]) == 2.5


def test_lines_are_counted_as_an_editor_counts_them(tmp_path: Path) -> None:
    table = read_table(csv_of(tmp_path, b'sep=,\nfile\n\na.jpg\n"b\nb.jpg"\nc.jpg\n'), ("file",))
    assert table.lines == (4, 6, 7)


def test_a_row_that_ends_early_is_filled(tmp_path: Path) -> None:
    table = read_table(csv_of(tmp_path, b"file,label\na.jpg\n"), ("file", "label"), also=("split",))
    assert table.rows == ({"file": "a.jpg", "label": ""},)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", r"expected the columns file, px; missing file, px; it has none\. Name them"),
        (b"file,scale\na.jpg,2\n", "missing px; it has file, scale"),
        (
            b"file,px\na.jpg,2,5\nb.jpg,3\n",
            r"expected 2 fields in a row; 1 row has more, line 2 first\. Put .* in quotes",
        ),
        (b"file,px,PX\na.jpg,2,3\n", "px is there twice"),
        (b"PK\3\4\0\0\0\0", "it is an Excel workbook"),
        (b"\0\0\0\0", "it is no text"),
        (b"\xff\xfe\0", "it is no text"),
        (b"file,px\n\x81\x8d.jpg,2\n", "it is no text"),
    ],
)
def test_what_would_be_read_wrongly_is_refused(tmp_path: Path, content: bytes, sentence: str) -> None:
    with pytest.raises(DataError, match=sentence):
        read_table(csv_of(tmp_path, content), ("file", "px"))


def test_a_table_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"cannot be read \(No such file or directory\)"):
        read_table(tmp_path / "absent.csv", ("file",))
