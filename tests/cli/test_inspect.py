"""Takes the words of `cracklens inspect`; gives faults of files, stdout, stderr and exit code."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from PIL import Image
from tests.cli.conftest import Cli
from tests.stand_ins import CountingBackbone, save_grey, save_wall

from cracklens import show_detector

FILES = {"cracks.csv", "report.csv", "report.html", "report.json", "report.pdf"}


def files(out: Path) -> set[str]:
    return {path.name for path in out.iterdir() if not path.name.startswith(".")}


def test_inspect_writes_the_report_and_says_where(cli: Cli, photos: Path) -> None:
    answer = cli("inspect", "photos", "--out", "out")
    assert (answer.code, answer.out) == (0, f"{Path('out') / 'report.html'}\n")
    assert files(Path("out")) == FILES
    assert answer.err == "3 photos, 1 with findings, 0 not inspected\n"


def test_json_on_stdout_is_the_report_and_nothing_else(cli: Cli, photos: Path) -> None:
    answer = cli("inspect", "photos", "--out", "out", "--json")
    assert answer.out == Path("out/report.json").read_text(encoding="utf-8")
    report = json.loads(answer.out)
    assert report["summary"]["photos"] == 3
    assert [Path(photo["photo"]).name for photo in report["photos"]] == ["a cracked.png", "b intact.png", "c grey.png"]


def test_bad_files_are_named_and_the_exit_code_is_1(cli: Cli, photos: Path) -> None:
    (photos / "empty.jpg").touch()
    (photos / "camera.dng").write_bytes(b"raw")
    answer = cli("inspect", "photos", "--out", "out", "--json")
    assert answer.code == 1
    report = json.loads(answer.out)
    assert (report["summary"]["inspected"], report["summary"]["failed"]) == (3, 2)
    assert f"not inspected: {Path('photos/empty.jpg')}: the file is empty" in answer.err
    assert f"not inspected: {Path('photos/camera.dng')}: expected a photo" in answer.err


def test_what_another_covers_and_other_files_are_said_and_are_no_failure(cli: Cli, photos: Path) -> None:
    name = min(path.name for path in photos.iterdir())
    (photos / f"{Path(name).stem}.NEF").write_bytes(b"II*\0" + bytes(40))
    (photos / "notes.txt").touch()
    answer = cli("inspect", "photos", "--out", "out")
    assert answer.code == 0
    assert answer.err.splitlines() == [
        "1 other file, neither photos nor films: 1 .txt.",
        "3 photos, 1 with findings, 0 not inspected; 1 more covered by another",
    ]


@pytest.mark.skipif(os.name == "nt", reason="no such names")
@pytest.mark.parametrize("verb", ["inspect", "absent", "data check"])
def test_control_characters_of_names_do_not_reach_the_terminal(
    cli: Cli, photos: Path, monkeypatch: pytest.MonkeyPatch, verb: str
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")  # with a bar, as on a terminal
    evil = "evil\x1b]0;title\x07\x9b31m\rgood.jpg"
    words = {
        "inspect": ("inspect", "photos", "--out", "out", "--json"),
        "absent": ("inspect", f"absent{evil}", "--out", "out"),
        "data check": ("data", "check", "photos"),
    }[verb]
    folder = photos / "cracked" if verb == "data check" else photos
    folder.mkdir(exist_ok=True)
    (folder / evil).touch()
    if verb == "data check":
        save_grey(photos / "intact" / "1.png", 0)
        for path in photos.glob("*.png"):
            path.unlink()
    answer = cli(*words)
    assert answer.code == 1
    assert "\x1b]" not in answer.out + answer.err
    assert not {"\x07", "\x9b"} & set(answer.out + answer.err)
    assert "\\x1b]0;title\\x07\\x9b31m\\rgood.jpg" in answer.out + answer.err


def test_a_long_name_and_a_name_with_signs_stay_on_one_line(cli: Cli, tmp_path: Path) -> None:
    name = f"{'long name ' * 20}[bold] :warning: [x].jpg"
    (tmp_path / name).touch()
    answer = cli("inspect", name, "--out", "out")
    assert any(line.startswith(f"not inspected: {name}: the file is empty") for line in answer.err.splitlines())


@pytest.mark.parametrize("name", ["mit Leerzeichen", "Brücke", "橋", "-dash", "&<b>"])
def test_folders_and_files_of_any_name(cli: Cli, tmp_path: Path, name: str) -> None:
    save_grey(tmp_path / name / f"{name}.png", 90)
    answer = cli("inspect", "--out", f"report {name}", "--json", "--", name)
    assert answer.code == 0
    assert json.loads(answer.out)["photos"][0]["photo"] == str(Path(name) / f"{name}.png")
    assert files(tmp_path / f"report {name}") == FILES


def test_options_reach_the_report(cli: Cli, photos: Path) -> None:
    words = ("--threshold", "0", "--px-per-mm", "2.5", "--workers", "1", "--detector", "concrete-frozen")
    report = json.loads(cli("inspect", "photos", "--out", "out", "--json", *words).out)
    assert {(photo["threshold"], photo["px_per_mm"], photo["flagged_share"]) for photo in report["photos"]} == {
        (0, 2.5, 1)
    }


def test_without_options_the_detector_decides(cli: Cli, photos: Path) -> None:
    report = json.loads(cli("inspect", "photos", "--out", "out", "--json").out)
    assert {photo["threshold"] for photo in report["photos"]} == {round(show_detector().threshold, 6)}
    assert report["card"]["name"] == show_detector().name


@pytest.mark.slow
def test_resume_takes_over_what_is_done(cli: Cli, photos: Path, network: CountingBackbone) -> None:
    first = cli("inspect", "photos", "--out", "out", "--json")
    calls = len(network.calls)
    assert calls >= 3
    again = cli("inspect", "photos", "--out", "out", "--json", "--resume")
    assert len(network.calls) == calls
    assert again.out == first.out
    cli("inspect", "photos", "--out", "out", "--resume", "--threshold", "0.25")
    assert len(network.calls) == calls
    cli("inspect", "photos", "--out", "out")
    assert len(network.calls) == 2 * calls


def test_a_photo_that_was_turned_has_upright_findings(cli: Cli, tmp_path: Path) -> None:
    upright = Image.open(save_wall(tmp_path / "upright.png", hw=(64, 160)))
    exif = Image.Exif()
    exif[0x0112] = 8
    upright.transpose(Image.Transpose.ROTATE_270).save(tmp_path / "turned.png", exif=exif)
    one, other = json.loads(cli("inspect", "turned.png", "upright.png", "--out", "out", "--json").out)["photos"]
    assert (one["width_px"], one["height_px"]) == (160, 64)
    assert one["findings"] == other["findings"] != []
    assert one["score_map"] == other["score_map"]


def test_a_report_among_the_photos_is_not_inspected(cli: Cli, photos: Path) -> None:
    for _ in range(2):
        answer = cli("inspect", "photos", "--out", "photos/report", "--json")
        assert json.loads(answer.out)["summary"]["photos"] == 3


# Errors


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("absent",), "expected photos or folders; not there: absent."),
        (("empty",), "in empty; found none. Check the folder."),
        (("photos", "--detector", "concrete-frosen"), "Did you mean 'concrete-frozen'?"),
        (("photos", "--detector", "photos"), "expected a checkpoint folder with card.json"),
        (("photos", "--px-per-mm", "-1"), "px_per_mm must be above 0; got -1.0."),
        (("photos", "--px-per-mm", "nan"), "px_per_mm must be above 0; got nan."),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_our_errors_are_one_sentence_and_exit_code_1(
    cli: Cli, photos: Path, tmp_path: Path, words: tuple[str, ...], sentence: str
) -> None:
    (tmp_path / "empty").mkdir()
    answer = cli("inspect", *words, "--out", "out")
    assert (answer.code, answer.out) == (1, "")
    assert answer.err.startswith("Error: ")
    assert answer.err.count("\n") == 1
    assert sentence in answer.err
    assert not Path("out").exists()


@pytest.mark.parametrize(
    "words",
    [
        ("inspect",),
        ("inspect", "photos"),
        ("inspect", "--out", "out"),
        ("inspect", "photos", "--out", "out", "--threshold", "2"),
        ("inspect", "photos", "--out", "out", "--threshold", "nan"),
        ("inspect", "photos", "--out", "out", "--threshold", "high"),
        ("inspect", "photos", "--out", "out", "--workers", "0"),
        ("inspect", "photos", "--out", "out", "--colour"),
        ("inspekt", "photos"),
    ],
    ids=" ".join,
)
def test_wrong_usage_is_exit_code_2(cli: Cli, photos: Path, words: tuple[str, ...]) -> None:
    answer = cli(*words)
    assert (answer.code, answer.out) == (2, "")
    assert "Usage: " in answer.err
    assert not Path("out").exists()


def test_an_output_folder_that_cannot_be_made_is_a_sentence(cli: Cli, photos: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    for out in ("file", "file/out", *(["/proc/report"] if os.path.isdir("/proc") else [])):  # noqa: PTH112
        answer = cli("inspect", "photos", "--out", out)
        assert (answer.code, answer.out) == (1, "")
        assert answer.err.startswith(f"Error: {out}: cannot be written (")
    assert (tmp_path / "file").read_text() == "mine"


def test_a_damaged_checkpoint_is_a_sentence(cli: Cli, photos: Path, tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "card.json").write_text("{}")
    answer = cli("inspect", "photos", "--out", "out", "--detector", "mine")
    assert answer.code == 1
    assert answer.err.startswith(f"Error: {Path('mine/card.json')}: expected the JSON card of a checkpoint")


@pytest.mark.parametrize("place", [("--debug", "inspect", "absent"), ("inspect", "absent", "--debug")])
def test_debug_shows_the_trace(cli: Cli, place: tuple[str, ...]) -> None:
    with pytest.raises(Exception, match="not there: absent"):
        cli(*place, "--out", "out")


def test_cover_guide_template_and_formats_reach_the_report(cli: Cli, photos: Path, tmp_path: Path) -> None:
    (tmp_path / "firm.toml").write_text('name = "Example Engineers"')
    cover = ("--project", "Bridge 7", "--structure", "Pier", "--inspector", "Ann", "--date", "2026-05-04")
    (tmp_path / "elements.csv").write_text("file,element,exposure\na cracked.png,Pier 3,XC4\n")
    about = ("--number", "17", "--elements", str(tmp_path / "elements.csv"))
    how = (
        "--guide",
        "en1992",
        "--template",
        tmp_path / "firm.toml",
        "--language",
        "en",
        "--format",
        "html, json,geojson",
    )
    answer = cli("inspect", "photos", "--out", "out", *cover, *about, *map(str, how))
    assert answer.code == 0
    assert files(Path("out")) == {"report.html", "report.json", "report.geojson"}
    about = json.loads(Path("out/report.json").read_text(encoding="utf-8"))["about"]
    assert about == {
        "project": "Bridge 7",
        "structure": "Pier",
        "number": "17",
        "inspector": "Ann",
        "date": "2026-05-04",
        "guide": "en1992",
        "language": "en",
    }
    photos_of = json.loads(Path("out/report.json").read_text(encoding="utf-8"))["photos"]
    assert photos_of[0]["element"] == {"element": "Pier 3", "face": "", "position": "", "exposure": "XC4"}
    assert "Example Engineers" in Path("out/report.html").read_text(encoding="utf-8")


def test_an_exposure_that_the_guide_does_not_know_stops_before_the_first_photo(cli: Cli, photos: Path) -> None:
    Path("elements.csv").write_text("file,element,exposure\na cracked.png,Pier 3,XC9\n")
    answer = cli("inspect", "photos", "--out", "out", "--guide", "en1992", "--elements", "elements.csv")
    assert answer.code == 1
    assert "line 2: exposure must be of X0, XC1, XC2" in answer.err
    assert not Path("out").exists()


@pytest.mark.parametrize(
    ("formats", "shown", "written"),
    [("pdf", "report.pdf", {"report.pdf"}), ("csv", "report.csv", {"report.csv", "cracks.csv"})],
)
def test_first_file_that_was_asked_for_is_named(
    cli: Cli, photos: Path, formats: str, shown: str, written: set[str]
) -> None:
    answer = cli("inspect", "photos", "--out", "out", "--format", formats)
    assert answer.out == f"{Path('out') / shown}\n"
    assert files(Path("out")) == written


def test_json_on_stdout_needs_its_file(cli: Cli, photos: Path) -> None:
    assert (
        json.loads(cli("inspect", "photos", "--out", "out", "--json", "--format", "csv").out)["summary"]["photos"] == 3
    )
    assert files(Path("out")) == {"report.csv", "cracks.csv", "report.json"}


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("--guide", "aci"), "guide must be of aci224r"),
        (("--language", "de"), "language must be of en; got 'de'"),
        (("--date", "4.5.2026"), "date must be YYYY-MM-DD"),
        (("--template", "gone.toml"), "gone.toml: expected a template"),
        (("--format", "pfd"), "got 'pfd'. Did you mean 'pdf'?"),
        (("--format", ","), "formats must be of"),
    ],
)
def test_wrong_words_are_refused_before_the_first_photo(
    cli: Cli, photos: Path, words: tuple[str, str], sentence: str
) -> None:
    answer = cli("inspect", "photos", "--out", "out", *words)
    assert answer.code == 1
    assert sentence in answer.err
    assert not Path("out").exists()


def test_characters_that_the_pdf_cannot_draw_are_said(cli: Cli, photos: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cracklens.report.letters.fonts.system_fonts", lambda: ())
    answer = cli("inspect", "photos", "--out", "out", "--project", "Мост")
    assert answer.code == 0
    assert "report.pdf: expected a font for every character; none here draws U+041C" in answer.err
