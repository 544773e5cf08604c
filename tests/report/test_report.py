"""Takes hand-made outcomes; gives faults in the order of a report, its formats and its errors."""

from __future__ import annotations

import base64
import errno
import json
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pypdfium2
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.report import made
from tests.said import because

from cracklens.errors import OutputError, SettingError
from cracklens.report.material.facts import unlike_hint
from cracklens.report.material.overview import look_over
from cracklens.report.report import Format, Report
from cracklens.report.words.catalogue import words_of
from cracklens.values import Failure, Inspection, Note, Outcome, Scale

FILES = {"report.json", "report.csv", "cracks.csv", "report.html", "report.pdf"}
ALL: tuple[Format, ...] = ("json", "csv", "html", "pdf", "geojson", "coco", "labelstudio")


def fail_with(code: int):
    def fail(*_: object, **__: object) -> None:
        raise OSError(code, os.strerror(code))

    return fail


def test_save_writes_its_usual_files_and_gives_the_folder(tmp_path: Path) -> None:
    folder = made.report().save(tmp_path / "a" / "b")
    assert folder == tmp_path / "a" / "b"
    assert {path.name for path in folder.iterdir()} == FILES


def test_save_writes_only_the_formats_asked_for(tmp_path: Path) -> None:
    made.report().save(str(tmp_path), formats=["geojson"])
    assert [path.name for path in tmp_path.iterdir()] == ["report.geojson"]


@pytest.mark.parametrize(
    ("formats", "sentence"),
    [
        (["jsn"], "got 'jsn'. Did you mean 'json'"),
        (["PDF", "HTML"], "got 'PDF', 'HTML'. Did you mean 'pdf'"),
        ([], "got none. Name at least"),
    ],
)
def test_unknown_format_names_the_nearest_and_writes_nothing(
    tmp_path: Path, formats: Sequence[Format], sentence: str
) -> None:
    with pytest.raises(
        SettingError, match=r"formats must be of json, csv, html, pdf, geojson, coco, labelstudio"
    ) as caught:
        made.report().save(tmp_path / "out", formats=formats)
    assert sentence in str(caught.value)
    assert not (tmp_path / "out").exists()


def test_same_outcomes_give_same_bytes(tmp_path: Path) -> None:
    first, second = (made.report(project="Brücke").save(tmp_path / name, formats=ALL) for name in ("a", "b"))
    names = {path.name for path in first.iterdir()}
    assert names == FILES | {"report.geojson", "report.coco.json", "report.labelstudio.json"}
    for name in names:
        assert (first / name).read_bytes() == (second / name).read_bytes()


def test_same_outcomes_give_same_bytes_in_another_process_on_another_day(tmp_path: Path) -> None:
    folder = made.report(project="Brücke").save(tmp_path / "a", formats=ALL)
    code = "from tests.report import made; made.report(project='Brücke').save('b', formats=%r)" % (ALL,)  # noqa: UP031
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(str(Path(__file__).parents[2] / part) for part in ("", "src")),
        "PYTHONHASHSEED": "7",
        "TZ": "Asia/Tokyo",
    }
    subprocess.run([sys.executable, "-c", code], cwd=tmp_path, env=environment, check=True)
    for path in folder.iterdir():
        assert path.read_bytes() == (tmp_path / "b" / path.name).read_bytes()


@pytest.mark.parametrize("step", ["os.fsync", "os.replace", "tempfile.mkstemp"])
@pytest.mark.parametrize(
    ("code", "advice"), [(errno.ENOSPC, "Free some space"), (errno.EROFS, "Choose another folder")]
)
def test_disk_that_cannot_be_written_leaves_the_old_report_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str, code: int, advice: str
) -> None:
    folder = made.report().save(tmp_path)
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    monkeypatch.setattr(step, fail_with(code))
    with pytest.raises(OutputError, match=r"expected a place that can be written") as caught:
        made.report(made.inspection()).save(folder)
    assert advice in str(caught.value)
    assert os.strerror(code).lower() in str(caught.value)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


