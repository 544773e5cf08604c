"""Takes made photos with masks; gives faults of what the crack map's edge is chosen on."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from makers.crackmap.card import hand_drawn
from PIL import Image


def test_of_photos_with_hand_drawn_masks_every_second_is_for_choosing(tmp_path: Path) -> None:
    for name in ("images", "masks"):
        (tmp_path / "masks" / name).mkdir(parents=True)
    for number, name in enumerate("abc"):
        pixels = np.full((8, 9, 3), 50 * number, np.uint8)
        Image.fromarray(pixels).save(tmp_path / "masks" / "images" / f"{name}.png")
        Image.fromarray(np.where(np.arange(9) == number, np.uint8(255), np.uint8(0))[np.newaxis].repeat(8, 0)).save(
            tmp_path / "masks" / "masks" / f"{name}.png"
        )
    found = list(hand_drawn(tmp_path))
    assert [int(pixels[0, 0, 0]) for pixels, _ in found] == [0, 100]
    assert [np.flatnonzero(mask[0]).tolist() for _, mask in found] == [[0], [2]]
    assert not list(hand_drawn(tmp_path / "none"))
