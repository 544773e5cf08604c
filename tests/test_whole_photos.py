"""Takes traces made by hand and marked lines; gives faults in how whole photos are measured. Reads no photo."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from benchmarks import data, findings_to_read, inspect_speed, lines, whole_cracks
from benchmarks.labelled_photos import LabelledPhoto
from benchmarks.result import Settings

from cracklens import Detector, draw_wall
from cracklens.errors import DataError
from cracklens.values import Branch, Finding, Trace


def trace(*points_xy: tuple[float, float], confidence: float = 0.9) -> Trace:
    branch = Branch(np.array(points_xy, np.float32), np.full(len(points_xy), 3, np.float32))
    sizes = (3.0, 3.0, 3.0, (2.0, 4.0), (2.0, 4.0), (2.0, 4.0))
    return Trace((branch,), 100.0, *sizes, points_xy[0], 0.0, (), (), 0.9, confidence)


def test_points_stand_every_px_and_bridge_gaps() -> None:
    points = lines.along([(0, 0), (30, 40), (30, 50)])
    assert len(points) == 61
    assert np.hypot(*np.diff(points, axis=0).T).max() == pytest.approx(1)
    assert points[50].tolist() == [30, 40]
    assert lines.joined([]).shape == (0, 2)
    assert not lines.near(points, lines.joined([]), 5).any()


def test_a_trace_is_a_piece_of_the_crack_it_runs_along() -> None:
    cracks = [lines.along([(0, 0), (400, 0)]), lines.along([(100, 10), (100, 300)])]
    traces = [
        lines.along(of) for of in ([(0, 3), (150, 3)], [(200, 3), (400, 3)], [(100, 40), (100, 90)], [(9, 0), (9, 9)])
    ]
    assert lines.pieces(traces, cracks, within_px=5, least_px=30) == [2, 1]
    assert lines.per_found([2, 0, 1]) == 1.5
    assert lines.per_found([0]) == 0


def test_marks_are_lines_inside_their_photos() -> None:
    marks = whole_cracks.read_marks()
    assert len(marks) == 6
    points = np.concatenate([of.lines for cracks in marks.values() for of in cracks])
    assert (points >= 0).all()
    assert (points < (4608, 3584)).all()
    assert all(any(of.clear for of in cracks) for cracks in marks.values())
    assert all(len(of.lines) >= 30 for cracks in marks.values() for of in cracks)


def test_found_length_and_pieces_of_marked_cracks() -> None:
    marks = [
        whole_cracks.Marked(lines.along([(0, 0), (399, 0)]), clear=True),
        whole_cracks.Marked(lines.along([(0, 200), (99, 200)]), clear=False),
    ]
    traces = [trace((0, 5), (99, 5)), trace((200, 5), (299, 5)), trace((0, 200), (99, 200), confidence=0.4)]
    found = list(whole_cracks.score(traces, marks))
    assert [(one.length, one.pieces, one.clear) for one in found] == [(400, 2, True), (100, 0, False)]
    assert found[0].traced == pytest.approx(200 + 3 * 10, abs=6)  # the ends reach within 12 px
    length, pieces, faint, every = whole_cracks.rows({"one.jpg": found}, Settings())
    assert (length.n, pieces.value, faint.value) == (1, 2, 0)
    assert length.value == pytest.approx(found[0].traced / 400)
    assert every.n == 2
    assert every.value == pytest.approx(found[0].traced / 500)


def test_the_six_photos_have_no_val_half() -> None:
    with pytest.raises(DataError, match="six photos"):
        whole_cracks.run(Settings(split="val"))


@pytest.mark.slow
def test_a_drawn_wall_is_traced_where_it_is_drawn() -> None:
    wall = draw_wall((512, 768), widths_px=(6.0,), seed=3)
    marks = [whole_cracks.Marked(lines.along(crack.points_xy), clear=True) for crack in wall.cracks]
    inspection = Detector.load().inspect(wall.as_photo())
    (found,) = whole_cracks.score(inspection.traces, marks)
    assert found.traced > 0.5 * found.length
    labelled = LabelledPhoto(wall.as_photo(), [(0, 0), (0, 1), (1, 2)], np.array([1, 1, 0]))
    assert findings_to_read.cracked_cells(labelled) == {(0, 0), (0, 1)}
    assert findings_to_read.found_cells(inspection) & findings_to_read.cells_through(marks[0].lines)
    assert findings_to_read.rows_to_read(inspection) == len(inspection.places) + len(inspection.traces)
    beside = replace(inspection.traces[0], length_px=10.0)
    longer = replace(inspection.traces[0], length_px=900.0, confidence=1.0)
    summed_up = replace(inspection, traces=(longer, beside), places=())
    assert findings_to_read.rows_to_read(summed_up) == 1


@pytest.mark.slow
def test_cells_are_found_by_lines_through_and_by_places_that_cover_them() -> None:
    assert findings_to_read.cells_through(lines.along([(250, 10), (600, 10)])) == {(0, 1), (0, 2)}
    assert findings_to_read.cells_under((0, 0, 256, 256)) == {(0, 0)}
    assert findings_to_read.cells_under((128, 0, 384, 256)) == {(0, 0), (0, 1)}
    assert findings_to_read.cells_under((128, 128, 256 + 64, 384)) == {(0, 0), (1, 0)}
    assert findings_to_read.cells_under((0, 0, 449, 10)) == set()
    wall = Detector.load().inspect(draw_wall((256, 256), widths_px=(2.0,), seed=1).as_photo(), traces=False)
    place = Finding((0, 256, 224, 512), 1, 0.9, 0.9)
    assert findings_to_read.found_cells(replace(wall, places=(place,))) == {(1, 0)}


@pytest.mark.slow
def test_speed_is_measured_on_drawn_walls_where_no_photo_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CRACKLENS_DATA", raising=False)
    monkeypatch.setattr(data, "REPO", tmp_path / "none")
    monkeypatch.setattr(inspect_speed, "PHOTO_HW", (256, 320))
    monkeypatch.setattr(inspect_speed, "ROUNDS", 1)
    (row,) = inspect_speed.run(Settings(limit=2))
    assert row.value > 1
    assert (row.data, row.n) == ("limited", 1)
    assert "drawn walls" in row.note


def test_real_photos_are_filled_up_with_turned_ones(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = tmp_path / "shared" / "data" / "photos"
    real.mkdir(parents=True)
    for seed in range(2):
        draw_wall((64, 96), widths_px=(3.0,), seed=seed).save(real).rename(real / f"{seed}.jpg")
    monkeypatch.delenv("CRACKLENS_DATA", raising=False)
    monkeypatch.setattr(data, "REPO", tmp_path / "checkout")
    paths, _ = inspect_speed.photos(tmp_path, 3)
    assert [path.name for path in paths] == ["0.jpg", "1.jpg", "turned-0.jpg"]
    assert len(inspect_speed.photos(tmp_path, 1)[0]) == 1
