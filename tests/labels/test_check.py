"""Takes folders and CSVs with faults; gives what a check does not see of them. Trains nothing."""

from __future__ import annotations

import json
import re
import shutil
from html.parser import HTMLParser
from pathlib import Path

import pytest
from tests.published.made import make_set, save, texture
from tests.said import reasons

from cracklens.errors import DataError, OutputError
from cracklens.labels import CheckResult, check_data, check_json, check_text, write_check_page
from cracklens.labels.as_html import check_html
from cracklens.labels.listing import list_pictures

CASES = Path(__file__).parents[1] / "data" / "cases" / "21_data"


@pytest.fixture(scope="module")
def sound_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a folder without faults. Not to be written to."""
    return make_set(tmp_path_factory.mktemp("check") / "mine")


def sentences(result: CheckResult, weight: str) -> list[str]:
    return [problem.sentence for problem in result.problems if problem.weight == weight]


def csv_of(folder: Path, rows: list[str]) -> Path:
    path = folder / "tiles.csv"
    path.write_text("\n".join(["file,label,split,group", *rows]) + "\n", encoding="utf-8")
    return path


def test_a_folder_without_faults_is_sound(sound_dir: Path) -> None:
    seen: list[tuple[str, int, int]] = []
    result = check_data(sound_dir, on_progress=lambda *at: seen.append(at))
    assert result.sound
    assert (result.problems, result.same, result.unreadable) == ((), (), ())
    assert result.counts == {"all": {"cracked": 30, "intact": 30}}
    assert [(size.height_px, size.width_px, size.pictures) for size in result.sizes] == [(96, 96, 60)]
    assert seen[-1] == ("comparing", 60, 60)
    assert "nothing stands in the way of training" in check_text(result)


def test_copies_and_labels_that_disagree_are_found(sound_dir: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(sound_dir, tmp_path / "mine")
    shutil.copy(folder / "Cracked" / "000.png", folder / "Cracked" / "copy.png")
    save(folder / "Non-cracked" / "mirrored.png", texture(5, crack=True)[:, ::-1])
    result = check_data(folder)
    files = {tuple(picture.file for picture in group.pictures): group for group in result.same}
    assert set(files) == {
        ("Cracked/000.png", "Cracked/copy.png"),
        ("Cracked/005.png", "Non-cracked/mirrored.png"),
    }
    assert files["Cracked/000.png", "Cracked/copy.png"].exact
    assert files["Cracked/005.png", "Non-cracked/mirrored.png"].disagrees
    assert (result.surplus_exact, result.surplus_near) == (1, 1)
    assert sentences(result, "look") == ["1 group of duplicates have both labels: one of them is wrong."]
    assert result.sound


def test_a_leak_between_given_splits_is_found(sound_dir: Path, tmp_path: Path) -> None:
    shutil.copytree(sound_dir, tmp_path, dirs_exist_ok=True)
    save(tmp_path / "Cracked" / "copy.png", texture(0, crack=True)[::-1])
    splits = ["train", "train", "val", "test"]
    rows = [f"Cracked/{i:03}.png,1,{splits[i % 4]}," for i in range(30)]
    rows += [f"Non-cracked/{i:03}.png,0,{splits[i % 4]}," for i in range(30)]
    result = check_data(csv_of(tmp_path, [*rows, "Cracked/copy.png,1,test,"]))
    assert result.leaking == {"test": 1}
    assert not result.sound
    assert sentences(result, "flatters")[0].startswith(
        "1 of 15 pictures in test (6.7 %) have a duplicate in train or val"
    )
    assert "on both sides:" in check_text(result)


def test_a_group_on_both_sides_is_said(sound_dir: Path, tmp_path: Path) -> None:
    shutil.copytree(sound_dir, tmp_path, dirs_exist_ok=True)
    rows = [
        f"{of}/{i:03}.png,{of},{'train' if i < 15 else 'val'},g{i % 20}"
        for of in ("Cracked", "Non-cracked")
        for i in range(30)
    ]
    result = check_data(csv_of(tmp_path, rows))
    assert re.search("expected every group in one split; 10 are in more", sentences(result, "stops")[0])


# Bad input, each with its words


def test_one_class_only(tmp_path: Path) -> None:
    save(tmp_path / "Cracked" / "1.png", texture(1))
    result = check_data(tmp_path)
    assert "expected pictures of both classes; got 1 tiles, all cracked" in sentences(result, "stops")[0]
    assert result.counts["all"] == {"cracked": 1, "intact": 0}


def test_an_empty_class_folder(tmp_path: Path) -> None:
    save(tmp_path / "Cracked" / "1.png", texture(1))
    (tmp_path / "Non-cracked").mkdir()
    result = check_data(tmp_path)
    assert sentences(result, "look") == ["Class folder Non-cracked holds no picture."]
    assert not result.sound


def test_three_pictures(tmp_path: Path) -> None:
    for i, of in enumerate(("Cracked", "Cracked", "Intact")):
        save(tmp_path / of / f"{i}.png", texture(i))
    result = check_data(tmp_path)
    assert "expected at least 4 cracked tiles in train; got 2 of 3 tiles" in sentences(result, "stops")[0]
    assert len(result.pictures) == 3


def test_labels_of_files_that_are_not_there(sound_dir: Path, tmp_path: Path) -> None:
    shutil.copytree(sound_dir, tmp_path, dirs_exist_ok=True)
    result = check_data(csv_of(tmp_path, ["Cracked/000.png,1,,", "Non-cracked/000.png,0,,", "gone.png,1,,"]))
    assert "no such file: gone.png" in sentences(result, "stops")[0]
    assert len(result.pictures) == 2


def test_the_same_file_in_train_and_test(sound_dir: Path, tmp_path: Path) -> None:
    shutil.copytree(sound_dir, tmp_path, dirs_exist_ok=True)
    rows = ["Cracked/000.png,1,train,", "Cracked/000.png,1,test,", "Non-cracked/000.png,0,train,"]
    result = check_data(csv_of(tmp_path, rows))
    assert "named twice: Cracked/000.png" in sentences(result, "stops")[0]
    assert "1 of 1 pictures in test (100.0 %) have a duplicate in train" in sentences(result, "flatters")[0]


def test_pictures_that_cannot_be_read(sound_dir: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(sound_dir, tmp_path / "mine")
    (folder / "Cracked" / "empty.jpg").touch()
    (folder / "Cracked" / "text.png").write_text("no picture")
    result = check_data(folder)
    assert [failure.photo for failure in result.unreadable] == ["Cracked/empty.jpg", "Cracked/text.png"]
    assert reasons(result.unreadable)["Cracked/empty.jpg"].startswith("the file is empty")
    assert sentences(result, "stops") == ["2 files cannot be read, Cracked/empty.jpg first."]


def test_a_class_that_is_not_known(sound_dir: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(sound_dir, tmp_path / "mine")
    save(folder / "Crackd" / "1.png", texture(99))
    result = check_data(folder)
    assert "Did you mean 'cracked'" in sentences(result, "stops")[0]
    assert len(result.pictures) == 60


@pytest.mark.parametrize("make", ["empty", "notes", "absent"])
def test_a_folder_without_pictures(tmp_path: Path, make: str) -> None:
    folder = tmp_path / make
    if make != "absent":
        folder.mkdir()
    if make == "notes":
        (folder / "notes.txt").touch()
    with pytest.raises(DataError, match=r"got no picture|it is neither"):
        check_data(folder)


def test_splits_beside_a_folder_that_name_other_files(sound_dir: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(sound_dir, tmp_path / "mine")
    (tmp_path / "splits").mkdir()
    names = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*.png"))
    rows = [f"{name},{'val' if i % 2 else 'train'}" for i, name in enumerate(names[:-2])]
    (tmp_path / "splits" / "mine.csv").write_text("\n".join(["file,split", *rows, "gone.png,test"]) + "\n")
    result = check_data(folder)
    assert sentences(result, "look") == [
        "1 of 59 files that splits/mine.csv names are not in the folder, gone.png first.",
        f"2 pictures are left out: splits/mine.csv does not name them, {names[-2]} first.",
    ]


def test_every_file_of_a_class_folder_is_used_or_named(sound_dir: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(sound_dir, tmp_path / "mine")
    one = (folder / "Cracked" / "000.png").read_bytes()
    for name in ("a.jfif", "b", "c.png.bak"):  # PNG, whatever they are called
        (folder / "Cracked" / name).write_bytes(one)
    (folder / "Cracked" / "film.mp4").write_bytes(b"\0\0\0\x18ftypmp42")
    (folder / "Cracked" / "raw.NEF").write_bytes(b"II*\0" + bytes(40))
    (folder / "notes.txt").write_text("of the site")
    result = check_data(folder)
    assert len(result.pictures) == 63
    assert sentences(result, "look")[-2:] == [
        "1 other file, neither photos nor films: 1 .txt.",
        "2 files are left out, since they are not read: a film (MP4), a raw photo (NEF); Cracked/film.mp4 first.",
    ]
    assert result.sound


def test_the_cases_class_folders() -> None:
    listing = list_pictures(CASES / "pics")
    assert [sum(tile.label == label for tile in listing.data.tiles) for label in (0, 1)] == [6, 9]
    assert (listing.refused, listing.remarks) == (None, ())


# Writers


class Page(HTMLParser):
    """Collects the sources of pictures, and what would be fetched."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.sources: list[str] = []
        self.feed(text)

    def handle_starttag(self, _tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.sources += [value or "" for name, value in attrs if name in ("src", "href")]


def test_the_page_shows_everything_and_fetches_nothing(sound_dir: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(sound_dir, tmp_path / "<b>&mine")
    save(folder / "Non-cracked" / "<i>.png", texture(5, crack=True))
    (folder / "Cracked" / "empty.jpg").touch()
    text = check_html(check_data(folder))
    assert "<b>&mine" not in text
    assert "<i>.png" not in text
    assert "&lt;i&gt;.png" in text
    for words in ("The same picture, both labels", "Unreadable", "the file is empty", "Cracked", "Intact"):
        assert words in text
    sources = Page(text).sources
    assert sources
    assert all(source.startswith("data:") for source in sources)
    assert len(sources) == 1 + 2 + 60  # the icon, the group, the contact sheets


def test_the_page_of_nothing_wrong_says_so(sound_dir: Path) -> None:
    text = check_html(check_data(sound_dir))
    assert "nothing stands in the way of training" in text
    assert "Other duplicates" not in text


def test_a_page_that_cannot_be_written_is_a_sentence(sound_dir: Path, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(OutputError, match="Choose another --html"):
        write_check_page(check_data(sound_dir), tmp_path / "file" / "page.html")


def test_json_holds_the_facts(sound_dir: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(sound_dir, tmp_path / "mine")
    shutil.copy(folder / "Cracked" / "000.png", folder / "Non-cracked" / "copy.png")
    whole = json.loads(check_json(check_data(folder)))
    assert whole["pictures"] == 61
    assert whole["sound"] is True
    (group,) = whole["duplicates"]["groups"]
    assert (group["exact"], group["disagrees"], group["leaks"]) == (True, True, False)
    assert str(tmp_path) not in json.dumps(whole)


def test_long_lists_are_cut_in_text_and_whole_in_json(tmp_path: Path) -> None:
    folder = make_set(tmp_path / "mine", per_class=4)
    for i in range(15):
        (folder / "Cracked" / f"empty{i:02}.jpg").touch()
    result = check_data(folder)
    assert "and 5 more; --html and --json show all" in check_text(result)
    assert len(json.loads(check_json(result))["unreadable"]) == 15


def test_the_metu_sample_holds_mirrored_copies(sample_dir: Path, tmp_path: Path) -> None:
    for name in ("00336.jpg", "05877.jpg", "18300_1.jpg", "00039.jpg"):
        (tmp_path / "Positive").mkdir(exist_ok=True)
        shutil.copy(sample_dir / "metu" / "Positive" / name, tmp_path / "Positive" / name)
    (group,) = check_data(tmp_path).same
    assert [picture.file for picture in group.pictures] == [
        "Positive/00336.jpg",
        "Positive/05877.jpg",
        "Positive/18300_1.jpg",
    ]
