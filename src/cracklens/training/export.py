"""Takes a checkpoint and labelled tiles; gives it as OpenVINO or ONNX, if its decisions are those of torch."""

from __future__ import annotations

import hashlib
import json
import random
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal, get_args

import numpy as np
import openvino as ov
from torch import nn

from cracklens.errors import CheckpointError, DataError, SettingError
from cracklens.labels.dataset import LabelledSet, LabelledTile, read_labelled
from cracklens.labels.splits import of_split, with_splits
from cracklens.models.card import Card, card_from_json, card_to_json
from cracklens.models.checkpoint import CARD_FILE, network_parts, read_checkpoint
from cracklens.models.registry import INT8_BACKBONE, find_checkpoint
from cracklens.training.export_networks import (
    INPUT,
    ScoreNet,
    network_run,
    onnx_bytes,
    output_names,
    torch_run,
    with_head,
)
from cracklens.training.export_parity import MOST_FLIPPED, Parity, WindowLogits, check_parity, compare, tile_logits
from cracklens.training.finetune_net import read_weights
from cracklens.training.finetune_plan import NetPlan, build, map_depths
from cracklens.training.finetune_result import RANGE_TILES
from cracklens.training.int8_forms import FLOAT, Agreement, agreement_on, first_agreeing, int8_forms
from cracklens.training.quantize import convert_net
from cracklens.training.run_folder import RunFolder
from cracklens.training.starting_weights import open_starting, read_state_dict
from cracklens.values import Head

Format = Literal["openvino", "onnx"]
ParityOf = Callable[[WindowLogits], Parity]
NAME = "cracklens"
LAYER3_DEPTH = 1024
REFUSED = "say --float for the float OpenVINO network, which passes the same gate, or raise --most-flipped"
"""What to do where no INT8 form agrees."""


@dataclass(frozen=True)
class ExportSettings:
    """How a checkpoint is exported.

    Attributes:
        format: "openvino" is the INT8 network the detector runs; "onnx" the float one.
        most_flipped: share of val tiles, 0-1, whose decision may differ from torch's.
        limit: compare so many val tiles, drawn with seed 0; None compares all.
        float_network: of "openvino", the float network: some 3 times slower, for nets that INT8 changes.
    """

    format: Format = "openvino"
    most_flipped: float = MOST_FLIPPED
    limit: int | None = None
    float_network: bool = False

    @property
    def form(self) -> str:
        """What is exported, in words."""
        return f"{FLOAT} openvino" if self.float_network and self.format == "openvino" else self.format

    def __post_init__(self) -> None:
        """Refuse what cannot be done; all faults at once."""
        faults = []
        if self.format not in get_args(Format):
            faults.append(f"format must be one of {', '.join(get_args(Format))}; got {self.format!r}")
        if not 0 <= self.most_flipped <= 1:
            faults.append(f"most_flipped must be 0-1; got {self.most_flipped}")
        if self.limit is not None and self.limit < 1:
            faults.append(f"limit must be ≥ 1; got {self.limit}")
        if faults:
            raise SettingError(f"{'; '.join(faults)}. Leave an option out for its default.")


@dataclass(frozen=True)
class Exported:
    """An exported checkpoint.

    Attributes:
        folder: with `cracklens.xml` and `.bin`, or `cracklens.onnx`, and `card.json`.
        card: of the checkpoint, with what was exported and its parity.
        parity: with torch, on val.
    """

    folder: Path
    card: Card
    parity: Parity


@dataclass(frozen=True)
class Source:
    """What is exported.

    Attributes:
        backbone: in torch, float; the reference.
        head: calibrated.
        card: what it is.
        network: INT8 backbone; None where there is none yet.
    """

    backbone: nn.Module
    head: Head
    card: Card
    network: Path | None

    def score_net(self) -> ScoreNet:
        """Give the reference as one network."""
        return ScoreNet(self.backbone, self.head, depth3=map_depths(self.backbone)[0])


def export_checkpoint(
    checkpoint: str | Path, *, out: str | Path, data: str | Path | None = None, settings: ExportSettings | None = None
) -> Exported:
    """Write a checkpoint as one network, from windows of pixels to scores, that needs no cracklens.

    Input `windows` (N, H, W, 3) uint8 RGB, H and W multiples of 32 and at least 224; outputs `local_logits`
    (N, H/32, W/32), of a linear head to be averaged over any box and then calibrated, and `scores`
    (N, H/32-6, W/32-6), 0-1. A head with a detail net also gives `detail_logits` (N, H/32, W/32). What a head knows of
    its training data is not exported.

    Args:
        checkpoint: name of a bundled detector, folder of a checkpoint, or folder of a run of recipe notebook.
        out: folder of the export.
        data: labelled tiles whose val split is compared; None takes those the run was trained on.
        settings: None takes the defaults.

    Raises:
        OutputError: too many decisions differ from torch's, or the folder cannot be written.
        CheckpointError: the checkpoint cannot be read.
        DataError: no labelled tiles to compare on.
    """
    settings = settings or ExportSettings()
    folder = find_checkpoint(checkpoint)
    source = open_source(folder)
    labelled = _labelled(folder, source.card, data)
    val = _val(labelled, settings)
    reference = tile_logits(val, torch_run(source.score_net()))

    def parity_of(form: WindowLogits) -> Parity:
        where = f"{settings.form} against torch, {labelled.name}, val"
        return compare(reference, tile_logits(val, form), source.head, threshold=source.card.threshold, data=where)

    agreement = agreement_on(val, reference, source.head, threshold=source.card.threshold)
    files, parity = _files(source, of_split(labelled, "train"), (parity_of, agreement), settings)
    advice = REFUSED if settings.form == "openvino" else "raise --most-flipped"
    what = f"{source.card.name} as {settings.form}"
    check_parity(parity, most_flipped=settings.most_flipped, what=what, advice=advice)
    return _write(Path(out), files, source, parity, settings)


