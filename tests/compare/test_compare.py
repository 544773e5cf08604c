"""Takes reports of drawn walls at two dates; gives faults where changes are invented, missed or wrongly measured."""

from __future__ import annotations

import csv
import itertools
import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from markupsafe import escape
from PIL import Image
from tests.compare.scenes import HW, WIDTH_PX, Shot, moved_line, taken_again, trace_of, wall, write_report
from tests.report import made
from tests.said import said
from tests.stand_ins import grey_detector

from cracklens.compare import Comparison, compare_folders
from cracklens.compare.changes import Change
from cracklens.compare.side import MadeWith, Side, part_notes, read_side
from cracklens.errors import DataError, SettingError
from cracklens.report.pictures.names import Box
from cracklens.values import Scale


def compared(folder: Path, old: Shot | tuple[Shot, ...], new: Shot | tuple[Shot, ...]) -> Comparison:
    sides = [side if isinstance(side, tuple) else (side,) for side in (old, new)]
    before, after = (write_report(folder / name, *shots) for name, shots in zip(("old", "new"), sides, strict=True))
    return compare_folders(before, after, out=folder / "out")


def only_change(comparison: Comparison) -> Change:
    (pair,) = comparison.pairs
    (change,) = pair.changes
    return change


def read_json(folder: Path) -> Any:
    return json.loads((folder / "out" / "compare.json").read_text(encoding="utf-8"))


@pytest.fixture
def before() -> Shot:
    return Shot("a.png", wall().cracked, (trace_of(wall().line_xy),))


@pytest.fixture
def after() -> Shot:
    return Shot("a.png", taken_again(wall().cracked), (trace_of(moved_line(wall().line_xy)),))


def test_same_crack_from_another_place_is_static(tmp_path: Path, before: Shot, after: Shot) -> None:
    change = only_change(compared(tmp_path, before, after))
    assert (change.status, change.old_ids, change.new_ids) == ("STATIC", ("P1-C1",), ("P1-C1",))
    assert change.length.difference_px == pytest.approx(0, abs=change.length.uncertainty_px)
    assert change.width.difference_px == pytest.approx(0, abs=change.width.uncertainty_px)


def test_same_photo_is_static_to_the_px(tmp_path: Path, before: Shot) -> None:
    comparison = compared(tmp_path, before, before)
    assert only_change(comparison).status == "STATIC"
    assert only_change(comparison).length.difference_px == pytest.approx(0, abs=0.5)
    assert comparison.pairs[0].registration.error_px < 0.5
    assert comparison.pairs[0].registration.matrix == pytest.approx(np.eye(3), abs=1e-3)


@pytest.mark.parametrize("share", [0.5, 0.8])
def test_longer_crack_has_grown_by_what_was_added(tmp_path: Path, after: Shot, share: float) -> None:
    pixels, line = wall().part(share)
    change = only_change(compared(tmp_path, Shot("a.png", pixels, (trace_of(line),)), after))
    assert (change.status, change.notes[0].kind) == ("GROWN", "longer")
    whole = len(wall().line_xy)
    assert change.length.difference_px == pytest.approx(whole - len(line), abs=0.08 * whole)
    assert change.width.difference_px is None, "widths of other parts of a crack are not to be compared"


def test_wider_crack_has_grown(tmp_path: Path, before: Shot, after: Shot) -> None:
    wider = replace(after, traces=(trace_of(moved_line(wall().line_xy), width_px=WIDTH_PX + 2),))
    change = only_change(compared(tmp_path, before, wider))
    assert (change.status, change.notes[0].kind) == ("GROWN", "wider")
    assert change.width.difference_px == pytest.approx(2, abs=0.2)


def test_crack_that_was_not_there_is_new(tmp_path: Path, after: Shot) -> None:
    change = only_change(compared(tmp_path, Shot("a.png", wall().clean), after))
    assert (change.status, change.old_ids, change.length.old_px) == ("NEW", (), 0)


def test_crack_that_is_not_there_any_more_is_gone(tmp_path: Path, before: Shot) -> None:
    change = only_change(compared(tmp_path, before, Shot("a.png", taken_again(wall().clean))))
    assert (change.status, change.new_ids, change.length.new_px) == ("GONE", (), 0)


