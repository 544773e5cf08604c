"""Takes cached features of train and val; gives val AUROC by domain for a grid of L2 strengths. Never reads test."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from makers.concrete.head import read_domains

from benchmarks.data import find
from benchmarks.result import Benchmark, Result, Settings
from cracklens.cli.talk import progress
from cracklens.errors import DataError
from cracklens.figures import metrics
from cracklens.network import open_backbone
from cracklens.training import Domain, FitSettings, Measured, bag_logits, fit_domains
from cracklens.training.features import default_cache
from cracklens.values import Head

STRENGTHS = (1e-4, 3e-4, 1e-3, 3e-3, 1e-2)


def run(settings: Settings) -> Sequence[Result]:
    """Fit the bundled head at every strength and measure it on val, domain by domain."""
    few = read_parts(settings)
    return [_row(strength, few, settings) for strength in STRENGTHS]


def read_parts(settings: Settings, splits: Sequence[str] = ("train", "val")) -> list[Domain]:
    """Give the tiles of the bundled head's domains.

    A limit takes so many tiles of every domain; the features are computed, and kept, for all.

    Args:
        settings: its limit counts.
        splits: which are read; test stays untouched unless it is named.

    Raises:
        DataError: the sets are not all there.
    """
    data = find("sdnet2018").parent
    if not all((data / part).is_dir() for part in ("metu", "splits")):
        raise DataError("expected metu, sdnet2018 and splits in one folder, for the bundled head. See docs/data.md.")
    with progress("features") as step:
        found = read_domains(data, open_backbone(), splits=splits, cache=default_cache(), on_progress=step)
    return [replace(domain, measured=_some(domain.measured, settings.limit)) for domain in found]


def _some(measured: Measured, limit: int | None) -> Measured:
    step = 1 if limit is None else -(-len(measured.tiles) // limit)
    places = np.arange(0, len(measured.tiles), step)
    return Measured(measured.tiles[::step], measured.bags.some(places))


def _row(strength: float, found: Sequence[Domain], settings: Settings) -> Result:
    """Give the mean AUROC of the domains, and of each, for one strength."""
    head, _ = fit_domains(found, settings=FitSettings(strength=strength))
    sides = {domain.name: _auroc(domain.of("val"), head) for domain in found}
    return Result(
        name=f"val AUROC at strength {strength:g}",
        value=float(np.mean(list(sides.values()))),
        n=sum(len(domain.of("val").tiles) for domain in found),
        sides=sides,
        data="limited" if settings.limit else "none",
        split="val",
        note=f"mean of the domains; fitted on {sum(len(domain.of('train').tiles) for domain in found):,} train tiles",
    )


def _auroc(val: Measured, head: Head) -> float:
    return metrics.auroc(bag_logits(val.bags, head), val.labels, np.ones(len(val.tiles)))


BENCHMARK = Benchmark("head_strength", "val AUROC by domain for a grid of L2 strengths, on val; no bar", (), run, "val")
