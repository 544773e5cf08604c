"""Takes scores, labels and figures; gives pictures as PNG. Needs Matplotlib; knows no files or photos."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import precision_recall_curve, roc_curve

from cracklens.errors import MissingExtraError
from cracklens.figures import Columns, Decisions, Figure, cautious, pick

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure as Canvas

CRACKED, INTACT, INK, SOFT, LINE = "#7a0070", "#b5822a", "#1d1c1a", "#63605a", "#dedbd4"
"""Purple and ochre differ in lightness too, so that they stay apart in grey print and every kind of colour vision."""

MARKS = ("o", "D")
DASHES: tuple[Any, ...] = ((0, (1, 2)), (0, (5, 2)))
STYLE: Any = {
    "axes.edgecolor": SOFT,
    "axes.grid": True,
    "axes.labelcolor": INK,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlelocation": "left",
    "axes.titlepad": 12,
    "axes.titlesize": 13,
    "axes.titleweight": "bold",
    "figure.facecolor": "white",
    "font.family": "DejaVu Sans",
    "font.size": 10.5,
    "grid.color": LINE,
    "grid.linewidth": 0.7,
    "legend.frameon": False,
    "text.color": INK,
    "xtick.color": SOFT,
    "ytick.color": SOFT,
}
DPI = 160
BINS = 15
"""As many as the calibration error has."""


@contextmanager
def canvas(*, width: float = 5.6, height: float = 5.0, columns: int = 1) -> Iterator[tuple[Canvas, list[Axes]]]:
    """Give an empty picture in the house style; no state is left behind.

    Raises:
        MissingExtraError: Matplotlib is not installed.
    """
    try:
        import matplotlib as mpl
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure as Canvas
        from matplotlib.layout_engine import ConstrainedLayoutEngine
    except ImportError as error:
        raise MissingExtraError("Matplotlib", "plots") from error
    with mpl.rc_context():
        mpl.rcdefaults()  # what a user set for other pictures is no part of these
        mpl.rcParams.update(STYLE)
        picture = Canvas(figsize=(width, height), layout=ConstrainedLayoutEngine(w_pad=0.12, h_pad=0.12))
        FigureCanvasAgg(picture)
        axes = picture.subplots(1, columns, squeeze=False)
        yield picture, list(axes[0])


def png(picture: Canvas) -> bytes:
    """Give a picture as PNG, without date or version, so that the same figures give the same bytes."""
    buffer = io.BytesIO()
    picture.savefig(buffer, format="png", dpi=DPI, metadata={"Software": None})
    return buffer.getvalue()


def draw_all(columns: Columns, figures: Sequence[Figure], decisions: Sequence[Decisions]) -> dict[str, bytes]:
    """Give the six pictures of an evaluation by the name of their file, in the order of the page.

    Args:
        columns: N tiles of both classes.
        figures: of `measure_all`.
        decisions: at each threshold; the last is drawn as confusion matrix.

    Raises:
        MissingExtraError: Matplotlib is not installed.
    """
    return {
        "confusion.png": confusion_png(decisions[-1]),
        "scores.png": histogram_png(columns, decisions),
        "thresholds.png": tradeoff_png(columns, decisions),
        "roc.png": roc_png(columns, figures, decisions),
        "precision_recall.png": precision_recall_png(columns, figures, decisions),
        "reliability.png": reliability_png(columns, figures),
    }


def confusion_png(decisions: Decisions) -> bytes:
    """Give the confusion matrix: counts, and shares of each row."""
    cells = np.array(decisions.counts, np.float64).reshape(2, 2)
    shares = cells / np.maximum(cells.sum(1, keepdims=True), 1)
    words = (("right", "false alarm"), ("missed", "right"))
    names = [row.name for row in decisions.rows[:2]]
    with canvas(height=5.0) as (picture, (axes,)):
        axes.imshow(shares, cmap=_ramp(), vmin=0, vmax=1, aspect="auto")
        for (i, j), share in np.ndenumerate(shares):
            ink = "white" if share > 0.55 else INK
            axes.text(j, i - 0.08, f"{int(cells[i, j]):,}", ha="center", va="center", color=ink, size=21, weight="bold")
            axes.text(j, i + 0.16, f"{words[i][j]}, {100 * share:.1f} %", ha="center", va="center", color=ink, size=10)
        axes.set_xticks((0, 1), [f"called {name}" for name in names])
        axes.set_yticks((0, 1), [f"{name}\n{int(n):,} tiles" for name, n in zip(names, cells.sum(1), strict=True)])
        axes.tick_params(length=0, labelcolor=INK)
        axes.grid(visible=False)
        axes.spines[:].set_visible(False)
        axes.set_xlabel(f"at {decisions.name}", labelpad=10)
        axes.set_title(f"Confusion matrix, n = {int(cells.sum()):,}")
        return png(picture)


def roc_png(columns: Columns, figures: Sequence[Figure], decisions: Sequence[Decisions]) -> bytes:
    """Give the ROC curve with the thresholds on it."""
    false_alarms, found, _ = roc_curve(columns.labels, columns.scores)
    with canvas() as (picture, (axes,)):
        axes.plot((0, 1), (0, 1), color=SOFT, linewidth=1, linestyle=(0, (4, 3)), label="a coin")
        axes.plot(false_alarms, found, color=CRACKED, linewidth=2.2, label=_figure(figures, "auroc", "AUROC"))
        for one, mark in zip(decisions, MARKS, strict=False):
            tn, fp, fn, tp = one.counts
            _mark(axes, (fp / max(tn + fp, 1), tp / max(fn + tp, 1)), one, mark)
        axes.set_xlabel("false alarms: share of intact tiles called cracked")
        axes.set_ylabel("recall: share of cracked tiles found")
        _square(axes, f"ROC curve, n = {len(columns.labels):,}", where="lower right")
        return png(picture)


def precision_recall_png(columns: Columns, figures: Sequence[Figure], decisions: Sequence[Decisions]) -> bytes:
    """Give the precision-recall curve with the thresholds on it."""
    right, found, _ = precision_recall_curve(columns.labels, columns.scores)
    share = float(columns.labels.mean())
    with canvas() as (picture, (axes,)):
        axes.axhline(share, color=SOFT, linewidth=1, linestyle=(0, (4, 3)), label=f"all called cracked: {share:.3f}")
        label = _figure(figures, "average_precision", "average precision")
        axes.plot(found, right, color=CRACKED, linewidth=2.2, drawstyle="steps-post", label=label)
        for one, mark in zip(decisions, MARKS, strict=False):
            _, fp, fn, tp = one.counts
            _mark(axes, (tp / max(fn + tp, 1), tp / max(fp + tp, 1)), one, mark)
        axes.set_xlabel("recall: share of cracked tiles found")
        axes.set_ylabel("precision: share of calls that are cracks")
        _square(axes, f"Precision and recall, n = {len(columns.labels):,}", where="lower left")
        return png(picture)


def reliability_png(columns: Columns, figures: Sequence[Figure]) -> bytes:
    """Give the reliability diagram: how often tiles of a score are cracked, in 15 bins, with 95 % Wilson intervals."""
    index = np.minimum((columns.scores * BINS).astype(int), BINS - 1)
    count = np.bincount(index, minlength=BINS)
    filled = count > 0
    n = count[filled]
    said = np.bincount(index, columns.scores, BINS)[filled] / n
    cracked = np.bincount(index, columns.labels, BINS)[filled] / n
    low, high = wilson(cracked, n)
    with canvas() as (picture, (axes,)):
        axes.plot((0, 1), (0, 1), color=SOFT, linewidth=1, linestyle=(0, (4, 3)), label="perfectly calibrated")
        bars = np.abs(np.stack([cracked - low, high - cracked]))
        axes.errorbar(said, cracked, bars, fmt="none", ecolor=CRACKED, elinewidth=1.4, alpha=0.5)
        size = 25 + 300 * n / n.sum()
        axes.scatter(
            said,
            cracked,
            size,
            color=CRACKED,
            zorder=3,
            clip_on=False,
            label=_figure(figures, "ece", "calibration error"),
        )
        for x, y, tiles in zip(said, cracked, n, strict=True):
            axes.annotate(f"{tiles:,}", (x, y), (9, -10), textcoords="offset points", size=7.5, color=SOFT)
        axes.set_xlabel("score: what the detector says")
        axes.set_ylabel("share that is cracked")
        _square(axes, f"Reliability, n = {len(columns.labels):,}", where="lower right")
        return png(picture)


def histogram_png(columns: Columns, decisions: Sequence[Decisions]) -> bytes:
    """Give the histogram of scores of both classes, counted on a scale of powers of ten."""
    edges = np.linspace(0, 1, 41).tolist()
    with canvas() as (picture, (axes,)):
        for label, colour, name in ((0, INTACT, decisions[0].rows[0].name), (1, CRACKED, decisions[0].rows[1].name)):
            scores = columns.scores[columns.labels == label]
            style: dict[str, Any] = {"color": colour, "alpha": 0.35, "label": f"{name}, n = {len(scores):,}"}
            axes.hist(scores, edges, histtype="stepfilled", **style)
            axes.hist(scores, edges, histtype="step", color=colour, linewidth=1.6)
        for one, dashes in zip(decisions, DASHES, strict=False):
            axes.axvline(one.threshold, color=INK, linewidth=1.3, linestyle=dashes, label=one.name)
        axes.set_yscale("log")
        axes.yaxis.set_major_formatter(lambda count, _: f"{count:,.0f}")
        axes.set_xlim(0, 1)
        axes.set_xlabel("score")
        axes.set_ylabel("tiles")
        axes.set_title(f"Scores of both classes, n = {len(columns.labels):,}")
        picture.legend(loc="outside lower center", ncols=2)
        return png(picture)


def tradeoff_png(columns: Columns, decisions: Sequence[Decisions]) -> bytes:
    """Give recall and false alarms for every threshold: what a higher one spares, and what it misses."""
    with canvas() as (picture, (axes,)):
        for label, colour, name in ((1, CRACKED, "recall"), (0, INTACT, "false alarm rate")):
            scores = np.sort(columns.scores[columns.labels == label])
            called = 1 - np.arange(len(scores) + 1) / len(scores)  # at a threshold just above each score
            axes.step([0, *scores], called, where="post", color=colour, linewidth=2.2, label=name)
        for one, dashes in zip(decisions, DASHES, strict=False):
            axes.axvline(one.threshold, color=INK, linewidth=1.3, linestyle=dashes, label=one.name)
        axes.set(xlim=(0, 1), ylim=(-0.01, 1.01), xlabel="threshold", ylabel="share of tiles called cracked")
        axes.set_title(f"What a threshold costs, n = {len(columns.labels):,}")
        picture.legend(loc="outside lower center", ncols=2)
        return png(picture)


def wilson(share: NDArray[np.floating], n: NDArray[np.integer]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Give the 95 % interval of shares of n trials. Source: Wilson 1927."""
    z = 1.959964
    middle = (share + z**2 / (2 * n)) / (1 + z**2 / n)
    half = z / (1 + z**2 / n) * np.sqrt(share * (1 - share) / n + z**2 / (4 * n**2))
    return np.maximum(middle - half, 0), np.minimum(middle + half, 1)


def _figure(figures: Sequence[Figure], name: str, title: str) -> str:
    found = pick(figures, name, prevalence="natural")
    low_high = [cautious(end, digits=3) for end in (found.low, found.high) if end is not None]
    interval = f" [{', '.join(low_high)}]" if low_high else ""
    return f"{title} {cautious(found.value, digits=3)}{interval}"


def _mark(axes: Axes, at: tuple[float, float], decisions: Decisions, mark: str) -> None:
    style: dict[str, Any] = {
        "markerfacecolor": "white",
        "markeredgecolor": INK,
        "markeredgewidth": 1.6,
        "markersize": 8,
    }
    axes.plot(*at, mark, label=decisions.name, zorder=4, clip_on=False, **style)


def _square(axes: Axes, title: str, *, where: Any) -> None:
    axes.set(xlim=(-0.01, 1.01), ylim=(-0.01, 1.01), aspect="equal")
    axes.set_title(title)
    axes.legend(loc=where, fontsize=9)


def _ramp() -> Any:
    from matplotlib.colors import LinearSegmentedColormap

    return LinearSegmentedColormap.from_list("count", ("#faf6f0", "#d9b3d3", CRACKED))
