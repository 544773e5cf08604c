"""Takes stored inspections; gives faults where one is lost, changed, or damaged and still believed."""

from __future__ import annotations

import errno
import hashlib
import io
import os
import zlib
from dataclasses import MISSING, fields, replace
from pathlib import Path

import msgspec
import numpy as np
import pytest
from benchmarks.followed import followed
from hypothesis import given
from hypothesis import strategies as st
from tests.report import made
from tests.said import because

from cracklens import draw_wall
from cracklens.artefacts import MAGIC, Artefacts, pack
from cracklens.errors import OutputError, SettingError
from cracklens.report.store import Entry, StoredOutcomes
from cracklens.values import Failure, Finding, Inspection, Note, ScoreMap

KEY = "ab" * 32


@pytest.fixture
def store(tmp_path: Path) -> Artefacts:
    return Artefacts(tmp_path / "store")


def full() -> Inspection:
    return next(o for o in made.outcomes() if isinstance(o, Inspection) and o.gps)


def stored_file(store: Artefacts) -> Path:
    (path,) = store.folder.iterdir()
    return path


def seal(content: bytes) -> bytes:
    return MAGIC + hashlib.sha256(content).digest() + content


def assert_same(one: Inspection | None, other: Inspection) -> None:
    assert one is not None
    assert one.score_map.values.dtype == other.score_map.values.dtype == np.float32
    assert one.score_map.values.tobytes() == other.score_map.values.tobytes()
    blank = ScoreMap(np.zeros((1, 1), np.float32), (1, 1))
    assert (one.score_map.photo_hw, one.score_map.stride_px) == (other.score_map.photo_hw, other.score_map.stride_px)
    apart = {"score_map": 0, "traces": 0, "other_lines": 0}
    for line, whole_line in zip(one.other_lines, other.other_lines, strict=True):
        np.testing.assert_array_equal(line, whole_line)
    assert replace(one, score_map=blank).__dict__ | apart == other.__dict__ | apart
    for found, wanted in zip(one.traces, other.traces, strict=True):
        assert replace(found, branches=()) == replace(wanted, branches=())
        for branch, whole in zip(found.branches, wanted.branches, strict=True):
            np.testing.assert_array_equal(branch.points_xy, whole.points_xy)
            np.testing.assert_array_equal(branch.widths_px, whole.widths_px)


@pytest.mark.parametrize("inspection", [full(), made.inspection(), made.inspection(made.HOSTILE, preview_jpeg=b"")])
def test_comes_back_exactly(store: Artefacts, inspection: Inspection) -> None:
    store.put(KEY, inspection)
    assert_same(store.get(KEY, Inspection), inspection)


def test_comes_back_from_numpy_numbers_and_a_view(store: Artefacts) -> None:
    values = np.random.default_rng(1).random((20, 16), np.float32).T[::2]
    box = tuple(np.int64(side) for side in (0, 0, 32, 32))
    finding = Finding(box, np.int64(1024), np.float32(0.9), np.float64(0.8))  # type: ignore[arg-type]
    inspection = replace(made.inspection(), score_map=ScoreMap(values, (240, 320)), findings=(finding,))
    store.put(KEY, inspection)
    assert_same(store.get(KEY, Inspection), inspection)


def test_what_was_seen_comes_back(store: Artefacts) -> None:
    seen = np.random.default_rng(2).random((8, 10), np.float32)
    inspection = made.inspection(empty_share=0.3)
    inspection = replace(inspection, score_map=replace(inspection.score_map, seen=seen))
    store.put(KEY, inspection)
    found = store.get(KEY, Inspection)
    assert_same(found, inspection)
    assert found is not None
    assert found.score_map.seen is not None
    assert found.score_map.seen.tobytes() == seen.tobytes()


def test_traces_come_back_exactly(store: Artefacts) -> None:
    drawn = draw_wall((300, 400), widths_px=(3.0, 5.0), seed=2)
    traces = followed(drawn.pixels)
    assert len(traces) >= 2
    store.put(KEY, replace(made.inspection(), traces=traces))
    found = store.get(KEY, Inspection)
    assert found is not None
    for one, other in zip(found.traces, traces, strict=True):
        assert replace(one, branches=()) == replace(other, branches=())
        for a, b in zip(one.branches, other.branches, strict=True):
            assert np.array_equal(a.points_xy, b.points_xy)
            assert np.array_equal(a.widths_px, b.widths_px, equal_nan=True)


def test_absent_is_none(store: Artefacts) -> None:
    assert store.get(KEY, Inspection) is None


def test_put_again_replaces(store: Artefacts) -> None:
    store.put(KEY, made.inspection("old"))
    store.put(KEY, made.inspection("new"))
    assert_same(store.get(KEY, Inspection), made.inspection("new"))
    stored_file(store)


