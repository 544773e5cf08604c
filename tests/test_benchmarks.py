"""Takes the benchmarks without measuring; gives faults in names, bars, rows, the written page and places of data."""

from __future__ import annotations

import json
import math
import re
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from benchmarks import __main__ as command
from benchmarks import (
    clock,
    data,
    dense_speed,
    labelled_photos,
    photos_dense,
    record,
    registry,
    scored,
    sdnet_tiles,
    teach_site,
)
from benchmarks.result import Bar, Benchmark, Result, Settings, number

from cracklens import Detector, draw_wall
from cracklens.errors import DataError
from cracklens.models import SMALL_DETECTOR, bundled_map, find_checkpoint, parts_of, read_checkpoint, write_map

PROMISED = {
    "metu_tiles": ["accuracy at score 0.5 ≥ 0.997", "AUROC ≥ 0.9995"],
    "photos_dense": ["AUROC dense ≥ 0.89", "AUROC dense minus tile by tile ≥ 0"],
    "sdnet_tiles": ["F1 decks ≥ 0.8", "F1 pavements ≥ 0.84", "F1 walls ≥ 0.8"],
    "calibration": ["ECE METU ≤ 0.03", "ECE SDNET2018 ≤ 0.03"],
    "dense_speed": ["dense pass over sliding window ≥ 30 times"],
    "int8_speed": ["INT8 over torch eager float32 ≥ 7 times"],
    "inspect_overhead": ["inspect over bare network ≤ 3 times"],
    "footprint": [
        "torch packages ≤ 0",
        "virtual environment ≤ 700 MB",
        "cracklens --help ≤ 0.4 s",
        "cracklens inspect, one tile ≤ 2.5 s",
    ],
    "big_photo": ["peak resident memory ≤ 1.5 GB"],
    "notebook_vs_frozen": ["frozen over notebook ≥ 30 times", "errors of frozen minus errors of notebook ≤ 0"],
    "metu_clean": ["errors in 3,983, group-safe split ≤ 10"],
    "metu_to_sdnet": ["F1 on SDNET2018 ≥ 0.55", "AUROC on SDNET2018 ≥ 0.8"],
    "leave_one_out": [
        "F1 on decks, left out ≥ 0.82",
        "F1 on pavements, left out ≥ 0.88",
        "F1 on walls, left out ≥ 0.8",
    ],
    "teach_site": [
        "of the F1 that a surface's own photos add, taught by 24 ≥ 0.4",
        "F1 of the surface that gains least ≥ -0.01",
        "Dice of the crack map on UAV-315, nine train photos taught ≥ 0.03",
    ],
    "sdnet_by_photo": [
        "F1 decks, cells in their photos ≥ 0.84",
        "F1 pavements, cells in their photos ≥ 0.88",
        "F1 walls, cells in their photos ≥ 0.84",
    ],
    "export_parity": ["flipped decisions ≤ 0.3 %"],
    "resume": ["largest difference of a weight ≤ 0"],
    "cached_refit": ["second frozen run ≤ 60 s"],
    "train_is_run": [
        *(f"figures that differ, {side} px ≤ 0" for side in (227, 256, 512, 1024)),
        "figures that differ, the default detector ≤ 0",
    ],
    "drawn_width": [
        "median width error ≤ 0.4 px",
        "median width error, 4 px and wider ≤ 8 %",
        "median length error ≤ 3 %",
    ],
    "width_depth": [
        "median width error, 3 px and contrast .3 on ≤ 0.5 px",
        "median half-width of the interval, 3 px and contrast .3 on ≤ 0.75 px",
        "no width, 3 px and contrast .3 on ≤ 5 %",
        "intervals of the median width that hold the drawn width, all ≥ 93 %",
    ],
    "masks_dice": ["mean Dice ≥ 0.58", "mean F1 within 2 px ≥ 0.74"],
    "false_traces": ["traced length per megapixel, crack-free over cracked cells ≤ 0.02"],
    "wall_7110": ["diagonal crack is one trace ≥ 1", "farther end, off where it is seen ≤ 60 px"],
    "trace_cost": ["tracing over network ≤ 40 %"],
    "marker_scale": ["scale error, worst ≤ 3 %"],
    "pdf_400": ["peak resident memory ≤ 500 MB", "pages that render over pages tried ≥ 1"],
    "review_400": ["key press to the next photo fully shown, p95 ≤ 150 ms"],
    "wall_opens": ["photo wall of 5,000 photos, first screen with its pictures, median ≤ 1 s"],
    "deep_zoom": ["first view of a photo of 200 MP ≤ 1.5 s", "any tile, p95 ≤ 200 ms"],
    "web_load": ["answers that are errors ≤ 0", "answer, p95 ≤ 300 ms", "inspection slowed ≤ 15 %"],
    "no_rerun": [
        "new inspection over a new scale for all photos ≥ 50 times",
        "new inspection over a new threshold for all photos ≥ 5 times",
        "the open photo redrawn after either, p95 ≤ 300 ms",
    ],
    "kill_review": [
        "acknowledged decisions that are lost ≤ 0",
        "acknowledged photos that are lost ≤ 0",
        "databases that are whole, of all kills ≥ 1",
    ],
    "migrate": ["frozen projects that open as they were ≥ 1", "reports that import whole ≥ 1"],
    "hostile_files": [
        "tracebacks ≤ 0",
        "files without a row ≤ 0",
        "files that took over 10 s ≤ 0",
        "peak resident memory ≤ 2 GB",
        "damaged files that are still inspected ≥ 1000",
        "damaged files of other pixels that are named ≥ 98 %",
        "undamaged files that are called damaged ≤ 0",
    ],
    "uav315": ["mean Dice ≥ 0.66", "mean F1 within 2 px ≥ 0.8", "micro F1 ≥ 0.72"],
    "sut": ["mean F1 within 2 px ≥ 0.85"],
    "whole_cracks": ["marked length that is traced ≥ 0.9", "traces a crack ≤ 1.5"],
    "drawn_on_real": [
        "drawn length that is traced ≥ 0.9",
        "traced beside drawn cracks, a megapixel ≤ 10 px",
        "traces a drawn crack ≤ 1.3",
    ],
    "joints": ["traced as crack, a megapixel ≤ 9.79 px"],
    "confidence": ["confidence off the share of cracks, worst bin ≤ 0.07"],
    "inspect_speed": ["inspect over bare network ≤ 2.2 times"],
    "findings_to_read": ["rows to read ≤ 34", "cracked cells found ≥ 99"],
    "map_cost": ["one network with crack map over the plain one ≤ 1.4 times"],
    "map_int8": ["Dice of INT8 against float ≥ 0.985"],
    "map_calibration": ["calibration error of px, SUT-Crack ≤ 0.05", "calibration error of px, drawn ≤ 0.05"],
}
"""The bars of issue 2, part 4, issue 3, part 6, and issue 9, part 6: lowered nowhere, but where issue 9 says so."""

