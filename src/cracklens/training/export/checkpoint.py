"""Takes a checkpoint and labelled tiles; gives it as OpenVINO or ONNX, if its decisions are those of torch."""

from __future__ import annotations

import hashlib
import random
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

import openvino as ov

from cracklens.detector import check_map
from cracklens.errors import DataError
from cracklens.labels import LabelledSet, LabelledTile, of_split, read_labelled, with_splits
from cracklens.models import (
    CARD_FILE,
    INT8_BACKBONE,
    MAP_CARD_FILE,
    Card,
    Described,
    MapPart,
    Metric,
    card_to_json,
    find_checkpoint,
    network_parts,
)
from cracklens.network import open_backbone
from cracklens.training import RunFolder
from cracklens.training.export.crack_map import MAPS
from cracklens.training.export.forms import INPUT, network_run, onnx_bytes, output_names, with_head
from cracklens.training.export.map_parity import MOST_APART, MapParity, check_maps, map_parity
from cracklens.training.export.settings import ExportSettings
from cracklens.training.export.source import Source, open_source
from cracklens.training.nets import (
    RANGE_TILES,
    Agreement,
    Parity,
    WindowLogits,
    agreement_on,
    check_parity,
    compare,
    convert_net,
    first_agreeing,
    tile_logits,
    torch_run,
)
from cracklens.training.nets.int8_forms import int8_forms
from cracklens.values import Backbone

ParityOf = Callable[[WindowLogits], Parity]
Kind = TypeVar("Kind", bound=Described)
NAME = "cracklens"
REFUSED = "say --float for the float OpenVINO network, which passes the same gate, or raise --most-flipped"
"""What to do where no INT8 form agrees."""


@dataclass(frozen=True)
class Exported:
    """An exported checkpoint.

    Attributes:
        folder: with `cracklens.xml` and `.bin`, or `cracklens.onnx`, and the cards `card.json` and `crackmap.json`.
        card: of the checkpoint, with what was exported and its parity.
        parity: with torch, on val.
        maps: how far crack and line are from the detector's own, on val; empty without crack map.
    """

    folder: Path
    card: Card
    parity: Parity
    maps: tuple[MapParity, ...] = ()


def export_checkpoint(
    checkpoint: str | Path, *, out: str | Path, data: str | Path | None = None, settings: ExportSettings | None = None
) -> Exported:
    """Write a checkpoint as one network, from windows of pixels to scores, that needs no cracklens.

    Input `windows` (N, H, W, 3) uint8 RGB, H and W multiples of 32 and at least 224; outputs `local_logits`
    (N, H/32, W/32), of a linear head to be averaged over any box and then calibrated, and `scores`
    (N, H/32-6, W/32-6), 0-1. A head with a detail net also gives `detail_logits` (N, H/32, W/32). The crack map gives
    `crack` (N, H, W) and `line` (N, H/4, W/4), uint8, 0-255, as the network gives them at the windows' own size. What a
    head knows of its training data is not exported.

    Args:
        checkpoint: name of a bundled detector, folder of a checkpoint, or folder of a run of recipe notebook.
        out: folder of the export.
        data: labelled tiles whose val split is compared; None takes those the run was trained on.
        settings: None takes the defaults.

    Raises:
        OutputError: too many decisions differ from torch's, the crack map is another than the detector's, or the
            folder cannot be written.
        CheckpointError: the checkpoint cannot be read, or its score reads the crack map and that is left out.
        DataError: no labelled tiles to compare on, or the crack map sees nothing in them.
    """
    settings = settings or ExportSettings()
    folder = find_checkpoint(checkpoint)
    source = open_source(folder, crack_map=settings.crack_map)
    one = source.network == INT8_BACKBONE and not settings.float_network
    mapper = None if source.crack_map is None else _mapper(source.crack_map, maps_alone=not one)
    labelled = _labelled(folder, source.card, data)
    val = _val(labelled, settings)
    files, parity = _agreeing(source, labelled, val, settings)
    maps: tuple[MapParity, ...] = ()
    if mapper is not None:
        where = f"{settings.form} against the detector, {labelled.name}, val"
        maps = map_parity(val, _opened(files), mapper, data=where)
        check_maps(maps, form=settings.format, what=f"{source.card.name} as {settings.form}")
    return _write(Path(out), files, source, (parity, maps), settings)


def _mapper(part: MapPart, *, maps_alone: bool) -> Backbone:
    """Give the network that the detector reads its crack maps from, alone if that stands beside the scores' own."""
    mapper = open_backbone("cpu", crack_map=part.network, maps_alone=maps_alone)
    check_map(part.card, mapper)
    return mapper


def _labelled(folder: Path, card: Card, data: str | Path | None) -> LabelledSet:
    """Give the tiles to compare on, split as the run split them."""
    run = RunFolder(folder)
    data = data or (run.read_config().get("data") if run.config.is_file() else None)
    if data is None:
        raise DataError(f"{card.name}: does not say where its val tiles are. Give --data with labelled tiles.")
    seed = card.recipe.get("seed")
    return with_splits(read_labelled(Path(data)), seed=seed if isinstance(seed, int) else 0)


