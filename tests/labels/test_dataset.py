"""Takes made folders and CSVs; gives faults of what is read from them. Opens no picture."""

from __future__ import annotations

from pathlib import Path

import pytest

from cracklens.errors import DataError
from cracklens.labels.dataset import CRACKED, INTACT, label_of, read_labelled

CASES = Path(__file__).parents[1] / "data" / "cases" / "21_data"


def touch(folder: Path, *files: str) -> Path:
    for file in files:
        (folder / file).parent.mkdir(parents=True, exist_ok=True)
        (folder / file).touch()
    return folder


def csv_of(folder: Path, text: str, *, encoding: str = "utf-8") -> Path:
    touch(folder, "a.jpg", "b.jpg", "c/ä ö.jpg")
    (folder / "tiles.csv").write_text(text, encoding=encoding)
    return folder / "tiles.csv"


# Folders


def test_a_folder_has_one_subfolder_a_class(tmp_path: Path) -> None:
    found = read_labelled(touch(tmp_path / "mine", "Cracked/1.jpg", "Non-cracked/2.PNG", "Cracked/0.tif", "notes.txt"))
    assert found.name == "mine"
    assert [(tile.file, tile.label) for tile in found.tiles] == [
        ("Cracked/0.tif", 1),
        ("Cracked/1.jpg", 1),
        ("Non-cracked/2.PNG", 0),
    ]
    assert {tile.split for tile in found.tiles} == {found.split_rule} == {None}
    assert [tile.group for tile in found.tiles] == [tile.file for tile in found.tiles]
    assert all(tile.path.is_file() for tile in found.tiles)


def test_class_folders_may_lie_in_folders_of_materials(tmp_path: Path) -> None:
    found = read_labelled(touch(tmp_path, "Walls/Cracked/1.jpg", "Decks/Cracked/1.jpg", "Decks/Non-cracked/1.jpg"))
    assert sorted(tile.file for tile in found.tiles if tile.label) == ["Decks/Cracked/1.jpg", "Walls/Cracked/1.jpg"]


def test_hidden_files_are_no_tiles(tmp_path: Path) -> None:
    found = read_labelled(touch(tmp_path, "yes/1.jpg", "no/2.jpg", "yes/._1.jpg", ".trash/yes/3.jpg"))
    assert len(found.tiles) == 2


def test_a_folder_takes_splits_and_groups_that_lie_beside_it(tmp_path: Path) -> None:
    folder = touch(tmp_path / "metu", "Positive/1.jpg", "Negative/2.jpg", "Negative/unknown.jpg")
    (tmp_path / "splits").mkdir()
    rows = "file,group,split\nPositive/1.jpg,g1,train\nNegative/2.jpg,g2,test\nNegative/absent.jpg,g3,val\n"
    (tmp_path / "splits" / "metu.csv").write_text(rows)
    found = read_labelled(folder)
    assert [(t.file, t.group, t.split) for t in found.tiles] == [
        ("Negative/2.jpg", "g2", "test"),
        ("Positive/1.jpg", "g1", "train"),
    ]
    assert found.split_rule == "splits/metu.csv"


def test_the_column_photo_is_a_group(tmp_path: Path) -> None:
    folder = touch(tmp_path / "sdnet2018", "Walls/Cracked/7-1.jpg", "Walls/Non-cracked/7-2.jpg")
    (tmp_path / "splits").mkdir()
    rows = "file,photo,split\nWalls/Cracked/7-1.jpg,Walls/7,val\nWalls/Non-cracked/7-2.jpg,Walls/7,val\n"
    (tmp_path / "splits" / "sdnet2018.csv").write_text(rows)
    assert {tile.group for tile in read_labelled(folder).tiles} == {"Walls/7"}