def test_file_in_the_place_of_the_folder_is_an_output_error(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("a file")
    with pytest.raises(OutputError, match=r"out: expected a place"):
        made.report().save(tmp_path / "out")


class Gone(list[Inspection | Failure]):
    """Outcomes whose stored result is lost after they were looked over."""

    def __getitem__(self, index):
        return Failure("wall.jpg", because("gone"))


def test_result_that_is_lost_in_between_is_an_output_error(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match=r"wall.jpg: expected the stored result"):
        Report(Gone([made.inspection()]), made.card()).save(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_order_of_need() -> None:
    photos: list[Outcome] = [
        made.inspection("clear, low", scores=(0.1,)),
        made.inspection("b", scores=(0.9,)),
        Failure("broken", because("why")),
        made.inspection("large", scores=(0.898, 0.6)),  # same score to 2 decimals as a and b, more of it flagged
        made.inspection("a", scores=(0.901,)),
        made.inspection("clear, high", scores=(0.4,)),
        made.inspection("highest", scores=(0.99,)),
    ]
    report = made.report(*photos)
    order = [photos[i].photo for i in report.in_order_of_need()]
    assert order == ["highest", "large", "a", "b", "clear, high", "clear, low"]
    assert [failure.photo for failure in report.overview().failures] == ["broken"]


score_lists = st.lists(st.floats(0, 1, width=32).map(lambda score: (score,)), max_size=12)


@given(score_lists)
def test_order_holds_every_photo_once_findings_first_and_score_falling(scores: list[tuple[float]]) -> None:
    photos = [made.inspection(f"{i}", scores=score, preview_jpeg=b"") for i, score in enumerate(scores)]
    overview = look_over(photos)
    assert sorted(row.index for row in overview.inspected) == list(range(len(photos)))
    assert all(row.findings for row in overview.flagged)
    assert not any(row.findings for row in overview.unflagged)
    for rows in (overview.flagged, overview.unflagged):
        rounded = [round(row.score, 2) for row in rows]
        assert rounded == sorted(rounded, reverse=True)


def test_overview_names_every_threshold_once() -> None:
    photos = [made.inspection(), replace(made.inspection(), threshold=0.3), made.inspection()]
    assert look_over(photos).thresholds == (0.3, 0.5)


def test_cracks_are_listed_widest_first_in_mm_then_those_without_a_scale() -> None:
    doubtful = made.trace((0.0, 0.0), (300.0, 0.0), width_px=40.0, confidence=0.3)
    far = made.inspection("far.jpg", scale=Scale(0.5), traces=(made.trace(width_px=3.0), doubtful))
    near = made.inspection("near.jpg", scale=Scale(5.0), traces=(made.trace(width_px=9.0),))
    overview = look_over([made.inspection("unknown.jpg", traces=(made.trace(width_px=50.0),)), near, far])
    assert [crack.id for _, crack in overview.sure] == ["P3-C2", "P2-C1", "P1-C1"]
    assert [crack.id for _, crack in overview.doubtful] == ["P3-C1"]
    assert [row.id for row in overview.in_order] == ["P1", "P2", "P3"]
    assert all(not crack.trace.branches for _, crack in overview.listed)


def test_a_width_that_may_be_taken_as_it_is_goes_before_one_that_needs_checking() -> None:
    hole = made.trace(width_px=9.0, width_max_px=60.0, width_max_interval_px=(50.0, 70.0))
    overview = look_over([made.inspection(traces=(hole, made.trace(width_px=5.0)))])
    assert overview.worst is not None
    assert overview.worst[1].id == "P1-C2"
    assert [crack.id for _, crack in overview.wider] == ["P1-C1"]
    (alone,) = look_over([made.inspection(traces=(hole,))]).sure
    assert look_over([made.inspection(traces=(hole,))]).worst == alone
    assert look_over([made.inspection()]).worst is None


def unlike(name: str, novelty: float | None, *, scores: tuple[float, ...] = (0.1,)) -> Inspection:
    plain = made.inspection(name, scores=scores)
    return replace(plain, score_map=replace(plain.score_map, novelty=novelty))


def test_photos_unlike_the_training_data_are_named_whether_they_have_findings_or_not(tmp_path: Path) -> None:
    outcomes = [
        unlike("near.jpg", 0.9),
        unlike("a/far.jpg", 2.5),
        unlike("new.jpg", 1.2, scores=(0.9,)),
        unlike("x.jpg", None),
    ]
    assert [row.photo for row in look_over(outcomes).unlike] == ["a/far.jpg", "new.jpg"]
    page = (made.report(*outcomes).save(tmp_path) / "report.html").read_text(encoding="utf-8")
    assert "Unlike anything that the detector was fitted on: 2 photos, far.jpg, new.jpg." in page
    assert page.count("unlike the photos that the detector was fitted on") == 1  # the sheet of the one with findings
    assert "Unlike anything" not in (made.report(unlike("near.jpg", 0.9)).save(tmp_path) / "report.html").read_text(
        encoding="utf-8"
    )


def test_many_unlike_photos_are_counted() -> None:
    words = words_of()
    said = unlike_hint(look_over([unlike(f"{i}.jpg", 2.0) for i in range(9)]), words)
    assert said.startswith("Unlike anything that the detector was fitted on: 9 photos, ")
    assert "0.jpg, 1.jpg, 2.jpg, 3.jpg, 4.jpg and 4 more" in said


def test_a_report_says_what_was_not_inspected_in_every_file(tmp_path: Path) -> None:
    note = "40.0 % of the photo is empty, transparent or without data, and was not inspected"
    seen = np.ones((8, 10), np.float32)
    seen[:, 6:] = 0
    partly = made.inspection("ortho.tif", scores=(0.2,), empty_share=0.4, notes=(Note("empty", {"percent": 40.0}),))
    partly = replace(partly, score_map=replace(partly.score_map, seen=seen))
    flagged = replace(partly, photo="other.tif", findings=made.inspection().findings)
    Report([partly, flagged], made.card()).save(tmp_path, formats=("json", "csv", "html", "pdf"))
    html, csv = ((tmp_path / f"report.{name}").read_text("utf-8") for name in ("html", "csv"))
    said = "Parts of 2 photos were not inspected, since they are empty, transparent or without data:"
    assert f"{said} other.tif (40.0 %), ortho.tif (40.0 %)." in html
    assert "40.0 % not inspected" in html
    assert csv.count(note) == 2
    photos = json.loads((tmp_path / "report.json").read_text("utf-8"))["photos"]
    assert [photo["empty_share"] for photo in photos] == [0.4, 0.4]
    raw = base64.b64decode(photos[0]["score_map"]["seen"])
    assert (np.frombuffer(raw, "<u2").reshape(8, 10) / 65_535 == seen).all()
    assert flagged.flagged_share == pytest.approx(1024 / (240 * 320 * 0.6))
    pages = pypdfium2.PdfDocument((tmp_path / "report.pdf").read_bytes())
    text = " ".join(" ".join(page.get_textpage().get_text_range().split()) for page in pages)
    assert said in text
    assert note in text