ROW = Bar("AUROC", "≥", 0.9).result(
    0.91, n=7, interval=(0.9, 0.92), sides={"a": 2.0, "b": 1.0}, data="whole", split="test", note="as it is"
)


def test_every_promise_has_its_benchmark_and_bar() -> None:
    assert {name: [str(bar) for bar in of.bars] for name, of in registry.PUBLISHED.items()} == PROMISED
    assert all(name == of.name for name, of in registry.BENCHMARKS.items())


def test_all_and_only_information_are_told_apart() -> None:
    assert set(registry.BENCHMARKS) - set(registry.PUBLISHED) == {
        "head_strength",
        "head_tries",
        "detail_tries",
        "evidence_tries",
        "map_tries",
    }
    assert not any(of.bars for of in registry.TRIES.values())


@pytest.mark.parametrize(
    ("value", "sense", "holds"),
    [(0.9, "≥", True), (0.899, "≥", False), (0.9, "≤", True), (0.901, "≤", False), (math.nan, "≥", False)],
)
def test_holds_is_computed(value: float, sense: str, holds: bool) -> None:
    row = Result("x", value, 1, bar=0.9, sense=sense)  # type: ignore[arg-type]
    assert row.holds is holds
    assert replace(row, bar=None).holds is None


def test_row_round_trips() -> None:
    row = Result.from_json(json.loads(json.dumps(ROW.as_json())))
    assert row == ROW
    assert row.as_json()["holds"] is True
    assert set(row.as_json()) >= {"name", "value", "bar", "holds", "n", "interval", "sides", "data", "note"}


