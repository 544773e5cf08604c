"""Takes checkpoint folders, whole and damaged; gives faults where damage is read or a killed writer harms."""

from __future__ import annotations

import hashlib
import json
import os
import struct
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load, save
from tests.models.test_card import RAW
from tests.stand_ins import killed_at

from cracklens.errors import CheckpointError, OutputError
from cracklens.models.card import card_from_json
from cracklens.models.checkpoint import Checkpoint, head_sha256, read_checkpoint, write_checkpoint
from cracklens.models.map_part import MapPart
from cracklens.models.registry import bundled_map
from cracklens.values.head import DetailNet, Head, KnownFeatures

CARD = card_from_json(json.dumps({**RAW, "temperature": 1.5, "offset": -0.25}), source="test")


def made(seed: int = 0) -> Checkpoint:
    random = np.random.default_rng(seed)
    weight, bias = random.normal(size=(2, 3072)).astype(np.float32), random.normal(size=2).astype(np.float32)
    return Checkpoint(Head(weight, bias, temperature=1.5, offset=-0.25), replace(CARD, name=f"seed {seed}"))


def head_file(folder: Path) -> Path:
    (path,) = folder.glob("head-*.safetensors")
    return path


def put_head(folder: Path, content: bytes) -> None:
    """Put another head into a checkpoint as if it had been written so."""
    head_file(folder).unlink()
    name = f"head-{hashlib.sha256(content).hexdigest()[:12]}.safetensors"
    (folder / name).write_bytes(content)
    put_card(folder, head_file=name)


def put_card(folder: Path, **fields: object) -> None:
    raw = json.loads((folder / "card.json").read_text(encoding="utf-8"))
    (folder / "card.json").write_text(json.dumps({**raw, **fields}), encoding="utf-8")


def refusal(folder: Path) -> str:
    with pytest.raises(CheckpointError) as caught:
        read_checkpoint(folder)
    sentence = str(caught.value)
    assert str(folder) in sentence
    assert sentence.endswith(".")
    return sentence


def assert_same(one: Checkpoint, other: Checkpoint) -> None:
    np.testing.assert_array_equal(one.head.weight, other.head.weight)
    np.testing.assert_array_equal(one.head.bias, other.head.bias)
    assert (one.head.temperature, one.head.offset) == (other.head.temperature, other.head.offset)
    assert replace(one.card, head_file="") == replace(other.card, head_file="")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_checkpoint(made(), tmp_path / "a" / "checkpoint")


def test_checkpoint_comes_back_whole(folder):
    read = read_checkpoint(folder)
    assert_same(read, made())
    assert read.card.head_file == head_file(folder).name
    assert sorted(path.name for path in folder.iterdir()) == ["card.json", read.card.head_file]


def test_same_checkpoint_same_bytes(folder, tmp_path):
    again = write_checkpoint(made(), tmp_path / "b")
    assert {p.name: p.read_bytes() for p in folder.iterdir()} == {p.name: p.read_bytes() for p in again.iterdir()}


def test_a_head_that_is_a_view_is_written_as_it_reads(tmp_path):
    whole = made()
    turned = replace(whole.head, weight=np.asfortranarray(whole.head.weight), bias=whole.head.bias[::-1])
    read = read_checkpoint(write_checkpoint(replace(whole, head=turned), tmp_path))
    np.testing.assert_array_equal(read.head.weight, whole.head.weight)
    np.testing.assert_array_equal(read.head.bias, whole.head.bias[::-1])


def test_a_new_checkpoint_takes_the_place_of_the_old(folder):
    write_checkpoint(made(1), folder)
    assert_same(read_checkpoint(folder), made(1))
    assert len(list(folder.iterdir())) == 2


def test_a_crack_map_goes_with_its_checkpoint_and_leaves_with_it(folder):
    before = {path.name for path in folder.iterdir()}
    write_checkpoint(replace(made(), crack_map=bundled_map()), folder)
    read = read_checkpoint(folder).crack_map
    assert read is not None
    assert read.card == bundled_map().card
    write_checkpoint(made(), folder)
    assert {path.name for path in folder.iterdir()} == before


