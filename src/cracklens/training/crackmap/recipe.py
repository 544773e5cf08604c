"""Takes photos with masks; gives a checkpoint whose crack map has learnt from them. A run can be gone on with."""

from __future__ import annotations

import csv
from dataclasses import replace
from pathlib import Path

from cracklens.errors import CheckpointError
from cracklens.labels.masks import read_masked
from cracklens.models import (
    DEFAULT_DETECTOR,
    INT8_BACKBONE,
    SMALL_DETECTOR,
    Checkpoint,
    find_checkpoint,
    map_of,
    read_checkpoint,
)
from cracklens.training import RunFolder, device_there, own_folder, start_run
from cracklens.training.crackmap.decoder import Decoder
from cracklens.training.crackmap.finish import Run, TrainedMap, finish
from cracklens.training.crackmap.fit import MapFit, fit_decoder, read_state
from cracklens.training.crackmap.photos import Stage, folder_for_photos, keep_photos
from cracklens.training.crackmap.settings import CrackMapSettings
from cracklens.training.crackmap.source import Mixed, Pictures
from cracklens.training.crackmap.taps import Taps
from cracklens.training.crackmap.weights import read_decoder

SAVE_EVERY = 25
"""Steps between two saved states, and two rows of the log."""

REACH = (96.0, 768.0)
"""Sides of what is cut from a photo, px: cracks are seen up to four times enlarged, and at half their size."""

AIMED = 0.5


def train_crackmap(
    data: str | Path,
    *,
    out: str | Path,
    settings: CrackMapSettings | None = None,
    resume: bool = False,
    on_progress: Stage | None = None,
) -> TrainedMap:
    """Fit a crack map further on photos with masks, convert it to INT8, compare, measure, and write the checkpoint.

    Val chooses the edge of the masks. Figures are of test where the data has such a split, else of val.

    Args:
        data: what `cracklens.labels.masks.read_masked` takes.
        out: folder of the run: config, log, picture, and the checkpoint, its head that of `settings.detector`.
        settings: of the recipe; None takes the defaults.
        resume: go on with the run in `out` from its last saved state.
        on_progress: called with what is done, and (done, of all).

    Raises:
        DataError: data that cannot be trained on; the sentence says why.
        SettingError: a run that cannot be gone on with, or a GPU that is not there.
        CheckpointError: a detector or a state that cannot be read, or a detector whose score reads its crack map.
        OutputError: a file cannot be written, another run trains into the folder, or INT8 changes too much.
    """
    settings, folder = settings or CrackMapSettings(), RunFolder(Path(out))
    settings = replace(settings, device=device_there(settings.device))
    start = _with_known(read_checkpoint(find_checkpoint(settings.detector)))
    _check_start(start)
    part = map_of(start)
    decoder = read_decoder(part.weights)
    masked = read_masked(Path(data), settings.masks)
    tell = on_progress or (lambda what, done, of: None)  # noqa: ARG005 nobody listens
    with own_folder(folder.path), folder_for_photos(folder.path) as room:
        kept = keep_photos(masked, room, seed=settings.seed, val_share=settings.val_share, tell=tell)
        config = {"data": str(Path(data).resolve()), "split_rule": kept.labelled.split_rule}
        config |= {"masks_sha256": kept.sha256, "start_sha256": part.card.sha256, **settings.learning()}
        start_run(folder, {"recipe": "crackmap", **config}, resume=resume)
        run = Run(folder, start, part, kept, settings, tell)
        return finish(run, *_fit(run, decoder))


def _with_known(start: Checkpoint) -> Checkpoint:
    """Give a start that can tell a photo unlike its data: scores stay as they are, and count where they are known."""
    default = read_checkpoint(find_checkpoint(DEFAULT_DETECTOR))
    same = start.card.layers == default.card.layers and start.card.backbone_hash == default.card.backbone_hash
    if start.head.known is not None or not same:
        return start
    return replace(start, head=replace(start.head, known=default.head.known))


def _check_start(start: Checkpoint) -> None:
    """Refuse a head whose score reads the crack map: with one fitted further it would be another score."""
    if start.head.map_weight is not None:
        came = f"expected a detector whose score reads no crack map; {start.card.name} was fitted with its own"
        raise CheckpointError(f"Recipe crackmap: {came}. Say --detector {SMALL_DETECTOR}.")


def _fit(run: Run, start: Decoder) -> tuple[Decoder, Taps, Pictures]:
    """Give the fitted decoder, and what it was fitted with."""
    tiles, settings = run.kept.part("train"), run.settings
    pixels, labels = ([run.kept.read(tile, what) for tile in tiles] for what in ("pixels", "labels"))
    most = min(REACH[1], max(min(one.shape) for one in labels))
    pictures = Pictures(pixels, labels, settings.side_px, (min(REACH[0], most), most), AIMED)
    taps, log = Taps(INT8_BACKBONE), _Log(run)
    decoder = fit_decoder(
        Mixed([(pictures, settings.batch)], settings.seed),
        taps,
        settings=MapFit(settings.steps, settings.learning_rate, settings.seed, SAVE_EVERY, device=settings.device),
        state=run.folder.last,
        start=start,
        told=log.tell,
    )
    return decoder, taps, pictures


class _Log:
    """Tells of steps, and writes a row into the log whenever a state was saved; goes on where a run goes on."""

    def __init__(self, run: Run) -> None:
        """Check the state that the run goes on from, and take the rows of its log."""
        self._run = run
        self._rows: list[dict[str, float]] = []
        if run.folder.last.exists():
            first = read_state(run.folder.last)["step"]
            if run.folder.log.exists():
                with run.folder.log.open(newline="", encoding="utf-8") as file:
                    read = [{"step": int(row["step"]), "loss": float(row["loss"])} for row in csv.DictReader(file)]
                self._rows = [row for row in read if row["step"] <= first]

    def tell(self, done: int, total: int, loss: float) -> None:
        """Tell of a step; its loss is smoothed."""
        if done % SAVE_EVERY == 0 or done == total:
            self._rows = [*self._rows, {"step": done, "loss": round(loss, 5)}]
            self._run.folder.write_log(self._rows)
        self._run.tell(f"fitting, loss {loss:.3f}", done, total)
