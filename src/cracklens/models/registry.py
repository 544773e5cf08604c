"""Takes a name; gives the path of bundled weights or of a checkpoint folder. Knows nothing of what is inside."""

from __future__ import annotations

import difflib
from pathlib import Path

from cracklens.errors import CheckpointError
from cracklens.models.card import Card
from cracklens.models.checkpoint import CARD_FILE, read_checkpoint
from cracklens.models.map_part import MapPart, read_map

WEIGHTS = Path(__file__).parent / "weights"
INT8_BACKBONE = WEIGHTS / "resnet50_int8.xml"
CRACK_MAP = WEIGHTS / "crackmap"
FLOAT_BACKBONE = WEIGHTS / "resnet50_imagenet_fp16.safetensors"
DEFAULT_DETECTOR = "concrete"
SMALL_DETECTOR = "concrete-frozen"
"""The linear head alone, as the recipe `frozen` gives it."""


def bundled_detectors() -> tuple[str, ...]:
    """Give the names of the detectors that come with the package, in order."""
    return tuple(sorted(card.parent.name for card in (WEIGHTS / "detectors").glob(f"*/{CARD_FILE}")))


def find_checkpoint(name_or_path: str | Path) -> Path:
    """Give the folder of a bundled detector by its name, or of a checkpoint by its path.

    A text that is a bundled name is that detector, whatever lies in the current folder: a folder of the same name is
    written "./concrete", or given as a `Path`.

    Raises:
        CheckpointError: neither; the sentence gives the nearest name.
    """
    names = bundled_detectors()
    if name_or_path in names:
        return WEIGHTS / "detectors" / name_or_path
    if Path(name_or_path).is_dir():
        return Path(name_or_path)
    if str(name_or_path) in names:
        return WEIGHTS / "detectors" / str(name_or_path)
    near = difflib.get_close_matches(str(name_or_path), names, n=1, cutoff=0.4)
    hint = f"Did you mean {near[0]!r}?" if near else f"Bundled: {', '.join(names)}."
    raise CheckpointError(f"{name_or_path}: expected a checkpoint folder or the name of a bundled detector. {hint}")


def bundled_map() -> MapPart:
    """Give the crack map that comes with the package, for checkpoints that bring none.

    Raises:
        CheckpointError: it is not there.
    """
    part = read_map(CRACK_MAP)
    if part is None:
        raise CheckpointError(f"{CRACK_MAP}: expected the bundled crack map; it is gone. Install cracklens again.")
    return part


def list_detectors() -> list[str]:
    """Give the names of the bundled detectors, the default first."""
    names = bundled_detectors()
    return sorted(names, key=lambda name: (name != DEFAULT_DETECTOR, name))


def show_detector(name_or_path: str | Path | None = None) -> Card:
    """Give the card of a bundled detector or of a checkpoint folder; None takes the default.

    Raises:
        CheckpointError: neither, or damaged.
    """
    return read_checkpoint(find_checkpoint(name_or_path or DEFAULT_DETECTOR)).card