@pytest.mark.parametrize("missed", ["old", "new"])
def test_crack_that_was_missed_in_one_photo_is_no_change(
    tmp_path: Path, before: Shot, after: Shot, missed: str
) -> None:
    """The pixels show it, whatever the tracing says."""
    shots = [replace(shot, traces=()) if side == missed else shot for side, shot in (("old", before), ("new", after))]
    change = only_change(compared(tmp_path, *shots))
    assert change.status == "STATIC"
    assert "one_photo_only" in {note.kind for note in change.notes}


def test_crack_traced_in_pieces_is_one(tmp_path: Path, before: Shot, after: Shot) -> None:
    line = moved_line(wall().line_xy)
    half = len(line) // 2
    pieces = replace(after, traces=(trace_of(line[: half - 5]), trace_of(line[half + 5 :])))
    change = only_change(compared(tmp_path, before, pieces))
    assert (change.status, change.old_ids, change.new_ids) == ("STATIC", ("P1-C1",), ("P1-C1", "P1-C2"))


def test_crack_outside_of_the_other_photo_is_no_change(tmp_path: Path, before: Shot) -> None:
    """The newer photo shows a part of the wall that the crack is not in."""
    line = np.column_stack([np.full(60, 545.0), np.arange(100.0, 160.0)])
    old = replace(before, traces=(trace_of(line),))
    comparison = compared(tmp_path, old, Shot("a.png", np.ascontiguousarray(wall().cracked[:, :500])))
    assert only_change(comparison).status == "OUTSIDE"
    assert comparison.count("GONE") == 0


# Which photo is which place


@pytest.mark.slow
@pytest.mark.parametrize("texture", ["concrete", "brick", "formwork"])
def test_different_places_are_said_and_no_change_is_invented(tmp_path: Path, texture: Any) -> None:
    shots = [Shot("a.png", of.cracked, (trace_of(of.line_xy),)) for of in (wall(seed, texture) for seed in (11, 12))]
    comparison = compared(tmp_path, *shots)
    assert comparison.pairs == ()
    assert [(of.side, of.reason.kind) for of in comparison.not_compared] == [
        ("new", "not_as_older"),
        ("old", "not_as_newer"),
    ]
    page = (tmp_path / "out" / "compare.html").read_text(encoding="utf-8")
    assert "not the same place" in page
    rows = list(csv.DictReader((tmp_path / "out" / "compare.csv").read_text(encoding="utf-8-sig").splitlines()))
    assert [row["status"] for row in rows] == ["NOT COMPARED", "NOT COMPARED"]


def test_photos_are_paired_by_what_they_show(tmp_path: Path, before: Shot, after: Shot) -> None:
    """Names are swapped between the dates."""
    other = wall(5)
    olds = (before, Shot("b.png", other.cracked, (trace_of(other.line_xy),)))
    news = (replace(after, name="b.png"), Shot("a.png", other.cracked, (trace_of(other.line_xy),)))
    comparison = compared(tmp_path, olds, news)
    names = [(pair.old.file, pair.new.file) for pair in comparison.pairs]
    assert names == [("a.png", "b.png"), ("b.png", "a.png")]
    assert comparison.count("STATIC") == 2


def test_photos_taken_far_apart_are_not_tried(tmp_path: Path, before: Shot, after: Shot) -> None:
    comparison = compared(tmp_path, replace(before, gps=(48.0, 11.0)), replace(after, gps=(48.01, 11.0)))
    assert comparison.pairs == ()


def test_plain_photo_has_no_place(tmp_path: Path, before: Shot) -> None:
    comparison = compared(tmp_path, before, Shot("a.png", np.full((*HW, 3), 120, np.uint8)))
    assert comparison.pairs == ()
    assert len(comparison.not_compared) == 2


def test_photo_that_is_gone_or_changed_is_said(tmp_path: Path, before: Shot, after: Shot) -> None:
    old = write_report(tmp_path / "old", before)
    new = write_report(tmp_path / "new", after)
    Image.fromarray(before.pixels[::-1]).save(old / "a.png")
    reasons = [of.reason for of in compare_folders(old, new, out=tmp_path / "out").not_compared if of.side == "old"]
    assert said(reasons) == ("the photo was changed since the report was written",)
    (old / "a.png").unlink()
    reasons = [of.reason for of in compare_folders(old, new, out=tmp_path / "out").not_compared if of.side == "old"]
    assert "not where the report says" in said(reasons)[0]


def test_folders_that_moved_are_found_by_content(tmp_path: Path, before: Shot, after: Shot) -> None:
    for name, shot in (("old", before), ("new", after)):
        write_report(tmp_path / name, shot)
        (tmp_path / name).rename(tmp_path / f"{name} elsewhere")
    comparison = compare_folders(tmp_path / "old elsewhere", tmp_path / "new elsewhere", out=tmp_path / "out")
    assert len(comparison.pairs) == 1