def _val(labelled: LabelledSet, settings: ExportSettings) -> Sequence[LabelledTile]:
    val = of_split(labelled, "val")
    if settings.limit is None or settings.limit >= len(val):
        return val
    return random.Random(0).sample(list(val), settings.limit)  # noqa: S311 no secret


def _agreeing(
    source: Source, labelled: LabelledSet, val: Sequence[LabelledTile], settings: ExportSettings
) -> tuple[dict[str, bytes], Parity]:
    """Give the files of the export by name, and how far their decisions on val are from torch's: not too far."""
    reference = tile_logits(val, torch_run(source.reference()))

    def parity_of(form: WindowLogits) -> Parity:
        where = f"{settings.form} against torch, {labelled.name}, val"
        return compare(reference, tile_logits(val, form), source.head, threshold=source.card.threshold, data=where)

    agreement = agreement_on(val, reference, source.head, threshold=source.card.threshold)
    files, parity = _files(source, of_split(labelled, "train"), (parity_of, agreement), settings)
    advice = REFUSED if settings.form == "openvino" else "raise --most-flipped"
    what = f"{source.card.name} as {settings.form}"
    check_parity(parity, most_flipped=settings.most_flipped, what=what, advice=advice)
    return files, parity


def _files(
    source: Source,
    train: Sequence[LabelledTile],
    judged_by: tuple[ParityOf, Agreement],
    settings: ExportSettings,
) -> tuple[dict[str, bytes], Parity]:
    parity_of, agreement = judged_by
    if settings.format == "onnx":
        files = {f"{NAME}.onnx": onnx_bytes(source.whole_net())}
        return files, parity_of(network_run(_opened(files), source.head))
    if settings.float_network:
        return _openvino(source.with_maps(convert_net(source.backbone)), source, parity_of)
    if source.network is not None:
        return _openvino(source.shipped(source.network), source, parity_of)
    some = random.Random(0).sample([tile.path for tile in train], min(RANGE_TILES, len(train)))  # noqa: S311 no secret

    def judge(model: ov.Model, way: str) -> tuple[dict[str, bytes], Parity]:
        files, parity = _openvino(source.with_maps(model), source, parity_of)
        return files, replace(parity, data=f"{way}: {parity.data}")

    forms = int8_forms(lambda: convert_net(source.backbone), some, agreement, most_lost=settings.most_flipped)
    return first_agreeing(forms, judge, parity_of=lambda found: found[1], most_flipped=settings.most_flipped)


def _openvino(backbone: ov.Model, source: Source, parity_of: ParityOf) -> tuple[dict[str, bytes], Parity]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"{NAME}.xml"
        ov.save_model(with_head(backbone, source.head), path, compress_to_fp16=True)
        structure, weights = network_parts(path)
    files = {f"{NAME}.bin": weights, f"{NAME}.xml": structure}
    return files, parity_of(network_run(_opened(files), source.head))


def _opened(files: Mapping[str, bytes]) -> ov.CompiledModel:
    """Give the exported network from its files, by name; ONNX in full precision, as other runtimes compute it."""
    core = ov.Core()
    if f"{NAME}.onnx" in files:
        exact = {"INFERENCE_PRECISION_HINT": "f32"}
        return core.compile_model(core.read_model(files[f"{NAME}.onnx"]), "CPU", exact)
    return core.compile_model(core.read_model(files[f"{NAME}.xml"], files[f"{NAME}.bin"]), "CPU")


def _write(
    out: Path,
    files: Mapping[str, bytes],
    source: Source,
    found: tuple[Parity, tuple[MapParity, ...]],
    settings: ExportSettings,
) -> Exported:
    parity, maps = found
    hashes = {name: hashlib.sha256(content).hexdigest() for name, content in files.items()}
    outputs = [*output_names(source.head), *(one.name for one in maps)]
    told = {"format": settings.form, "sha256": hashes, "input": INPUT, "outputs": outputs}
    card = replace(_told(source.card, told, parity.metrics()), head_file="")
    cards: dict[str, Described] = {CARD_FILE: card}
    if source.crack_map is not None:
        told = told | {"outputs": list(MAPS), "most_apart": MOST_APART[settings.format]}
        figures = [metric for one in maps for metric in one.metrics()]
        cards[MAP_CARD_FILE] = replace(_told(source.crack_map.card, told, figures), file="")
    run = RunFolder(out)
    for name, content in files.items():
        run.write(out / name, content)
    for name, one in cards.items():
        run.write(out / name, card_to_json(one).encode())
    if source.crack_map is None:
        (out / MAP_CARD_FILE).unlink(missing_ok=True)  # of an earlier export
    return Exported(out, card, parity, maps)


def _told(card: Kind, told: dict[str, Any], figures: Sequence[Metric]) -> Kind:
    """Give a card that says what was exported and how far it is from what it was made of."""
    metrics = tuple(metric for metric in card.metrics if not metric.name.startswith("parity_"))
    return replace(card, recipe={**card.recipe, "export": told}, metrics=(*metrics, *figures))
