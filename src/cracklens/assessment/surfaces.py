"""Takes labelled sets of several surfaces; gives the score card: what to expect on a surface that was not learnt."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from cracklens.assessment.evaluate import EvaluationSettings, draws_pictures, write_pictures
from cracklens.errors import DataError
from cracklens.evaluation import ALWAYS, GREY, LEAVE_ONE_OUT, Cell, ScoreCard, Surface, score_card_page, score_cell
from cracklens.figures import Columns, threshold_for_recall
from cracklens.labels import LabelledTile, read_labelled
from cracklens.network import open_backbone
from cracklens.photo import read_photo
from cracklens.report.writing import write_file
from cracklens.training import STRENGTH, Domain, FitSettings, Measured, fit_domains, head_scores
from cracklens.training.features import FeatureCache, Progress, default_cache, tile_features

LEAST_RECALL = 0.95
TITLES = {"metu": "METU", "sdnet2018": "SDNET2018"}


def score_surfaces(
    root: str | Path,
    *,
    out: str | Path | None = None,
    settings: EvaluationSettings | None = None,
    cache: str | Path | None = None,
    on_progress: Progress | None = None,
) -> ScoreCard:
    """Fit a head on each surface, and on all but one, and test it on every other, with trivial baselines beside.

    Args:
        root: folder with `splits/NAME.csv` and NAME/ for each set, see docs/data.md.
        out: folder of scorecard.html, scorecard.json and the picture; None writes nothing.
        settings: `split` is val where it is None, so that test stays untouched until it is named; `pictures` counts.
        cache: folder of features; None takes the user's own.
        on_progress: called with (done, of all) tiles of each set.

    Raises:
        DataError: fewer than two surfaces, or one class only.
        OutputError: cache or report cannot be written.
        MissingExtraError: pictures were asked for and Matplotlib is not installed.
    """
    settings = settings or EvaluationSettings()
    draws = draws_pictures(settings.pictures) if out else False
    split = settings.split or "val"
    features = FeatureCache(Path(cache)) if cache else default_cache()
    domains = read_surfaces(Path(root), split=split, cache=features, on_progress=on_progress)
    cells = [*_trained_cells(domains, split), *_baseline_cells(domains, split)]
    found = ScoreCard(split, tuple(_surface(one, split) for one in domains), tuple(cells))
    if out:
        _write_score_card(found, Path(out), draws=draws)
    return found


def read_surfaces(root: Path, *, split: str, cache: FeatureCache, on_progress: Progress | None = None) -> list[Domain]:
    """Give the features of each surface: train and val to fit on, and the split to test; no other is touched.

    A set with folders above those of its classes, as SDNET2018, is a surface a folder.

    Raises:
        DataError: fewer than two surfaces.
    """
    parts: dict[str, list[LabelledTile]] = {}
    for table in sorted((root / "splits").glob("*.csv")):
        folder = root / table.stem
        for tile in read_labelled(folder).tiles if folder.is_dir() else ():
            if tile.split in {"train", "val", split}:
                parts.setdefault(surface_of(table.stem, tile.file), []).append(tile)
    if len(parts) < 2:
        came = f"got {len(parts)}{': ' if parts else ''}{', '.join(parts)}"
        raise DataError(
            f"{root}: expected splits/NAME.csv and NAME/ for at least two surfaces; {came}. See docs/data.md."
        )
    backbone = open_backbone()
    return [
        Domain(
            name,
            name,
            1.0,
            Measured(
                tiles, tile_features([tile.path for tile in tiles], backbone, cache=cache, on_progress=on_progress)
            ),
        )
        for name, tiles in parts.items()
    ]


def surface_of(data: str, file: str) -> str:
    """Give the surface of a tile: its set, and the folder above the one of its class where there is one.

    Example:
        >>> surface_of("sdnet2018", "Walls/Cracked/7069-10.jpg"), surface_of("metu", "Positive/00001.jpg")
        ('SDNET2018 Walls', 'METU')
    """
    first, *rest = file.split("/")
    title = TITLES.get(data, data)
    return f"{title} {first}" if len(rest) > 1 else title


def _trained_cells(domains: Sequence[Domain], split: str) -> Iterator[Cell]:
    """Give the rows of single surfaces, then the row of leave one out."""
    settings = FitSettings(strength=STRENGTH)
    for source in domains:
        head, threshold = fit_domains([source], settings=settings)
        for target in domains:
            columns = _columns(target.of(split), head_scores(target.of(split), head))
            same = source is target
            yield score_cell(columns, row=source.name, column=target.name, kind="one", seen=same, threshold=threshold)
    for target in domains:
        head, threshold = fit_domains([one for one in domains if one is not target], settings=settings)
        columns = _columns(target.of(split), head_scores(target.of(split), head))
        yield score_cell(columns, row=LEAVE_ONE_OUT, column=target.name, kind="others", seen=False, threshold=threshold)


def _baseline_cells(domains: Sequence[Domain], split: str) -> Iterator[Cell]:
    """Give the rows of two detectors that know no cracks; the second takes its threshold from the others' val."""
    val = [grey_spread(one.of("val")) for one in domains]
    for i, target in enumerate(domains):
        part = target.of(split)
        spread = val[i] if split == "val" else grey_spread(part)
        others = [j for j in range(len(domains)) if j != i]
        labels = np.concatenate([domains[j].of("val").labels for j in others])
        least = threshold_for_recall(np.concatenate([val[j] for j in others]), labels, least=LEAST_RECALL)
        for row, scores, threshold in ((ALWAYS, np.full(len(spread), 0.5), 0.5), (GREY, spread, least)):
            columns = _columns(part, scores)
            yield score_cell(columns, row=row, column=target.name, kind="baseline", seen=False, threshold=threshold)


def grey_spread(part: Measured) -> NDArray[np.float64]:
    """Give the standard deviation of each tile's grey levels (N,): cracks are darker than what is around them."""

    def spread(tile: LabelledTile) -> float:
        return float(np.asarray(Image.fromarray(read_photo(tile.path).pixels).convert("L"), np.float64).std())

    with ThreadPoolExecutor() as readers:
        return np.array(list(readers.map(spread, part.tiles)))


def _columns(part: Measured, scores: NDArray[np.floating]) -> Columns:
    return Columns(scores.astype(np.float64), part.labels, part.groups)


def _surface(domain: Domain, split: str) -> Surface:
    tested = domain.of(split)
    cracked = int(tested.labels.sum())
    return Surface(domain.name, len(domain.of("train").tiles), len(tested.tiles), len(set(tested.groups)), cracked)


def _write_score_card(found: ScoreCard, out: Path, *, draws: bool) -> None:
    pictures: dict[str, bytes] = {}
    gone: dict[str, bytes | None] = {"scorecard.png": None}
    if draws:
        from cracklens.evaluation import score_card_png

        pictures = {"scorecard.png": score_card_png(found)}
    write_pictures(out, gone | pictures)
    write_file(out / "scorecard.json", [found.json()])
    write_file(out / "scorecard.html", score_card_page(found, pictures=pictures))
