"""Takes a fitted decoder; gives its checkpoint: in INT8, compared with float, its edge chosen, measured, drawn."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass, replace
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import openvino as ov

from cracklens.detector import Detector
from cracklens.errors import OutputError
from cracklens.models import INT8_BACKBONE, Checkpoint, MapCard, MapPart, Metric, write_checkpoint
from cracklens.network import OpenVinoBackbone
from cracklens.report.words import left_out_text
from cracklens.training import RunFolder
from cracklens.training.crackmap.card import BEFORE, first_card, head_card, with_figures
from cracklens.training.crackmap.convert import convert_decoder, quantize_decoder
from cracklens.training.crackmap.decoder import Decoder
from cracklens.training.crackmap.measure import (
    agreement,
    best_edge,
    fits,
    found_mask,
    keep_weights,
    metric,
    metrics_of,
    true_mask,
)
from cracklens.training.crackmap.photos import Kept, Stage
from cracklens.training.crackmap.settings import CrackMapSettings
from cracklens.training.crackmap.source import Pictures
from cracklens.training.crackmap.taps import Taps
from cracklens.training.crackmap.weights import write_decoder
from cracklens.values import LeftOut

RANGE_CROPS = 96
"""Crops of train photos on which INT8 ranges are measured."""

SAMPLES = 6
"""Photos of the picture."""

REFUSED = (
    "the weights are kept: say --resume --float for the float form, which is slower, or --resume with a lower "
    "--least-agreement"
)


@dataclass(frozen=True)
class Run:
    """What stays the same from the first step of a training to the last.

    Attributes:
        folder: of the run.
        start: checkpoint whose head is taken along.
        part: crack map that is gone on from.
        kept: photos.
        settings: of the recipe.
        tell: hears of the progress.
    """

    folder: RunFolder
    start: Checkpoint
    part: MapPart
    kept: Kept
    settings: CrackMapSettings
    tell: Stage


@dataclass(frozen=True)
class TrainedMap:
    """What came of a training.

    Attributes:
        folder: a checkpoint, and all else of the run.
        card: of the crack map, with its figures.
        left_out: photos that could not be learnt from.
        remarks: what was taken for granted, a clause each.
        picture: photos with true and found masks; None without Matplotlib.
    """

    folder: Path
    card: MapCard
    left_out: tuple[LeftOut, ...]
    remarks: tuple[str, ...]
    picture: Path | None


def finish(run: Run, decoder: Decoder, taps: Taps, pictures: Pictures) -> TrainedMap:
    """Convert a decoder, refuse it where INT8 is not float, choose its edge, measure it and write the checkpoint.

    Raises:
        OutputError: INT8 and float differ too much, or the folder cannot be written.
    """
    with TemporaryDirectory() as folder:
        network, agreed = _converted(run, decoder, Path(folder), taps, pictures)
        base = replace(Detector.load(run.settings.detector), head=run.start.head)
        card = first_card(run.part, run.kept, run.settings)
        mapper = OpenVinoBackbone(INT8_BACKBONE, crack_map=network)
        keep_weights(replace(base, mapper=mapper, map_card=card), run.kept, "val", run.tell, what="choosing the edge")
        edge, wide = best_edge(run.kept, otherwise=card.settings.edge)
        card = replace(card, settings=replace(card.settings, edge=edge))
        card, picture = _measured(run, base, replace(base, mapper=mapper, map_card=card), card, (*wide, *agreed))
        part = MapPart(card, network)
        write_checkpoint(
            Checkpoint(run.start.head, head_card(run.start.card, card), run.start.backbone, part), run.folder.path
        )
    _write_left_out(run)
    return TrainedMap(run.folder.path, card, run.kept.left_out, run.kept.labelled.left_out, picture)


def _converted(
    run: Run, decoder: Decoder, folder: Path, taps: Taps, pictures: Pictures
) -> tuple[Path, tuple[Metric, ...]]:
    """Write the INT8 form beside the weights, and give it with how far it agrees; the float form on request."""
    network, plain = folder / "crackmap.xml", convert_decoder(decoder)
    write_decoder(decoder, network.with_suffix(".safetensors"))
    if run.settings.float_network:
        ov.save_model(plain, network)
        return network, ()
    ov.save_model(plain, folder / "float.xml")
    crops, _ = pictures.batch(0, RANGE_CROPS, np.random.default_rng(run.settings.seed))
    run.tell("converting to INT8", 0, 1)
    ov.save_model(quantize_decoder(plain, taps, list(crops)), network)
    run.tell("converting to INT8", 1, 1)
    forms = [OpenVinoBackbone(INT8_BACKBONE, crack_map=path) for path in (network, folder / "float.xml")]
    found = agreement(run.kept, *forms)
    groups = [tile.group for tile in run.kept.part("val") if tile.label]
    agreed = metric("dice_int8_float", found, groups, "INT8 against float at a half, cracked val photos")
    if agreed.value < run.settings.least_agreement:
        came = f"INT8 and float masks have a mean Dice of {agreed.value:.3f} on {agreed.n} val photos"
        expected = f"expected at least {run.settings.least_agreement:g}"
        raise OutputError(f"{run.folder.path}: {came}; {expected}. No checkpoint is written; {REFUSED}.")
    return network, (agreed,)


def _measured(
    run: Run, before: Detector, now: Detector, card: MapCard, agreed: tuple[Metric, ...]
) -> tuple[MapCard, Path | None]:
    """Give the card with the figures of both crack maps on test, or else on val, and where photos are drawn."""
    kept = run.kept
    split = "test" if any(tile.label for tile in kept.part("test")) else "val"
    if split == "test":
        keep_weights(now, kept, split, run.tell, what="measuring")
    data = f"{kept.labelled.name}, {split}, {kept.labelled.split_rule or 'given'}"
    figures = metrics_of(fits(kept, split, card.settings.edge), data=data)
    picture = _drawn(run, split, card.settings.edge) if find_spec("matplotlib") else None
    keep_weights(before, kept, split, run.tell, what="measuring what it began with")
    old = fits(kept, split, before.map_settings.edge)
    figures = (*figures, *metrics_of(old, data=f"{data}; {run.part.card.name}", suffix=BEFORE), *agreed)
    return with_figures(card, figures, split=split), picture


def _drawn(run: Run, split: str, edge: float) -> Path:
    """Draw some photos of a split, those with cracks first."""
    from cracklens.training import draw_masks

    tiles = sorted(run.kept.part(split), key=lambda tile: -tile.label)[:SAMPLES]
    rows = [
        (tile.file, run.kept.read(tile, "pixels"), true_mask(run.kept, tile), found_mask(run.kept, tile, edge))
        for tile in tiles
    ]
    path = run.folder.path / "samples.png"
    run.folder.write(path, draw_masks(rows))
    return path


def _write_left_out(run: Run) -> None:
    """Write a row for each photo that is left out; there is no such file where none is."""
    path = run.folder.path / "left_out.csv"
    if not run.kept.left_out:
        path.unlink(missing_ok=True)
        return
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(("file", "reason"))
    writer.writerows((one.photo, left_out_text(one)) for one in run.kept.left_out)
    run.folder.write(path, text.getvalue().encode("utf-8", "surrogateescape"))
