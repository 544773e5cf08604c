"""Takes masks made by hand; gives faults in how they are scored."""

from __future__ import annotations

import numpy as np
import pytest
from benchmarks import mask_scores
from PIL import Image
from sklearn.metrics import f1_score

from cracklens import Detector, draw_wall


def masks(seed: int) -> tuple[mask_scores.Bools, mask_scores.Bools]:
    random = np.random.default_rng(seed)
    return random.random((40, 50)) < 0.3, random.random((40, 50)) < 0.2


def test_overlap_is_that_of_scikit_learn() -> None:
    pairs = [masks(seed) for seed in range(3)]
    scores = [mask_scores.mask_score(str(i), *pair) for i, pair in enumerate(pairs)]
    each = [f1_score(drawn.ravel(), found.ravel()) for found, drawn in pairs]
    assert [one.dice for one in scores] == pytest.approx(each)
    assert mask_scores.mean_dice(scores) == pytest.approx(np.mean(each))
    found, drawn = (np.concatenate([pair[i].ravel() for pair in pairs]) for i in (0, 1))
    assert mask_scores.micro_f1(scores) == pytest.approx(f1_score(drawn, found))


def test_interval_holds_the_figure_and_is_drawn_the_same() -> None:
    scores = [mask_scores.mask_score(str(seed), *masks(seed)) for seed in range(8)]
    low, high = mask_scores.interval(mask_scores.micro_f1, scores)
    assert low < mask_scores.micro_f1(scores) < high
    assert (low, high) == mask_scores.interval(mask_scores.micro_f1, scores)
    assert np.isnan(mask_scores.told("none", mask_scores.mean_dice, []).value)


def test_masks_are_read_with_and_without_transparency(tmp_path) -> None:
    wanted, _ = masks(0)
    grey = Image.fromarray(np.where(wanted, 255, 0).astype(np.uint8))
    for mode in ("L", "RGB", "RGBA"):
        grey.convert(mode).save(tmp_path / f"{mode}.png")
        assert np.array_equal(mask_scores.read_mask(tmp_path / f"{mode}.png"), wanted)


def test_shipped_mask_holds_a_drawn_crack() -> None:
    wall = draw_wall((256, 320), widths_px=(4.0,), seed=1)
    found = mask_scores.shipped_mask(Detector.load(), wall.as_photo())
    assert found.shape == (256, 320)
    assert found[wall.true_mask].mean() > 0.7