@pytest.mark.parametrize(
    ("files", "came"),
    [
        (("Cracked/1.jpg", "Cracked/2.jpg"), "2 tiles, all cracked"),
        (("intact/1.jpg",), "1 tiles, all intact"),
        (("Cracked/notes.txt",), "no picture"),
    ],
)
def test_both_classes_are_needed(tmp_path: Path, files: tuple[str, ...], came: str) -> None:
    with pytest.raises(DataError, match=f"expected pictures of both classes; got {came}"):
        read_labelled(touch(tmp_path, *files))


@pytest.mark.parametrize("name", ["absent", "data.txt"])
def test_what_is_neither_folder_nor_csv_is_refused(tmp_path: Path, name: str) -> None:
    touch(tmp_path, "data.txt")
    with pytest.raises(DataError, match=r"expected a folder with one subfolder a class, or a \.csv; it is neither"):
        read_labelled(tmp_path / name)


# Classes


@pytest.mark.parametrize("word", CRACKED)
def test_words_for_cracked(word: str) -> None:
    assert label_of(word) == label_of(f" {word.upper()} ") == 1


@pytest.mark.parametrize("word", [*INTACT, "Non cracked", "NO_CRACK"])
def test_words_for_intact(word: str) -> None:
    assert label_of(word) == 0


@pytest.mark.parametrize(
    ("word", "near"), [("Crackd", "cracked"), ("Negativ", "negative"), ("non-craked", "non-cracked")]
)
def test_an_unknown_class_gets_the_nearest_name(word: str, near: str) -> None:
    with pytest.raises(DataError, match=rf"got '{word}'\. Did you mean '{near}'\?"):
        label_of(word)


def test_a_class_that_is_like_none_gets_the_names_there_are() -> None:
    with pytest.raises(DataError, match=r"got 'xyz'\. Use one of cracked, positive"):
        label_of("xyz")


def test_what_a_split_file_does_not_name_is_said(tmp_path: Path) -> None:
    folder = touch(tmp_path / "mine", "Cracked/1.jpg", "Cracked/2.jpg", "Intact/3.jpg", "Intact/4.gif", "Intact/5.mp4")
    rows = "file;split\nCracked\\1.jpg;train\nIntact\\3.jpg;val\ngone.jpg;val\n"
    (tmp_path / "splits").mkdir()
    (tmp_path / "splits" / "mine.csv").write_text(rows)
    found = read_labelled(folder)
    assert [(tile.file, tile.split) for tile in found.tiles] == [("Cracked/1.jpg", "train"), ("Intact/3.jpg", "val")]
    assert found.left_out == (
        "1 file is left out, since it is not read: an empty file; Intact/5.mp4 first",
        "1 of 3 files that splits/mine.csv names are not in the folder, gone.jpg first",
        "2 pictures are left out: splits/mine.csv does not name them, Cracked/2.jpg first",
    )
    assert found.with_left_out("given").startswith("given; 1 file is left out")


@pytest.mark.parametrize(
    ("rows", "fault"),
    [("a/1.jpg,train\na/1.jpg,test", "named twice: a/1.jpg"), ("a/1.jpg,Train", "split is not train, val or test")],
)
def test_a_split_file_that_contradicts_itself_is_refused(tmp_path: Path, rows: str, fault: str) -> None:
    folder = touch(tmp_path / "mine", "cracked/1.jpg", "intact/1.jpg")
    (tmp_path / "splits").mkdir()
    (tmp_path / "splits" / "mine.csv").write_text(f"file,split\n{rows}\n")
    with pytest.raises(DataError, match=fault):
        read_labelled(folder)


def test_a_set_for_segmentation_is_called_one() -> None:
    with pytest.raises(DataError, match="got images and masks, as a set for segmentation has them"):
        read_labelled(CASES / "seg")


def test_a_linked_class_folder_is_read(tmp_path: Path) -> None:
    touch(tmp_path / "elsewhere", "1.jpg")
    folder = touch(tmp_path / "mine", "intact/2.jpg")
    (folder / "cracked").symlink_to(tmp_path / "elsewhere")
    assert [tile.file for tile in read_labelled(folder).tiles] == ["cracked/1.jpg", "intact/2.jpg"]