@pytest.mark.parametrize("share", [0, 0.01, 0.1, 0.5, 0.99])
def test_half_written_is_none(store: Artefacts, share: float) -> None:
    store.put(KEY, full())
    path = stored_file(store)
    raw = path.read_bytes()
    path.write_bytes(raw[: int(share * len(raw))])
    assert store.get(KEY, Inspection) is None


def test_any_byte_that_flips_makes_it_none(store: Artefacts) -> None:
    store.put(KEY, full())
    path = stored_file(store)
    raw = path.read_bytes()
    for place in range(0, len(raw), 41):
        path.write_bytes(raw[:place] + bytes([raw[place] ^ 0x10]) + raw[place + 1 :])
        assert store.get(KEY, Inspection) is None


@given(st.binary(max_size=200))
def test_rubbish_is_none(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    store = Artefacts(tmp_path_factory.mktemp("store"))
    for raw in (content, MAGIC + content, seal(content)):
        (store.folder / f"{KEY}.inspection").write_bytes(raw)
        assert store.get(KEY, Inspection) is None


@pytest.mark.parametrize("missing", [field.name for field in fields(Inspection) if field.default is MISSING])
def test_missing_part_is_none(store: Artefacts, missing: str) -> None:
    store.put(KEY, full())
    parts = msgspec.msgpack.decode(zlib.decompress(pack(full())))
    del parts[missing]
    stored_file(store).write_bytes(seal(zlib.compress(msgspec.msgpack.encode(parts))))
    assert store.get(KEY, Inspection) is None


def test_what_an_earlier_layout_held_is_none(store: Artefacts) -> None:
    """Its doubts were sentences: neither its own file nor one that passes for today's is believed."""
    store.put(KEY, full())
    path = stored_file(store)
    raw = path.read_bytes()
    parts = msgspec.msgpack.decode(zlib.decompress(pack(full())))
    parts["traces"][1]["doubts"] = ["It is hardly longer than wide, as a pore or a hole."]
    for old in (seal(zlib.compress(msgspec.msgpack.encode(parts))), raw.replace(MAGIC, b"cracklens artefact 4\n")):
        path.write_bytes(old)
        assert store.get(KEY, Inspection) is None


def test_pickle_is_never_opened(store: Artefacts) -> None:
    buffer = io.BytesIO()
    np.savez(buffer, fields=np.array([{"a": 1}], dtype=object), values=np.zeros((1, 1)), preview=np.zeros(1, np.uint8))
    store.folder.mkdir()
    (store.folder / f"{KEY}.inspection").write_bytes(seal(buffer.getvalue()))
    assert store.get(KEY, Inspection) is None


@pytest.mark.parametrize("key", ["", "abc", "../../etc/passwd", "AB" * 32, f"{KEY}\n", "g" * 64])
def test_key_that_is_no_digest_is_refused(store: Artefacts, key: str) -> None:
    with pytest.raises(SettingError, match=r"key must be 8-128 digits"):
        store.get(key, Inspection)
    with pytest.raises(SettingError, match=r"key must be 8-128 digits"):
        store.put(key, made.inspection())


def test_full_disk_is_an_output_error_and_keeps_the_old(store: Artefacts, monkeypatch: pytest.MonkeyPatch) -> None:
    store.put(KEY, made.inspection("old"))

    def full_disk(_: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr("os.fsync", full_disk)
    with pytest.raises(OutputError, match=r"no space left on device\. Free some space"):
        store.put(KEY, made.inspection("new"))
    assert_same(store.get(KEY, Inspection), made.inspection("old"))
    stored_file(store)


def test_outcomes_take_their_names_from_the_entries(store: Artefacts) -> None:
    store.put(KEY, made.inspection("first.jpg"))
    failure = Failure("broken.jpg", because("why"))
    outcomes = StoredOutcomes(
        store, [Entry("a/copy.jpg", KEY), failure, Entry("b/copy.jpg", KEY), Entry("lost", "0" * 8)]
    )
    assert [outcome.photo for outcome in outcomes] == ["a/copy.jpg", "broken.jpg", "b/copy.jpg", "lost"]
    assert outcomes[1] is failure
    assert isinstance(outcomes[-1], Failure)
    assert outcomes[-1].reason == Note("result_gone")
    assert [outcome.photo for outcome in outcomes[1:3]] == ["broken.jpg", "b/copy.jpg"]
    assert len(outcomes) == 4
    with pytest.raises(IndexError):
        outcomes[4]


def test_report_from_the_store_is_the_report_from_memory(store: Artefacts, tmp_path: Path) -> None:
    entries: list[Entry | Failure] = []
    for i, outcome in enumerate(made.outcomes()):
        if isinstance(outcome, Inspection):
            store.put(f"{i:08x}", outcome)
            entries.append(Entry(outcome.photo, f"{i:08x}"))
        else:
            entries.append(outcome)
    stored = replace(made.report(), outcomes=StoredOutcomes(store, entries)).save(tmp_path / "stored")
    plain = made.report().save(tmp_path / "plain")
    for path in plain.iterdir():
        assert path.read_bytes() == (stored / path.name).read_bytes()
