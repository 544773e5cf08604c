"""Takes logs made here; gives faults of the pictures of a run: a title that lies, a figure left out."""

from __future__ import annotations

from typing import Any

import pytest

pytest.importorskip("matplotlib")

from matplotlib.figure import Figure

from cracklens.training import curves


def drawn(rows: list[dict[str, float]], monkeypatch: pytest.MonkeyPatch) -> Any:
    """Give the figure that is drawn."""
    figures: list[Figure] = []
    true_png = curves._png

    def watched(figure: Figure) -> bytes:
        figures.append(figure)
        return true_png(figure)

    monkeypatch.setattr(curves, "_png", watched)
    assert curves.draw_curves(rows).startswith(b"\x89PNG")
    return figures[0].axes


@pytest.mark.parametrize(
    ("names", "title"),
    [
        (("train_loss", "train_accuracy"), "on train"),
        (("train_loss", "val_loss", "val_auroc"), "on val"),
        (("train_loss", "train_accuracy", "val_auroc"), "on train and val"),
        (("train_loss",), "no figures"),
    ],
)
def test_the_title_says_of_which_tiles_the_figures_are(
    names: tuple[str, ...], title: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [{"epoch": float(epoch), **dict.fromkeys(names, 0.5)} for epoch in range(2)]
    left, right = drawn(rows, monkeypatch)
    assert (left.get_title(), right.get_title()) == ("loss", title)
    lines = [line.get_label() for axes in (left, right) for line in axes.get_lines()]
    assert sorted(lines) == sorted(names)


def test_a_figure_is_drawn_over_the_epochs_that_have_it(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [{"epoch": 0.0, "train_loss": 1.0}, {"epoch": 1.0, "train_loss": 0.5, "val_auroc": 0.9}]
    left, right = drawn(rows, monkeypatch)
    assert len(left.get_lines()[0].get_xdata()) == 2
    assert right.get_lines()[0].get_xdata().tolist() == [1.0]
