"""Takes files that people put in; gives faults where one goes lost, stands twice, or its name leads somewhere."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from sqlalchemy import select
from tests.projects.made import opened, photos_of, save_photo, tracing_detector

from cracklens.errors import CracklensError, PhotoError
from cracklens.projects import take_in, take_in_all, work_off
from cracklens.projects.records import JobRow
from cracklens.projects.views import wall


def test_the_same_content_is_one_photo_under_its_first_name(tmp_path: Path) -> None:
    first = save_photo(tmp_path / "a.png")
    shutil.copy(first, tmp_path / "b.png")
    with opened(tmp_path / "bridge", new=True) as project:
        taken = [take_in(project, tmp_path / name) for name in ("a.png", "b.png", "a.png")]
        assert [of.new for of in taken] == [True, False, False]
        assert len({of.photo_id for of in taken}) == 1
        assert list(photos_of(project)) == ["a.png"]
        with project.database.reading() as session:
            assert len(session.scalars(select(JobRow)).all()) == 2
        assert len([path for path in (project.folder / "photos").rglob("*") if path.is_file()]) == 1


def test_a_photo_whose_file_is_lost_or_damaged_is_whole_when_it_is_put_in_again(tmp_path: Path) -> None:
    path = save_photo(tmp_path / "a.png")
    with opened(tmp_path / "bridge", new=True) as project:
        take_in(project, path)
        (row,) = photos_of(project).values()
        kept = project.photo_path(row)
        for harm in (lambda: kept.write_bytes(bytes(kept.stat().st_size)), kept.unlink):
            harm()
            assert not take_in(project, path).new
            assert kept.read_bytes() == path.read_bytes()


def test_the_same_name_of_other_content_is_numbered(tmp_path: Path) -> None:
    with opened(tmp_path / "bridge", new=True) as project:
        for seed, folder in enumerate(("north", "south", "west")):
            take_in(project, save_photo(tmp_path / folder / "IMG_0001.png", seed=seed))
        assert sorted(photos_of(project)) == ["IMG_0001 (2).png", "IMG_0001 (3).png", "IMG_0001.png"]


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("../../etc/passwd", "passwd"),
        ("..\\..\\windows\\a.png", "a.png"),
        ("/absolute/a.png", "a.png"),
        ("C:\\a.png", "a.png"),
        ("a.png/../../b", "b"),
        ("..", ".."),
        ("", "a.png"),
        ("x" * 400 + ".png", "x" * 251 + ".png"),
        ("a\x1b[2J.png", "a\\x1b[2J.png"),
    ],
)
def test_a_name_is_never_a_path(name: str, kept: str, tmp_path: Path) -> None:
    path = save_photo(tmp_path / "a.png")
    before = {of for of in tmp_path.rglob("*") if of.is_file()}
    with opened(tmp_path / "bridge", new=True) as project:
        taken = take_in(project, path, name=name)
        assert list(photos_of(project)) == [kept]
        made = {of for of in tmp_path.rglob("*") if of.is_file()} - before
        photos = [of for of in made if not of.name.startswith("project.sqlite")]
        (row,) = photos_of(project).values()
        assert photos == [project.photo_path(row)]
        assert photos[0].stem == taken.sha256


def test_a_suffix_that_is_no_photos_is_taken_from_the_content(tmp_path: Path) -> None:
    with opened(tmp_path / "bridge", new=True) as project:
        take_in(project, save_photo(tmp_path / "a.png"), name="a.exe")
        (row,) = photos_of(project).values()
        assert (row.name, row.suffix) == ("a.exe", ".png")


@pytest.mark.parametrize(
    "content",
    [
        b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>",
        b"<!doctype html><script>alert(1)</script>",
        b"%PDF-1.7",
        b"",
        b"MZ\x90\x00",
    ],
)
def test_what_is_no_photo_is_refused_whatever_its_name(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "a.jpg"
    path.write_bytes(content)
    with opened(tmp_path / "bridge", new=True) as project:
        with pytest.raises(PhotoError, match=r"a\.jpg"):
            take_in(project, path)
        assert not photos_of(project)
        assert not (project.folder / "photos").exists()


def test_many_are_taken_in_and_the_others_are_listed(tmp_path: Path) -> None:
    save_photo(tmp_path / "in" / "a.png")
    (tmp_path / "in" / "b.jpg").write_bytes(b"<svg/>")
    seen: list[tuple[int, int, str]] = []
    with opened(tmp_path / "bridge", new=True) as project:
        failures = take_in_all(project, [tmp_path / "in"], on_photo=lambda *of: seen.append(of))
        assert [Path(of.photo).name for of in failures] == ["b.jpg"]
        assert list(photos_of(project)) == ["a.png"]
    assert seen == [(1, 2, "a.png"), (2, 2, "b.jpg")]


def test_a_damaged_photo_is_a_failed_one_with_its_reason(tmp_path: Path) -> None:
    whole = save_photo(tmp_path / "a.jpg").read_bytes()
    (tmp_path / "a.jpg").write_bytes(whole[: len(whole) // 2])
    with opened(tmp_path / "bridge", new=True) as project:
        take_in(project, tmp_path / "a.jpg")
        take_in(project, save_photo(tmp_path / "b.png"))
        work_off(project, tracing_detector)
        with project.database.reading() as session:
            shown = {of.name: (of.state, of.reason) for of in wall(session)}
    assert shown["b.png"] == ("inspected", "")
    state, reason = shown["a.jpg"]
    assert state == "failed"
    assert "damaged" in reason or "truncated" in reason


def test_a_full_disk_leaves_neither_file_nor_row(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = save_photo(tmp_path / "a.png")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with opened(tmp_path / "bridge", new=True) as project:
        with monkeypatch.context() as patch:
            patch.setattr("cracklens.projects.intake.shutil.copyfileobj", full)
            with pytest.raises(CracklensError, match=r"no space left on device. Free some space"):
                take_in(project, path)
        assert not photos_of(project)
        assert not [of for of in (project.folder / "photos").rglob("*") if of.is_file()]
        assert take_in(project, path).new
