"""Takes photos of one place and of others; gives faults in recognising them and in laying them on each other."""

from __future__ import annotations

from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.compare.scenes import HW, MOVED, moved_line, taken_again, wall

from cracklens.compare.register import Features, Registration, features_of, inside, moved, register
from cracklens.drawn.textures import Texture
from cracklens.photo import read_photo
from cracklens.values import Photo


def features(pixels: np.ndarray) -> Features:
    return features_of(Photo(pixels, "a", "0" * 64))


@pytest.mark.slow
@pytest.mark.parametrize("texture", ["concrete", "asphalt", "stained"])
def test_a_wall_is_laid_on_itself_to_a_px(texture: Texture) -> None:
    drawn = wall(3, texture)
    found = register(features(drawn.cracked), features(taken_again(drawn.cracked)))
    assert found is not None
    assert np.hypot(*(found.to_new(drawn.line_xy) - moved_line(drawn.line_xy)).T).max() < 1.0
    assert found.scale_at(np.array([280.0, 210.0])) == pytest.approx(0.99, abs=0.02)


def test_a_photo_of_another_size_is_laid_too() -> None:
    """The older photo has half of the newer one's px."""
    pixels = wall(0).cracked
    found = register(features(np.ascontiguousarray(pixels[::2, ::2])), features(pixels))
    assert found is not None
    assert found.scale_at(np.array([100.0, 100.0])) == pytest.approx(2, rel=0.01)


@pytest.mark.parametrize("turned", ["mirrored", "upside down"])
def test_mirrored_is_another_place_and_turned_is_not(turned: str) -> None:
    pixels = wall(0).cracked
    other = pixels[:, ::-1] if turned == "mirrored" else pixels[::-1, ::-1]
    found = register(features(pixels), features(np.ascontiguousarray(other)))
    assert (found is None) == (turned == "mirrored")


def test_too_little_in_common_is_another_place() -> None:
    """The two photos share 180 px of the wall's width, then 30."""
    pixels = wall(0).cracked
    for shared, known in ((180, True), (30, False)):
        left, right = pixels[:, : 280 + shared // 2], pixels[:, 280 - shared // 2 :]
        found = register(*(features(np.ascontiguousarray(side)) for side in (left, right)))
        assert (found is not None) == known


@given(st.floats(0, HW[1]), st.floats(0, HW[0]))
def test_points_go_there_and_back(x: float, y: float) -> None:
    registration = Registration(MOVED, 100, 0.5, 0.9)
    point = np.array([[x, y]])
    assert registration.to_old(registration.to_new(point)) == pytest.approx(point, abs=1e-6)
    assert moved(np.eye(3), point) == pytest.approx(point)
    assert inside(point, HW).all()
    assert not inside(point - 10_000, HW).any()


@pytest.mark.slow
def test_whole_photos_are_told_apart_and_known_again(data_dir: Path) -> None:
    paths = sorted((data_dir / "photos").glob("*.jpg"))
    assert len(paths) >= 6
    told_apart_and_known_again(paths, step=4)


@pytest.mark.slow
def test_real_crops_are_told_apart_and_known_again(sample_dir: Path) -> None:
    paths = sorted((sample_dir / "photos").glob("*.jpg"))
    assert len(paths) == 3
    told_apart_and_known_again(paths, step=2)


def told_apart_and_known_again(paths: list[Path], *, step: int) -> None:
    seen = [features_of(read_photo(path)) for path in paths]
    mixed_up = [(a, b) for a, b in combinations(range(len(seen)), 2) if register(seen[a], seen[b])]
    assert mixed_up == []
    for path, of in zip(paths, seen, strict=True):
        again = register(of, features(taken_again(np.ascontiguousarray(read_photo(path).pixels[::step, ::step]))))
        assert again is not None, path.name
        assert again.inliers > 50
