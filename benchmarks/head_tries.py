"""Takes cached features of train and val; gives the tries from which the bundled head was chosen. Never reads test."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from benchmarks.head_strength import read_parts
from benchmarks.result import Benchmark, Result, Settings
from cracklens.figures import metrics
from cracklens.training import Domain, FitSettings, Measured, bag_logits, fit_domains, joined
from cracklens.values import Head


@dataclass(frozen=True)
class Try:
    """One way to fit the head: which parts, at which strength, METU how heavy against 1 for a part of SDNET2018."""

    parts: tuple[str, ...]
    strength: float
    metu_weight: float = 1.0

    @property
    def name(self) -> str:
        """How the table calls it."""
        return f"{', '.join(self.parts)}; strength {self.strength:g}; METU weight {self.metu_weight:g}"


CELLS, SINGLE, METU = "in their photos", "single tiles", "METU"
TRIES = (
    Try((CELLS,), 3e-4),
    Try((METU,), 3e-3),
    Try((CELLS, METU), 1e-3),
    Try((CELLS, METU), 1e-3, 4),
    Try((CELLS, SINGLE, METU), 1e-3, 4),
    Try((CELLS, SINGLE, METU), 1e-3, 12),
    Try((CELLS, SINGLE, METU), 3e-3, 24),
    Try((CELLS, SINGLE, METU), 3e-3, 48),
    Try((CELLS, SINGLE, METU), 3e-3, 300),
)


def run(settings: Settings) -> Sequence[Result]:
    """Fit every try on train and measure it on the val tiles of all domains."""
    found = read_parts(settings)
    return [_row(one, found, settings) for one in TRIES]


def _row(one: Try, found: Sequence[Domain], settings: Settings) -> Result:
    """Give the AUROC of SDNET2018's cells and single tiles, and METU's errors at their best threshold."""
    used = [part for part in found if any(part.name.endswith(of) for of in one.parts)]
    weighed = [replace(part, weight=one.metu_weight if part.name == METU else 1.0) for part in used]
    head, _ = fit_domains(weighed, settings=FitSettings(strength=one.strength))
    cells, single, metu = (joined([p.of("val") for p in found if p.name.endswith(of)]) for of in (CELLS, SINGLE, METU))
    return Result(
        name=f"val AUROC of SDNET2018's cells, fitted on {one.name}",
        value=_auroc(cells, head),
        n=len(cells.tiles),
        sides={"AUROC of single tiles": _auroc(single, head), "METU errors": _errors(metu, head)},
        data="limited" if settings.limit else "none",
        split="val",
        note=f"METU errors of {len(metu.tiles):,} tiles at their best threshold",
    )


def _auroc(val: Measured, head: Head) -> float:
    return metrics.auroc(bag_logits(val.bags, head), val.labels, np.ones(len(val.tiles)))


def _errors(val: Measured, head: Head) -> float:
    """Give the fewest errors that any threshold makes."""
    right = val.labels[np.argsort(-bag_logits(val.bags, head), kind="stable")]
    missed = right.sum() - np.cumsum(np.append(0, right))
    alarms = np.cumsum(np.append(0, 1 - right))
    return float((missed + alarms).min())


BENCHMARK = Benchmark("head_tries", "the tries from which the bundled head was chosen, on val; no bar", (), run, "val")