def test_holds_written_by_hand_is_refused() -> None:
    with pytest.raises(ValueError, match="holds must be True, computed"):
        Result.from_json({**ROW.as_json(), "holds": False})


def test_run_holds_only_if_measured_and_no_bar_is_missed() -> None:
    missed = replace(ROW, value=0.1)
    assert record.Run((ROW, replace(ROW, bar=None, value=0.1))).holds
    assert not record.Run((ROW, missed)).holds
    assert not record.Run(not_measured="no data").holds


def test_page_is_what_the_results_give() -> None:
    results = record.read_results()
    assert list(results) == [name for name in registry.BENCHMARKS if name in results]
    assert record.PAGE.read_text(encoding="utf-8") == record.page_text(results)


def test_results_hold_only_whole_test_splits_or_the_sample() -> None:
    for name, run in record.read_results().items():
        split = registry.BENCHMARKS[name].split
        assert all(row.data != "limited" and row.split in (None, split) for row in run.rows), name


def test_only_what_is_tried_and_how_a_map_was_made_is_of_val() -> None:
    of_val = {name for name, of in registry.BENCHMARKS.items() if of.split == "val"}
    assert of_val == {*registry.TRIES, "map_int8", "map_calibration"}


def test_results_have_every_bar_of_what_was_measured() -> None:
    for name, run in record.read_results().items():
        bars = [Bar(row.name, row.sense, row.bar, row.unit) for row in run.rows if row.bar is not None]
        assert run.not_measured is not None or bars == list(registry.BENCHMARKS[name].bars)


OF_THE_DETECTOR = (
    *("metu_tiles", "photos_dense", "sdnet_tiles", "sdnet_by_photo", "calibration", "uav315", "masks_dice", "sut"),
    *("drawn_on_real", "joints", "confidence", "whole_cracks", "findings_to_read", "false_traces", "wall_7110"),
    *(
        "drawn_width",
        "map_cost",
        "map_int8",
        "map_calibration",
        "trace_cost",
        "inspect_speed",
        "big_photo",
        "footprint",
    ),
)
"""Benchmarks that say how good, how fast or how large what is shipped is."""


def test_results_are_of_the_detector_and_the_crack_map_that_are_shipped() -> None:
    card, runs = bundled_map().card, record.read_results()
    head = next(of for of in parts_of(read_checkpoint(find_checkpoint("concrete"))) if of.name == "score head")
    made = {name: runs[name].made for name in OF_THE_DETECTOR}
    assert {of["detector"] for of in made.values()} == {f"concrete head-{head.sha256[:12]}.safetensors"}
    assert {of["crack map"].split("/")[0] for of in made.values()} == {card.sha256[:12]}


def test_write_keeps_other_benchmarks_and_the_order(tmp_path: Path) -> None:
    results, page = tmp_path / "results.json", tmp_path / "results.md"
    later, first = record.Run((ROW,), {"date": "2026-01-01"}), record.Run(not_measured="no | data")
    record.write_results({"big_photo": later}, results=results, page=page)
    record.write_results({"metu_tiles": first}, results=results, page=page)
    assert list(record.read_results(results)) == ["metu_tiles", "big_photo"]
    assert record.read_results(results)["big_photo"] == later
    text = page.read_text(encoding="utf-8")
    assert "| `big_photo` | AUROC | 0.91 | ≥ 0.9 | yes | 7 | 0.9 – 0.92 | a 2; b 1 | test, whole |" in text
    assert "not measured: no / data" in text
    table = [line for line in text.splitlines() if line.startswith("|")]
    assert {line.count("|") for line in table} == {10}


