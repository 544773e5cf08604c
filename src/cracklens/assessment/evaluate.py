"""Takes a detector and labelled data; gives its evaluation, written where asked. Joins data, detector and figures."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from importlib.util import find_spec
from pathlib import Path

from cracklens.detector import Detector, setting_faults
from cracklens.errors import DataError, MissingExtraError, SettingError
from cracklens.evaluation import (
    KINDS,
    PICTURE_WORDS,
    Evaluation,
    LogitCache,
    cautions,
    check_split,
    evaluation_page,
    open_galleries,
    score_tiles,
)
from cracklens.figures import Columns, Promise, PromiseGoal, ScoredTile, decide, keep_promise, measure_all
from cracklens.files import make_folder, output_errors, write_whole
from cracklens.labels import SPLITS, LabelledSet, LabelledTile, read_labelled
from cracklens.models import Card, Checkpoint, Metric, find_checkpoint, read_checkpoint, write_checkpoint
from cracklens.report.words import left_out_text
from cracklens.report.writing import write_file
from cracklens.training.features import Progress, default_cache
from cracklens.values import LeftOut

ALL = "all"
EVEN = 0.5
OF_THRESHOLD = ("accuracy", "recall", "precision", "f1", "f1_balanced", "recall_unseen")
"""Figures of a card that hold for its threshold only."""


CHOSEN_HERE = "The threshold was chosen on these very tiles: its own figures flatter a little, the promise does not."
LEARNT = "A promise needs tiles that the detector has not learnt from; on these it holds less than it says."
ScoredOrNot = tuple[tuple[ScoredTile, ...], tuple[LeftOut, ...]]


@dataclass(frozen=True)
class EvaluationSettings:
    """How a detector is evaluated.

    Attributes:
        split: train, val, test or all; None takes test, or all tiles where the data has no splits.
        threshold: score 0-1 from which a tile is called cracked; None takes the detector's own.
        recall: to be promised, above 0, below 1: the threshold is then chosen from these tiles; None promises nothing.
        confidence: of the promise.
        pictures: whether to draw; None draws where Matplotlib is installed.
    """

    split: str | None = None
    threshold: float | None = None
    recall: float | None = None
    confidence: float = 0.9
    pictures: bool | None = None

    def __post_init__(self) -> None:
        """Refuse all that is out of range, at once."""
        faults = setting_faults(self.threshold, None)
        if self.split not in (*SPLITS, ALL, None):
            faults.append(f"split must be one of {', '.join((*SPLITS, ALL))}; got {self.split!r}.")
        if self.recall is not None and self.threshold is not None:
            faults.append("threshold and recall both choose the threshold; got both. Give one.")
        if faults:
            raise SettingError(" ".join(faults))
        if self.recall is not None:
            PromiseGoal(self.recall, self.confidence)

    @property
    def goal(self) -> PromiseGoal | None:
        """What to promise; None without a recall."""
        return None if self.recall is None else PromiseGoal(self.recall, self.confidence)


def evaluate_detector(
    detector: Detector,
    data: str | Path,
    *,
    out: str | Path | None = None,
    settings: EvaluationSettings | None = None,
    cache: str | Path | None = None,
    on_progress: Progress | None = None,
) -> Evaluation:
    """Measure a detector on labelled tiles, each scored as a user's photo would be.

    Args:
        detector: to be measured.
        data: folder with one subfolder a class, or a CSV with the columns file, label and, if known, split and group.
        out: folder of evaluation.html, evaluation.json, tiles.csv and the pictures; None writes nothing.
        settings: of the evaluation; None takes the defaults.
        cache: folder of scores, so that a second run, or one that goes on, is quick; None takes the user's own.
        on_progress: called with (done, of all) tiles.

    Raises:
        DataError: no tiles, one class only, or too few cracks for the promise; the sentence says what is needed.
        CheckpointError: the detector gives what is no score.
        OutputError: cache or report cannot be written.
        MissingExtraError: pictures were asked for and Matplotlib is not installed.
    """
    settings = settings or EvaluationSettings()
    draws = draws_pictures(settings.pictures) if out else False
    labelled = read_labelled(Path(data))
    split, tiles = _tiles_of(labelled, settings.split)
    check_split(detector.card, data=labelled.name, split=split, split_sha256=labelled.split_sha256)
    scores = LogitCache(Path(cache) if cache else default_cache().folder / "scores")
    results = score_tiles(tiles, detector, cache=scores, on_progress=on_progress)
    found = _measured(detector.card, labelled, split, results, settings)
    if out:
        _write_evaluation(found, detector, Path(out), draws=draws)
    return found


def _measured(
    card: Card, labelled: LabelledSet, split: str, results: ScoredOrNot, settings: EvaluationSettings
) -> Evaluation:
    """Give every figure of scored tiles."""
    scored, failures = results
    if not scored:
        first = left_out_text(failures[0])
        raise DataError(f"{labelled.name}: none of {len(failures)} tiles can be read; the first: {first}")
    promise = keep_promise(scored, settings.goal) if settings.goal else None
    threshold, name, rule = _threshold(card, settings, promise)
    columns, names = Columns.of(scored), {EVEN: "score 0.5"} | {threshold: name}
    return Evaluation(
        detector=card.name,
        data=labelled.name,
        split=split,
        split_rule=labelled.split_rule or "",
        threshold_rule=rule,
        cautions=_cautions(card, labelled, split, promise, columns),
        tiles=scored,
        failures=failures,
        decisions=tuple(
            decide(columns, threshold=at, name=called, classes=card.classes) for at, called in names.items()
        ),
        figures=measure_all(columns, thresholds=list(names)),
        promise=promise,
    )


def draws_pictures(wanted: bool | None) -> bool:
    """Tell whether to draw; None draws where Matplotlib is installed.

    Raises:
        MissingExtraError: it is wanted and not installed.
    """
    if wanted and find_spec("matplotlib") is None:
        raise MissingExtraError("Matplotlib", "plots")
    return find_spec("matplotlib") is not None if wanted is None else wanted


def _tiles_of(labelled: LabelledSet, wanted: str | None) -> tuple[str, list[LabelledTile]]:
    """Give the split that is meant and its tiles."""
    counts = Counter(tile.split for tile in labelled.tiles)
    split = wanted or (ALL if set(counts) == {None} else "test")
    tiles = [tile for tile in labelled.tiles if split in (ALL, tile.split)]
    if not tiles:
        has = ", ".join(f"{of or 'without split'} {n}" for of, n in counts.items())
        raise DataError(f"{labelled.name}: no tile is in split {split}; it has {has}. Choose --split, or all.")
    return split, tiles


def _threshold(card: Card, settings: EvaluationSettings, promise: Promise | None) -> tuple[float, str, str]:
    """Give the threshold that counts, how it is called, and how it was chosen."""
    if promise:
        return promise.threshold, f"the promised threshold, {promise.threshold:.3f}", promise.rule
    if settings.threshold is not None:
        return settings.threshold, f"your threshold, {settings.threshold:.3f}", "given by you"
    return card.threshold, f"the detector's threshold, {card.threshold:.3f}", card.threshold_rule


def _cautions(
    card: Card, labelled: LabelledSet, split: str, promise: Promise | None, columns: Columns
) -> tuple[str, ...]:
    found = list(cautions(card, data=labelled.name, split=split, split_rule=labelled.split_rule))
    found += [f"{sentence[0].upper()}{sentence[1:]}." for sentence in labelled.left_out]
    n = len(columns.labels)
    if promise:
        found.append(LEARNT if found else CHOSEN_HERE)
        if promise.threshold > card.threshold:
            own = f"The detector's own threshold, {card.threshold:.3f}, is lower"
            found.append(f"{own}: it keeps this promise too and misses fewer. Raise it only to spare false alarms.")
    if len(set(columns.groups.tolist())) == n and (promise or labelled.split_rule is None):
        found.append("Every tile counts by itself; if several are of one photo, say so in a CSV with a column group.")
    least = int(min(columns.labels.sum(), n - columns.labels.sum()))
    if least < 30:
        found.append(
            f"The smaller class has {least} tiles: one more mistake moves its share by {1 / max(least, 1):.0%}."
        )
    return tuple(found)


def _write_evaluation(found: Evaluation, detector: Detector, out: Path, *, draws: bool) -> None:
    galleries = open_galleries(found.tiles, detector, threshold=found.threshold)
    pictures: dict[str, bytes] = {}
    sheets: dict[str, bytes] = {}
    if draws:
        from cracklens.evaluation import draw_all, gallery_png

        pictures = draw_all(Columns.of(found.tiles), found.figures, found.decisions)
        sheets = {f"{one.kind}.png": gallery_png(one) for one in galleries if one.shots}
    write_pictures(out, dict.fromkeys((*PICTURE_WORDS, *(f"{kind}.png" for kind in KINDS))) | pictures | sheets)
    make_folder(out)
    write_file(out / "tiles.csv", [found.csv()])
    write_file(out / "evaluation.json", [found.json()])
    write_file(out / "evaluation.html", evaluation_page(found, detector.card, pictures=pictures, galleries=galleries))


def write_pictures(out: Path, pictures: Mapping[str, bytes | None]) -> None:
    """Write pictures by their file names; None takes away the one of an earlier run, which would tell of other figures.

    Raises:
        OutputError: the folder cannot be written.
    """
    make_folder(out)
    for name, content in pictures.items():
        with output_errors(out / name):
            if content is None:
                (out / name).unlink(missing_ok=True)
            else:
                write_whole(out / name, content)


def write_promised(checkpoint: str | Path, found: Evaluation, folder: str | Path) -> Checkpoint:
    """Write the checkpoint again with the promised threshold, its rule and what was measured with it.

    Args:
        checkpoint: name or folder of the one that was evaluated.
        found: its evaluation, with a promise.
        folder: of the new one.

    Raises:
        SettingError: nothing was promised.
        OutputError: the folder cannot be written.
    """
    if found.promise is None:
        raise SettingError("A new checkpoint needs a promised threshold; got none. Give --recall, e.g. 0.95.")
    old = read_checkpoint(find_checkpoint(checkpoint))
    former = f", at the former threshold {old.card.threshold:.3f}"
    kept = (replace(one, data=one.data + former) if one.name in OF_THRESHOLD else one for one in old.card.metrics)
    here = f"{found.data}, {found.split}, the tiles the threshold was chosen on"
    fresh = (
        Metric(one.name, round(one.value, 5), one.n, here, one.low, one.high)
        for one in found.figures
        if one.threshold == found.threshold and one.prevalence == "natural" and one.name in OF_THRESHOLD
    )
    promise = (
        f"Its threshold holds a {found.threshold_rule} of {found.data}: for more photos of this site, taken alike."
    )
    card = replace(
        old.card,
        name=f"{old.card.name}-{found.data}",
        threshold=found.promise.threshold,
        threshold_rule=f"{found.threshold_rule} of {found.data}",
        metrics=(*fresh, *kept),
        limits=(*old.card.limits, promise),
    )
    written = replace(old, card=card)
    write_checkpoint(written, Path(folder))
    return written
