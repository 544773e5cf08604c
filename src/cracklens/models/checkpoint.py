"""Takes and gives a checkpoint folder: a head and its card.json. Knows nothing of photos or training."""

from __future__ import annotations

import hashlib
import os
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load, save

from cracklens.errors import CheckpointError, OutputError
from cracklens.models.card import Card, card_from_json, card_to_json
from cracklens.values import Head

CARD_FILE = "card.json"


@dataclass(frozen=True)
class Checkpoint:
    """A head and its card."""

    head: Head
    card: Card


def write_checkpoint(checkpoint: Checkpoint, folder: Path) -> Path:
    """Write a checkpoint folder and give its path.

    The head's file is named by its content and the card names the head, so the new checkpoint is there from the moment
    its card is: whoever is killed before leaves the old one whole.

    Raises:
        OutputError: the folder cannot be written.
    """
    head = checkpoint.head
    content = save({"weight": np.ascontiguousarray(head.weight), "bias": np.ascontiguousarray(head.bias)})
    head_file = f"head-{hashlib.sha256(content).hexdigest()[:12]}.safetensors"
    card = card_to_json(replace(checkpoint.card, head_file=head_file))
    try:
        folder.mkdir(parents=True, exist_ok=True)
        write_whole(folder / head_file, content)
        write_whole(folder / CARD_FILE, card.encode())
        for old in folder.glob("head-*.safetensors"):
            if old.name != head_file:
                old.unlink()
    except OSError as error:
        raise OutputError(f"{folder}: cannot be written ({error.strerror}). Choose another --out.") from error
    return folder


def write_whole(path: Path, content: bytes) -> None:
    """Replace a file in one step, so that who is killed while writing leaves the old one whole."""
    handle, part = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(part, 0o644)  # mkstemp makes it private; a report is to be read by others
        os.replace(part, path)
    except BaseException:
        Path(part).unlink(missing_ok=True)
        raise


def read_checkpoint(folder: Path) -> Checkpoint:
    """Read a checkpoint folder.

    Raises:
        CheckpointError: missing, damaged, of another version, or head and card that do not fit each other.
    """
    try:
        card = card_from_json((folder / CARD_FILE).read_text(encoding="utf-8"), source=str(folder / CARD_FILE))
        path = folder / Path(card.head_file).name
        content = path.read_bytes()
        tensors = load(content)
    except (OSError, ValueError) as error:
        expected = f"expected a checkpoint folder with {CARD_FILE} and the head it names"
        raise CheckpointError(f"{folder}: {expected} ({error}). See `cracklens models list`.") from error
    except (SafetensorError, KeyError) as error:  # KeyError: a dtype that NumPy has not
        raise CheckpointError(f"{path}: the file is damaged ({error}). Save the checkpoint again.") from error
    if hashlib.sha256(content).hexdigest()[:12] not in path.name:
        raise CheckpointError(f"{path}: the file is damaged (its content is not what its name says). Save it again.")
    _check_tensors(tensors, path)
    head = Head(tensors["weight"], tensors["bias"], temperature=card.temperature, offset=card.offset)
    return Checkpoint(head, card)


def _check_tensors(tensors: dict[str, np.ndarray], path: Path) -> None:
    came = {name: (value.shape, str(value.dtype)) for name, value in tensors.items()}
    if came != {"weight": ((2, 3072), "float32"), "bias": ((2,), "float32")}:
        raise CheckpointError(f"{path}: expected weight (2, 3072) and bias (2,) float32; got {came}. Train it again.")
    if not all(np.isfinite(value).all() for value in tensors.values()):
        raise CheckpointError(f"{path}: the head has values that are not finite. Train it again.")