# Millimetres


def test_sizes_are_in_mm_by_the_newer_scale(tmp_path: Path, before: Shot, after: Shot) -> None:
    comparison = compared(tmp_path, before, replace(after, scale=Scale(4.0)))
    (pair,) = read_json(tmp_path)["pairs"]
    length = pair["changes"][0]["length"]
    assert length["new_mm"] == pytest.approx(length["new_px"] / 4, abs=0.01)
    assert comparison.pairs[0].notes == ()


def test_older_scale_is_carried_over(tmp_path: Path, before: Shot, after: Shot) -> None:
    compared(tmp_path, replace(before, scale=Scale(4.0)), after)
    assert read_json(tmp_path)["pairs"][0]["px_per_mm"] == pytest.approx(4.0, rel=0.03)


def test_without_scale_there_are_no_mm(tmp_path: Path, before: Shot, after: Shot) -> None:
    compared(tmp_path, before, after)
    assert read_json(tmp_path)["pairs"][0]["px_per_mm"] is None
    assert " mm</td>" not in (tmp_path / "out" / "compare.html").read_text(encoding="utf-8")


def test_contradictory_scales_and_swapped_dates_are_noted(tmp_path: Path, before: Shot, after: Shot) -> None:
    old = replace(before, scale=Scale(4.0), taken_at="2025-06-01T10:00:00")
    new = replace(after, scale=Scale(8.0), taken_at="2024-06-01T10:00:00")
    later, scales = said(compared(tmp_path, old, new).pairs[0].notes)
    assert "was taken later (2025-06-01T10:00:00)" in later
    assert "8 px/mm in the newer photo" in scales


@pytest.mark.parametrize("note", ["marker of 50 mm", "", None, {"kind": "drawn", "amounts": {}, "sentence": "drawn"}])
def test_scales_are_read_whatever_is_said_of_them(tmp_path: Path, before: Shot, note: Any) -> None:
    """Before notes were codes they were sentences."""
    folder = write_report(tmp_path / "old", replace(before, scale=Scale(4.0)))
    raw = json.loads((folder / "report.json").read_text(encoding="utf-8"))
    raw["photos"][0]["scale"]["note"] = note
    (folder / "report.json").write_text(json.dumps(raw), encoding="utf-8")
    (photo,) = read_side(folder).photos
    assert photo.scale == Scale(4.0)


# What is written


def test_same_reports_give_the_same_bytes(tmp_path: Path, before: Shot, after: Shot) -> None:
    compared(tmp_path, before, after)
    names = ("compare.json", "compare.csv", "compare.html")
    first = {name: (tmp_path / "out" / name).read_bytes() for name in names}
    compare_folders(tmp_path / "old", tmp_path / "new", out=tmp_path / "out")
    assert {name: (tmp_path / "out" / name).read_bytes() for name in names} == first


def test_json_has_counts_and_how_the_photos_lie(tmp_path: Path, before: Shot, after: Shot) -> None:
    compared(tmp_path, before, after)
    whole = read_json(tmp_path)
    assert whole["summary"]["STATIC"] == 1
    registration = whole["pairs"][0]["registration"]
    assert registration["inliers"] >= 25
    assert registration["overlap"] > 0.8
    assert whole["pairs"][0]["changes"][0]["length"]["exceeds_uncertainty"] is False


def test_page_draws_both_photos_and_fetches_nothing(tmp_path: Path, before: Shot, after: Shot) -> None:
    compared(tmp_path, before, replace(after, name="<b>.png"))
    page = (tmp_path / "out" / "compare.html").read_text(encoding="utf-8")
    assert page.count("data:image/jpeg;base64,") == 2
    assert page.count('<path class="STATIC"') == 2
    assert "http" not in page
    assert "<b>.png" not in page
    assert re.search(r"<figcaption>newer: [^<]*/&lt;b&gt;\.png</figcaption>", page), "escaped once"


@pytest.mark.parametrize(("confidence", "said"), [(0.4999, "doubtful"), (0.79996, "likely"), (0.9991, "clear")])
def test_page_says_in_a_word_how_sure_a_crack_is(
    tmp_path: Path, before: Shot, after: Shot, confidence: float, said: str
) -> None:
    line = moved_line(wall().line_xy)
    unsure = replace(after, traces=(trace_of(line, confidence=confidence),))
    compared(tmp_path, before, unsure)
    page = (tmp_path / "out" / "compare.html").read_text(encoding="utf-8")
    assert f"<td>{said}</td>" in page
    assert f"<td>{confidence:.2f}" not in page


