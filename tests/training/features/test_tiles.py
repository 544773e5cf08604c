"""Takes small tiles; gives faults of pooled features and of their cache."""

from __future__ import annotations

import errno
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.stand_ins import CountingBackbone, GreyBackbone, int8_backbone, pool, save_grey, save_wall

import cracklens.training.features.cache
import cracklens.training.features.tiles
from cracklens.detector import Detector
from cracklens.drawn.wall import draw_wall
from cracklens.errors import OutputError, PhotoError
from cracklens.models.registry import SMALL_DETECTOR
from cracklens.network.scores import calibrated, local_logits
from cracklens.network.windows import cut, plan_windows
from cracklens.training.features.cache import FeatureCache, default_cache
from cracklens.training.features.neighbourhoods import pixels_features
from cracklens.training.features.tiles import batched, tile_features
from cracklens.training.fit import logits
from cracklens.values import FeatureMaps


@pytest.fixture
def greys(tmp_path: Path) -> list[Path]:
    """Give five plain tiles, dark to light, the last a copy of the first under another name."""
    tiles = [save_grey(tmp_path / f"{grey}.png", grey) for grey in (0, 60, 120, 180)]
    return [*tiles, save_grey(tmp_path / "copy.png", 0)]


def cache_at(tmp_path: Path) -> FeatureCache:
    return FeatureCache(tmp_path / "cache")


def test_pool_is_the_mean_of_a_box_of_cells() -> None:
    random = np.random.default_rng(0)
    maps = FeatureMaps(random.random((2, 1024, 8, 10), np.float32), random.random((2, 2048, 4, 5), np.float32))
    found = pool(maps, cells=(slice(1, 3), slice(2, 5)))
    assert found.shape == (2, 3072)
    np.testing.assert_allclose(found[1, 7], maps.layer3[1, 7, 2:6, 4:10].mean(), rtol=1e-5)
    np.testing.assert_allclose(found[1, 1024 + 9], maps.layer4[1, 9, 1:3, 2:5].mean(), rtol=1e-5)


def test_features_of_a_tile_are_what_the_detector_reads() -> None:
    photo = draw_wall((224, 224), widths_px=(5.0,), seed=1).as_photo()
    detector = Detector.load(SMALL_DETECTOR)
    head = detector.head
    (features,) = pixels_features([photo.pixels], detector.backbone)
    expected = detector.score(photo).values
    found = calibrated(logits(features, head), head)
    np.testing.assert_allclose(expected, found[0], atol=0.01)  # a 224 px tile has one neighbourhood
    window = plan_windows(photo.hw)[0]
    local = local_logits(detector.backbone.feature_maps(cut(photo.pixels, window)[np.newaxis]), head)
    np.testing.assert_allclose(local[0][window.core_in_reads].mean(), logits(features, head)[0], rtol=0.02, atol=0.05)


def test_tiles_of_one_size_go_through_the_network_together() -> None:
    network = CountingBackbone(GreyBackbone())
    tiles = [np.full((64, 96, 3), grey, np.uint8) for grey in (0, 255)]
    found = pixels_features(tiles, network)
    assert [one[:, 0].tolist() for one in found] == [[0], [1]]
    assert network.calls == [(2, 288, 288)]


def test_a_picture_has_the_same_features_whatever_stands_beside_it() -> None:
    pictures = [draw_wall(hw, widths_px=(5.0,), seed=1).pixels for hw in ((224, 256), (288, 224), (224, 2400))]
    network = Detector.load(SMALL_DETECTOR).backbone
    together = pixels_features(pictures, network)
    for found, picture in zip(together, pictures, strict=True):
        np.testing.assert_array_equal(found, pixels_features([picture], network)[0])


def test_neighbourhoods_of_a_large_picture_cover_it_across_windows() -> None:
    picture = np.zeros((64, 4096, 3), np.uint8)
    picture[:, 2048:] = 255
    network = CountingBackbone(GreyBackbone())
    (found,) = pixels_features([picture], network)
    assert len(network.calls) > 1
    assert len(found) == 42  # of 122 places along the row, at most three cells apart
    assert found[:, 0].tolist() == sorted(found[:, 0].tolist())
    assert (found[0, 0], found[-1, 0]) == (0, 1)


def test_features_come_in_the_order_of_the_paths(tmp_path: Path, greys: list[Path]) -> None:
    found = tile_features(greys, GreyBackbone(), cache=cache_at(tmp_path))
    assert found.counts.tolist() == [1] * 5
    np.testing.assert_allclose(found.features[:, 0], np.array([0, 60, 120, 180, 0]) / 255, atol=1e-3)


def test_what_is_known_is_not_computed_again(tmp_path: Path, greys: list[Path]) -> None:
    network = CountingBackbone(GreyBackbone())
    first = tile_features(greys[:3], network, cache=cache_at(tmp_path))
    assert sum(n for n, *_ in network.calls) == 3
    every = tile_features(greys, network, cache=cache_at(tmp_path))
    assert sum(n for n, *_ in network.calls) == 4  # the fifth is a copy of the first
    assert np.array_equal(every.features[:3], first.features)
    assert np.array_equal(tile_features(greys, network, cache=cache_at(tmp_path)).features, every.features)
    assert sum(n for n, *_ in network.calls) == 4


