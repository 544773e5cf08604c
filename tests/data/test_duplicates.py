"""Takes drawn pictures and changed copies of them; gives faults of what is found to be the same. Splits nothing."""

from __future__ import annotations

import io
from collections.abc import Callable
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageEnhance, ImageFilter
from tests.data.made import save, texture

import cracklens.data.duplicates
from cracklens.data.duplicates import duplicate_groups, near_pairs
from cracklens.data.fingerprint import Fingerprint, fingerprint, fingerprints, turned


def prints_of(folder: Path, pictures: list[NDArray[np.uint8]]) -> list[Fingerprint]:
    return [fingerprint(save(folder / f"{i}.png", pixels)) for i, pixels in enumerate(pictures)]


def test_different_pictures_are_alone(tmp_path: Path) -> None:
    prints = prints_of(tmp_path, [texture(seed, crack=seed % 2 == 0) for seed in range(60)])
    assert len(set(duplicate_groups(prints).tolist())) == 60


@pytest.mark.parametrize("turn", range(8))
def test_a_copy_in_any_turn_is_found(tmp_path: Path, turn: int) -> None:
    picture = texture(1)
    copy = np.stack([turned(picture[..., channel], turn) for channel in range(3)], axis=2)
    prints = prints_of(tmp_path, [texture(2), picture, texture(3), copy])
    assert near_pairs(prints).tolist() == [[1, 3]]


def as_jpeg(image: Image.Image) -> Image.Image:
    stream = io.BytesIO()
    image.save(stream, "JPEG", quality=50)
    return Image.open(stream)


@pytest.mark.parametrize(
    "change",
    [
        as_jpeg,
        lambda image: image.resize((64, 64)),
        lambda image: image.filter(ImageFilter.GaussianBlur(1)),
        lambda image: ImageEnhance.Brightness(image).enhance(1.15),
        lambda image: ImageEnhance.Contrast(image).enhance(0.7),
        lambda image: image.convert("L").convert("RGB"),
    ],
    ids=["jpeg", "smaller", "blurred", "brighter", "softer", "grey"],
)
def test_a_changed_copy_is_found(tmp_path: Path, change: Callable[[Image.Image], Image.Image]) -> None:
    pictures = [texture(seed) for seed in range(8)]
    pictures.append(np.asarray(change(Image.fromarray(pictures[3]))))
    assert near_pairs(prints_of(tmp_path, pictures)).tolist() == [[3, 8]]


def test_flat_pictures_are_the_same_only_byte_for_byte(tmp_path: Path) -> None:
    flat = [np.full((64, 64, 3), grey, np.uint8) for grey in (100, 101, 100)]
    groups = duplicate_groups(prints_of(tmp_path, flat)).tolist()
    assert groups[0] == groups[2] != groups[1]


def test_duplicates_of_duplicates_are_one_group(tmp_path: Path) -> None:
    first = texture(5)
    prints = prints_of(tmp_path, [first, first[::-1], texture(6), first, first[:, ::-1]])
    groups = duplicate_groups(prints).tolist()
    assert groups[0] == groups[1] == groups[3] == groups[4] != groups[2]


def test_every_pair_within_the_promise_is_found_against_all_pairs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cracklens.data.duplicates, "CHUNK_PAIRS", 7)
    monkeypatch.setattr(cracklens.data.duplicates, "LEAST_CORRELATION", -1.0)
    draw = np.random.default_rng(0)
    thumb = draw.integers(0, 255, (32, 32), dtype=np.uint8)
    bits = draw.integers(0, 2, (12, 8, 256), dtype=np.uint8)
    for i in range(1, 12):  # each is its predecessor with 15 other bits
        bits[i, 0] = bits[i - 1, 0]
        bits[i, 0, draw.choice(256, 15, replace=False)] ^= 1
    prints = [Fingerprint(str(i), (1, 1), np.packbits(of, axis=1).view(np.uint16), thumb) for i, of in enumerate(bits)]
    near = {
        (i, j)
        for i, j in combinations(range(12), 2)
        if any((bits[i, 0] != bits[j, turn]).sum() <= 15 for turn in range(8))
    }
    found = {tuple(pair) for pair in near_pairs(prints).tolist()}
    assert len(near) == 11
    assert near <= found
    assert all((bits[i, 0] != bits[j, 0]).sum() <= 32 for i, j in found)


def test_few_or_no_pictures_are_no_fault(tmp_path: Path) -> None:
    assert duplicate_groups([]).tolist() == []
    assert near_pairs([]).shape == (0, 2)
    assert duplicate_groups(prints_of(tmp_path, [texture(1)])).tolist() == [0]


def test_a_picture_that_cannot_be_read_has_a_reason(tmp_path: Path) -> None:
    (tmp_path / "broken.jpg").write_bytes(b"\xff\xd8 no picture")
    seen: list[tuple[int, int]] = []
    good = save(tmp_path / "good.png", texture(1))
    found = fingerprints([good, tmp_path / "broken.jpg"], on_progress=lambda *at: seen.append(at))
    assert isinstance(found[0], Fingerprint)
    assert isinstance(found[1], str)
    assert str(tmp_path) not in found[1]
    assert seen == [(1, 2), (2, 2)]