def test_no_name_stands_over_another(tmp_path: Path, before: Shot, after: Shot) -> None:
    line = moved_line(wall().line_xy)
    pieces = tuple(trace_of(line[at : at + 12]) for at in range(0, 72, 24))
    compared(tmp_path, replace(before, traces=()), replace(after, traces=pieces))
    page = (tmp_path / "out" / "compare.html").read_text(encoding="utf-8")
    found = re.findall(r'<rect x="(\d+)" y="(\d+)" width="(\d+)" height="(\d+)"', page)
    boxes = [Box(x, y, x + wide, y + high) for x, y, wide, high in (map(int, one) for one in found)]
    assert len(boxes) == len(pieces)
    assert not any(one.meets(other) for one, other in itertools.combinations(boxes, 2))


def test_pair_without_cracks_is_a_row(tmp_path: Path) -> None:
    compared(tmp_path, Shot("a.png", wall().clean), Shot("a.png", taken_again(wall().clean)))
    rows = list(csv.DictReader((tmp_path / "out" / "compare.csv").read_text(encoding="utf-8-sig").splitlines()))
    assert [row["status"] for row in rows] == ["NO CRACKS"]


# What is refused


@pytest.mark.slow
def test_folders_of_photos_are_inspected_first(tmp_path: Path) -> None:
    for side, pixels in (("old", wall().cracked), ("new", taken_again(wall().cracked))):
        (tmp_path / side).mkdir()
        Image.fromarray(pixels).save(tmp_path / side / "a.png")
    comparison = compare_folders(tmp_path / "old", tmp_path / "new", out=tmp_path / "out", detector=grey_detector)
    assert len(comparison.pairs) == 1
    assert (tmp_path / "out" / "old" / "report.json").is_file()


def test_missing_folders_and_out_among_them_are_refused(tmp_path: Path) -> None:
    (tmp_path / "old").mkdir()
    with pytest.raises(DataError, match="not there"):
        compare_folders(tmp_path / "old", tmp_path / "new", out=tmp_path / "out")
    with pytest.raises(SettingError, match="which is compared"):
        compare_folders(tmp_path / "old", tmp_path / "old", out=tmp_path / "old")


def test_report_without_traces_is_refused(tmp_path: Path, before: Shot) -> None:
    folder = write_report(tmp_path / "old", before)
    raw = json.loads((folder / "report.json").read_text(encoding="utf-8"))
    del raw["photos"][0]["traces"]
    (folder / "report.json").write_text(json.dumps(raw), encoding="utf-8")
    with pytest.raises(DataError, match=r"it has no traces\. Inspect the photos again"):
        compare_folders(folder, folder, out=tmp_path / "out")
    (folder / "report.json").write_text("{", encoding="utf-8")
    with pytest.raises(DataError, match=r"expected a report\.json"):
        compare_folders(folder, folder, out=tmp_path / "out")


@pytest.mark.parametrize(("version", "ids"), [("1.1", ["T1", "T2"]), ("1.2", ["T1", "T2"])])
def test_reports_of_earlier_schemas_are_read(tmp_path: Path, version: str, ids: list[str]) -> None:
    """The files were written by the commits that had these schemas."""
    raw = (Path(__file__).parent / f"report-{version}.json").read_text(encoding="utf-8")
    assert json.loads(raw)["schema_version"] == version
    (tmp_path / "report.json").write_text(raw, encoding="utf-8")
    photo = next(photo for photo in read_side(tmp_path).photos if photo.cracks and photo.scale)
    assert [crack.id for crack in photo.cracks] == ids
    first = photo.cracks[0]
    assert first.lines_xy[0].tolist() == [[30, 20], [130, 20], [130, 80]]
    assert first.confidence == 0.88


def test_todays_report_is_read(tmp_path: Path) -> None:
    side = read_side(made.report().save(tmp_path, formats=["json"]))
    assert side.detector == MadeWith("cracklens-test", "ef" * 32)
    assert side.crack_map is not None
    assert replace(side.crack_map, settings="") == MadeWith("test map", made.map_card().sha256)
    assert '"edge": 0.5' in side.crack_map.settings
    photos = side.photos
    photo = next(photo for photo in photos if photo.scale)
    assert [crack.id for crack in photo.cracks] == ["P2-C1", "P2-C2", "P2-C3"]
    assert photo.cracks[0].width_interval_px == (5.85, 7.47)


