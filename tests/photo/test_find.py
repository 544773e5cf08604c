"""Takes made folders; gives faults of what is found in them. Opens no picture."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest
from tests.said import said

import cracklens.photo.find
from cracklens.errors import DataError
from cracklens.photo import Kind, OtherFiles, find_photos
from cracklens.photo.kinds import TEXT
from cracklens.values import Note

CASES = Path(__file__).parents[1] / "data" / "cases"


def touch(*paths: Path) -> None:
    for path in paths:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()


def names(found: Sequence[Path], folder: Path) -> list[str]:
    return [path.relative_to(folder).as_posix() for path in found]


def test_photos_of_a_folder_come_in_order_of_their_names(tmp_path: Path) -> None:
    touch(*(tmp_path / name for name in ("b.JPG", "a.png", "z/1.tif", "c/d/2.webp", "c/1.bmp", "d.jpeg", "e.TIFF")))
    found = names(find_photos([tmp_path]), tmp_path)
    assert found == ["a.png", "b.JPG", "d.jpeg", "e.TIFF", "c/1.bmp", "c/d/2.webp", "z/1.tif"]


def test_what_is_no_photo_is_passed_over(tmp_path: Path) -> None:
    touch(*(tmp_path / name for name in ("a.jpg", "notes.txt", "jpg", "more.TXT", "a.xmp", "b/Thumbs.db")))
    found = find_photos([tmp_path])
    assert names(found, tmp_path) == ["a.jpg"]
    assert found.others.by_suffix == ((".txt", 2), ("", 1), (".db", 1), (".xmp", 1))


def test_hidden_files_and_folders_are_passed_over(tmp_path: Path) -> None:
    touch(*(tmp_path / name for name in ("a.jpg", "._a.jpg", ".cracklens/b.jpg", ".trash/c/d.jpg")))
    found = find_photos([tmp_path])
    assert names(found, tmp_path) == ["a.jpg"]
    assert found.others.hidden == 2  # the store of a report is no file of the site


@pytest.mark.parametrize("name", ["@eaDir", "__MACOSX", "$RECYCLE.BIN", "#recycle", "System Volume Information"])
def test_folders_of_thumbnails_and_bins_are_passed_over_by_name(tmp_path: Path, name: str) -> None:
    touch(*(tmp_path / folder / name / "t.jpg" for folder in (".", "a", "b")), tmp_path / "a.jpg")
    found = find_photos([tmp_path])
    assert names(found, tmp_path) == ["a.jpg"]
    assert found.others.passed_over == ((name, 3),)


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
    found = find_photos([tmp_path])
    assert names(found, tmp_path) == ["a.jpg", "locked"]
    assert found.faults == {tmp_path / "locked": Note("folder_closed", {"said": "permission denied"})}
    (fault,) = said(found.faults.values())
    assert fault == "the folder cannot be opened (permission denied). Check its rights and its name."


def test_a_folder_whose_list_breaks_off_keeps_what_was_listed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    touch(tmp_path / "a.jpg", tmp_path / "b.jpg")
    scandir = os.scandir

    @contextmanager
    def broken(path: str) -> Iterator[Iterator[os.DirEntry[str]]]:
        def entries() -> Iterator[os.DirEntry[str]]:
            with scandir(path) as listed:
                yield min(listed, key=lambda entry: entry.name)
            raise OSError(errno.EIO, "Input/output error", str(path))

        yield entries()

    monkeypatch.setattr(os, "scandir", broken)
    found = find_photos([tmp_path])
    assert set(found) == {tmp_path, tmp_path / "a.jpg"}
    assert "(input/output error)" in said(found.faults.values())[0]


def test_a_name_that_is_too_long_is_no_reason_to_stop(tmp_path: Path) -> None:
    touch(tmp_path / "a.jpg")
    long = tmp_path / f"{'x' * 300}.jpg"
    assert list(find_photos([tmp_path, long])) == [tmp_path / "a.jpg", long]


# What a file is


def test_content_decides_where_the_suffix_says_nothing(tmp_path: Path) -> None:
    touch(tmp_path / "empty", tmp_path / "a.jpg")
    for name in ("no_suffix", "photo.bak", "IMG_1.JPG~", "film.dat"):
        (tmp_path / name).write_bytes(b"\0\0\0\x18ftypmp42" if name == "film.dat" else b"\xff\xd8\xff\xe0")
    found = find_photos([tmp_path])
    assert names(found, tmp_path) == ["IMG_1.JPG~", "a.jpg", "film.dat", "no_suffix", "photo.bak"]
    assert found.others.by_suffix == (("", 1),)


def test_files_of_a_known_suffix_are_not_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    touch(*(tmp_path / name for name in ("a.jpg", "b.NEF", "c.mp4", "d.heic", "notes.txt")))
    opened: list[str] = []

    def look(path: Path) -> Kind:
        opened.append(path.name)
        return TEXT

    monkeypatch.setattr(cracklens.photo.find, "kind_of", look)
    assert len(find_photos([tmp_path])) == 4
    assert opened == ["notes.txt"]


def test_a_file_that_cannot_be_opened_could_be_a_photo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(path: Path) -> Kind:
        raise PermissionError(13, "Permission denied", str(path))

    touch(tmp_path / "locked")
    monkeypatch.setattr(cracklens.photo.find, "kind_of", refuse)
    assert names(find_photos([tmp_path]), tmp_path) == ["locked"]


def test_every_file_of_the_case_is_there() -> None:
    found = find_photos([CASES / "08_folder_kinds"])
    assert {path.name for path in found} == {path.name for path in (CASES / "08_folder_kinds").iterdir()}
    assert found.others == OtherFiles()


@pytest.mark.parametrize("developed", ["dsc_1.JPG", "DSC_1.jpeg", "DSC_1.HEIC"])
def test_a_raw_photo_is_developed_beside_it(tmp_path: Path, developed: str) -> None:
    touch(tmp_path / developed, tmp_path / "DSC_2.jpg", tmp_path / "other" / "DSC_1.jpg")
    (tmp_path / "DSC_1.NEF").write_bytes(b"II*\0" + bytes(40))
    assert find_photos([tmp_path]).developed == {tmp_path / "DSC_1.NEF": tmp_path / developed}


def test_a_photo_that_is_named_as_a_raw_one_is_inspected_itself(tmp_path: Path) -> None:
    touch(tmp_path / "DSC_1.jpg")
    (tmp_path / "DSC_1.NEF").write_bytes(b"\xff\xd8\xff\xe0")
    assert not find_photos([tmp_path]).developed


# Links

links = pytest.mark.skipif(os.name == "nt", reason="needs links")


@links
def test_a_linked_folder_is_followed_once(tmp_path: Path) -> None:
    touch(tmp_path / "site" / "a.jpg", tmp_path / "elsewhere" / "b.jpg")
    for name in ("link", "again"):
        (tmp_path / "site" / name).symlink_to(tmp_path / "elsewhere")
    found = find_photos([tmp_path / "site"])
    assert names(found, tmp_path / "site") == ["a.jpg", "again/b.jpg"]
    again, link = (str(tmp_path / "site" / name) for name in ("again", "link"))
    assert found.others.links == ((link, Note("searched_already", {"folder": again})),)
    assert said(why for _, why in found.others.links) == (f"it is the folder {again}, which is searched already",)


@links
@pytest.mark.parametrize("target", [".", "..", "deep"])
def test_loops_end_and_what_is_there_comes_by_its_own_name(tmp_path: Path, target: str) -> None:
    touch(tmp_path / "site" / "deep" / "a.jpg", tmp_path / "not asked for.jpg")
    (tmp_path / "site" / "a loop").symlink_to(tmp_path / "site" / target)
    found = find_photos([tmp_path / "site"])
    assert names(found, tmp_path / "site") == ["deep/a.jpg"]
    assert [folder for folder, _ in found.others.links] == [str(tmp_path / "site" / "a loop")]


@links
def test_a_link_to_a_photo_that_is_there_is_named_so(tmp_path: Path) -> None:
    touch(tmp_path / "a.jpg", tmp_path / "other.jpg")
    for name in ("a link.jpg", "b.jpg"):
        (tmp_path / name).symlink_to(tmp_path / "a.jpg")
    (tmp_path / "c.jpg").hardlink_to(tmp_path / "a.jpg")
    (tmp_path / "gone.jpg").symlink_to(tmp_path / "nowhere.jpg")
    found = find_photos([tmp_path])
    assert names(found, tmp_path) == ["a link.jpg", "a.jpg", "b.jpg", "c.jpg", "gone.jpg", "other.jpg"]
    assert found.same_file == {tmp_path / name: tmp_path / "a.jpg" for name in ("a link.jpg", "b.jpg", "c.jpg")}


@pytest.mark.parametrize("paths", [(".", "."), (".", "sub"), ("sub", ".")])
def test_folders_that_are_named_twice_are_counted_once(tmp_path: Path, paths: tuple[str, str]) -> None:
    touch(tmp_path / "a.jpg", tmp_path / "sub" / "b.jpg", tmp_path / "sub" / "notes.txt")
    found = find_photos([tmp_path / path for path in paths])
    assert sorted(names(found, tmp_path)) == ["a.jpg", "sub/b.jpg"]
    assert found.others == OtherFiles(by_suffix=((".txt", 1),))


def test_no_link_leads_out_of_a_folder_that_is_named_as_the_limit(tmp_path: Path) -> None:
    root, out = tmp_path / "root", tmp_path / "out"
    touch(root / "a.jpg", root / "kept" / "b.jpg", out / "secret.jpg", out / "c.jpg")
    (root / "one.jpg").symlink_to(out / "c.jpg")
    (root / "all").symlink_to(out)
    (root / "kept" / "up").symlink_to("../..")
    (root / "again.jpg").symlink_to("kept/b.jpg")
    found = find_photos([root], within=root)
    assert names(found, root) == ["a.jpg", "again.jpg", "all", "one.jpg", "kept/b.jpg", "kept/up"]
    assert {path.name for path in found.faults} == {"all", "one.jpg", "up"}
    assert set(said(found.faults.values())) == {"it is a link to a place outside"}
    assert "secret.jpg" in {path.name for path in find_photos([root])}
