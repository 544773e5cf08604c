"""Takes folders of small photos; gives faults of runs: bad files, resume, two runs at once, disks that refuse."""

from __future__ import annotations

import csv
import errno
import json
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, Self

import numpy as np
import pytest
from PIL import Image
from tests.said import said
from tests.stand_ins import CountingBackbone, GreyBackbone, bundled_detector, grey_detector, save_grey, save_wall

import cracklens.photo.read
import cracklens.survey.run
from cracklens.artefacts import MAGIC
from cracklens.detector import Detector
from cracklens.errors import DataError, OutputError, SettingError
from cracklens.models import bundled_map
from cracklens.models.checkpoint import head_sha256
from cracklens.photo.pixels.decode import decode
from cracklens.report import ReportOptions, read_elements
from cracklens.report.report import USUAL, Format, Report
from cracklens.survey.run import OnOutcome, SurveySettings, inspect_photos
from cracklens.values import Failure, Inspection, Outcome, Photo, Source

CASES = Path(__file__).parents[1] / "data" / "cases"
FILES = ("cracks.csv", "report.csv", "report.html", "report.json", "report.pdf")


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    """Give a folder of four plain photos, the darkest cracked in the eyes of the grey detector."""
    for i, grey in enumerate((10, 90, 200, 250)):
        save_grey(tmp_path / "photos" / f"{i}.png", grey)
    return tmp_path / "photos"


def survey(
    paths: Path | Sequence[Path], out: Path, *, detector: Detector | None = None, on_outcome: OnOutcome | None = None,
    formats: tuple[Format, ...] = ("json", "csv"), **settings: Any,
) -> Report:  # fmt: skip
    """Inspect into a report without its pages, which take the longest."""
    return inspect_photos(
        [paths] if isinstance(paths, Path) else paths,
        out=out,
        detector=detector or grey_detector(),
        settings=SurveySettings(formats=formats, **settings),
        on_outcome=on_outcome,
    )


def counting() -> tuple[Detector, CountingBackbone]:
    backbone = CountingBackbone(grey_detector().backbone)
    return replace(grey_detector(), backbone=backbone), backbone


def contents(out: Path) -> dict[str, bytes]:
    return {name: (out / name).read_bytes() for name in FILES if (out / name).is_file()}


def read_json(out: Path) -> Any:
    return json.loads((out / "report.json").read_text(encoding="utf-8"))


def reasons(out: Path) -> dict[str, str]:
    return {Path(failure["photo"]).name: failure["reason"]["sentence"] for failure in read_json(out)["failures"]}


def kinds(out: Path) -> dict[str, str]:
    return {Path(failure["photo"]).name: failure["reason"]["kind"] for failure in read_json(out)["failures"]}


def stop_after(done: int) -> OnOutcome:
    def on_outcome(n: int, total: int, outcome: Outcome) -> None:
        if n == done:
            raise KeyboardInterrupt

    return on_outcome


def test_a_run_gives_a_report_and_writes_its_files(photos: Path, tmp_path: Path) -> None:
    report = survey(photos, tmp_path / "out", threshold=0.5, formats=USUAL)
    assert [Path(outcome.photo).name for outcome in report.outcomes] == ["0.png", "1.png", "2.png", "3.png"]
    assert [bool(outcome.findings) for outcome in report.outcomes if isinstance(outcome, Inspection)] == [
        True,
        True,
        False,
        False,
    ]
    found = read_json(tmp_path / "out")
    assert [Path(photo["photo"]).name for photo in found["photos"]] == ["0.png", "1.png", "2.png", "3.png"]
    rows = list(csv.DictReader((tmp_path / "out" / "report.csv").read_text(encoding="utf-8-sig").splitlines()))
    assert len(rows) == 4
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [".cracklens", *FILES]