def open_source(folder: Path) -> Source:
    """Read what is to be exported, with its float weights.

    Raises:
        CheckpointError: it cannot be read, or its float weights are not there.
    """
    state_file = _state_file(folder)
    if state_file is not None:
        return _open_notebook(folder, state_file)
    loaded = read_checkpoint(folder)
    if loaded.backbone is None:
        net = build(NetPlan())  # it has the bundled weights
        return Source(net, loaded.head, loaded.card, INT8_BACKBONE)
    name = loaded.card.recipe.get("weights_file")
    if not isinstance(name, str):
        raise CheckpointError(f"{folder}: the card names no float weights, which the export is compared with.")
    network = None if loaded.card.recipe.get("network") == FLOAT else loaded.backbone
    return Source(read_weights(folder / Path(name).name).backbone, loaded.head, loaded.card, network)


def _state_file(folder: Path) -> str | None:
    """Give the state dict of a run of recipe notebook; None where the folder is another thing."""
    try:
        name = json.loads((folder / CARD_FILE).read_text(encoding="utf-8"))["recipe"]["state_file"]
    except (OSError, ValueError, KeyError, TypeError):
        return None  # no such run: read_checkpoint says what is wrong with it
    return Path(name).name if isinstance(name, str) else None


def _open_notebook(folder: Path, state_file: str) -> Source:
    """Read the notebook's net: its last layer reads layer4 alone."""
    card = card_from_json((folder / CARD_FILE).read_text(encoding="utf-8"), source=str(folder / CARD_FILE))
    net, state = open_starting(folder / state_file).net, read_state_dict(folder / state_file)
    if "fc.weight" not in state or "fc.bias" not in state:
        raise CheckpointError(f"{folder / state_file}: expected a last layer fc; it has none. Train it again.")
    weight = np.pad(state["fc.weight"].float().numpy(), ((0, 0), (LAYER3_DEPTH, 0)))  # (2, 3072)
    return Source(net, Head(weight, state["fc.bias"].float().numpy()), card, None)


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


def _files(
    source: Source,
    train: Sequence[LabelledTile],
    judged_by: tuple[ParityOf, Agreement],
    settings: ExportSettings,
) -> tuple[dict[str, bytes], Parity]:
    """Give the files of the export by name, and their parity."""
    parity_of, agreement = judged_by
    if settings.format == "onnx":
        content = onnx_bytes(source.score_net())
        model = ov.Core().read_model(content)
        exact = {"INFERENCE_PRECISION_HINT": "f32"}  # as other runtimes compute it
        compiled = ov.Core().compile_model(model, "CPU", exact)
        return {f"{NAME}.onnx": content}, parity_of(network_run(compiled, source.head))
    if settings.float_network:
        return _openvino(convert_net(source.backbone), source, parity_of)
    if source.network is not None:
        return _openvino(ov.Core().read_model(source.network), source, parity_of)
    some = random.Random(0).sample([tile.path for tile in train], min(RANGE_TILES, len(train)))  # noqa: S311 no secret

    def judge(model: ov.Model, way: str) -> tuple[dict[str, bytes], Parity]:
        files, parity = _openvino(model, source, parity_of)
        return files, replace(parity, data=f"{way}: {parity.data}")

    forms = int8_forms(lambda: convert_net(source.backbone), some, agreement, most_lost=settings.most_flipped)
    return first_agreeing(forms, judge, parity_of=lambda found: found[1], most_flipped=settings.most_flipped)


def _openvino(backbone: ov.Model, source: Source, parity_of: ParityOf) -> tuple[dict[str, bytes], Parity]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"{NAME}.xml"
        ov.save_model(with_head(backbone, source.head), path, compress_to_fp16=True)
        structure, weights = network_parts(path)
        parity = parity_of(network_run(ov.Core().compile_model(path, "CPU"), source.head))
    return {f"{NAME}.bin": weights, f"{NAME}.xml": structure}, parity


def _write(out: Path, files: dict[str, bytes], source: Source, parity: Parity, settings: ExportSettings) -> Exported:
    hashes = {name: hashlib.sha256(content).hexdigest() for name, content in files.items()}
    card, outputs = source.card, list(output_names(source.head))
    told = {"format": settings.form, "sha256": hashes, "input": INPUT, "outputs": outputs}
    metrics = tuple(metric for metric in card.metrics if not metric.name.startswith("parity_"))
    recipe = {**card.recipe, "export": told}
    card = replace(card, recipe=recipe, metrics=(*metrics, *parity.metrics()), head_file="")
    run = RunFolder(out)
    for name, content in files.items():
        run.write(out / name, content)
    run.write(out / CARD_FILE, card_to_json(card).encode())
    return Exported(out, card, parity)
