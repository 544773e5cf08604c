"""Takes tables of scales as people write them; gives faults where a row means no photo, the wrong one, or two."""

from __future__ import annotations

import unicodedata
from pathlib import Path

import pytest

from cracklens.errors import DataError
from cracklens.scale.table import ScaleTable, read_scales


def test_table_finds_photos_by_path_and_by_name(tmp_path: Path) -> None:
    table = ScaleTable({"north/a.jpg": 2.0, "b.jpg": 3.0, "x/c.jpg": 4.0}, tmp_path)
    found = [table.scale_of(path) for path in (tmp_path / "north" / "a.jpg", "any/b.jpg", "x/c.jpg", "c.jpg")]
    assert [scale and scale.px_per_mm for scale in found] == [2.0, 3.0, 4.0, None]


def test_table_as_excel_writes_it(tmp_path: Path) -> None:
    (tmp_path / "s.csv").write_bytes("\ufefffile;px_per_mm\r\n.\\a.jpg;2,5\r\n".encode())
    assert read_scales(tmp_path / "s.csv").px_per_mm == {"a.jpg": 2.5}


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "expected the columns file, px_per_mm; missing file, px_per_mm; it has none"),
        ("photo,scale\na.jpg,2\n", "it has photo, scale"),
        ("file,px_per_mm\na.jpg,2\na.jpg,3\nb.jpg,0\nc.jpg,\n", "a.jpg has 2 already; got 3; line 4"),
        ("file,px_per_mm\na.jpg\n", "got 'a.jpg', ''"),
        ("file,px_per_mm\na.jpg,nan\n", "number above 0"),
    ],
)
def test_table_with_faults_is_refused(tmp_path: Path, text: str, sentence: str) -> None:
    (tmp_path / "s.csv").write_text(text)
    with pytest.raises(DataError) as caught:
        read_scales(tmp_path / "s.csv")
    assert sentence in str(caught.value)


@pytest.mark.parametrize("name", ["absent.csv", "binary.csv"])
def test_table_that_is_none_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / "binary.csv").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(DataError, match="cannot be read"):
        read_scales(tmp_path / name)


def px_per_mm(table: ScaleTable, path: Path | str) -> float | None:
    scale = table.scale_of(path)
    return scale.px_per_mm if scale else None


@pytest.mark.parametrize(
    ("row", "photo"),
    [
        ("Brücke.jpg", unicodedata.normalize("NFD", "Brücke.jpg")),
        (unicodedata.normalize("NFD", "Brücke.jpg"), "Brücke.jpg"),
        ("Brücke Süd/ÉTÉ.JPG", unicodedata.normalize("NFD", "brücke süd/été.jpg")),
        ("img_1.jpg", "IMG_1.JPG"),
        (r"Nord\IMG_1.JPG", "nord/img_1.jpg"),
        ("site/north/a.jpg", "north/a.jpg"),
        ("../site/north/a.jpg", "north/a.jpg"),
        ("north/a.jpg", "x/../north/a.jpg"),
    ],
)
def test_names_match_across_systems(tmp_path: Path, row: str, photo: str) -> None:
    """The photos are in the folder site, and so is the table."""
    folder = tmp_path / "site"
    folder.mkdir()
    (folder / "s.csv").write_text(f"file,px_per_mm\n{row},2\n", encoding="utf-8")
    table = read_scales(folder / "s.csv")
    assert px_per_mm(table, folder / photo) == 2.0
    assert table.unmatched([folder / photo]) == ()


def test_the_whole_path_as_a_row(tmp_path: Path) -> None:
    table = ScaleTable({f"{tmp_path}/a.jpg": 2.0, "a.jpg": 3.0}, tmp_path / "elsewhere")
    assert px_per_mm(table, tmp_path / "a.jpg") == 2.0
    assert px_per_mm(table, tmp_path / "b" / "a.jpg") == 3.0


def test_the_longest_match_counts(tmp_path: Path) -> None:
    table = ScaleTable({"a.jpg": 2.0, "north/a.jpg": 3.0}, tmp_path / "tables")
    assert px_per_mm(table, tmp_path / "north" / "a.jpg") == 3.0
    assert px_per_mm(table, tmp_path / "south" / "a.jpg") == 2.0
    assert table.unmatched([tmp_path / "north/a.jpg", tmp_path / "south/a.jpg"]) == ()
    assert table.unmatched([tmp_path / "north/a.jpg"]) == ("a.jpg",)


def test_exact_letter_case_goes_first(tmp_path: Path) -> None:
    table = ScaleTable({"A.jpg": 2.0, "a.jpg": 3.0}, tmp_path)
    assert (px_per_mm(table, tmp_path / "A.jpg"), px_per_mm(table, tmp_path / "a.jpg")) == (2.0, 3.0)
    with pytest.raises(DataError, match=r"a\.JPG may be A\.jpg or a\.jpg"):
        table.scale_of(tmp_path / "a.JPG")


def test_a_row_that_two_photos_may_have_is_refused_with_both(tmp_path: Path) -> None:
    table = ScaleTable({"a.jpg": 2.0, "b.jpg": 3.0}, tmp_path)
    photos = [tmp_path / "north" / "a.jpg", tmp_path / "A.JPG", tmp_path / "b.jpg", tmp_path / "x" / "b.jpg"]
    with pytest.raises(DataError) as caught:
        table.unmatched(photos)
    assert all(str(photo) in str(caught.value) for photo in photos)
    assert table.unmatched([photos[0], photos[0], photos[2]]) == ()


def test_one_file_by_two_rows_with_two_scales_is_refused(tmp_path: Path) -> None:
    table = ScaleTable({"a.jpg": 2.0, f"{tmp_path}/a.jpg": 3.0}, tmp_path)
    with pytest.raises(DataError, match="expected one row for a photo"):
        table.scale_of(tmp_path / "a.jpg")
    composed, apart = "Brücke.jpg", unicodedata.normalize("NFD", "Brücke.jpg")
    (tmp_path / "s.csv").write_text(f"file,px_per_mm\n{composed},2\n{apart},3\n", encoding="utf-8")
    with pytest.raises(DataError, match="has 2 already; got 3"):
        read_scales(tmp_path / "s.csv")


def test_rows_that_match_nothing_are_given(tmp_path: Path) -> None:
    table = ScaleTable({"a.jpg": 2.0, "gone.jpg": 3.0, "C:/site/b.jpg": 4.0}, tmp_path)
    assert table.unmatched([tmp_path / "a.jpg", tmp_path / "b.jpg"]) == ("gone.jpg", "C:/site/b.jpg")
