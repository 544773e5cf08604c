"""Takes few damaged files; gives faults where the benchmark hostile_files counts wrongly or makes other files twice."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest
from benchmarks.hostile_files import Inspected, inspect_folder, is_other, patient_pixels, rows
from benchmarks.hostile_made import DAMAGES, ENCODERS, Hostile, controls, hostile_files

from cracklens.models import SMALL_DETECTOR


def inspected(files: list[Hostile], **changes: object) -> Inspected:
    whole = Inspected({file.name: None for file in files}, {file.name: 0.1 for file in files}, "", 5e8)
    return replace(whole, **changes)  # type: ignore[arg-type]


def figures(damaged: list[Hostile], whole: list[Hostile], found: Inspected) -> dict[str, float]:
    return {row.name: row.value for row in rows(damaged, whole, found)}


@pytest.mark.slow
def test_a_seed_gives_the_same_files_and_every_encoder_meets_every_damage() -> None:
    count = len(ENCODERS) * len(DAMAGES)
    files = list(hostile_files(count, seed=3))
    assert [(file.name, file.data) for file in files] == [(f.name, f.data) for f in hostile_files(count, seed=3)]
    assert len({file.name.split("-", 1)[1] for file in files}) == count
    assert all(file.data != file.whole for file in files)


def test_undamaged_files_are_never_other() -> None:
    files = list(controls(len(ENCODERS), seed=3))
    assert not any(is_other(file) for file in files)
    assert all(patient_pixels(file.data) is not None for file in files)


@pytest.mark.slow
def test_every_bar_counts_what_it_says() -> None:
    damaged, whole = list(hostile_files(120, seed=3)), list(controls(6, seed=3))
    calm = figures(damaged, whole, inspected([*damaged, *whole]))
    assert calm["tracebacks"] == calm["files without a row"] == calm["files that took over 10 s"] == 0
    assert calm["damaged files that are still inspected"] == 120
    assert calm["damaged files of other pixels that are named"] == 0
    assert calm["undamaged files that are called damaged"] == 0
    assert calm["peak resident memory"] == 0.5
    others = [file.name for file in damaged if file.encoder.compressed and is_other(file)]
    reasons = {
        **inspected([*damaged, *whole]).reasons,
        **dict.fromkeys(others, "damaged: x."),
        whole[0].name: "damaged",
    }
    del reasons[damaged[0].name]
    errors = "Traceback (most recent call last):\n" * 2
    loud = inspected([*damaged, *whole], reasons=reasons, seconds={"a": 10.5, "b": 1.0}, errors=errors)
    found = figures(damaged, whole, loud)
    assert found["tracebacks"] == 2
    assert found["files without a row"] == found["files that took over 10 s"] == 1
    assert found["undamaged files that are called damaged"] == 1
    of_checked = [file.name for file in damaged if file.name in others and file.encoder.checked]
    assert 0 < len(of_checked) < len(others)
    assert found["damaged files of other pixels that are named"] == pytest.approx(
        100 * (len(of_checked) - (damaged[0].name in of_checked)) / len(of_checked)
    )
    assert found["the same, of formats that hold nothing to check"] == 100


@pytest.mark.slow
def test_a_run_of_inspect_is_counted(tmp_path: Path) -> None:
    damaged, whole = list(hostile_files(42, seed=3)), list(controls(3, seed=3))
    for file in (*damaged, *whole):
        (tmp_path / file.name).write_bytes(file.data)
    found = figures(damaged, whole, inspect_folder(tmp_path, SMALL_DETECTOR))
    assert found["files without a row"] == found["undamaged files that are called damaged"] == 0
    assert 0 < found["damaged files that are still inspected"] < 42
    assert found["damaged files of other pixels that are named"] > 50


def test_the_damages_are_spread() -> None:
    kinds = Counter(file.name.split("-")[2].split(".")[0] for file in hostile_files(7 * len(ENCODERS), seed=9))
    assert set(kinds.values()) == {len(ENCODERS)}