def test_a_damaged_neighbour_takes_nothing_from_a_good_photo(photos: Path, tmp_path: Path) -> None:
    cases = Path(__file__).parents[1] / "data" / "cases"
    for name in ("07_jpeg_lost_middle/lost_tail_with_EOI.jpg", "10_tiff_second_page/scan.tif", "11_exif_stub/stub.png"):
        (photos / Path(name).name).write_bytes((cases / name).read_bytes())
    (photos / "1.png").write_bytes((photos / "1.png").read_bytes()[:60])
    report = survey(photos, tmp_path / "out")
    said = reasons(tmp_path / "out")
    assert set(said) == {"lost_tail_with_EOI.jpg", "1.png"}
    assert all(reason.startswith("damaged: ") for reason in said.values())
    assert len(report.outcomes) == 7


def test_an_error_that_nobody_foresaw_is_a_row_that_names_the_file(
    photos: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def sometimes(image: Image.Image, source: Source, whole: Any) -> Any:
        if np.asarray(image).min() == 90:
            raise KeyError(34712)
        return decode(image, source, whole)

    monkeypatch.setattr(cracklens.photo.read, "decode", sometimes)
    report = survey(photos, tmp_path / "out")
    assert reasons(tmp_path / "out") == {"1.png": "cannot be read (KeyError: 34712). Copy it again from the camera."}
    assert len(report.outcomes) == 4


def test_the_outcome_of_every_photo_is_told_as_it_comes(photos: Path, tmp_path: Path) -> None:
    told: list[tuple[int, int, str]] = []
    survey(photos, tmp_path / "out", on_outcome=lambda n, total, outcome: told.append((n, total, outcome.photo)))
    assert told == [(i + 1, 4, str(photos / f"{i}.png")) for i in range(4)]


def test_same_photos_give_the_same_bytes_whatever_the_workers(
    photos: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = []
    for workers in (1, 3, 9):
        survey(photos, tmp_path / f"out {workers}", workers=workers, formats=USUAL)
        found.append(contents(tmp_path / f"out {workers}"))
    monkeypatch.setattr(cracklens.survey.run, "AHEAD_PIXELS", 1)
    survey(photos, tmp_path / "one by one", workers=3, formats=USUAL)
    assert found[0] == found[1] == found[2] == contents(tmp_path / "one by one")


def test_photos_are_read_only_a_little_ahead(tmp_path: Path) -> None:
    paths = [save_grey(tmp_path / f"{i}.png", 0) for i in range(8)]
    begun: list[Path] = []
    results = cracklens.survey.run._read_ahead(paths, begun.append, 2)
    next(results)
    assert len(begun) <= 3
    assert len(list(results)) == 7
    assert begun == paths


def test_the_real_detector_finds_the_cracked_wall(tmp_path: Path) -> None:
    paths = [save_wall(tmp_path / f"{cracked}.png", cracked=cracked) for cracked in (False, True)]
    report = survey(paths, tmp_path / "out", detector=bundled_detector())
    assert Path(report.outcomes[report.in_order_of_need()[0]].photo).name == "True.png"


def test_rows_of_elements_that_no_photo_has_are_named(photos: Path, tmp_path: Path) -> None:
    table = tmp_path / "elements.csv"
    table.write_text("file,element\n0.png,Pier 3\ngone.png,Deck\n", encoding="utf-8")
    report = inspect_photos(
        [photos],
        out=tmp_path / "out",
        detector=grey_detector(),
        settings=SurveySettings(formats=("json",)),
        options=ReportOptions(elements=read_elements(table)),
    )
    assert said(report.notes) == (
        "The table of elements has rows that match no photo: gone.png. Compare their names with the photos'.",
    )
    elements = [photo["element"] for photo in read_json(tmp_path / "out")["photos"]]
    assert [element and element["element"] for element in elements] == ["Pier 3", None, None, None]


# Bad files and odd names


def test_what_cannot_be_read_is_a_row_and_the_rest_is_inspected(photos: Path, tmp_path: Path) -> None:
    whole = save_wall(tmp_path / "whole.jpg", hw=(200, 200)).read_bytes()
    film = b"\0\0\0\x18ftypmp42" + bytes(99)
    bad = {"empty.jpg": b"", "cut.jpg": whole[: len(whole) // 2], "text.jpg": b"Dear sir,", "film.HEIC": film}
    for name, content in bad.items():
        (photos / name).write_bytes(content)
    report = survey(photos, tmp_path / "out")
    assert sum(isinstance(outcome, Inspection) for outcome in report.outcomes) == 4
    found = reasons(tmp_path / "out")
    assert set(found) == set(bad)
    assert found["empty.jpg"].startswith("the file is empty (0 bytes)")
    assert "expected a photo (JPEG, HEIC, TIFF …); this is text." in found["text.jpg"]
    assert "this is a film (MP4). Save pictures of it as JPEG." in found["film.HEIC"]
    assert not any(str(photos) in reason for reason in found.values())


def test_a_folder_of_bad_files_alone_still_has_a_report(tmp_path: Path) -> None:
    (tmp_path / "bad.jpg").touch()
    report = survey(tmp_path / "bad.jpg", tmp_path / "out", formats=USUAL)
    assert [type(outcome) for outcome in report.outcomes] == [Failure]
    assert set(contents(tmp_path / "out")) == set(FILES)


def test_a_photo_that_vanishes_during_the_run_is_a_row(photos: Path, tmp_path: Path) -> None:
    def remove(n: int, total: int, outcome: Outcome) -> None:
        (photos / "3.png").unlink(missing_ok=True)

    survey(photos, tmp_path / "out", workers=1, on_outcome=remove)
    assert "no such file" in reasons(tmp_path / "out")["3.png"]


@pytest.mark.parametrize("where", ["read_photo", "look"])
def test_a_photo_too_large_for_memory_is_a_row(
    photos: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    def out_of_memory(*_: object, **__: object) -> None:
        raise MemoryError

    monkeypatch.setattr(cracklens.survey.run if where == "read_photo" else Detector, where, out_of_memory)
    survey(photos, tmp_path / "out")
    assert set(reasons(tmp_path / "out").values()) == {"too large for this machine's memory. Split it into parts."}


@pytest.mark.parametrize(
    "name", ["with space.png", "Brücke – Süd.png", "橋.png", "=1+1.png", "a'b\"<b>&.png", ":) [x].png"]
)
@pytest.mark.filterwarnings(
    "ignore::cracklens.report.letters.fonts.MissingGlyphWarning"
)  # it depends on the machine's fonts
def test_files_of_any_name_are_in_all_reports(tmp_path: Path, name: str) -> None:
    survey(save_grey(tmp_path / "photos" / name, 0), tmp_path / "out", formats=USUAL)
    assert [Path(photo["photo"]).name for photo in read_json(tmp_path / "out")["photos"]] == [name]
    with (tmp_path / "out" / "report.csv").open(encoding="utf-8-sig", newline="") as file:
        assert [Path(row["photo"]).name for row in csv.DictReader(file)] == [name]


@pytest.mark.parametrize("name", ["caf\udce9.png", "wall.caf\udce9"])
def test_a_name_that_is_no_utf8_survives(tmp_path: Path, name: str) -> None:
    path = save_grey(tmp_path / "photos" / "x.png", 0)
    path.rename(path.with_name(name))
    survey(tmp_path / "photos", tmp_path / "out", resume=True, formats=USUAL)
    assert Path(read_json(tmp_path / "out")["photos"][0]["photo"]).name == name


def test_same_name_in_two_folders_and_same_content_under_two_names(tmp_path: Path) -> None:
    paths = [save_grey(tmp_path / name, grey) for name, grey in (("a/1.png", 0), ("b/1.png", 255), ("b/2.png", 0))]
    report = survey([tmp_path / "a", tmp_path / "b"], tmp_path / "out")
    assert [outcome.photo for outcome in report.outcomes] == list(map(str, paths))
    scores = [outcome.score for outcome in report.outcomes if isinstance(outcome, Inspection)]
    assert scores[0] == scores[2] > scores[1]


def test_the_output_folder_inside_the_photos_is_not_inspected_again(photos: Path) -> None:
    first = survey(photos, photos / "report")
    again = survey(photos, photos / "report", resume=True)
    assert len(first.outcomes) == len(again.outcomes) == 4


def test_the_report_among_its_photos_is_none_of_the_other_files(photos: Path) -> None:
    (photos / "notes.txt").touch()
    survey(photos, photos)
    before = contents(photos)
    survey(photos, photos, resume=True)
    assert contents(photos) == before
    assert read_json(photos)["other_files"]["by_suffix"] == {".txt": 1}


# Every file


def test_every_file_of_the_case_is_a_row(tmp_path: Path) -> None:
    names = {path.name for path in (CASES / "08_folder_kinds").iterdir()}
    survey(CASES / "08_folder_kinds", tmp_path / "out")
    found = read_json(tmp_path / "out")
    inspected, failed, covered = (
        {Path(row["photo"]).name: row for row in found[key]} for key in ("photos", "failures", "covered")
    )
    assert names == inspected.keys() | failed.keys() | covered.keys()
    jpegs = {"DSCF0003.MPO", "IMG_0002.pjpeg", "from_browser.jfif", "from_editor.jpe", "no_suffix"}
    assert jpegs | {"DSC_0013.JPG", "wall_1.jpg"} <= inspected.keys()
    assert covered["DSC_0013.NEF"]["reason"]["sentence"] == "a raw photo (NEF): its JPEG (DSC_0013.JPG) was inspected."
    assert "this is a raw photo (NRW)" in failed["DSC_0012.NRW"]["reason"]["sentence"]
    assert "this is a film (MP4)" in failed["flight.insv"]["reason"]["sentence"]
    assert "this is JPEG XL" in failed["shot.jxl"]["reason"]["sentence"]


def test_a_raw_photo_whose_jpeg_was_not_inspected_is_a_failure(tmp_path: Path) -> None:
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "1.NEF").write_bytes(b"II*\0" + bytes(40))
    (tmp_path / "site" / "1.JPG").write_bytes(b"")
    survey(tmp_path / "site", tmp_path / "out")
    assert reasons(tmp_path / "out")["1.NEF"] == (
        "a raw photo (NEF) is not read, and its JPEG (1.JPG) was not inspected. Export it as JPEG."
    )
    assert not read_json(tmp_path / "out")["covered"]


@pytest.mark.skipif(os.name == "nt", reason="needs links")
def test_a_link_is_counted_where_its_file_is(photos: Path, tmp_path: Path) -> None:
    (photos / "4.png").symlink_to(photos / "0.png")
    (photos / "5.png").write_bytes(b"")
    (photos / "6.png").symlink_to(photos / "5.png")
    survey(photos, tmp_path / "out")
    found = read_json(tmp_path / "out")
    (row,) = found["covered"]
    assert (row["photo"], row["covered_by"]) == (str(photos / "4.png"), str(photos / "0.png"))
    assert "which was not inspected" in reasons(tmp_path / "out")["6.png"]
    assert (found["summary"]["inspected"], found["summary"]["failed"]) == (4, 2)


def test_a_stopped_run_says_of_covered_photos_that_they_had_no_turn(photos: Path, tmp_path: Path) -> None:
    (photos / "0.NEF").write_bytes(b"II*\0" + bytes(40))
    with pytest.raises(KeyboardInterrupt):
        survey(photos, tmp_path / "out", on_outcome=stop_after(1))
    assert kinds(tmp_path / "out")["0.NEF"] == "interrupted"


@pytest.mark.parametrize("resume", [False, True])
def test_names_and_paths_that_are_too_long_are_rows(photos: Path, tmp_path: Path, resume: bool) -> None:
    long = [tmp_path / f"{'x' * 300}.jpg", tmp_path / "/".join(["y" * 200] * 25) / "a.jpg"]
    survey([photos, *long], tmp_path / "out", resume=resume)
    found = reasons(tmp_path / "out")
    assert {name[:3]: reason for name, reason in found.items()} == dict.fromkeys(
        ("xxx", "a.j"), "cannot be read (file name too long). Copy it again from the camera."
    )


@pytest.mark.skipif(os.name == "nt", reason="needs folders within folders beyond the length of a path")
def test_a_folder_whose_path_is_too_long_is_a_row(
    photos: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(photos)
    for _ in range(22):
        os.mkdir("z" * 200)  # noqa: PTH102 by its bare name, since the whole path is too long
        monkeypatch.chdir("z" * 200)
    survey(photos, tmp_path / "out")
    (reason,) = reasons(tmp_path / "out").values()
    assert reason == "the folder cannot be opened (file name too long). Check its rights and its name."


@pytest.mark.parametrize("resume", [False, True])
def test_a_drive_that_fails_within_a_file_gives_rows(
    photos: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, resume: bool
) -> None:
    opened = Path.open

    class Failing:
        """A file of a drive that fails after its first bytes."""

        def __init__(self, file: Any) -> None:
            self.file = file

        def __enter__(self) -> Self:
            return self

        def __exit__(self, *_: object) -> None:
            self.file.close()

        def read(self, n: int) -> bytes:
            return bytes(self.file.read(n))

        def __getattr__(self, name: str) -> object:
            raise OSError(errno.EIO, "Input/output error")

    def fail(path: Path, *args: Any, **more: Any) -> Any:
        file = opened(path, *args, **more)
        return Failing(file) if path.name in ("1.png", "2.png") else file

    monkeypatch.setattr(Path, "open", fail)
    survey(photos, tmp_path / "out", resume=resume)
    assert reasons(tmp_path / "out") == dict.fromkeys(
        ("1.png", "2.png"), "cannot be read (input/output error). Copy it again from the camera."
    )


@pytest.mark.slow
def test_two_runs_give_the_same_rows_in_the_same_order(tmp_path: Path) -> None:
    for out in ("a", "b"):
        survey(CASES / "08_folder_kinds", tmp_path / out)
    assert contents(tmp_path / "a") == contents(tmp_path / "b")


def test_the_same_content_is_not_given_the_note_of_another_name(tmp_path: Path) -> None:
    first = save_grey(tmp_path / "site" / "1.png", 0)
    (tmp_path / "site" / "2.HEIC").write_bytes(first.read_bytes())
    survey(tmp_path / "site", tmp_path / "out")
    notes = [[note["sentence"] for note in photo["notes"]] for photo in read_json(tmp_path / "out")["photos"]]
    assert ["named .HEIC, but is PNG" in of for of in notes] == [False, True]


# Resume


@pytest.mark.parametrize("done", [1, 3])
def test_a_stopped_run_leaves_what_is_done_and_resume_gives_what_an_unbroken_run_gives(
    photos: Path, tmp_path: Path, done: int
) -> None:
    (photos / "1 bad.jpg").touch()
    with pytest.raises(KeyboardInterrupt):
        survey(photos, tmp_path / "out", on_outcome=stop_after(done), formats=USUAL)
    assert len(read_json(tmp_path / "out")["photos"]) == (done if done == 1 else done - 1)
    left = [kind for kind in kinds(tmp_path / "out").values() if kind == "interrupted"]
    assert len(left) == 5 - done
    survey(photos, tmp_path / "out", resume=True, formats=USUAL)
    survey(photos, tmp_path / "unbroken", formats=USUAL)
    assert contents(tmp_path / "out") == contents(tmp_path / "unbroken")


def test_resume_does_not_run_the_network_for_what_is_known(photos: Path, tmp_path: Path) -> None:
    detector, network = counting()
    survey(photos, tmp_path / "out", detector=detector)
    assert len(network.calls) == 4
    (photos / "0.png").rename(photos / "renamed.png")
    save_grey(photos / "new.png", 123)
    told: list[str] = []
    report = survey(
        photos, tmp_path / "out", detector=detector, resume=True, on_outcome=lambda *step: told.append(step[2].photo)
    )
    assert len(network.calls) == 5
    assert told == [outcome.photo for outcome in report.outcomes]
    assert [Path(name).name for name in told] == ["1.png", "2.png", "3.png", "new.png", "renamed.png"]


def test_without_resume_all_is_done_again(photos: Path, tmp_path: Path) -> None:
    detector, network = counting()
    for _ in range(2):
        survey(photos, tmp_path / "out", detector=detector)
    assert len(network.calls) == 8


@pytest.mark.parametrize("other", [{"threshold": 0.9}, {"px_per_mm": 2.0}], ids=str)
def test_other_settings_are_taken_without_the_network(photos: Path, tmp_path: Path, other: dict[str, Any]) -> None:
    detector, network = counting()
    survey(photos, tmp_path / "out", detector=detector, threshold=0.5)
    report = survey(photos, tmp_path / "out", detector=detector, resume=True, **{"threshold": 0.5, **other})
    assert len(network.calls) == 4
    for outcome in report.outcomes:
        assert isinstance(outcome, Inspection)
        assert {name: getattr(outcome, name) for name in other} == other


def test_neither_threshold_nor_scale_nor_map_settings_look_again_and_the_report_is_as_if_they_had(
    photos: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked: list[str] = []
    look = Detector.look

    def counted(self: Detector, photo: Photo, *, traces: bool = True) -> object:
        looked.append(photo.name)
        return look(self, photo, traces=traces)

    monkeypatch.setattr(Detector, "look", counted)
    card = bundled_map().card
    first = replace(grey_detector(), mapper=grey_detector().backbone, map_card=card)
    other = replace(first, map_card=replace(card, settings=replace(card.settings, low=0.02, edge=0.7)))
    survey(photos, tmp_path / "out", detector=first)
    assert len(looked) == 4
    ways: list[tuple[Detector, dict[str, Any]]] = [
        (first, {"threshold": 0.9}), (first, {"px_per_mm": 2.0}), (other, {}), (first, {})
    ]  # fmt: skip
    for number, (detector, settings) in enumerate(ways):
        survey(photos, tmp_path / "out", detector=detector, resume=True, **settings)
        assert len(looked) == 4
        with monkeypatch.context() as patched:
            patched.setattr(Detector, "look", look)
            survey(photos, tmp_path / f"fresh {number}", detector=detector, **settings)
        assert contents(tmp_path / "out") == contents(tmp_path / f"fresh {number}")
    survey(photos, tmp_path / "out", detector=first)
    assert len(looked) == 8


GREY = grey_detector()
OTHERS = {
    "threshold": replace(GREY, card=replace(GREY.card, threshold=0.999)),
    "temperature": replace(GREY, head=replace(GREY.head, temperature=3.0)),
    "offset": replace(GREY, head=replace(GREY.head, offset=-3.0)),
    "weight": replace(GREY, head=replace(GREY.head, weight=-GREY.head.weight)),
    "network": replace(GREY, backbone=GreyBackbone(hash="1" * 64)),
}
"""Detectors that differ in one thing that moves scores or findings, with the head's file of one name."""


@pytest.mark.parametrize("other", OTHERS.values(), ids=OTHERS)
def test_what_another_detector_found_is_not_taken_over(photos: Path, tmp_path: Path, other: Detector) -> None:
    survey(photos, tmp_path / "out")
    survey(photos, tmp_path / "out", detector=other, resume=True)
    survey(photos, tmp_path / "fresh", detector=other)
    assert contents(tmp_path / "out") == contents(tmp_path / "fresh")


def test_what_was_found_with_another_crack_map_is_looked_at_again_and_with_its_settings_changed_is_not(
    photos: Path, tmp_path: Path
) -> None:
    detector, network = counting()
    card = bundled_map().card
    cards = (card, replace(card, sha256="0" * 64), replace(card, settings=replace(card.settings, low=0.2)))
    for map_card in (None, *cards, *cards[-1:]):
        survey(photos, tmp_path / "out", detector=replace(detector, map_card=map_card), resume=True)
    assert len(network.calls) == 4 * 3


def test_the_report_names_the_crack_map_by_which_it_followed_cracks(photos: Path, tmp_path: Path) -> None:
    card = bundled_map().card
    for traces in (True, False):
        survey(photos, tmp_path / "out", detector=replace(grey_detector(), map_card=card), traces=traces)
        named = read_json(tmp_path / "out")["crack_map"]
        assert (named and named["sha256"]) == (card.sha256 if traces else None)


def cut(raw: bytes) -> bytes:
    return raw[:-5]


def of_an_earlier_layout(raw: bytes) -> bytes:
    return raw.replace(MAGIC, b"cracklens inspection 4\n")


@pytest.mark.parametrize("other", [cut, of_an_earlier_layout])
def test_a_damaged_or_old_entry_is_computed_again(
    photos: Path, tmp_path: Path, other: Callable[[bytes], bytes]
) -> None:
    detector, network = counting()
    survey(photos, tmp_path / "out", detector=detector)
    before = contents(tmp_path / "out")
    entries = sorted((tmp_path / "out" / ".cracklens" / "inspected").iterdir())
    of_kind = {path.suffix: path for path in entries}
    assert {*of_kind} == {".inspection", ".scoremap", ".traced"}
    of_kind[".inspection"].write_bytes(other(of_kind[".inspection"].read_bytes()))
    survey(photos, tmp_path / "out", detector=detector, resume=True)
    assert len(network.calls) == 4
    for entry in entries:
        entry.write_bytes(other(entry.read_bytes()))
    survey(photos, tmp_path / "out", detector=detector, resume=True)
    assert len(network.calls) == 8
    assert contents(tmp_path / "out") == before


# Two runs, and disks that refuse


def test_a_second_run_into_the_folder_is_refused_and_the_first_is_not_disturbed(photos: Path, tmp_path: Path) -> None:
    refused: list[str] = []

    def second(n: int, total: int, outcome: Outcome) -> None:
        if n == 2:
            with pytest.raises(OutputError) as caught:
                survey(photos / "3.png", tmp_path / "out")
            refused.append(str(caught.value))

    survey(photos, tmp_path / "out", on_outcome=second)
    assert refused == [f"{tmp_path / 'out'}: another run is writing here. Wait for it, or choose another --out."]
    survey(photos, tmp_path / "alone")
    assert contents(tmp_path / "out") == contents(tmp_path / "alone")


def test_the_folder_is_free_after_a_stopped_run(photos: Path, tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        survey(photos, tmp_path / "out", on_outcome=stop_after(1))
    survey(photos, tmp_path / "out")


@pytest.mark.parametrize("name", ["file", "file/out"])
def test_a_file_in_the_place_of_the_folder_is_a_sentence(photos: Path, tmp_path: Path, name: str) -> None:
    (tmp_path / "file").write_text("mine")
    with pytest.raises(OutputError, match=r"cannot be written \(.*\)\. Choose another --out\."):
        survey(photos, tmp_path / name)
    assert (tmp_path / "file").read_text() == "mine"


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="needs /proc, where nobody can make a folder")
def test_a_place_where_nothing_can_be_made_is_a_sentence(photos: Path) -> None:
    with pytest.raises(OutputError, match=r"^/proc/report: cannot be written"):
        survey(photos, Path("/proc/report"))


def refusing(code: int, *, suffix: str) -> Callable[..., None]:
    """Give an os.replace of a disk that takes no more files that end so."""
    replace_file = os.replace

    def refuse(source: str, target: str | Path) -> None:
        if str(target).endswith(suffix):
            raise OSError(code, os.strerror(code), str(target))
        replace_file(source, target)

    return refuse


@pytest.mark.parametrize("suffix", [".inspection", "report.html"])
@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EROFS, errno.EIO])
def test_a_disk_that_refuses_is_a_sentence_and_the_old_report_stays(
    photos: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int, suffix: str
) -> None:
    survey(photos / "0.png", tmp_path / "out", formats=USUAL)
    before = (tmp_path / "out" / "report.html").read_bytes()
    monkeypatch.setattr(os, "replace", refusing(code, suffix=suffix))
    with pytest.raises(OutputError, match=os.strerror(code).lower()):
        survey(photos, tmp_path / "out", formats=USUAL)
    assert (tmp_path / "out" / "report.html").read_bytes() == before
    assert not [path for path in (tmp_path / "out").iterdir() if path.name.startswith(".report")]


@contextmanager
def file_size_limit(n_bytes: int) -> Iterator[None]:
    """Let the system refuse to write more than so many bytes into a file, as a full disk does."""
    resource = pytest.importorskip("resource")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (n_bytes, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.parametrize("n_bytes", [100, 12_000])
def test_a_write_that_the_system_refuses_halfway_leaves_no_half_file(
    photos: Path, tmp_path: Path, n_bytes: int
) -> None:
    survey(photos / "0.png", tmp_path / "out", formats=USUAL)
    before = contents(tmp_path / "out")
    with file_size_limit(n_bytes), pytest.raises(OutputError, match="file too large"):
        survey(photos, tmp_path / "out", formats=USUAL)
    assert (tmp_path / "out" / "report.html").read_bytes() == before["report.html"]
    survey(photos, tmp_path / "out", resume=True, formats=USUAL)
    survey(photos, tmp_path / "fresh", formats=USUAL)
    assert contents(tmp_path / "out") == contents(tmp_path / "fresh")


# Settings and paths


def test_all_faults_of_settings_come_at_once_and_nothing_is_written(tmp_path: Path) -> None:
    with pytest.raises(SettingError) as caught:
        SurveySettings(threshold=2.0, px_per_mm=0.0, workers=0)
    for fault in ("threshold must be 0-1; got 2.0", "px_per_mm must be above 0; got 0.0", "workers must be ≥ 1; got 0"):
        assert fault in str(caught.value)


def test_a_folder_without_photos_makes_no_report(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(DataError, match="found none"):
        survey(tmp_path / "empty", tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_defaults_need_no_settings(photos: Path, tmp_path: Path) -> None:
    report = inspect_photos([str(photos)], out=str(tmp_path / "out"), detector=grey_detector())
    assert report.card == grey_detector().card
    assert {o.threshold for o in report.outcomes if isinstance(o, Inspection)} == {report.card.threshold}


def test_cover_and_checkpoint_reach_the_report_and_another_cover_needs_no_network(photos: Path, tmp_path: Path) -> None:
    detector, network = counting()
    for project in ("Bridge 7", "Bridge 8"):
        settings, options = SurveySettings(resume=True, formats=("json",)), ReportOptions(project, guide="bre251")
        inspect_photos([photos], out=tmp_path / "out", detector=detector, settings=settings, options=options)
        found = read_json(tmp_path / "out")
        assert (found["about"]["project"], found["about"]["guide"]) == (project, "bre251")
        assert found["checkpoint_sha256"] == head_sha256(detector.head)
    assert len(network.calls) == 4


def test_direction_of_the_camera_reaches_the_report(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif.get_ifd(0x8825).update({1: "N", 2: (47.0, 0.0, 0.0), 3: "E", 4: (8.0, 0.0, 0.0), 17: 271.5})
    Image.new("RGB", (64, 64), (200, 200, 200)).save(tmp_path / "a.jpg", exif=exif)
    survey(tmp_path / "a.jpg", tmp_path / "out")
    (photo,) = read_json(tmp_path / "out")["photos"]
    assert photo["direction_deg"] == 271.5


def test_wrong_format_is_refused_before_the_first_photo() -> None:
    with pytest.raises(SettingError, match=r"formats must be of .* got 'docx'"):
        SurveySettings(formats=("docx",))  # type: ignore[arg-type]
