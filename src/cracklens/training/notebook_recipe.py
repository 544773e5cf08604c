"""Takes labelled tiles; gives the net of the notebook this project began with, flaws included. It is the baseline."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.metrics import accuracy_score, classification_report, confusion_matrix, f1_score
from torch import Tensor, nn
from torchvision.transforms import v2

from cracklens.errors import DataError, SettingError
from cracklens.labels import LabelledSet, LabelledTile, read_labelled
from cracklens.models import Card, DataSource, Metric, card_to_json
from cracklens.photo import read_photo
from cracklens.training.curves import draw_confusion, draw_curves, draw_samples
from cracklens.training.features import batched
from cracklens.training.nets import StartingNet, Strides, open_starting, plan_to_json
from cracklens.training.on_card import CLASSES, KNOWN_DATA, versions
from cracklens.training.run_folder import RunFolder, own_folder, start_run, tiles_sha256

STATE_FILE = "resnet50_crack_model.pth"
N_SAMPLES = 10
SPLIT_RULE = "random 80/20 by tile: leaks, tiles of one photo and copies of one tile are on both sides"
FLAWS = (
    "It is a baseline, not a detector: its tiles were split at random, so its figures are of photos it has seen.",
    "Its BatchNorm statistics drifted while it was trained, and its scores are not calibrated.",
)
OnStep = Callable[[int, int], None]


@dataclass(frozen=True)
class NotebookSettings:
    """How the recipe `notebook` runs; the defaults are the original's.

    Attributes:
        epochs: passes over the tiles, ≥ 1.
        batch: tiles of a step, ≥ 1.
        learning_rate: of Adam, above 0.
        tile_px: side that every tile is resized to, ≥ 32.
        seed: of the split, the order and the last layer; the original set none.
        limit: use so many tiles, drawn with the seed; None uses all.
        weights: what the network starts from, see `open_starting`.
        strides: of weights that are a file.
    """

    epochs: int = 5
    batch: int = 32
    learning_rate: float = 1e-3
    tile_px: int = 227
    seed: int = 0
    limit: int | None = None
    weights: str = "bundled"
    strides: Strides | None = None

    def __post_init__(self) -> None:
        """Refuse what cannot be run; all faults at once."""
        least = {"epochs": 1, "batch": 1, "tile_px": 32, "limit": 1}
        given = {name: getattr(self, name) for name in least}
        faults = [f"{n} must be ≥ {least[n]}; got {v}" for n, v in given.items() if v is not None and v < least[n]]
        if not 0 < self.learning_rate < float("inf"):
            faults.append(f"learning_rate must be above 0; got {self.learning_rate}")
        if faults:
            raise SettingError(f"{'; '.join(faults)}. Leave an option out for its default.")


@dataclass(frozen=True)
class NotebookResult:
    """What the notebook printed and saved.

    Attributes:
        folder: of the run, with `resnet50_crack_model.pth`.
        accuracy, f1: on the random fifth of the tiles, 0-1.
        report: precision, recall, F1 and support per class, as text.
        confusion: (2, 2) counts; rows are the truth, Non-cracked first.
        card: the same for programs.
    """

    folder: Path
    accuracy: float
    f1: float
    report: str
    confusion: NDArray[np.int64]
    card: Card


def train_notebook(
    data: str | Path, *, out: str | Path, settings: NotebookSettings | None = None, on_progress: OnStep | None = None
) -> NotebookResult:
    """Train as the original notebook did: frozen ResNet50, `nn.Linear(2048, 2)`, Adam 1e-3, 5 epochs, batches of 32.

    Its flaws are kept, because it is what the other recipes are measured against:
    - The split is random by tile. Tiles of one photo, and copies of one tile, are on both sides; METU is full of them.
      Splits and groups that the data brings are not looked at.
    - There is no val: the last epoch is taken, and the fifth that is reported on would be the one to choose by.
    - The backbone is "frozen", but in training mode: its BatchNorm statistics drift towards the tiles with every step,
      and each step normalises by its own batch. So every epoch runs the whole network, and what is run is not what was
      trained.
    - Pixels are normalised by .5, where the weights were made with the mean and spread of ImageNet.
    - There is no augmentation, no weighting of classes, no calibration, and the threshold is .5.

    Args:
        data: folder with one subfolder a class, or a CSV.
        out: folder of the run: `resnet50_crack_model.pth` (state dict, torchvision's names), config, card, log,
            report.txt, and curves, confusion matrix and sample predictions as PNG.
        settings: None takes the original's.
        on_progress: called with (done, of all) training steps.

    Raises:
        DataError: no tiles of both classes on both sides.
        PhotoError: a tile that cannot be read.
        SettingError: `out` holds a run that `--resume` could go on with.
        OutputError: a file cannot be written, or another run trains into the folder.
    """
    settings = settings or NotebookSettings()
    labelled = read_labelled(Path(data))
    train, held_out = random_split(labelled, settings)
    run, started = RunFolder(Path(out)), open_starting(settings.weights, strides=settings.strides)
    net = classifier(started, seed=settings.seed)
    facts = {"data": str(Path(data).resolve()), **_facts(started, (*train, *held_out))}
    with own_folder(run.path):
        start_run(run, {"recipe": "notebook", **asdict(settings), **facts}, resume=False)
        rows = fit(net, train, settings, on_progress)
        preds = predict(net, held_out, settings)
        result = _result(run, labelled, (train, held_out), preds, settings)
        _write(run, net, result, rows)
        run.write(run.path / "samples.png", _samples(held_out, preds))
    return result


def random_split(
    labelled: LabelledSet, settings: NotebookSettings
) -> tuple[Sequence[LabelledTile], Sequence[LabelledTile]]:
    """Give four fifths and one fifth of the tiles, as `torch.utils.data.random_split` does.

    Raises:
        DataError: a side lacks a class.
    """
    order = torch.randperm(len(labelled.tiles), generator=torch.Generator().manual_seed(settings.seed)).tolist()
    tiles = [labelled.tiles[place] for place in order[: settings.limit]]
    cut = int(0.8 * len(tiles))
    parts = tiles[:cut], tiles[cut:]
    if any(len({tile.label for tile in part}) < 2 for part in parts):
        expected = "expected both classes in the random 80 % and in the rest"
        raise DataError(f"{labelled.name}: {expected}; got {len(tiles)} tiles. Label more, or raise limit.")
    return parts


def classifier(started: StartingNet, *, seed: int) -> nn.Module:
    """Give torchvision's ResNet50 with all weights frozen and a fresh `fc = nn.Linear(2048, 2)`.

    Raises:
        SettingError: weights of another architecture.
    """
    if started.plan.architecture != "resnet50":
        came = f"recipe notebook is about a ResNet50; got {started.plan.architecture!r}"
        raise SettingError(f"{came}. Use recipe finetune for other networks.")
    net = started.net.get_submodule("net")
    net.requires_grad_(requires_grad=False)
    torch.default_generator.manual_seed(seed)
    net.fc = nn.Linear(2048, 2)
    return net


def fit(
    net: nn.Module, tiles: Sequence[LabelledTile], settings: NotebookSettings, on_progress: OnStep | None = None
) -> list[dict[str, float]]:
    """Train the last layer and give the log, a row an epoch; the whole net is in training mode, as it was.

    Raises:
        DataError: the loss is not finite.
    """
    loss_of = nn.CrossEntropyLoss()
    optimizer = torch.optim.Adam(net.get_submodule("fc").parameters(), lr=settings.learning_rate)
    shuffle = torch.Generator().manual_seed(settings.seed + 1)
    n_steps, rows = -(-len(tiles) // settings.batch), []
    for epoch in range(settings.epochs):
        net.train()
        total, right = 0.0, 0
        order = [tiles[place] for place in torch.randperm(len(tiles), generator=shuffle).tolist()]
        for step, (pixels, labels) in enumerate(_batches(order, settings), 1):
            optimizer.zero_grad()
            logits = net(pixels)  # (N, 2)
            loss = loss_of(logits, labels)
            _check_loss(loss, epoch * n_steps + step)
            loss.backward()
            optimizer.step()
            total, right = total + float(loss.detach()) * len(labels), right + int((logits.argmax(1) == labels).sum())
            if on_progress:
                on_progress(epoch * n_steps + step, settings.epochs * n_steps)
        row = {"epoch": epoch, "train_loss": total / len(tiles), "train_accuracy": right / len(tiles)}
        rows.append(row)
    return rows


def _check_loss(loss: Tensor, step: int) -> None:
    if not torch.isfinite(loss):
        raise DataError(f"The loss must be finite; at step {step} it is {loss.item()}. Lower learning_rate.")


@torch.inference_mode()
def predict(net: nn.Module, tiles: Sequence[LabelledTile], settings: NotebookSettings) -> NDArray[np.int64]:
    """Give the class (N,) of tiles, 1 cracked, by the net in evaluation mode."""
    net.eval()
    found = [net(pixels).argmax(1) for pixels, _ in _batches(tiles, settings)]
    return torch.cat(found).numpy()


def _batches(tiles: Sequence[LabelledTile], settings: NotebookSettings) -> Iterator[tuple[Tensor, Tensor]]:
    """Give (N, 3, tile_px, tile_px) float32, -1 to 1, and labels (N,)."""
    side = (settings.tile_px, settings.tile_px)
    steps = v2.Compose(
        [
            v2.ToImage(),
            v2.Resize(side, antialias=True),
            v2.ToDtype(torch.float32, scale=True),
            v2.Normalize((0.5, 0.5, 0.5), (0.5, 0.5, 0.5)),
        ]
    )
    for batch in batched(tiles, settings.batch):
        pixels = torch.stack([steps(read_photo(tile.path).pixels) for tile in batch])
        yield pixels, torch.tensor([tile.label for tile in batch])


def _result(
    run: RunFolder,
    labelled: LabelledSet,
    parts: tuple[Sequence[LabelledTile], Sequence[LabelledTile]],
    preds: NDArray[np.int64],
    settings: NotebookSettings,
) -> NotebookResult:
    target = np.array([tile.label for tile in parts[1]])
    accuracy, f1 = float(accuracy_score(target, preds)), float(f1_score(target, preds, zero_division=0))
    text = classification_report(target, preds, labels=[0, 1], target_names=CLASSES, digits=4, zero_division=0)
    doi, licence = KNOWN_DATA.get(labelled.name, (None, None))
    figures = {"accuracy": accuracy, "f1": f1}
    card = Card(
        name=f"{labelled.name}-notebook",
        recipe={"name": "notebook", **asdict(settings), "state_file": STATE_FILE},
        classes=CLASSES,
        preprocessing=f"tile resized to {settings.tile_px} px; RGB 0-1, normalised by mean .5 and spread .5",
        backbone="ResNet50 in torch, whole",
        backbone_hash="",
        layers=("layer4",),
        temperature=1.0,
        offset=0.0,
        threshold=0.5,
        threshold_rule="0.5, the larger of two logits",
        data=(DataSource(labelled.name, len(parts[0]), labelled.with_left_out(SPLIT_RULE), doi, licence),),
        metrics=tuple(Metric(name, round(value, 5), len(target), SPLIT_RULE) for name, value in figures.items()),
        limits=FLAWS,
        score_rule=f"the whole tile, resized to {settings.tile_px} px",
        versions=versions() | {"torch": torch.__version__},
        created=datetime.now(UTC).date().isoformat(),
    )
    return NotebookResult(run.path, accuracy, f1, text, confusion_matrix(target, preds, labels=[0, 1]), card)


def _facts(started: StartingNet, tiles: Sequence[LabelledTile]) -> dict[str, object]:
    plan = replace(started.plan, mean=(0.5, 0.5, 0.5), std=(0.5, 0.5, 0.5))
    return {"starting": started.source, "net": plan_to_json(plan), "tiles_sha256": tiles_sha256(tiles)}


def _write(run: RunFolder, net: nn.Module, result: NotebookResult, rows: list[dict[str, float]]) -> None:
    stream = io.BytesIO()
    torch.save(net.state_dict(), stream)
    run.write(run.path / STATE_FILE, stream.getvalue())
    run.write(run.path / "report.txt", result.report.encode())
    run.write(run.path / "confusion.png", draw_confusion(result.confusion, CLASSES))
    run.write_log(rows)
    run.write(run.curves, draw_curves(rows))
    run.write(run.path / "card.json", card_to_json(result.card).encode())


def _samples(tiles: Sequence[LabelledTile], preds: NDArray[np.int64]) -> bytes:
    shown = tiles[:N_SAMPLES]
    pixels = [read_photo(tile.path).pixels for tile in shown]
    return draw_samples(pixels, [tile.label for tile in shown], preds[:N_SAMPLES].tolist(), CLASSES)
