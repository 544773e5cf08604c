"""Takes score maps; gives faults where a heatmap's colours are not absolute, or do not fall in lightness."""

from __future__ import annotations

import io

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from cracklens.network.windows import cells_to_px, grid_hw
from cracklens.report.pictures.heatmap import laid_over, legend_png, overlay_png, paint_heatmap
from cracklens.values import ScoreMap


def score_map(values: object, photo_hw: tuple[int, int] = (224, 224)) -> ScoreMap:
    return ScoreMap(np.asarray(values, np.float32), photo_hw)


def pixels(png: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(png)))


@given(st.floats(0, 1, width=32), st.floats(0, 1, width=32), st.floats(0, 1))
def test_same_score_has_same_colour_in_every_photo(score: float, other: float, threshold: float) -> None:
    one = paint_heatmap(score_map([[score, other]]), threshold)
    two = paint_heatmap(score_map([[other, 0.2, 1], [0, 0.5, score]]), threshold)
    assert one[0, 0].tolist() == two[1, 2].tolist()


@given(st.floats(0, 1, width=32), st.floats(0, 1), st.floats(0, 1))
def test_threshold_moves_opacity_and_never_colour(score: float, low: float, high: float) -> None:
    one, two = (paint_heatmap(score_map([[score]]), threshold) for threshold in (low, high))
    assert one[0, 0, :3].tolist() == two[0, 0, :3].tolist()


def test_shape_type_and_faintness_below_the_threshold() -> None:
    painted = paint_heatmap(score_map([[0, 0.3, 0.49, 0.5, 0.75, 1]]), 0.5)
    assert painted.shape == (1, 6, 4)
    assert painted.dtype == np.uint8
    opacity = painted[0, :, 3].astype(int)
    assert opacity[0] == 0
    assert opacity[3] > 2 * opacity[2]
    assert (np.diff(opacity) > 0).all()


def test_lightness_falls_all_the_way() -> None:
    painted = paint_heatmap(score_map(np.linspace(0, 1, 101)[np.newaxis]), 0)[0, :, :3] / 255
    linear = np.where(painted <= 0.04045, painted / 12.92, ((painted + 0.055) / 1.055) ** 2.4)
    luminance = linear @ [0.2126, 0.7152, 0.0722]  # Source: IEC 61966-2-1
    assert (np.diff(luminance) < 0).all()
    assert luminance[0] / luminance[-1] > 10


def test_legend_is_painted_as_the_photos_are() -> None:
    legend = pixels(legend_png(0.5))
    assert legend.shape == (1, 256, 4)
    assert legend[0, 204].tolist() == paint_heatmap(score_map([[204 / 255]]), 0.5)[0, 0].tolist()


@pytest.mark.parametrize("photo_hw", [(224, 224), (227, 256), (100, 50), (239, 240), (3328, 4608), (1, 700)])
def test_overlay_lies_on_the_cells_of_the_photo(photo_hw: tuple[int, int]) -> None:
    rows, cols = grid_hw(photo_hw)
    values = np.linspace(0, 1, rows * cols, dtype=np.float32).reshape(rows, cols)
    png, (height, width) = overlay_png(score_map(values, photo_hw), 0.3)
    painted, whole = pixels(png), paint_heatmap(score_map(values), 0.3)
    assert painted.shape[0] * 32 == pytest.approx(height * photo_hw[0])
    assert painted.shape[1] * 32 == pytest.approx(width * photo_hw[1])
    assert 1 <= height < 1 + 32 / photo_hw[0]
    for x, y in ((0, 0), (cols - 1, rows - 1), (cols // 2, rows // 2)):
        x0, y0, x1, y1 = cells_to_px((x, y, x + 1, y + 1), photo_hw=photo_hw)
        if (x0, y0) == (32 * x, 32 * y):  # a cell that lies in the photo at all
            for px, py in ((x0, y0), (x1 - 1, y1 - 1)):
                assert painted[py // 32, px // 32].tolist() == whole[y, x].tolist()


def test_heatmap_is_laid_where_its_cells_are_in_a_picture_of_any_size() -> None:
    scores = np.zeros((4, 8), np.float32)
    scores[1, 6] = 1
    grey = Image.new("RGB", (512, 256), (128, 128, 128))
    whole = np.asarray(laid_over(grey, score_map(scores, (128, 256)), 0.5)).astype(int)
    assert whole.shape == (256, 512, 3)
    changed = np.abs(whole - 128).max(axis=-1)
    assert np.unravel_index(changed.argmax(), changed.shape) == (pytest.approx(96, abs=34), pytest.approx(416, abs=34))
    assert not changed[:, :300].any()
    faint = np.asarray(laid_over(grey, score_map(scores, (128, 256)), 0.5, opacity=0.5)).astype(int)
    assert np.abs(faint - 128).max() == pytest.approx(changed.max() / 2, abs=2)


def test_what_was_not_inspected_is_chequered_in_grey() -> None:
    values = np.full((7, 7), 0.9, np.float32)
    seen = np.ones((7, 7), np.float32)
    seen[:, :3] = 0
    painted = paint_heatmap(ScoreMap(values, (224, 224), seen=seen), 0.5)
    assert (np.ptp(painted[:, :3, :3].astype(int), axis=2) == 0).all()
    assert painted[0, 0].tolist() != painted[0, 1].tolist()
    assert (painted[:, 3:] == paint_heatmap(ScoreMap(values, (224, 224)), 0.5)[:, 3:]).all()
    covered = pixels(overlay_png(ScoreMap(values, (230, 230), seen=seen), 0.5)[0])
    assert (covered[:, :3] == pixels(overlay_png(ScoreMap(values * 0, (230, 230), seen=seen), 0.5)[0])[:, :3]).all()