@pytest.mark.parametrize("how", [["--split", "val"], ["--limit", "9"], ["--detector", "other"]])
def test_only_the_whole_test_split_of_the_bundled_detector_is_written(how: list[str]) -> None:
    with pytest.raises(SystemExit):
        command.parse(["all", "--write", *how])
    assert command.parse(["all", "--write"]).write


@pytest.mark.parametrize("words", [[], ["nothing"], ["metu_tiles", "--limit", "0"]])
def test_wrong_usage_is_refused(words: list[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        command.parse(words)
    assert stopped.value.code == 2


def test_command_prints_and_ends_by_what_holds(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    row = replace(ROW, value=0.1)
    monkeypatch.setitem(registry.BENCHMARKS, "big_photo", Benchmark("big_photo", "", (), lambda _: [row]))
    monkeypatch.setattr(command, "_made", lambda _: {})
    assert command.main(["big_photo"]) == 1
    assert "AUROC: 0.1, bar ≥ 0.9, DOES NOT HOLD, n=7, [0.9 – 0.92], a 2; b 1" in capsys.readouterr().out
    assert command.main(["big_photo", "--json"]) == 1
    rows = json.loads(capsys.readouterr().out)["benchmarks"]["big_photo"]["rows"]
    assert rows == [row.as_json()]


def test_a_run_notes_the_crack_map_that_it_was_made_with(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    part, own = bundled_map(), tmp_path / "own"
    shutil.copytree(find_checkpoint(SMALL_DETECTOR), own)
    high = replace(part.card.settings, high=0.9)
    write_map(replace(part, card=replace(part.card, name="my own", settings=high, metrics=())), own)
    monkeypatch.setitem(registry.BENCHMARKS, "big_photo", Benchmark("big_photo", "", (), lambda _: [ROW]))
    runs = {of: command.measure("big_photo", Settings(detector=of)) for of in (SMALL_DETECTOR, str(own))}
    made = [runs[of].made["crack map"] for of in (SMALL_DETECTOR, str(own))]
    (first, settings), (second, others) = (re.split("[/ ]", of)[:2] for of in made)
    assert first == second == part.card.sha256[:12]
    assert settings != others, "the same map by other thresholds"
    assert made[0].endswith(f" ({part.card.name})")
    results, page = tmp_path / "results.json", tmp_path / "results.md"
    record.write_results({"big_photo": runs[str(own)]}, results=results, page=page)
    assert record.read_results(results)["big_photo"].made == runs[str(own)].made
    assert f"; crack map {part.card.sha256[:12]}/{others} (my own)." in page.read_text(encoding="utf-8")


READ_ONCE = {
    *("false_traces", "findings_to_read", "photos_dense", "wall_7110", "whole_cracks"),
    *("masks_dice", "uav315", "teach_site"),
}
"""Benchmarks of the six photos, of masks and of UAV-315, which a candidate is measured by once."""

READINGS = data.REPO / "docs" / "decisions" / "0020-test-readings.md"


def not_logged(runs: dict[str, record.Run], page: str) -> set[str]:
    """Give the runs on what is read once that no row of the page names with their crack map and date."""
    rows = [line for line in page.splitlines() if line.startswith("|")]
    made = {name: runs[name].made for name in READ_ONCE & set(runs) if "crack map" in runs[name].made}
    wanted = {name: (f"`{name}`", of["date"], of["crack map"].split(" ")[0]) for name, of in made.items()}
    return {name for name, words in wanted.items() if not any(all(word in row for word in words) for row in rows)}


def test_each_reading_of_test_sets_is_logged() -> None:
    page = READINGS.read_text(encoding="utf-8")
    assert all(f"`{name}`" in page for name in READ_ONCE)
    assert not_logged(record.read_results(), page) == set()


def test_a_reading_that_is_not_logged_is_seen() -> None:
    run = record.Run((ROW,), {"date": "2026-12-01", "crack map": "2e88d2cffc82/0a1b2c3d (third candidate)"})
    before = record.Run((ROW,), {"date": "2026-11-26"})
    runs = {"uav315": run, "masks_dice": run, "wall_7110": before, "big_photo": run}
    assert not_logged(runs, READINGS.read_text(encoding="utf-8")) == {"uav315", "masks_dice"}
    row = "| third (2e88d2cffc82/0a1b2c3d) | 2026-12-01 | 0123456 | `uav315` | candidate |"
    assert not_logged(runs, row) == {"masks_dice"}
    for other in (("2e88", "ffff"), ("0a1b", "ffff")):
        assert not_logged(runs, row.replace(*other)) == {"uav315", "masks_dice"}


def test_what_teaching_gives_back_is_its_share_of_what_all_data_give_and_the_least_gain_of_a_surface() -> None:
    found = {
        "Decks": teach_site.Scored(0.8, 0.9, [0.82, 0.84], 10),
        "Pavements": teach_site.Scored(0.7, 0.9, [0.9, 0.8], 20),
        "Walls": teach_site.Scored(0.9, 0.9, [0.86, 0.9], 30),
    }
    share, worst = teach_site.rows(found, "whole", Settings(split="val"))
    assert share.value == pytest.approx((0.18 + 0.14) / 2 / 0.3)
    assert (share.n, share.holds, worst.holds) == (60, True, False)
    assert share.interval == pytest.approx((0.14 / 0.3, 0.18 / 0.3), abs=0.01)
    assert worst.value == pytest.approx(-0.02)
    assert worst.interval == pytest.approx((-0.04, 0), abs=0.002)
    assert worst.sides == pytest.approx({"Decks": 0.03, "Pavements": 0.15, "Walls": -0.02})


def test_what_cannot_be_measured_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    def absent(_: Settings) -> list[Result]:
        raise DataError("expected metu")

    monkeypatch.setitem(registry.BENCHMARKS, "metu_tiles", Benchmark("metu_tiles", "", (), absent))
    assert command.measure("metu_tiles", Settings()).not_measured == "expected metu"


@pytest.mark.slow
def test_list_names_every_benchmark() -> None:
    listed = subprocess.run(
        [sys.executable, "-m", "benchmarks", "--list"], cwd=data.REPO, capture_output=True, text=True, check=True
    )
    assert all(name in listed.stdout for name in registry.BENCHMARKS)


@pytest.fixture
def two_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Path, Path]:
    """Give the folder of `$CRACKLENS_DATA` and `../shared/data`; the second has the splits, both have tiles of METU."""
    own, shared = tmp_path / "own", tmp_path / "shared" / "data"
    monkeypatch.setenv("CRACKLENS_DATA", str(own))
    monkeypatch.setattr(data, "REPO", tmp_path / "checkout")
    files = [f"{folder}/{i}.jpg" for folder in ("Negative", "Positive") for i in range(4)]
    for folder, kept in ((own, files[:-1]), (shared, files[:1])):
        for file in kept:
            (folder / "metu" / file).parent.mkdir(parents=True, exist_ok=True)
            (folder / "metu" / file).touch()
    (shared / "splits").mkdir()
    rows = [f"{file},{i // 2},val" for i, file in enumerate(files)]
    (shared / "splits" / "metu.csv").write_text("\n".join(["file,group,split", *rows]) + "\n")
    return own, shared


def test_own_data_wins_and_what_it_lacks_is_shared(two_folders: tuple[Path, Path]) -> None:
    own, shared = two_folders
    assert data.find("metu") == own / "metu"
    assert data.find("splits/metu.csv") == shared / "splits" / "metu.csv"
    with pytest.raises(DataError, match=r"photos in \$CRACKLENS_DATA or ../shared/data"):
        data.find("photos")


def test_data_folder_that_is_none_is_refused(two_folders: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CRACKLENS_DATA", str(two_folders[0] / "absent"))
    with pytest.raises(DataError, match="must be a folder"):
        data.find("metu")


def test_split_says_whether_it_is_whole(two_folders: tuple[Path, Path]) -> None:
    sample = data.split_tiles("metu", "val")
    assert (sample.data, sample.coverage()) == ("sample", "7 of 8 tiles of the split")
    (two_folders[0] / "metu" / "Positive" / "3.jpg").touch()
    whole = data.split_tiles("metu", "val")
    assert whole.data == "whole"
    assert whole.labels.tolist() == [0, 0, 0, 0, 1, 1, 1, 1]
    assert whole.groups.tolist() == ["0", "0", "1", "1", "2", "2", "3", "3"]
    with pytest.raises(DataError, match="test split"):
        data.split_tiles("metu", "test")


def test_sample_weighs_as_the_whole(two_folders: tuple[Path, Path]) -> None:
    (two_folders[0] / "metu" / "Positive" / "0.jpg").unlink()
    sample = data.split_tiles("metu", "val")
    weights = sample.natural_weights
    assert (weights @ sample.labels) / weights.sum() == pytest.approx(0.5)
    assert weights.mean() == pytest.approx(1)


@pytest.mark.usefixtures("two_folders")
def test_limited_run_says_so_and_takes_from_every_folder() -> None:
    limited = data.split_tiles("metu", "val", limit=4)
    assert limited.data == "limited"
    assert limited.labels.tolist() == [0, 0, 1, 1]
    assert limited == data.split_tiles("metu", "val", limit=4)


def test_cell_score_is_the_mean_of_its_values() -> None:
    values = np.arange(16 * 24, dtype=np.float32).reshape(16, 24)
    scores = photos_dense.cell_scores(values, [(0, 0), (1, 2)])
    assert scores.tolist() == [values[:8, :8].mean(), values[8:, 16:].mean()]


def test_cells_are_cut_where_they_stand() -> None:
    wall = draw_wall((512, 768), widths_px=(4.0,), seed=0).as_photo()
    one = labelled_photos.LabelledPhoto(wall, [(1, 2)], np.array([1]))
    assert np.array_equal(one.cells()[0], wall.pixels[256:512, 512:768])


def test_surface_weights_balance_surfaces_and_classes() -> None:
    labels, surfaces = np.array([0, 0, 0, 1, 0, 1]), np.array(list("DDDDWW"))
    weights = sdnet_tiles.surface_weights(labels, surfaces)
    assert [weights[(surfaces == s) & (labels == c)].sum() for s in "DW" for c in (0, 1)] == pytest.approx([0.5] * 4)


def test_scores_are_those_of_the_detector_and_kept(
    two_folders: tuple[Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CRACKLENS_CACHE", str(tmp_path / "cache"))
    paths = sorted((two_folders[0] / "metu").rglob("*.jpg"))
    for i, path in enumerate(paths):
        draw_wall((64, 64), widths_px=(2.0,), seed=i).save(tmp_path).rename(path)
    detector = Detector.load()
    first = scored.score_split("metu", Settings(split="val"), detector=detector)
    assert first.scores[0] == detector.score(first.of.tiles[0].path).peak
    monkeypatch.delattr(scored, "_score")
    again = scored.score_split("metu", Settings(split="val"), detector=detector)
    assert np.array_equal(first.scores, again.scores)


def test_sides_are_run_in_turns_and_the_first_does_not_count() -> None:
    calls: list[str] = []
    found = clock.median_seconds({"a": lambda: calls.append("a"), "b": lambda: calls.append("b")}, rounds=2)
    assert "".join(calls) == "ababab"
    assert set(found) == {"a", "b"}


def test_sliding_window_has_every_position() -> None:
    assert dense_speed.positions((224, 256)) == [(0, 0), (0, 32)]
    assert len(dense_speed.positions((3584, 4608))) == 106 * 138


@pytest.mark.parametrize(("value", "text"), [(0.99848811, "0.99849"), (14628, "14628"), (31.42, "31.42"), (2.0, "2")])
def test_numbers_have_as_many_digits_as_a_reader_needs(value: float, text: str) -> None:
    assert number(value) == text
