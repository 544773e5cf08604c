"""Takes galleries and score cards; gives them as contact sheet and matrix, PNG. Needs Matplotlib; knows no files."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from cracklens.evaluation.gallery import KIND_TITLES, Gallery, side_by_side
from cracklens.evaluation.plots import INK, SOFT, canvas, png
from cracklens.evaluation.scorecard import LEAVE_ONE_OUT, Cell, ScoreCard
from cracklens.figures import cautious

if TYPE_CHECKING:
    from matplotlib.axes import Axes

PANELS: tuple[tuple[str, str, float, float], ...] = (
    ("Cracked places found", "recall", 0.0, 1.0),
    ("Intact places called cracked", "false_alarm_rate", 1.0, 0.0),
    ("AUROC: a coin has 0.50", "auroc", 0.5, 1.0),
)
"""Title, field of a cell, its worst and its best value."""

FRAME: Any = {"color": INK, "linewidth": 2.2, "clip_on": False, "zorder": 5}


def gallery_png(gallery: Gallery) -> bytes:
    """Give a contact sheet: each tile bare, and beside it with its heatmap."""
    columns, rows = 4, max(-(-len(gallery.shots) // 4), 1)
    with canvas(width=11, height=0.6 + 1.62 * rows) as (picture, (axes,)):
        axes.set_title(f"{KIND_TITLES[gallery.kind]}: {len(gallery.shots)} of {gallery.total:,}")
        axes.set_axis_off()
        place: Any = axes.get_subplotspec()
        inner = picture.add_subfigure(place)
        cells = np.atleast_2d(inner.subplots(rows, columns))
        for cell in cells.flat:
            cell.set_axis_off()
        for cell, shot in zip(cells.flat, gallery.shots, strict=False):
            both = np.concatenate(side_by_side(shot), axis=1)
            cell.imshow(both, interpolation="antialiased")
            label = "cracked" if shot.tile.label else "intact"
            cell.set_title(f"{label}, score {shot.tile.score:.3f}: {shot.verdict}", size=8, weight="normal", pad=4)
        return png(picture)


def score_card_png(card: ScoreCard) -> bytes:
    """Give the matrix of a score card: cracks found, false alarms, AUROC; trained on the row, tested on the column."""
    names = [surface.name.replace(" ", "\n") for surface in card.surfaces]
    with canvas(width=15.5, height=1.9 + 0.55 * len(card.rows), columns=len(PANELS)) as (picture, axes):
        for at, (title, field, worst, best) in zip(axes, PANELS, strict=True):
            _matrix(at, card, field, worst=worst, best=best)
            at.set_xticks(range(len(names)), names)
            at.set_yticks(range(len(card.rows)), card.rows if at is axes[0] else [""] * len(card.rows))
            at.set_title(title)
        axes[0].set_ylabel("trained on")
        n = ", ".join(f"{surface.name} {surface.tested:,}" for surface in card.surfaces)
        marks = "* trained on other photos of it.  Framed: what to expect elsewhere"
        picture.supxlabel(f"tested on {card.split}: n = {n}.  {marks}", size=9.5, color=SOFT)
        return png(picture)


def _matrix(at: Axes, card: ScoreCard, field: str, *, worst: float, best: float) -> None:
    """Draw one panel; the row of leave one out is framed."""
    cells: list[list[Cell]] = [[card.cell(row, surface.name) for surface in card.surfaces] for row in card.rows]
    values = np.array([[getattr(cell, field) for cell in row] for row in cells])
    at.imshow(np.clip((values - worst) / (best - worst), 0, 1), cmap=_good(), vmin=0, vmax=1, aspect="auto")
    for (i, j), value in np.ndenumerate(values):
        mark = "*" if cells[i][j].seen else ""
        at.text(j, i, cautious(float(value)) + mark, ha="center", va="center", size=12, weight="bold")
    left, right, up = -0.5, len(card.surfaces) - 0.5, card.rows.index(LEAVE_ONE_OUT) - 0.5
    at.plot([left, right, right, left, left], [up, up, up + 1, up + 1, up], **FRAME)
    at.set(xlim=(left, right))
    at.tick_params(length=0, labelcolor=INK)
    at.grid(visible=False)
    at.spines[:].set_visible(False)


def _good() -> Any:
    """Give the ramp from bad to good, ochre to blue: both ends carry black print, and no eye mixes them up."""
    from matplotlib.colors import LinearSegmentedColormap

    return LinearSegmentedColormap.from_list("good", ("#e3a23c", "#f6efdf", "#8fbfdc"))
