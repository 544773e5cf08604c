"""Takes figures of a training run; gives pictures of them as PNG bytes. Knows nothing of files."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

DPI = 110
SAMPLES_PER_ROW = 5
MOST_SIDE = 700
"""Px of a photo beside its masks."""


def draw_curves(rows: Sequence[Mapping[str, float]]) -> bytes:
    """Give the log of a run as a picture: losses on the left, figures between 0 and 1 on the right.

    Args:
        rows: of the log, one an epoch; a figure is drawn over the epochs that have it.
    """
    names = list(dict.fromkeys(name for row in rows for name in row))
    losses = [name for name in names if name.endswith("loss")]
    shares = [name for name in names if name.startswith(("val_", "train_")) and name not in losses]
    figure = Figure(figsize=(10, 4), layout="constrained")
    left, right = figure.subplots(1, 2)
    _lines(left, rows, losses, "loss")
    _lines(right, rows, shares, _title(shares))
    right.set_ylim(0, 1.02)
    return _png(figure)


def _title(names: Sequence[str]) -> str:
    """Say of which tiles the figures are."""
    sides = [side for side in ("train", "val") if any(name.startswith(f"{side}_") for name in names)]
    return f"on {' and '.join(sides)}" if sides else "no figures"


def _lines(axes: Any, rows: Sequence[Mapping[str, float]], names: Sequence[str], title: str) -> None:
    for name in names:
        points = [(row["epoch"], row[name]) for row in rows if name in row]
        axes.plot(*zip(*points, strict=True), marker="o", label=name)
    axes.set(xlabel="epoch", title=title)
    if names:
        axes.legend(frameon=False)


def draw_confusion(cells: NDArray[np.integer], classes: Sequence[str]) -> bytes:
    """Give a confusion matrix as a picture.

    Args:
        cells: (2, 2) counts; rows are the truth, columns the prediction.
        classes: their names, in order.
    """
    figure = Figure(figsize=(5, 4.4), layout="constrained")
    axes = figure.subplots()
    axes.imshow(cells, cmap="Blues")
    for (row, column), count in np.ndenumerate(cells):
        shade = "white" if count > cells.max() / 2 else "black"
        axes.text(column, row, f"{count:,}", ha="center", va="center", color=shade, fontsize=14)
    ticks = range(len(classes))
    axes.set(xticks=ticks, yticks=ticks, xticklabels=classes, yticklabels=classes)
    axes.set(xlabel="predicted", ylabel="true", title="confusion matrix")
    return _png(figure)


def draw_samples(
    tiles: Sequence[NDArray[np.uint8]], target: Sequence[int], preds: Sequence[int], classes: Sequence[str]
) -> bytes:
    """Give tiles with their true and predicted class as a picture; wrong ones in red."""
    n_rows = -(-len(tiles) // SAMPLES_PER_ROW)
    figure = Figure(figsize=(2.2 * SAMPLES_PER_ROW, 2.6 * n_rows), layout="constrained")
    places = figure.subplots(n_rows, SAMPLES_PER_ROW, squeeze=False).ravel()
    for axes in places:
        axes.set_axis_off()
    for axes, tile, true, pred in zip(places, tiles, target, preds, strict=False):
        axes.imshow(tile)
        colour = "black" if true == pred else "crimson"
        axes.set_title(f"true {classes[true]}\npredicted {classes[pred]}", fontsize=8, color=colour)
    return _png(figure)


def draw_masks(rows: Sequence[tuple[str, NDArray[np.uint8], NDArray[np.bool_], NDArray[np.bool_]]]) -> bytes:
    """Give photos with their true and their found mask as a picture, three to a row.

    Args:
        rows: name, pixels (H, W, 3), true and found mask (H, W) of each photo.
    """
    figure = Figure(figsize=(10, 3.6 * len(rows)), layout="constrained")
    places = figure.subplots(len(rows), 3, squeeze=False)
    for axes, (name, pixels, true, found) in zip(places, rows, strict=True):
        step = max(1, max(true.shape) // MOST_SIDE)
        masks = (_smaller(true, step), _smaller(found, step))
        for place, picture, title in zip(axes, (pixels[::step, ::step], *masks), (name, "true", "found"), strict=True):
            place.imshow(picture, cmap="gray", vmin=0, vmax=1)
            place.set_title(title, fontsize=8)
            place.set_axis_off()
    return _png(figure)


def _smaller(mask: NDArray[np.bool_], step: int) -> NDArray[np.bool_]:
    """Give a mask with one px for step x step of them, in which a thin line is not lost."""
    rows, columns = (np.arange(0, side, step) for side in mask.shape)
    return np.asarray(np.logical_or.reduceat(np.logical_or.reduceat(mask, rows, axis=0), columns, axis=1))


def _png(figure: Figure) -> bytes:
    stream = io.BytesIO()
    figure.savefig(stream, format="png", dpi=DPI, metadata={"Software": None})  # the same picture, the same bytes
    return stream.getvalue()
