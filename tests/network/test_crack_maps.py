"""Takes drawn walls; gives faults where readings of a crack map at several scales become one."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image
from tests.stand_ins import GreyBackbone

from cracklens.network import crack_maps as module
from cracklens.network.crack_maps import at_scales, read_crack_map
from cracklens.values import MapSettings


@pytest.mark.parametrize("hw", [(700, 900), (65, 64), (3, 200)])
def test_readings_are_of_the_photo_as_pillow_reduces_it(hw: tuple[int, int], monkeypatch: pytest.MonkeyPatch) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (*hw, 3), dtype=np.uint8)
    network = GreyBackbone()
    own = read_crack_map(pixels, network)
    monkeypatch.setattr(module, "STRIP_PX", 64)
    found = at_scales(pixels, own, network, MapSettings(scales=((1, 0.0), (4, 1.0)), offset=0.0))
    small = np.asarray(Image.fromarray(pixels).reduce(4)) if min(hw) >= 4 else pixels
    far = Image.fromarray(read_crack_map(small, network).crack).resize(hw[::-1], Image.Resampling.BILINEAR)
    np.testing.assert_allclose(found.crack.astype(int), np.asarray(far).astype(int), atol=1)


def test_weights_and_offset_say_what_the_readings_come_to() -> None:
    pixels = np.full((96, 96, 3), 200, np.uint8)
    pixels[:, 48:] = 20
    network = GreyBackbone()
    own = read_crack_map(pixels, network)
    only = at_scales(pixels, own, network, MapSettings(scales=((1, 1.0),), offset=0.0))
    np.testing.assert_allclose(only.crack.astype(int), own.crack.astype(int), atol=1)
    lower = at_scales(pixels, own, network, MapSettings(scales=((1, 0.2),), offset=-1.0))
    assert 0 < lower.crack[:, 60:].max() < 255
