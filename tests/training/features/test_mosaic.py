"""Takes a drawn photo cut into tiles; gives faults of putting it together and of its cells' features."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from tests.stand_ins import CountingBackbone, GreyBackbone, int8_backbone, pool

from cracklens.drawn.wall import draw_wall
from cracklens.errors import DataError
from cracklens.labels.dataset import LabelledTile
from cracklens.network.windows import cut, plan_windows
from cracklens.training.features.cache import FeatureCache
from cracklens.training.features.mosaic import COLUMNS, TILE_PX, context_features, mosaic, position, tiles_in_photo
from cracklens.values import Backbone

ROWS = 2
HW = (ROWS * TILE_PX, COLUMNS * TILE_PX)


def tile_at(folder: Path, pixels: np.ndarray, number: int, *, photo: str = "7001") -> LabelledTile:
    row, col = divmod(number - 1, COLUMNS)
    file = f"Walls/Cracked/{photo}-{number}.png"
    (folder / file).parent.mkdir(parents=True, exist_ok=True)
    part = pixels[row * TILE_PX :, col * TILE_PX :][:TILE_PX, :TILE_PX]
    Image.fromarray(np.ascontiguousarray(part)).save(folder / file)
    return LabelledTile(folder / file, file, 1, f"Walls/{photo}", "train")


@pytest.fixture(scope="module")
def wall() -> np.ndarray:
    """Give a drawn photo of two rows of tiles, (512, 4608, 3)."""
    return draw_wall(HW, widths_px=(4.0, 8.0), seed=5).pixels


@pytest.fixture(scope="module")
def tiles(wall: np.ndarray, tmp_path_factory: pytest.TempPathFactory) -> list[LabelledTile]:
    """Give its tiles, last first."""
    folder = tmp_path_factory.mktemp("tiles")
    return [tile_at(folder, wall, number) for number in range(ROWS * COLUMNS, 0, -1)]


def direct_features(pixels: np.ndarray, backbone: Backbone, row: int, col: int) -> np.ndarray:
    """Pool one tile from a single pass over the part of the photo around it."""
    top, left = max(row * 8 - 8, 0) * 32, max(col * 8 - 8, 0) * 32
    part = pixels[top : (row * 8 + 16) * 32, left : (col * 8 + 16) * 32]
    (window,) = plan_windows(part.shape[:2])
    maps = backbone.feature_maps(cut(part, window)[np.newaxis])
    y, x = row * 8 - top // 32 + 1, col * 8 - left // 32 + 1  # one cell of reflection lies before the first
    return np.asarray(pool(maps, cells=(slice(y, y + 8), slice(x, x + 8)))[0])


@pytest.mark.parametrize(
    ("file", "expected"),
    [
        ("Walls/Cracked/7110-1.jpg", (0, 0)),
        ("Walls/Cracked/7110-18.jpg", (0, 17)),
        ("7110-19.jpg", (1, 0)),
        ("Decks/Non-cracked/7039-252.jpg", (13, 17)),
        ("Pavements/Cracked/001-12-40.jpg", (2, 3)),
        ("Decks/Cracked/7039-110_2.jpg", None),
        ("7039.jpg", None),
    ],
)
def test_position_is_in_the_name(file: str, expected: tuple[int, int] | None) -> None:
    assert position(file) == expected


@pytest.mark.slow
def test_tiles_put_together_are_the_photo(wall: np.ndarray, tiles: list[LabelledTile]) -> None:
    assert np.array_equal(mosaic(tiles), wall)


def test_a_missing_tile_has_the_mean_colour(tiles: list[LabelledTile]) -> None:
    rest = [tile for tile in tiles if not tile.file.endswith("-2.png")]
    whole = mosaic(rest).astype(float)
    gap = whole[:TILE_PX, TILE_PX : 2 * TILE_PX]
    assert (gap == gap[0, 0]).all()
    seen = np.delete(whole.reshape(ROWS, TILE_PX, COLUMNS, TILE_PX, 3).swapaxes(1, 2).reshape(-1, TILE_PX**2, 3), 1, 0)
    np.testing.assert_allclose(gap[0, 0], seen.mean((0, 1)), atol=1)


def test_rows_after_the_last_tile_are_left_out(tiles: list[LabelledTile]) -> None:
    first = [tile for tile in tiles if position(tile.file) == (0, 3)]
    assert mosaic(first).shape == (TILE_PX, COLUMNS * TILE_PX, 3)


@pytest.mark.parametrize("name", ["7001-1_2.png", "7001-1.png"])
def test_a_tile_of_another_size_or_without_a_place_is_refused(tmp_path: Path, name: str) -> None:
    size = TILE_PX if "_2" in name else 227
    Image.new("RGB", (size, size)).save(tmp_path / name)
    with pytest.raises(DataError, match=r"expected an SDNET2018 tile PHOTO-NUMBER\.jpg of 256 px"):
        mosaic([LabelledTile(tmp_path / name, name, 1, "7001", None)])


def test_neighbourhoods_of_a_tile_are_those_of_the_direct_pass(wall: np.ndarray) -> None:
    part = np.ascontiguousarray(wall[:, : 4 * TILE_PX])
    found = tiles_in_photo(part, int8_backbone())
    assert set(found) == {(row, col) for row in range(2) for col in range(4)}
    means = {place: of.astype(np.float32).mean(0) for place, of in found.items()}  # of four, each 7 x 7 of 8 x 8 cells
    for place in ((0, 0), (1, 2)):
        expected = direct_features(part, int8_backbone(), *place)
        cosine = means[place] @ expected / np.linalg.norm(means[place]) / np.linalg.norm(expected)
        assert cosine > 0.99
    apart = [np.linalg.norm(means[1, 2] - means[place]) for place in ((0, 2), (1, 1), (1, 3))]
    assert np.linalg.norm(means[1, 2] - direct_features(part, int8_backbone(), 1, 2)) < min(apart) / 2


def test_neighbourhoods_stand_in_their_tiles() -> None:
    greys = np.arange(2 * 10, dtype=np.uint8).reshape(2, 10) * 12
    pixels = greys.repeat(TILE_PX, 0).repeat(TILE_PX, 1)[..., np.newaxis].repeat(3, 2)
    found = tiles_in_photo(pixels, GreyBackbone())
    for (row, col), features in found.items():
        assert features.shape == (4, 3072)
        np.testing.assert_allclose(features[:, [0, 1023, 1024, 3071]], greys[row, col] / 255, atol=5e-4)


def test_context_features_come_in_the_order_of_the_tiles(tmp_path: Path, tiles: list[LabelledTile]) -> None:
    few = [tiles[5], tiles[0], tiles[20]]
    found = context_features(few, GreyBackbone(), cache=FeatureCache(tmp_path))
    assert found.counts.tolist() == [4, 4, 4]
    for tile, features in zip(few, found.means(), strict=True):
        expected = np.asarray(Image.open(tile.path)).mean() / 255
        assert features[0] == pytest.approx(expected, abs=2e-3)


def test_context_features_are_computed_once(tmp_path: Path, tiles: list[LabelledTile]) -> None:
    network, cache = CountingBackbone(GreyBackbone()), FeatureCache(tmp_path)
    first = context_features(tiles, network, cache=cache)
    asked = len(network.calls)
    steps: list[tuple[int, int]] = []
    again = context_features(tiles, network, cache=cache, on_progress=lambda *step: steps.append(step))
    assert len(network.calls) == asked > 0
    assert np.array_equal(first.features, again.features)
    assert steps == [(36, 36)]


def test_a_tile_with_other_neighbours_has_other_features(tmp_path: Path, tiles: list[LabelledTile]) -> None:
    network, cache = CountingBackbone(GreyBackbone()), FeatureCache(tmp_path)
    context_features(tiles[:4], network, cache=cache)
    asked = len(network.calls)
    context_features(tiles[:3], network, cache=cache)
    assert len(network.calls) > asked


def test_photos_are_told_apart_by_their_group(tmp_path: Path) -> None:
    black, white = np.zeros((*HW, 3), np.uint8), np.full((*HW, 3), 255, np.uint8)
    few = [tile_at(tmp_path, black, 1), tile_at(tmp_path, white, 2, photo="7002"), tile_at(tmp_path, black, 2)]
    found = context_features(few, GreyBackbone(), cache=FeatureCache(tmp_path / "cache"))
    np.testing.assert_allclose(found.means()[:, 0], [0, 1, 0], atol=1e-6)
