"""Takes cells of labelled tiles; gives a detail net that finds cracks in single cells from labels of whole tiles."""

from __future__ import annotations

import copy
import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from cracklens.figures import balanced_weights
from cracklens.network import SIDE
from cracklens.training.features import N_FEATURES, STEPS, CellSet, Progress, batches
from cracklens.values.head import DetailNet

LEAST = 1e-30
"""Keeps a mean of exponentials over 0; the neighbourhood with the highest cell of a tile is far above it."""

SAMPLE_TILES = 600
"""Of each set, for the mean and spread of the features."""


@dataclass(frozen=True)
class DetailSettings:
    """How a detail net is fitted; chosen on val, see `docs/decisions/0012-the-detail-net.md`.

    Attributes:
        hidden: width of the net.
        epochs: passes over the tiles.
        batch: tiles a step.
        learning_rate: highest of a one-cycle schedule.
        weight_decay: of AdamW.
        feature_dropout: share of features left out, the same for a whole batch.
        hidden_dropout: share of hidden units left out.
        smoothing: labels are drawn in from 0 and 1 by this: SDNET2018's are wrong for some tiles in a hundred.
        averaging: of the weights, exponential, per step.
        seed: of everything drawn.
    """

    hidden: int = 64
    epochs: int = 3
    batch: int = 64
    learning_rate: float = 1e-3
    weight_decay: float = 1.0
    feature_dropout: float = 0.2
    hidden_dropout: float = 0.5
    smoothing: float = 0.05
    averaging: float = 0.999
    seed: int = 0


@dataclass(frozen=True)
class Part:
    """Some tiles of a set that weigh alike in the fit; both classes weigh the same in it.

    Attributes:
        cells: the set.
        places: (N,) of the tiles.
        weight: of the part against others.
    """

    cells: CellSet
    places: NDArray[np.intp]
    weight: float = 1.0

    @property
    def tile_weights(self) -> NDArray[np.float64]:
        """Weights (N,) whose sum is the part's."""
        weights: NDArray[np.float64] = balanced_weights(self.cells.labels[self.places]) / len(self.places)
        return weights * self.weight


class CellNet(nn.Module):
    """The net under training: steps (N, h, w, 3072) uint8 in, the logit of each tile (N,) out."""

    mean: Tensor
    spread: Tensor

    def __init__(self, mean: Tensor, spread: Tensor, settings: DetailSettings) -> None:
        """Start from random weights.

        Args:
            mean: (3072,) of the square roots as shares of their peak.
            spread: (3072,) of the same, > 0.
            settings: of the fit.
        """
        super().__init__()
        self.register_buffer("mean", mean)
        self.register_buffer("spread", spread)
        self.first, self.last = nn.Linear(N_FEATURES, settings.hidden), nn.Linear(settings.hidden, 1)
        self.log_sharpness = nn.Parameter(torch.tensor(0.0))
        self.drop, self.hidden_drop = settings.feature_dropout, nn.Dropout(settings.hidden_dropout)

    def forward(self, steps: Tensor) -> Tensor:
        """Give the logit of each tile (N,): the highest of the neighbourhoods in it, as the detector's."""
        return self.neighbourhoods(steps).amax(1)

    def neighbourhoods(self, steps: Tensor) -> Tensor:
        """Give the soft maximum (N, K) of each neighbourhood in a tile, row by row."""
        powers = self.sharpness * self.cell_logits(steps)  # (N, h, w)
        highest = powers.detach().amax((1, 2), keepdim=True)
        means = nn.functional.avg_pool2d((powers - highest).exp(), SIDE, 1)
        logs: Tensor = means.flatten(1).clamp_min(LEAST).log() + highest[:, 0]
        return logs / self.sharpness

    def cell_logits(self, steps: Tensor) -> Tensor:
        """Give the logit of each cell (N, h, w).

        Products are in bfloat16, which holds every step exactly; the mean is taken off after the product, with the same
        rounded weights, so that no rounding error grows with the number of features.
        """
        weight = self.first.weight / self.spread / STEPS
        if self.training and self.drop:
            weight = weight * (torch.rand(N_FEATURES) > self.drop) / (1 - self.drop)
        weight = weight.bfloat16()
        off = self.first.bias - weight.float() @ (self.mean * STEPS)
        hidden = (steps.bfloat16() @ weight.T).float() + off  # (N, h, w, H)
        logits: Tensor = self.last(self.hidden_drop(nn.functional.gelu(hidden)))
        return logits[..., 0]

    @property
    def sharpness(self) -> Tensor:
        """Sharpness of the soft maximum, 0.05 to 10."""
        return self.log_sharpness.exp().clamp(0.05, 10)


