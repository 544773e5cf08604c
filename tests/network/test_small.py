"""Takes small photos; gives faults where a crack map is the mean of several readings."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray
from tests.stand_ins import GreyBackbone, mapping_backbone

from cracklens import draw_wall
from cracklens.models import bundled_map
from cracklens.network import crack_maps as module
from cracklens.network.crack_maps import at_scales, read_crack_map
from cracklens.values import FeatureMaps, MapSettings


class Leftish(GreyBackbone):
    """It sees cracks, and lines that are none, in dark px and cells in the left quarter of a window alone."""

    def feature_maps(self, windows: NDArray[np.uint8]) -> FeatureMaps:
        found = super().feature_maps(windows)
        n, height, width, _ = windows.shape
        left = np.arange(width) < width // 4
        crack = np.where(left & (windows.max(3) == 0), 255, 0).astype(np.uint8)
        return replace(found, crack=crack, line=crack.reshape(n, height // 4, 4, width // 4, 4).max((2, 4)))


@pytest.mark.parametrize("width", [256, 257, 259])
def test_a_small_photo_is_read_in_a_mirror_too_and_both_have_a_say(width: int, monkeypatch: pytest.MonkeyPatch) -> None:
    pixels = np.zeros((128, width, 3), np.uint8)
    network, settings = Leftish(), MapSettings()
    own = read_crack_map(pixels, network)
    found = at_scales(pixels, own, network, settings)
    assert (own.crack[:, 0] == 255).all()
    assert not own.crack[:, width // 2 :].any()
    np.testing.assert_allclose(found.crack[:, [0, -1]], 127.5, atol=1)
    np.testing.assert_allclose(found.line[:, [0, -1]], 127.5, atol=1)
    assert not found.crack[:, width // 2].any()
    assert found.crack.shape == own.crack.shape
    assert found.line.shape == own.line.shape
    monkeypatch.setattr(module, "SMALL_PX", 128 * width - 1)
    once = at_scales(pixels, own, network, settings)
    np.testing.assert_allclose(once.crack.astype(int), own.crack.astype(int), atol=1)
    assert np.array_equal(once.line, own.line)


def test_a_small_photo_is_read_brightened_too() -> None:
    pixels = np.full((128, 256, 3), 60, np.uint8)  # a crack to this network as it is, none once it is brightened
    network = GreyBackbone()
    own = read_crack_map(pixels, network)
    found = at_scales(pixels, own, network, MapSettings())
    assert (own.crack == 255).all()
    np.testing.assert_allclose(found.crack, 127.5, atol=1)


def test_the_mirror_image_of_a_small_photo_has_the_mirror_image_of_its_map() -> None:
    pixels = draw_wall((512, 512), widths_px=(3.0,), seed=3).pixels
    network, settings = mapping_backbone(), bundled_map().card.settings
    found, mirrored = (
        at_scales(of, read_crack_map(of, network), network, settings) for of in (pixels, pixels[:, ::-1].copy())
    )
    assert (found.crack > 200).any()
    assert np.array_equal(found.crack, mirrored.crack[:, ::-1])
    assert np.array_equal(found.line, mirrored.line[:, ::-1])
