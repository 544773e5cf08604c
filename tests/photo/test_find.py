"""Takes made folders; gives faults of what is found in them. Opens no picture."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from cracklens.errors import DataError
from cracklens.photo import find_photos


def touch(*paths: Path) -> None:
    for path in paths:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()


def names(found: list[Path], folder: Path) -> list[str]:
    return [path.relative_to(folder).as_posix() for path in found]


def test_photos_of_a_folder_come_in_order_of_their_names(tmp_path: Path) -> None:
    touch(*(tmp_path / name for name in ("b.JPG", "a.png", "z/1.tif", "c/d/2.webp", "c/1.bmp", "d.jpeg", "e.TIFF")))
    found = names(find_photos([tmp_path]), tmp_path)
    assert found == ["a.png", "b.JPG", "d.jpeg", "e.TIFF", "c/1.bmp", "c/d/2.webp", "z/1.tif"]


def test_what_is_no_photo_is_passed_over(tmp_path: Path) -> None:
    touch(*(tmp_path / name for name in ("a.jpg", "notes.txt", "jpg", "b.mp4", "Thumbs.db")))
    assert names(find_photos([tmp_path]), tmp_path) == ["a.jpg"]


def test_hidden_files_and_folders_are_passed_over(tmp_path: Path) -> None:
    touch(*(tmp_path / name for name in ("a.jpg", "._a.jpg", ".cracklens/b.jpg", ".trash/c/d.jpg")))
    assert names(find_photos([tmp_path]), tmp_path) == ["a.jpg"]


@pytest.mark.parametrize("name", ["phone.HEIC", "camera.dng", "drawing.gif"])
def test_photos_that_are_not_read_are_named_all_the_same(tmp_path: Path, name: str) -> None:
    touch(tmp_path / name)
    assert names(find_photos([tmp_path]), tmp_path) == [name]


def test_a_file_that_is_named_is_given_whatever_it_is(tmp_path: Path) -> None:
    touch(tmp_path / "notes.txt", tmp_path / ".hidden.jpg")
    assert len(find_photos([tmp_path / "notes.txt", tmp_path / ".hidden.jpg"])) == 2


def test_a_photo_that_is_named_twice_comes_once(tmp_path: Path) -> None:
    touch(tmp_path / "a.jpg", tmp_path / "b.jpg")
    found = find_photos([tmp_path / "b.jpg", tmp_path, str(tmp_path / "a.jpg")])
    assert names(found, tmp_path) == ["b.jpg", "a.jpg"]


@pytest.mark.parametrize("name", ["with space", "Brücke", "橋", "-dash", "a'b\"c", "[1]", "%20"])
def test_folders_of_any_name_are_searched(tmp_path: Path, name: str) -> None:
    touch(tmp_path / name / f"{name}.jpg")
    assert names(find_photos([tmp_path]), tmp_path) == [f"{name}/{name}.jpg"]


def test_a_folder_without_photos_is_an_error(tmp_path: Path) -> None:
    touch(tmp_path / "notes.txt")
    with pytest.raises(DataError, match=r"expected photos \(jpg, .*\) in .*; found none"):
        find_photos([tmp_path])


def test_all_missing_paths_are_named(tmp_path: Path) -> None:
    touch(tmp_path / "a.jpg")
    with pytest.raises(DataError, match=r"not there: .*one, .*two\. Check the spelling"):
        find_photos([tmp_path / "one", tmp_path / "a.jpg", tmp_path / "two"])


def test_a_folder_that_cannot_be_opened_is_not_passed_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    touch(tmp_path / "a.jpg", tmp_path / "locked" / "b.jpg")
    scandir = os.scandir

    def refuse(path: str) -> object:
        if Path(path).name == "locked":
            raise PermissionError(13, "Permission denied", str(path))
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refuse)
    assert names(find_photos([tmp_path]), tmp_path) == ["a.jpg", "locked"]
