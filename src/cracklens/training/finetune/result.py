"""Takes a trained net and labelled tiles; gives an INT8 checkpoint: calibrated, compared, measured."""

from __future__ import annotations

import random
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import openvino as ov
from numpy.typing import NDArray

from cracklens.evaluation import all_logits, peak_logits
from cracklens.labels import LabelledSet, LabelledTile, of_split
from cracklens.models import Card, Checkpoint, DataSource, read_map, write_checkpoint
from cracklens.network import OpenVinoBackbone, calibrated
from cracklens.training import (
    CLASSES,
    KNOWN_DATA,
    LAYERS,
    PREPROCESSING,
    RunFolder,
    calibrate,
    chosen_threshold,
    measure_scores,
    threshold_rule,
    versions,
)
from cracklens.training.finetune.settings import FinetuneSettings
from cracklens.training.nets import (
    FLOAT,
    RANGE_TILES,
    Agreement,
    CrackNet,
    NetPlan,
    Parity,
    ScoreNet,
    agreement_on,
    check_parity,
    compare,
    convert_net,
    first_agreeing,
    head_of,
    map_depths,
    tile_logits,
    torch_run,
    weights_bytes,
)
from cracklens.training.nets.int8_forms import int8_forms
from cracklens.values import Head

REFUSED = (
    "the weights are kept: say --resume --float for a checkpoint with the float network, which is slower and passes "
    "the same gate, or --resume with a higher --most-flipped"
)
"""What to do where no INT8 form agrees."""


@dataclass(frozen=True)
class Trained:
    """What the steps of a run left.

    Attributes:
        net: with its best weights.
        plan: of its backbone.
        source: where its starting weights came from.
        recipe: of the card.
    """

    net: CrackNet
    plan: NetPlan
    source: str
    recipe: Mapping[str, Any]


@dataclass(frozen=True)
class Converted:
    """A network for the detector and what was found with it.

    Attributes:
        backbone: INT8, or float on request.
        head: calibrated on val.
        threshold: of the card.
        parity: with torch, on val.
        network: the file of the backbone.
        way: how it was made, see `int8_forms`.
    """

    backbone: OpenVinoBackbone
    head: Head
    threshold: float
    parity: Parity
    network: Path
    way: str


def finish(trained: Trained, labelled: LabelledSet, run: RunFolder, settings: FinetuneSettings) -> Checkpoint:
    """Write the float weights, convert them, refuse what does not agree with torch, measure, write the checkpoint.

    A crack map that stands in the folder stays.

    Raises:
        OutputError: no form of the network agrees with torch, or the folder cannot be written.
        DataError: scores on val that cannot be calibrated.
    """
    name, content = weights_bytes(trained.net, trained.plan)
    run.write(run.path / name, content)
    for old in run.path.glob("weights-*.safetensors"):
        if old.name != name:
            old.unlink()
    with tempfile.TemporaryDirectory() as folder:
        found = _convert(trained.net, labelled, Path(folder), settings)
        advice = "raise --most-flipped" if settings.float_network else REFUSED
        check_parity(found.parity, most_flipped=settings.most_flipped, what=f"the {found.way} network", advice=advice)
        recipe = {**trained.recipe, "weights_file": name, "network": found.way}
        card = _card(replace(trained, recipe=recipe), labelled, found, settings)
        checkpoint = Checkpoint(found.head, card, found.network, read_map(run.path))
        write_checkpoint(checkpoint, run.path)
    return replace(checkpoint, backbone=run.path / f"backbone-{card.backbone_hash[:12]}.xml")


def _convert(net: CrackNet, labelled: LabelledSet, folder: Path, settings: FinetuneSettings) -> Converted:
    """Give the float network on request, else the first INT8 form whose decisions on val are those of torch."""
    tiles = [tile.path for tile in of_split(labelled, "train")]
    some = random.Random(settings.seed).sample(tiles, min(RANGE_TILES, len(tiles)))  # noqa: S311 no secret
    val = of_split(labelled, "val")
    reference = reference_logits(net, val)

    def judge(model: ov.Model, way: str) -> Converted:
        return _calibrated(model, net, (val, reference), folder / f"{way.replace(' ', '-')}.xml", settings)

    if settings.float_network:
        return judge(convert_net(net.backbone), FLOAT)
    forms = int8_forms(
        lambda: convert_net(net.backbone),
        some,
        _agreement(net, val, reference, settings),
        most_lost=settings.most_flipped,
    )
    return first_agreeing(forms, judge, parity_of=lambda one: one.parity, most_flipped=settings.most_flipped)