# CSVs


def test_a_csv_names_file_label_split_and_group(tmp_path: Path) -> None:
    path = csv_of(tmp_path, "file,label,split,group\nc/ä ö.jpg,cracked,val,g\na.jpg,0,train,\nb.jpg,1,train,\n")
    found = read_labelled(path)
    assert [(t.file, t.label, t.split, t.group) for t in found.tiles] == [
        ("a.jpg", 0, "train", "a.jpg"),
        ("b.jpg", 1, "train", "b.jpg"),
        ("c/ä ö.jpg", 1, "val", "g"),
    ]
    assert (found.name, found.split_rule) == ("tiles", "column split of tiles.csv")


def test_a_csv_of_excel_begins_with_a_mark(tmp_path: Path) -> None:
    found = read_labelled(csv_of(tmp_path, "file,label\r\na.jpg,yes\r\nb.jpg,no\r\n", encoding="utf-8-sig"))
    assert [tile.split for tile in found.tiles] == [None, None]


def test_missing_columns_are_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"expected the columns file, label; missing label; it has file, klass"):
        read_labelled(csv_of(tmp_path, "file,klass\na.jpg,1\n"))


def test_an_empty_csv_has_no_columns(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="missing file, label; it has none"):
        read_labelled(csv_of(tmp_path, ""))


def test_all_faults_of_the_rows_come_at_once(tmp_path: Path) -> None:
    rows = "file,label,split\na.jpg,1,train\na.jpg,0,train\nz.jpg,1,train\nb.jpg,1,dev\n"
    with pytest.raises(DataError) as caught:
        read_labelled(csv_of(tmp_path, rows))
    for fault in ("no such file: z.jpg", "named twice: a.jpg", "split is not train, val or test: b.jpg"):
        assert fault in str(caught.value)


def test_of_many_missing_files_the_first_are_named(tmp_path: Path) -> None:
    rows = "file,label\n" + "".join(f"{i}.jpg,1\n" for i in range(9))
    with pytest.raises(DataError, match=r"no such file: 0\.jpg, 1\.jpg, 2\.jpg, 3\.jpg, 4\.jpg and 4 more"):
        read_labelled(csv_of(tmp_path, rows))


@pytest.mark.parametrize("row", ["a.jpg", "a.jpg,"])
def test_a_row_without_a_label_is_refused(tmp_path: Path, row: str) -> None:
    with pytest.raises(DataError, match="expected a class that says cracked or intact; got ''"):
        read_labelled(csv_of(tmp_path, f"file,label\n{row}\n"))


def test_a_row_without_a_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no such file"):
        read_labelled(csv_of(tmp_path, "label,file\n1\n0,b.jpg\n"))


def test_a_csv_of_excel_on_windows(tmp_path: Path) -> None:
    path = csv_of(tmp_path, "File;Label;Split\nc\\ä ö.jpg;crack;train\n.\\b.jpg;no crack;val\n", encoding="cp1252")
    assert [(tile.file, tile.label, tile.split) for tile in read_labelled(path).tiles] == [
        ("b.jpg", 0, "val"),
        ("c/ä ö.jpg", 1, "train"),
    ]


@pytest.mark.parametrize("name", ["excel.csv", "excel_comma.csv"])
def test_the_cases_of_excel_are_read(name: str) -> None:
    found = read_labelled(CASES / name)
    assert [sum(tile.label == label for tile in found.tiles) for label in (0, 1)] == [6, 6]


def test_a_file_whose_name_has_a_backslash_is_found_by_it(tmp_path: Path) -> None:
    (tmp_path / "a\\b.jpg").touch()
    path = csv_of(tmp_path, "file,label\na\\b.jpg,1\nb.jpg,0\n")
    assert [tile.path.name for tile in read_labelled(path).tiles] == ["a\\b.jpg", "b.jpg"]
