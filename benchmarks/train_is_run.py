"""Takes tiles of four sizes; gives how many figures of a trained card differ from `evaluate` on the same tiles."""

from __future__ import annotations

import tempfile
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from makers.concrete.figures import METU, SINGLE, named
from PIL import Image

from benchmarks.cached_refit import tiles_csv
from benchmarks.data import find, split_tiles
from benchmarks.labelled_photos import rebuilt_photos
from benchmarks.result import Bar, Benchmark, DataKind, Result, Settings
from cracklens import Detector
from cracklens.assessment import EvaluationSettings, evaluate_detector
from cracklens.cli.talk import progress
from cracklens.figures import Figure
from cracklens.labels import LabelledTile
from cracklens.models import Metric
from cracklens.training import train_frozen
from cracklens.training.features import position
from cracklens.training.features.mosaic import TILE_PX
from cracklens.training.on_card import ON_CARD, pick_any

BARS = {side: Bar(f"figures that differ, {side} px", "≤", 0) for side in (227, 256, 512, 1024)}
SHIPPED = Bar("figures that differ, the default detector", "≤", 0)
TILES = {"train": 160, "val": 80, "test": 80}
"""Of each size."""

SPLITS = ("train", "val", "test")


@dataclass(frozen=True)
class Compared:
    """Figures of a card that `evaluate` gives too: how many, and how many of them differ in value, interval or n."""

    n: int
    differ: int


def run(settings: Settings) -> Sequence[Result]:
    """Train recipe frozen on tiles of each size and evaluate it on the same; then the card of the default detector."""
    counts = {split: min(of, settings.limit or of) for split, of in TILES.items()}
    rows = []
    for side, bar in BARS.items():
        with tempfile.TemporaryDirectory() as folder:
            found = _trained(_tiles(side, counts, Path(folder)), Path(folder), side)
        of = ", ".join(f"{n} {split}" for split, n in counts.items())
        note = f"recipe frozen; {of} tiles; value, interval and n of each figure on test, to 5 decimals; nothing cached"
        rows.append(bar.result(found.differ, n=found.n, data=_kind(settings), split=settings.split, note=note))
    return [*rows, _shipped(settings)]


def _kind(settings: Settings) -> DataKind:
    return "limited" if settings.limit else "sample"


def _trained(tiles: Sequence[LabelledTile], folder: Path, side: int) -> Compared:
    """Train and evaluate with caches of their own, so that no figure is read where it was written."""
    data = tiles_csv(tiles, folder / "tiles.csv")
    with progress(f"training, {side} px") as step:
        card = train_frozen(data, out=folder / "out", cache=folder / "one", on_progress=step).card
    return compared(card.metrics, _evaluated(Detector.load(folder / "out"), data, folder / "two", "test"))


def _evaluated(detector: Detector, data: Path, cache: Path, split: str) -> tuple[Figure, ...]:
    settings = EvaluationSettings(split=split, pictures=False)
    with progress(f"evaluation of {data.stem}") as step:
        found = evaluate_detector(detector, data, settings=settings, cache=cache, on_progress=step)
    return tuple(figure for figure in found.figures if figure.threshold in (None, detector.card.threshold))


def compared(metrics: Iterable[Metric], figures: Sequence[Figure]) -> Compared:
    """Hold a card's metrics against the figures of an evaluation at the card's threshold."""
    known = {metric.name: metric for metric in metrics}
    differ = [name for name in ON_CARD if name not in known or _rounded(pick_any(figures, name)) != _told(known[name])]
    return Compared(len(ON_CARD), len(differ))


Told = tuple[float, int, float | None, float | None]


def _told(metric: Metric) -> Told:
    return metric.value, metric.n, metric.low, metric.high


def _rounded(figure: Figure) -> Told:
    low, high = (None if one is None else round(one, 5) for one in (figure.low, figure.high))
    return round(figure.value, 5), figure.n, low, high


def _tiles(side: int, counts: dict[str, int], folder: Path) -> list[LabelledTile]:
    """Give tiles of a size, half cracked: METU's, SDNET2018's, or squares of its photos put together again."""
    if side in (227, TILE_PX):
        name = "metu" if side == 227 else "sdnet2018"
        return [tile for split, n in counts.items() for tile in split_tiles(name, split, limit=n).tiles]
    return [tile for split, n in counts.items() for tile in _squares(side, split, n, folder)]


def _squares(side: int, split: str, n: int, folder: Path) -> list[LabelledTile]:
    """Cut squares from the photos of a split, until there are n / 2 of each class; cracked if a tile in it is."""
    kept: dict[int, list[LabelledTile]] = {0: [], 1: []}
    for tile in _cut(side, split, folder):
        if len(kept[tile.label]) < n // 2:
            kept[tile.label].append(tile)
        if all(len(of) == n // 2 for of in kept.values()):
            break
    return kept[0] + kept[1]


def _cut(side: int, split: str, folder: Path) -> Iterator[LabelledTile]:
    times = side // TILE_PX
    for one in rebuilt_photos(split, None).photos:
        squares: dict[tuple[int, int], list[int]] = defaultdict(list)
        for (row, col), label in zip(one.places, one.labels.tolist(), strict=True):
            squares[row // times, col // times].append(label)
        for (row, col), labels in sorted(squares.items()):
            if len(labels) == times**2:
                name = f"{one.photo.name.replace('/', '-')}-{row}-{col}.png"
                top, left = row * side, col * side
                Image.fromarray(one.photo.pixels[top : top + side, left : left + side]).save(folder / name)
                yield LabelledTile(folder / name, name, max(labels), one.photo.name, split)


def _shipped(settings: Settings) -> Result:
    """Hold the card of the shipped detector against `evaluate` on the val tiles that it names, tile by tile."""
    detector = Detector.load(settings.detector)
    found = []
    with tempfile.TemporaryDirectory() as folder:
        for name, tiles in _val_tiles(settings).items():
            data = tiles_csv(tiles, Path(folder) / f"{name}.csv")
            metrics = [metric for metric in detector.card.metrics if metric.data.startswith(f"{name}, val")]
            found.append(compared(metrics, _evaluated(detector, data, Path(folder) / "cache", "val")))
    note = f"{detector.card.name}: METU and each surface of SDNET2018 as single tiles, val; nothing cached"
    n, differ = (sum(getattr(one, field) for one in found) for field in ("n", "differ"))
    kind: DataKind = "limited" if settings.limit else "whole"
    return SHIPPED.result(differ, n=n, data=kind, split=settings.split, note=note)


def _val_tiles(settings: Settings) -> dict[str, list[LabelledTile]]:
    found: dict[str, list[LabelledTile]] = defaultdict(list)
    for name, form in (("metu", METU), ("sdnet2018", SINGLE)):
        find(name)
        for tile in split_tiles(name, "val", limit=settings.limit).tiles:
            if form == METU or position(tile.file) is not None:
                found[named(form, tile)].append(tile)
    return found


BENCHMARK = Benchmark(
    "train_is_run",
    "the card's figures against `evaluate` on the same tiles, at four sizes, and of the shipped detector",
    (*BARS.values(), SHIPPED),
    run,
)