def fit_detail(parts: Sequence[Part], *, settings: DetailSettings, on_progress: Progress | None = None) -> CellNet:
    """Fit a net on train tiles by multiple-instance learning: a tile is cracked if some of its cells are.

    Args:
        parts: tiles of train.
        settings: of the fit.
        on_progress: called with (done, of all) steps.

    Returns:
        The net with averaged weights, in evaluation mode.

    Source: Ilse et al. 2018, "Attention-based deep multiple instance learning", section 2 (the problem); Polyak and
    Juditsky 1992 (averaging).
    """
    torch.manual_seed(settings.seed)
    draw = np.random.default_rng(settings.seed)
    net = CellNet(*_statistics(parts, draw), settings)
    weights = _mean_one([part.tile_weights for part in parts])
    rows = [dict(zip(part.places.tolist(), of, strict=True)) for part, of in zip(parts, weights, strict=True)]
    sets = [(part.cells, part.places) for part in parts]
    total = settings.epochs * math.ceil(sum(len(part.places) for part in parts) / settings.batch)
    optimizer = torch.optim.AdamW(net.parameters(), settings.learning_rate, weight_decay=settings.weight_decay)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, settings.learning_rate, total_steps=total + 1, pct_start=max(0.1, 2 / (total + 1))
    )
    average, done = copy.deepcopy(net), 0
    for _ in range(settings.epochs):
        for batch in batches(sets, size=settings.batch, draw=draw):
            loss = torch.stack([_loss(net, parts[i].cells, at, rows[i], settings) for i, at in batch]).sum()
            optimizer.zero_grad()
            (loss / settings.batch).backward()  # type: ignore[no-untyped-call]
            optimizer.step()
            schedule.step()
            done += 1
            _blend(average, net, min(settings.averaging, done / (done + 10)))
            if on_progress:
                on_progress(done, total)
    return average.eval()


def _loss(
    net: CellNet, cells: CellSet, places: NDArray[np.intp], weights: dict[int, float], settings: DetailSettings
) -> Tensor:
    """Give the weighted cross-entropy of some tiles, summed."""
    labels = torch.from_numpy(cells.labels[places]).float()
    soft = labels * (1 - 2 * settings.smoothing) + settings.smoothing
    of = torch.tensor([weights[place] for place in places.tolist()], dtype=torch.float32)
    logits = net(torch.from_numpy(cells.steps[places]))
    return (nn.functional.binary_cross_entropy_with_logits(logits, soft, reduction="none") * of).sum()


@torch.no_grad()
def _blend(average: CellNet, net: CellNet, kept: float) -> None:
    for old, new in zip(average.parameters(), net.parameters(), strict=True):
        old.lerp_(new, 1 - kept)


def _mean_one(weights: Sequence[NDArray[np.float64]]) -> list[NDArray[np.float64]]:
    mean = np.concatenate(weights).mean()
    return [of / mean for of in weights]


def _statistics(parts: Sequence[Part], draw: np.random.Generator) -> tuple[Tensor, Tensor]:
    """Give mean and spread (3072,) of the square roots as shares of their peak."""
    some = [
        part.cells.steps[np.sort(draw.choice(part.places, min(SAMPLE_TILES, len(part.places)), replace=False))]
        for part in parts
    ]
    shares = np.concatenate([of.reshape(-1, N_FEATURES)[::3] for of in some]).astype(np.float32) / STEPS
    return torch.from_numpy(shares.mean(0)), torch.from_numpy(shares.std(0) + np.float32(1e-4))


@torch.inference_mode()
def detail_logits(net: CellNet, cells: CellSet, places: NDArray[np.intp], *, batch: int = 128) -> NDArray[np.float32]:
    """Give the logits (N, K) of the neighbourhoods in some tiles."""
    some = (torch.from_numpy(cells.steps[places[at : at + batch]]) for at in range(0, len(places), batch))
    found: NDArray[np.float32] = torch.cat([net.neighbourhoods(steps) for steps in some]).numpy()
    return found


@torch.inference_mode()
def as_detail(net: CellNet, peaks: NDArray[np.float32], *, gain: float = 1.0) -> DetailNet:
    """Give the net as the detector runs it, on square roots of features; its logits multiplied by `gain`."""
    weight = net.first.weight / net.spread
    bias = net.first.bias - weight @ net.mean
    roots = torch.from_numpy(np.sqrt(peaks))
    return DetailNet(
        weight_in=(weight / roots).numpy().copy(),
        bias_in=bias.numpy().copy(),
        weight_out=(net.last.weight[0] * gain).numpy().copy(),
        bias_out=float(net.last.bias[0] * gain),
        sharpness=float(net.sharpness / gain),
    )
