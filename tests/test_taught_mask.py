"""Takes drawn masks and maps that lie beside them; gives faults in what nine photos teach a mask."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from benchmarks import taught_mask, uav315
from benchmarks.result import Settings
from benchmarks.taught_mask import Seen, best, least_of
from PIL import Image
from tests.stand_ins import bundled_detector

from cracklens import Detector, draw_wall
from cracklens.errors import DataError
from cracklens.figures import dice


def seen(seed: int, *, down: int, right: int = 0) -> Seen:
    """Give a wall whose map lies so many px above its mask, and left of it."""
    drawn = draw_wall((96, 96), widths_px=(6.0,), seed=seed).true_mask
    sure = np.roll(np.where(drawn, 0.9, 0.05), (-down, -right), (0, 1)).astype(np.float32)
    return Seen(drawn, drawn, sure, np.ones(drawn.shape, np.bool_))


@pytest.mark.parametrize(("down", "right"), [(-1, 0), (0, 0), (1, 1)])
def test_nine_photos_choose_the_shift_of_their_masks(down: int, right: int) -> None:
    nine = [seen(seed, down=down, right=right) for seed in range(3)]
    assert best(nine) == (down, right)
    assert np.mean([dice(one.mask(best(nine)), one.drawn) for one in nine]) > 0.98


def test_what_moves_least_is_chosen_of_equals() -> None:
    nothing = np.zeros((64, 64), np.float32)
    assert best([Seen(nothing > 1, nothing > 1, nothing, nothing > 1)]) == (0, 0)


def test_what_does_not_hang_together_as_a_crack_does_is_no_mask() -> None:
    one = seen(0, down=0)
    assert not Seen(one.drawn, one.shipped, one.sure, np.zeros_like(one.area)).mask().any()


def test_the_cut_is_that_of_the_highest_expected_dice() -> None:
    for seed in range(5):
        sure = np.random.default_rng(seed).beta(0.3, 2.0, (20, 20)).astype(np.float32)
        expected = {
            cut: 2 * sure[sure >= cut].sum(dtype=float) / ((sure >= cut).sum() + sure.sum(dtype=float))
            for cut in sure.ravel().tolist()
        }
        assert least_of(sure) == pytest.approx(max(expected, key=lambda cut: expected[cut]))
    assert least_of(np.zeros((4, 4), np.float32)) > 0


@pytest.fixture
def drone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give a folder laid out as UAV-315 is, of small walls whose masks lie a px lower than their cracks."""
    monkeypatch.setenv("CRACKLENS_DATA", str(tmp_path))
    folder = tmp_path / "uav315" / "kaggle_release"
    (tmp_path / "uav315" / "split_manifests").mkdir(parents=True)
    folder.mkdir()
    for split, names in (("train", range(10)), ("val", range(10, 12))):
        lines = []
        for seed in names:
            wall = draw_wall((128, 128), widths_px=(4.0,), seed=seed)
            wall.save(folder).rename(folder / f"{seed}.png")
            Image.fromarray(np.roll(wall.true_mask, 1, 0).astype(np.uint8) * 255).save(folder / f"{seed}_mask.png")
            lines.append(f"{seed}.png {seed}_mask.png")
        (tmp_path / "uav315" / "split_manifests" / f"kaggle_{split}.txt").write_text("\n".join(lines) + "\n")
    return folder


@pytest.mark.slow
@pytest.mark.usefixtures("drone")
def test_the_row_holds_both_sides_and_says_that_the_product_has_no_such_way(monkeypatch: pytest.MonkeyPatch) -> None:
    detector = bundled_detector()
    monkeypatch.setattr(Detector, "load", lambda *_, **__: detector)
    row = taught_mask.gain(Settings(split="val", limit=1))
    assert (row.n, row.data, row.split, str(taught_mask.GAIN).split(" ≥ ")[0]) == (1, "limited", "val", row.name)
    assert row.sides["taught, draw 0"] - row.sides["shipped"] == pytest.approx(row.value)
    assert row.interval == pytest.approx((row.value, row.value))
    assert row.value > 0.05
    assert "Not in the product" in row.note
    assert "+1 px down" in row.note


def test_a_set_that_is_not_whole_is_a_sentence(drone: Path) -> None:
    (drone / "11.png").unlink()
    with pytest.raises(DataError, match="uav315 must hold all of its list; 1 files lack"):
        uav315.listed("val")
    assert len(uav315.listed("train")) == 10