def _agreement(
    net: CrackNet, val: Sequence[LabelledTile], reference: NDArray[np.float64], settings: FinetuneSettings
) -> Agreement:
    """Give what accuracy control asks, at the calibration and threshold that torch's own logits would give."""

    @cache
    def asked() -> Agreement:
        labels = np.array([tile.label for tile in val])
        head = calibrate(head_of(net), reference, labels, weights=np.ones(len(val)))
        threshold = chosen_threshold(calibrated(reference, head), labels, least=settings.least_recall)
        return agreement_on(val, reference, head, threshold=threshold)

    def agreement(compiled: ov.CompiledModel) -> float:
        return asked()(compiled)  # most nets agree as plain INT8, and nobody asks

    return agreement


def reference_logits(net: CrackNet, tiles: Sequence[LabelledTile]) -> NDArray[np.float64]:
    """Give the uncalibrated logits (N,) of tiles by torch."""
    return tile_logits(tiles, torch_run(ScoreNet(net.backbone, head_of(net), depth3=map_depths(net.backbone)[0])))


def _calibrated(
    model: ov.Model,
    net: CrackNet,
    val: tuple[Sequence[LabelledTile], NDArray[np.float64]],
    network: Path,
    settings: FinetuneSettings,
) -> Converted:
    """Write a form of the network, set head and threshold on val by it, and compare it with torch."""
    ov.save_model(model, network, compress_to_fp16=True)
    backbone = OpenVinoBackbone(network, name="fine-tuned")
    tiles, reference = val
    raw, labels = head_of(net), np.array([tile.label for tile in tiles])
    others = detector_logits(tiles, backbone, raw)
    head = calibrate(raw, others, labels, weights=np.ones(len(tiles)))
    threshold = chosen_threshold(calibrated(others, head), labels, least=settings.least_recall)
    way = network.stem.replace("-", " ")
    parity = compare(reference, others, head, threshold=threshold, data=f"{way} network against torch, val")
    return Converted(backbone, head, threshold, parity, network, way)


def detector_logits(tiles: Sequence[LabelledTile], backbone: OpenVinoBackbone, head: Head) -> NDArray[np.float64]:
    """Give the logits (N,) of tiles as the detector scores them; the network is new, so that they are kept nowhere."""
    return all_logits(peak_logits([tile.path for tile in tiles], backbone, head))


def _card(trained: Trained, labelled: LabelledSet, found: Converted, settings: FinetuneSettings) -> Card:
    rule = labelled.split_rule or "given"
    doi, licence = KNOWN_DATA.get(labelled.name, (None, None))
    test = of_split(labelled, "test")
    on_test = len({tile.label for tile in test}) == 2
    on = f"{labelled.name}, {'test' if on_test else 'val, no test split'}, {rule}"
    tiles = test if on_test else of_split(labelled, "val")
    scores = calibrated(detector_logits(tiles, found.backbone, found.head), found.head)
    figures = measure_scores(tiles, scores, threshold=found.threshold, data=on)
    kind, told = FLOAT if found.way == FLOAT else "INT8", labelled.with_left_out(rule)
    source = DataSource(labelled.name, len(of_split(labelled, "train")), told, doi, licence, labelled.split_sha256)
    return Card(
        name=settings.name or f"{labelled.name}-finetune",
        recipe=dict(trained.recipe),
        classes=CLASSES,
        preprocessing=PREPROCESSING,
        backbone=f"{trained.plan.architecture} fine-tuned on {labelled.name}, {kind}; from {trained.source}",
        backbone_hash=found.backbone.hash,
        layers=LAYERS,
        temperature=found.head.temperature,
        offset=found.head.offset,
        threshold=found.threshold,
        threshold_rule=threshold_rule(settings.least_recall),
        data=(source,),
        metrics=(*figures, *found.parity.metrics()),
        limits=(
            "This is a screening aid: it misses cracks, and calls marks cracks that are none.",
            f"Its figures are of {on}; on another structure expect worse.",
        ),
        versions=versions() | {name: version(name) for name in ("torch", "torchvision", "lightning", "nncf")},
        created=datetime.now(UTC).date().isoformat(),
    )
