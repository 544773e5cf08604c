"""Takes cells of train and val; gives the tries from which the detail net was chosen, surfaces left out. Never test."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from makers.concrete.cells import BundledCells, read_cells
from makers.concrete.detail import Fitted, cells_folder, fit_both, val_logits
from makers.concrete.figures import METU, PHOTOS, SINGLE, SURFACES
from makers.concrete.val import ValLogits
from numpy.typing import NDArray

from benchmarks.head_strength import read_parts
from benchmarks.result import Benchmark, Result, Settings
from cracklens.cli.talk import progress
from cracklens.figures import metrics
from cracklens.network import open_backbone
from cracklens.training import DetailSettings, Domain

CHOSEN = DetailSettings()
NETS = {
    "the chosen net": CHOSEN,
    "a net with no smoothing, hidden dropout .3, weight decay .01": replace(
        CHOSEN, smoothing=0.0, hidden_dropout=0.3, weight_decay=0.01
    ),
}
Gains = Callable[[Fitted], tuple[float, float]]
"""A fit in; how much the linear head and the net weigh in the sum out."""

LINEAR: Gains = lambda _: (1.0, 0.0)  # noqa: E731 one of three of a kind
NET: Gains = lambda _: (0.0, 1.0)  # noqa: E731
BOTH: Gains = lambda fitted: fitted.gains  # noqa: E731


@dataclass(frozen=True)
class Scored:
    """The val tiles of one surface with logits by a fit: that saw the surface, or that did not."""

    val: ValLogits
    logits: NDArray[np.float64]

    def auroc(self, form: str) -> float:
        """Give the AUROC of the tiles in one form."""
        at = self.val.forms == form
        return metrics.auroc(self.logits[at], self.val.labels[at], np.ones(int(at.sum())))

    def errors(self) -> int:
        """Give the fewest errors that any threshold makes."""
        right = self.val.labels[np.argsort(-self.logits, kind="stable")]
        missed = right.sum() - np.cumsum(np.append(0, right))
        return int((missed + np.cumsum(np.append(0, 1 - right))).min())


def run(settings: Settings) -> Sequence[Result]:
    """Fit every net with and without each surface and measure it on val, alone and together with the linear head."""
    domains = read_parts(replace(settings, limit=None))
    backbone = open_backbone()
    with progress("cells") as step:
        cells = read_cells(domains, backbone, folder=cells_folder(backbone), on_progress=step)
    rows = []
    for i, (name, net) in enumerate(NETS.items()):
        fits = {out: fit_both(domains, cells, left_out=out, settings=net) for out in ("", *SURFACES)}
        if i == 0:
            rows.append(_row("the linear head alone", fits, LINEAR, domains, cells))
            rows.append(_row("the chosen net alone", fits, NET, domains, cells))
        rows.append(_row(f"linear head and {name}", fits, BOTH, domains, cells))
    return rows


def _row(name: str, fits: dict[str, Fitted], mix: Gains, domains: Sequence[Domain], cells: BundledCells) -> Result:
    """Give the mean AUROC on cells of surfaces left out; beside it each of them, surfaces seen, and METU's errors."""
    unseen = {of: _scored(fits[of], mix, domains, cells, of) for of in SURFACES}
    seen = {of: _scored(fits[""], mix, domains, cells, of) for of in (*SURFACES, METU)}
    sides = {f"{of}, left out": one.auroc(PHOTOS) for of, one in unseen.items()}
    sides |= {f"{of}, seen": seen[of].auroc(PHOTOS) for of in SURFACES}
    sides["single tiles, left out"] = float(np.mean([one.auroc(SINGLE) for one in unseen.values()]))
    sides["METU errors"] = seen[METU].errors()
    return Result(
        name=f"val AUROC on surfaces left out: {name}",
        value=float(np.mean([one.auroc(PHOTOS) for one in unseen.values()])),
        n=sum(int((one.val.forms == PHOTOS).sum()) for one in unseen.values()),
        sides=sides,
        data="none",
        split="val",
        note="mean of decks, pavements and walls as cells of their photos; METU errors at their best threshold",
    )


def _scored(fitted: Fitted, mix: Gains, domains: Sequence[Domain], cells: BundledCells, of: str) -> Scored:
    val = val_logits(domains, cells, fitted.linear, fitted.net, only=of)
    return Scored(val, val.peaks(mix(fitted)))


BENCHMARK = Benchmark(
    "detail_tries", "the tries from which the detail net was chosen, surfaces left out, on val; no bar", (), run, "val"
)
