"""Takes samples of many ranges; gives faults where a range is guessed, stretched or blackened without a word."""

from __future__ import annotations

import numpy as np
import pytest
from tests.photo.made import apart, noise, tiff
from tests.said import said

from cracklens.errors import PhotoError
from cracklens.photo import read_photo


def wall(low: float, high: float, hw: tuple[int, int] = (64, 80)) -> np.ndarray:
    """Give a grey picture of 16 bit whose values lie evenly between two."""
    return np.random.default_rng(3).uniform(low, high, hw).round().astype(np.uint16)


@pytest.mark.parametrize("share", [0.1, 0.3, 1.0])
def test_a_dark_picture_of_bytes_stays_dark(share):
    """257 and 256 times a byte are how programs save 8 bits as 16: the range is known to be the full one."""
    dark = (noise()[..., 0] * share).astype(np.uint8)
    for times in (256, 257):
        assert apart(read_photo(tiff(dark.astype(np.uint16) * times)), dark) == 0


def test_a_dark_wall_is_not_stretched_to_black_and_white():
    photo = read_photo(tiff(wall(9_000, 16_000)))
    assert "read as 14 bit, 0–16,383" in said(photo.notes)[0]
    assert photo.pixels.min() > 120


def test_a_single_bright_px_makes_the_range_the_full_one():
    values = wall(9_000, 30_000)
    values[5, 5] = 65_535
    photo = read_photo(tiff(values))
    assert "read as 16 bit" in said(photo.notes)[0]
    assert np.median(photo.pixels) == pytest.approx(19_500 / 257, abs=2)


@pytest.mark.parametrize(("low", "high"), [(6_765, 7_785), (27_315, 31_000), (29_000, 33_000)])
def test_values_far_from_zero_are_stretched_and_said(low, high):
    values = wall(low, high)
    photo = read_photo(tiff(values))
    assert f"values {values.min():,}–{values.max():,} stretched to this range" in said(photo.notes)[0]
    assert (photo.pixels.min(), photo.pixels.max()) == (0, 255)


def test_channels_share_one_range():
    picture = noise() // 4 + np.array([180, 90, 10], np.uint8)
    photo = read_photo(tiff(picture.astype(np.uint16) * 16 + 3, "rgb"))
    assert apart(photo, picture) == 0


@pytest.mark.parametrize("dead", [0, 65_535])
def test_one_tone_is_refused_and_not_called_clear(dead):
    values = wall(6_765, 7_785, (400, 500))
    values[7, 9] = dead
    with pytest.raises(PhotoError, match="nearly all values of this 16-bit grey photo lie within"):
        read_photo(tiff(values))


def test_empty_px_do_not_count_in_the_range():
    values = np.dstack([wall(6_765, 7_785), np.full((64, 80), 65_535, np.uint16)])
    values[:20, :, 0], values[:20, :, 1] = 0, 0
    photo = read_photo(tiff(values, extrasamples=["unassalpha"], planarconfig="contig"))
    assert "stretched to this range" in said(photo.notes)[0]
    assert photo.empty is not None
    assert photo.empty.mean() == pytest.approx(20 / 64)
