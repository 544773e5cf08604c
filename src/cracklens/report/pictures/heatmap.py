"""Takes a score map and a threshold; gives its heatmap, the same colour for the same score always. Knows no photo."""

from __future__ import annotations

import io
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from cracklens.values import ScoreMap

RAMP = (
    (0.00, (255, 245, 200)),
    (0.20, (254, 224, 110)),
    (0.40, (253, 172, 40)),
    (0.60, (236, 102, 38)),
    (0.80, (196, 36, 88)),
    (1.00, (122, 0, 112)),
)
"""Score and RGB. Lightness falls all the way, so that it reads in every kind of colour vision and in grey print."""

FLAGGED_OPACITY = (0.38, 0.56)
"""At score 0 and 1, from the threshold on: the crack under it must stay visible."""

FAINT_OPACITY = 0.3
"""At score 1, below the threshold; 0 at score 0. Enough to see where the detector hesitated."""


UNSEEN_RGB, UNSEEN_OPACITY = ((70, 70, 70), (150, 150, 150)), 0.8
"""Cells that were not inspected are chequered in two greys: no score has such a colour, and no photo such a pattern."""


def paint_heatmap(score_map: ScoreMap, threshold: float) -> NDArray[np.uint8]:
    """Paint a score map on the absolute scale 0-1, a pixel a cell.

    Colour depends on the score alone; cells below the threshold are fainter, not of another colour. Cells that were not
    inspected are grey.

    Args:
        score_map: (h, w) cells.
        threshold: score from which a cell is painted in full, 0-1.

    Returns:
        (h, w, 4) uint8, RGBA, alpha not premultiplied.
    """
    scores = np.clip(score_map.values, 0, 1)
    at, colours = zip(*RAMP, strict=True)
    channels = [np.interp(scores, at, values) for values in zip(*colours, strict=True)]
    full = FLAGGED_OPACITY[0] + (FLAGGED_OPACITY[1] - FLAGGED_OPACITY[0]) * scores
    opacity = np.where(score_map.values >= threshold, full, FAINT_OPACITY * scores)
    rgba: NDArray[np.float64] = np.stack([*channels, 255 * opacity], axis=-1)  # (h, w, 4)
    unseen = np.indices(scores.shape).sum(axis=0)[..., np.newaxis] % 2  # (h, w, 1): 0 and 1 by turns
    grey = np.where(unseen, *([*rgb, 255 * UNSEEN_OPACITY] for rgb in UNSEEN_RGB))
    return np.rint(np.where(score_map.inspected[..., np.newaxis], rgba, grey)).astype(np.uint8)


def legend_png(threshold: float) -> bytes:
    """Give the scale 0-1 from left to right, 256 x 1 px, painted as the photos are."""
    scale = np.linspace(0, 1, 256, dtype=np.float32)[np.newaxis]
    return _png(paint_heatmap(ScoreMap(scale, (1, 256)), threshold))


def overlay_png(score_map: ScoreMap, threshold: float) -> tuple[bytes, tuple[float, float]]:
    """Give a heatmap that covers the photo, and its (height, width) in units of the photo's.

    The last cells of a map reach to the photo's edge or beyond it; here they are repeated or cut at the stride, so
    that the picture, laid at the photo's corner at the size given, fits to the pixel. It may stand out by a cell.
    """
    rgba, size = _covering(score_map, threshold)
    return _png(rgba), size


def laid_over(photo: Image.Image, score_map: ScoreMap, threshold: float, *, opacity: float = 1.0) -> Image.Image:
    """Give a picture of a photo, of any size, with its heatmap painted over it, as a share of its usual opacity."""
    rgba, (height, width) = _covering(score_map, threshold)
    size = round(photo.width * width), round(photo.height * height)
    rgba[..., 3] = np.rint(opacity * rgba[..., 3])
    heat = Image.fromarray(rgba).resize(size, Image.Resampling.BILINEAR).crop((0, 0, *photo.size))
    return Image.alpha_composite(photo.convert("RGBA"), heat).convert("RGB")


def _covering(score_map: ScoreMap, threshold: float) -> tuple[NDArray[np.uint8], tuple[float, float]]:
    """Give the heatmap whose cells cover the photo, and its (height, width) in units of the photo's."""
    spans = [-(-side // score_map.stride_px) for side in score_map.photo_hw]
    rows, cols = (np.minimum(np.arange(n), last - 1) for n, last in zip(spans, score_map.values.shape, strict=True))
    cells = np.ix_(rows, cols)
    seen = None if score_map.seen is None else score_map.seen[cells]
    covering = replace(score_map, values=score_map.values[cells], seen=seen)
    height, width = (n * score_map.stride_px / side for n, side in zip(spans, score_map.photo_hw, strict=True))
    return paint_heatmap(covering, threshold), (height, width)


def _png(rgba: NDArray[np.uint8]) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(rgba).save(buffer, "PNG")  # level 9 takes seven times as long for 5 % less
    return buffer.getvalue()
