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
from tests.published.made import save, texture

import cracklens.labels.duplicates
from cracklens.labels.duplicates import duplicate_groups, near_pairs
from cracklens.labels.fingerprint import Fingerprint, fingerprint, fingerprints


def prints_of(folder: Path, pictures: list[NDArray[np.uint8]]) -> list[Fingerprint]:
    return [fingerprint(save(folder / f"{i}.png", pixels)) for i, pixels in enumerate(pictures)]


def pairs_of(prints: list[Fingerprint]) -> list[list[int]]:
    return sorted(pair for some in near_pairs(prints) for pair in some.tolist())


def test_different_pictures_are_alone(tmp_path: Path) -> None:
    prints = prints_of(tmp_path, [texture(seed, crack=seed % 2 == 0) for seed in range(60)])
    assert len(set(duplicate_groups(prints).tolist())) == 60


@pytest.mark.parametrize("turn", range(8))
def test_a_copy_in_any_turn_is_found(tmp_path: Path, turn: int) -> None:
    picture = texture(1)
    copy = np.rot90(picture[:, ::-1] if turn >= 4 else picture, turn % 4)
    prints = prints_of(tmp_path, [texture(2), picture, texture(3), copy])
    assert pairs_of(prints) == [[1, 3]]


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
        lambda image: ImageEnhance.Brightness(image).enhance(0.4),
        lambda image: ImageEnhance.Contrast(image).enhance(0.3),
        lambda image: image.point(lambda grey: 255 * (grey / 255) ** 2),
        lambda image: image.point(lambda grey: 255 * (grey / 255) ** 0.5),
        lambda image: image.resize((200, 90)),
        lambda image: image.convert("L").convert("RGB"),
    ],
    ids=["jpeg", "smaller", "blurred", "brighter", "darker", "softer", "gamma2", "gamma05", "squeezed", "grey"],
)
def test_a_changed_copy_is_found(tmp_path: Path, change: Callable[[Image.Image], Image.Image]) -> None:
    pictures = [texture(seed) for seed in range(8)]
    pictures.append(np.asarray(change(Image.fromarray(pictures[3]))))
    assert pairs_of(prints_of(tmp_path, pictures)) == [[3, 8]]


def test_flat_pictures_are_the_same_only_byte_for_byte(tmp_path: Path) -> None:
    flat = [np.full((64, 64, 3), grey, np.uint8) for grey in (100, 101, 100)]
    groups = duplicate_groups(prints_of(tmp_path, flat)).tolist()
    assert groups[0] == groups[2] != groups[1]


def test_duplicates_of_duplicates_are_one_group(tmp_path: Path) -> None:
    first = texture(5)
    prints = prints_of(tmp_path, [first, first[::-1], texture(6), first, first[:, ::-1]])
    groups = duplicate_groups(prints).tolist()
    assert groups[0] == groups[1] == groups[3] == groups[4] != groups[2]


def test_blocks_hide_no_pair(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pictures = [texture(seed) for seed in range(7)]
    pictures += [picture[::-1] for picture in pictures] + [np.rot90(picture) for picture in pictures]
    prints = prints_of(tmp_path, pictures)
    whole = pairs_of(prints)
    assert whole == sorted([first, second] for first, second in combinations(range(21), 2) if (second - first) % 7 == 0)
    monkeypatch.setattr(cracklens.labels.duplicates, "LEFT", 4)
    monkeypatch.setattr(cracklens.labels.duplicates, "RIGHT", 5)
    assert pairs_of(prints) == whole
    assert len(set(duplicate_groups(prints).tolist())) == 7


def test_progress_ends_with_all_pictures(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cracklens.labels.duplicates, "LEFT", 4)
    seen: list[tuple[str, int, int]] = []
    duplicate_groups(prints_of(tmp_path, [texture(seed) for seed in range(9)]), on_progress=lambda *at: seen.append(at))
    assert [stage for stage, _, _ in seen] == ["comparing"] * 3
    assert [done for _, done, _ in seen] == sorted(done for _, done, _ in seen)
    assert seen[-1][1:] == (9, 9)


def test_light_from_one_side_makes_no_copies_of_smooth_walls(tmp_path: Path) -> None:
    draw = np.random.default_rng(0)
    down = np.linspace(0, 60, 96)[:, np.newaxis, np.newaxis]
    smooth = [np.clip(120 + down + draw.normal(0, 4, (96, 96, 3)), 0, 255).astype(np.uint8) for _ in range(12)]
    raw = [print_.thumb.ravel() for print_ in prints_of(tmp_path, smooth)]
    assert np.corrcoef(raw).min() > 0.99  # what correlates here is light
    assert len(set(duplicate_groups(prints_of(tmp_path, smooth)).tolist())) == 12
    smooth.append(smooth[3][:, ::-1] // 2)
    assert pairs_of(prints_of(tmp_path, smooth)) == [[3, 12]]


def test_few_or_no_pictures_are_no_fault(tmp_path: Path) -> None:
    assert duplicate_groups([]).tolist() == []
    assert pairs_of([]) == []
    assert duplicate_groups(prints_of(tmp_path, [texture(1)])).tolist() == [0]


def test_a_picture_that_cannot_be_read_has_a_reason(tmp_path: Path) -> None:
    (tmp_path / "broken.jpg").write_bytes(b"\xff\xd8 no picture")
    seen: list[tuple[str, int, int]] = []
    good = save(tmp_path / "good.png", texture(1))
    found = fingerprints([good, tmp_path / "broken.jpg"], on_progress=lambda *at: seen.append(at))
    assert isinstance(found[0], Fingerprint)
    assert isinstance(found[1], str)
    assert str(tmp_path) not in found[1]
    assert seen == [("reading", 1, 2), ("reading", 2, 2)]