@pytest.mark.parametrize("last", ["head-", ".bin", "crackmap-", "crackmap.json"])
def test_killed_while_one_with_a_crack_map_is_written_leaves_the_old_one(folder, tmp_path, monkeypatch, last):
    write_checkpoint(replace(made(), crack_map=bundled_map()), folder)
    for suffix in (".xml", ".bin", ".safetensors"):
        tmp_path.joinpath(f"other{suffix}").write_bytes(b"another decoder")
    new = replace(made(1), crack_map=MapPart(bundled_map().card, tmp_path / "other.xml"))
    with killed_at(monkeypatch, last):
        write_checkpoint(new, folder)
    after = read_checkpoint(folder)
    assert_same(after, made())
    assert after.crack_map is not None
    assert after.crack_map.card == bundled_map().card
    write_checkpoint(new, folder)
    assert len(list(folder.iterdir())) == 6
    written = read_checkpoint(folder).crack_map
    assert written is not None
    assert written.network.read_bytes() == b"another decoder"


# Damage


def test_missing_folder(tmp_path):
    assert "expected a checkpoint folder" in refusal(tmp_path / "none")
    assert "expected a checkpoint folder" in refusal(tmp_path)


def test_missing_head(folder):
    head_file(folder).unlink()
    assert "the head it names" in refusal(folder)


@pytest.mark.parametrize("n_bytes", [0, 4, 100, 20_000])
def test_truncated_head(folder, n_bytes):
    path = head_file(folder)
    path.write_bytes(path.read_bytes()[:n_bytes])
    assert "damaged" in refusal(folder)


def test_swapped_head(folder, tmp_path):
    other = write_checkpoint(made(1), tmp_path / "other")
    head_file(folder).write_bytes(head_file(other).read_bytes())
    assert "damaged" in refusal(folder)


def test_one_wrong_bit_in_the_head(folder):
    content = bytearray(head_file(folder).read_bytes())
    content[-1] ^= 1
    head_file(folder).write_bytes(content)
    assert "damaged" in refusal(folder)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_head_that_is_not_finite(folder, value):
    head = made().head
    weight = head.weight.copy()
    weight[1, 5] = value
    put_head(folder, save({"weight": weight, "bias": head.bias}))
    assert "not finite" in refusal(folder)


@pytest.mark.parametrize(
    "tensors",
    [
        {"weight": np.zeros((2, 2048), np.float32), "bias": np.zeros(2, np.float32)},
        {"weight": np.zeros((2, 3072), np.float32), "bias": np.zeros(3, np.float32)},
        {"weight": np.zeros((2, 3072), np.float64), "bias": np.zeros(2, np.float64)},
        {"weight": np.zeros((2, 3072), np.float32)},
        {"weight": np.zeros((2, 3072), np.float32), "bias": np.zeros(2, np.float32), "more": np.zeros(1, np.float32)},
        {},
    ],
)
def test_head_of_another_shape_or_kind(folder, tensors):
    put_head(folder, save(tensors))
    assert "expected weight (2, 3072) and bias (2,) float32; got" in refusal(folder)


def test_head_in_a_format_that_numpy_has_not(folder):
    header = json.dumps({"weight": {"dtype": "BF16", "shape": [2], "data_offsets": [0, 4]}}).encode()
    put_head(folder, struct.pack("<Q", len(header)) + header + bytes(4))
    assert "damaged" in refusal(folder)


def test_card_of_another_version(folder):
    put_card(folder, card_version=99)
    assert "got 99" in refusal(folder)


@pytest.mark.parametrize("content", [b"no JSON", b"", b"\xff\xfe\xfa", b"[]"])
def test_card_that_is_none(folder, content):
    (folder / "card.json").write_bytes(content)
    assert "card" in refusal(folder)


@pytest.mark.parametrize("name", [5, None, "", "..", ".", "a\0b", "nothing.safetensors"])
def test_card_that_names_no_head(folder, name):
    put_card(folder, head_file=name)
    refusal(folder)


def test_card_cannot_name_a_file_outside_its_folder(folder, tmp_path):
    other = write_checkpoint(made(1), tmp_path / "other")
    put_card(folder, head_file=f"../../other/{head_file(other).name}")
    refusal(folder)


# Killed while writing


class KilledError(BaseException):
    """Nothing in the code may catch it for good."""


def test_killed_between_head_and_card_leaves_the_old_one(folder, monkeypatch):
    with killed_at(monkeypatch, "card.json"):
        write_checkpoint(made(1), folder)
    assert_same(read_checkpoint(folder), made())
    write_checkpoint(made(2), folder)
    assert_same(read_checkpoint(folder), made(2))
    assert len(list(folder.iterdir())) == 2