def test_a_report_of_a_schema_to_come_is_refused(tmp_path: Path) -> None:
    folder = made.report().save(tmp_path, formats=["json"])
    text = (folder / "report.json").read_text(encoding="utf-8").replace('"2.1"', '"3.0"')
    (folder / "report.json").write_text(text, encoding="utf-8")
    with pytest.raises(DataError, match=r"expected a report.json of schema 1.1, 1.2, 2.0, 2.1; this one has 3.0"):
        read_side(folder)


def test_a_certainty_that_is_none_is_refused_and_one_of_an_unlike_photo_kept(tmp_path: Path) -> None:
    folder = made.report().save(tmp_path, formats=["json"])
    raw = json.loads((folder / "report.json").read_text(encoding="utf-8"))
    photo = next(i for i, of in enumerate(raw["photos"]) if of["traces"])
    raw["photos"][photo]["traces"][0] |= {"confidence": 0.9, "certainty": "likely"}
    (folder / "report.json").write_text(json.dumps(raw), encoding="utf-8")
    assert read_side(folder).photos[photo].cracks[0].certainty == "likely"
    raw["photos"][photo]["traces"][0]["certainty"] = "sure"
    (folder / "report.json").write_text(json.dumps(raw), encoding="utf-8")
    with pytest.raises(DataError, match=r"certainty must be of clear, likely, doubtful; got 'sure'"):
        read_side(folder)


A, B = MadeWith("map", "a" * 64), MadeWith("map", "b" * 64)
C = replace(B, settings="other")


@pytest.mark.parametrize(
    ("old", "new", "kinds"),
    [
        (Side((), A, A), Side((), A, A), []),
        (Side((), A, A), Side((), B, A), ["detectors_differ"]),
        (Side((), A, A), Side((), A, B), ["maps_differ"]),
        (Side((), A, B), Side((), A, C), ["map_settings_differ"]),
        (Side((), A), Side((), A, B), ["map_unsaid_older"]),
        (Side((), A, B), Side((), B), ["detectors_differ", "map_unsaid_newer"]),
        (Side((), A), Side(()), []),
    ],
)
def test_different_detectors_and_crack_maps_are_noted(old: Side, new: Side, kinds: list[str]) -> None:
    notes = part_notes(old, new)
    assert [note.kind for note in notes] == kinds
    assert all("map (" in text for text in said(notes)), "two of one name are told apart by their hash"


def test_a_note_on_crack_maps_stands_in_every_file(tmp_path: Path, before: Shot) -> None:
    """The older report was written by a cracklens that named none."""
    older = write_report(tmp_path / "old", before)
    newer = write_report(tmp_path / "new", before, map_card=made.map_card())
    found = compare_folders(older, newer, out=tmp_path / "out")
    (sentence,) = said(found.notes)
    assert 'the newer one names "test map (0123456789ab)"' in sentence
    assert [note["kind"] for note in read_json(tmp_path)["notes"]] == ["map_unsaid_older"]
    assert str(escape(sentence)) in (tmp_path / "out" / "compare.html").read_text(encoding="utf-8")
    rows = list(csv.DictReader((tmp_path / "out" / "compare.csv").read_text("utf-8-sig").splitlines()))
    assert all(row["note"].endswith(sentence) for row in rows if row["status"] != "NOT COMPARED")


@pytest.mark.parametrize("by", ["words alone, as until 1.2", "a code of another cracklens"])
def test_why_a_photo_was_not_inspected_is_read_from_every_report(tmp_path: Path, by: str) -> None:
    folder = made.report().save(tmp_path, formats=["json"])
    raw = json.loads((folder / "report.json").read_text(encoding="utf-8"))
    sentence = raw["failures"][0]["reason"]["sentence"]
    code = {"kind": "of_tomorrow", "amounts": {}, "sentence": sentence}
    raw["failures"][0]["reason"] = sentence if by.startswith("words") else code
    (folder / "report.json").write_text(json.dumps(raw), encoding="utf-8")
    (photo, *_) = (photo for photo in read_side(folder).photos if photo.fault and photo.hw == (0, 0))
    assert photo.fault is not None
    assert said([photo.fault]) == (sentence,) == ("the file is empty (0 bytes). Copy it again from the camera.",)