def test_a_tile_is_known_by_its_content_not_its_name(tmp_path: Path) -> None:
    path = save_grey(tmp_path / "tile.png", 0)
    tile_features([path], GreyBackbone(), cache=cache_at(tmp_path))
    save_grey(path, 255)
    assert tile_features([path], GreyBackbone(), cache=cache_at(tmp_path)).features[0, 0] == 1


def test_another_network_has_features_of_its_own(tmp_path: Path, greys: list[Path]) -> None:
    cache, other = cache_at(tmp_path), CountingBackbone(GreyBackbone(hash="1" * 64))
    tile_features(greys, GreyBackbone(), cache=cache)
    tile_features(greys, other, cache=cache)
    assert other.calls


def test_progress_ends_with_all(tmp_path: Path, greys: list[Path], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cracklens.training.features.tiles, "BATCH_TILES", 2)
    steps: list[tuple[int, int]] = []
    tile_features(greys[:4], GreyBackbone(), cache=cache_at(tmp_path), on_progress=lambda *step: steps.append(step))
    assert steps == [(2, 4), (4, 4)]


def test_shards_that_were_finished_are_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cracklens.training.features.tiles, "SHARD_TILES", 2)
    good = [save_grey(tmp_path / f"{grey}.png", grey) for grey in (10, 20)]
    bad = tmp_path / "bad.png"
    bad.write_bytes(b"no picture")
    with pytest.raises(PhotoError, match=r"bad\.png"):
        tile_features([*good, bad], GreyBackbone(), cache=cache_at(tmp_path))
    network = CountingBackbone(GreyBackbone())
    tile_features(good, network, cache=cache_at(tmp_path))
    assert network.calls == []


@pytest.mark.parametrize("how", ["cut", "noise", "empty", "other"])
def test_a_damaged_shard_is_computed_again(tmp_path: Path, greys: list[Path], how: str) -> None:
    expected = tile_features(greys, GreyBackbone(), cache=cache_at(tmp_path))
    (shard,) = (tmp_path / "cache").rglob("*.npz")
    content = shard.read_bytes()
    if how == "other":
        np.savez(shard, something=np.zeros(3))
    else:
        shard.write_bytes({"cut": content[: len(content) // 2], "noise": b"\xff" * 99, "empty": b""}[how])
    assert np.array_equal(tile_features(greys, GreyBackbone(), cache=cache_at(tmp_path)).features, expected.features)


def test_only_what_is_asked_for_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cache, network = cache_at(tmp_path), GreyBackbone()
    for name in "ab":
        cache.write(network.hash, [name + "1", name + "2"], [np.full((2, 3072), ord(name), np.float16)] * 2)
    loaded: list[str] = []
    true_get = np.lib.npyio.NpzFile.__getitem__

    def watched(arrays: Any, key: str) -> Any:
        loaded.append(key)
        return true_get(arrays, key)

    monkeypatch.setattr(np.lib.npyio.NpzFile, "__getitem__", watched)
    found = cache.read(network.hash, ["a2", "absent"])
    assert list(found) == ["a2"]
    assert found["a2"].tolist() == [[ord("a")] * 3072] * 2
    assert found["a2"].base is None or len(found["a2"].base) == 2  # the rest of its shard is not held
    assert loaded.count("features") == 1
    assert set(cache.read(network.hash)) == {"a1", "a2", "b1", "b2"}
    assert cache.read(network.hash, []) == {}


def test_a_shard_that_contradicts_itself_is_left_out(tmp_path: Path) -> None:
    cache = cache_at(tmp_path)
    cache.write("0" * 64, ["a", "b"], [np.zeros((1, 3072), np.float16)])
    assert cache.read("0" * 64, ["b"]) == {}


def test_a_missing_tile_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(PhotoError, match=r"absent\.png: cannot be read \(no such file or directory\)"):
        tile_features([tmp_path / "absent.png"], GreyBackbone(), cache=cache_at(tmp_path))


def test_a_cache_that_cannot_be_written_is_a_sentence(
    tmp_path: Path, greys: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(cracklens.training.features.cache, "write_whole", full)
    with pytest.raises(OutputError, match=r"feature cache cannot be written \(No space left on device\)"):
        tile_features(greys, GreyBackbone(), cache=cache_at(tmp_path))


def test_features_do_not_depend_on_the_batch(tmp_path: Path) -> None:
    tiles = [save_wall(tmp_path / f"{seed}.png", seed=seed, hw=(64, 64)) for seed in range(3)]
    together = tile_features(tiles, int8_backbone(), cache=FeatureCache(tmp_path / "one"))
    alone = tile_features(tiles[2:], int8_backbone(), cache=FeatureCache(tmp_path / "two"))
    assert np.array_equal(together.features[2], alone.features[0])


@pytest.mark.parametrize(
    ("variables", "expected"),
    [
        ({"CRACKLENS_CACHE": "mine"}, "mine/features"),
        ({"XDG_CACHE_HOME": "xdg"}, "xdg/cracklens/features"),
        ({"HOME": "home"}, "home/.cache/cracklens/features"),
    ],
)
def test_the_users_cache(monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], expected: str) -> None:
    for name in ("CRACKLENS_CACHE", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert default_cache().folder.as_posix() == expected


def test_batched_gives_all_items_in_order() -> None:
    assert list(batched(range(5), 2)) == [[0, 1], [2, 3], [4]]
    assert list(batched([], 2)) == []