@pytest.mark.parametrize("step", ["replace", "fsync"])
@pytest.mark.parametrize("at_call", [1, 2])
def test_killed_while_a_file_takes_its_place_leaves_the_old_one(folder, monkeypatch, step, at_call):
    true_step, calls = getattr(os, step), []

    def killed(*args: object) -> object:
        calls.append(args)
        if len(calls) == at_call:
            raise KilledError
        return true_step(*args)

    monkeypatch.setattr(os, step, killed)
    with pytest.raises(KilledError):
        write_checkpoint(made(1), folder)
    assert_same(read_checkpoint(folder), made())
    assert not list(folder.glob(".*")), "parts are cleared away"


def test_killed_while_old_heads_are_cleared_away_leaves_the_new_one(folder, monkeypatch):
    def killed(*_: object, **__: object) -> None:
        raise KilledError

    monkeypatch.setattr(Path, "unlink", killed)
    with pytest.raises(KilledError):
        write_checkpoint(made(1), folder)
    assert_same(read_checkpoint(folder), made(1))


def test_full_disk_is_said_and_leaves_the_old_one(folder, monkeypatch):
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OutputError, match=r"the system says: no space left on device\. Free some space"):
        write_checkpoint(made(1), folder)
    assert_same(read_checkpoint(folder), made())


def test_folder_that_is_a_file(tmp_path):
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(OutputError, match="expected a place that can be written"):
        write_checkpoint(made(), tmp_path / "file")


def test_written_files_can_be_read_by_others(folder):
    assert all(path.stat().st_mode & 0o777 == 0o644 for path in folder.iterdir())


def test_sha256_of_a_head_is_that_of_its_file(tmp_path: Path) -> None:
    path = head_file(write_checkpoint(made(), tmp_path))
    assert head_sha256(made().head) == hashlib.sha256(path.read_bytes()).hexdigest()


def with_parts() -> Checkpoint:
    """Give a checkpoint whose head has a detail net of 4 units and knows two surfaces in 3 directions."""
    random = np.random.default_rng(7)
    parts = [random.normal(size=shape).astype(np.float32) for shape in ((4, 3072), 4, 4, (3, 3072), (2, 3))]
    detail = DetailNet(parts[0], parts[1], parts[2], bias_out=0.5, sharpness=1.25)
    known = KnownFeatures(parts[3], parts[4], limit=np.array([2.5, 3.5], np.float32))
    return replace(made(), head=replace(made().head, detail=detail, known=known))


def test_detail_net_and_known_features_come_back(tmp_path: Path) -> None:
    head = read_checkpoint(write_checkpoint(with_parts(), tmp_path)).head
    for part in ("detail", "known"):
        for name, value in vars(getattr(with_parts().head, part)).items():
            np.testing.assert_array_equal(getattr(getattr(head, part), name), value)
    assert isinstance(head.detail and head.detail.sharpness, float)


def test_one_limit_for_all_surfaces_is_still_read(tmp_path: Path) -> None:
    whole = with_parts()
    assert whole.head.known
    former = replace(whole, head=replace(whole.head, known=replace(whole.head.known, limit=2.5)))
    head = read_checkpoint(write_checkpoint(former, tmp_path)).head
    assert head.known
    assert head.known.limit == 2.5
    assert head_sha256(head) == hashlib.sha256(head_file(tmp_path).read_bytes()).hexdigest()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("detail.bias_in", np.zeros(5, np.float32)),
        ("detail.weight_in", np.zeros((4, 8), np.float32)),
        ("detail.sharpness", None),
        ("known.centres", np.zeros((2, 9), np.float32)),
        ("known.limit", np.zeros(3, np.float32)),
        ("detail.more", np.zeros(1, np.float32)),
    ],
)
def test_parts_that_do_not_fit_are_refused(tmp_path: Path, name: str, value: np.ndarray | None) -> None:
    write_checkpoint(with_parts(), tmp_path)
    tensors = load(head_file(tmp_path).read_bytes()) | ({} if value is None else {name: value})
    if value is None:
        del tensors[name]
    put_head(tmp_path, save(tensors))
    assert "expected weight (2, 3072)" in refusal(tmp_path)
