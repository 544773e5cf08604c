"""Takes and gives a checkpoint folder: head, card.json, its own network if it has one. Knows no photos or training."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load, save

from cracklens.errors import CheckpointError
from cracklens.files import make_folder, output_errors, write_whole
from cracklens.models.card import Card, card_from_json
from cracklens.models.described import card_to_json
from cracklens.models.map_part import MAP_CARD_FILE, MapPart, map_files, read_map
from cracklens.values.head import DetailNet, Head, KnownFeatures

CARD_FILE = "card.json"
OF_A_CHECKPOINT = ("head-*.safetensors", "backbone-*.xml", "backbone-*.bin", "crackmap-*")
"""Files of a checkpoint beside its cards."""

_PARTS = {
    "detail": {"weight_in": "HD", "bias_in": "H", "weight_out": "H", "bias_out": "", "sharpness": ""},
    "known": {"projection": "KD", "centres": "SK", "limit": "S"},
    "map": {"weight": ""},
}
"""Tensors of the parts that a head may have, with the letters of their sides."""

_NOTHING = SimpleNamespace()


@dataclass(frozen=True)
class Checkpoint:
    """A head, its card, and the network and the crack map that it brings along where they are not the bundled ones.

    Attributes:
        head: gives scores from feature maps.
        card: what it is.
        backbone: `.xml` of its own OpenVINO network, the `.bin` beside it; None where it stands on the bundled one.
        crack_map: its own, with a card of its own; None where it uses the bundled one.
    """

    head: Head
    card: Card
    backbone: Path | None = None
    crack_map: MapPart | None = None


def write_checkpoint(checkpoint: Checkpoint, folder: Path) -> Path:
    """Write a checkpoint folder and give its path.

    Head, network and crack map are named by their content and cards name them, so the new checkpoint is there from the
    moment its cards are, which are written last: whoever is killed before leaves the old one whole. The card
    of the crack map is first by a moment; who is killed just there has the old head beside the new crack map.

    Raises:
        OutputError: the folder cannot be written.
        CheckpointError: the network is not the one that the card names, or cannot be read.
    """
    content = _head_content(checkpoint.head)
    head_file = f"head-{hashlib.sha256(content).hexdigest()[:12]}.safetensors"
    card = card_to_json(replace(checkpoint.card, head_file=head_file))
    decoder, map_card = map_files(checkpoint.crack_map) if checkpoint.crack_map else ({}, None)
    files = {head_file: content} | _network_files(checkpoint) | decoder
    with output_errors(make_folder(folder)):
        for name, part in files.items():
            write_whole(folder / name, part)
        if map_card is not None:
            write_whole(folder / MAP_CARD_FILE, card_to_json(map_card).encode())
        write_whole(folder / CARD_FILE, card.encode())
        if map_card is None:
            (folder / MAP_CARD_FILE).unlink(missing_ok=True)
        for old in (of for kind in OF_A_CHECKPOINT for of in folder.glob(kind)):
            if old.name not in files:
                old.unlink()
    return folder


def head_sha256(head: Head) -> str:
    """Give the SHA-256 of a head's file; its first 12 digits are in the file's name."""
    return hashlib.sha256(_head_content(head)).hexdigest()


def piece_sha256(head: Head, piece: str) -> str:
    """Give the SHA-256 of one piece of a head, "detail", "known" or "map", as if it were a file of its own."""
    return hashlib.sha256(_packed(_tensors(head, piece))).hexdigest()


def _head_content(head: Head) -> bytes:
    pieces = (_tensors(head, piece) for piece in _PARTS)
    return _packed({"weight": head.weight, "bias": head.bias}, *pieces)


def _tensors(head: Head, piece: str) -> dict[str, Any]:
    if piece == "map":
        return {} if head.map_weight is None else {"map.weight": head.map_weight}
    return {f"{piece}.{name}": value for name, value in vars(getattr(head, piece) or _NOTHING).items()}


def _packed(*tensors: dict[str, Any]) -> bytes:
    return save({name: np.array(value, np.float32, order="C") for of in tensors for name, value in of.items()})


def network_parts(path: Path) -> tuple[bytes, bytes]:
    """Give the bytes of an OpenVINO network, structure and weights; the hash of a backbone is over both.

    Raises:
        CheckpointError: a file cannot be read.
    """
    try:
        return path.read_bytes(), path.with_suffix(".bin").read_bytes()
    except OSError as error:
        expected = "expected an OpenVINO network, .xml and .bin"
        raise CheckpointError(f"{path}: {expected} ({error.strerror}). Save the checkpoint again.") from error


def _network_name(card: Card) -> str:
    return Path(f"backbone-{card.backbone_hash[:12]}.xml").name


def _network_files(checkpoint: Checkpoint) -> dict[str, bytes]:
    """Give the files of a checkpoint's own network by name; empty where it stands on the bundled one."""
    if checkpoint.backbone is None:
        return {}
    structure, weights = network_parts(checkpoint.backbone)
    _check_network(structure + weights, checkpoint.card, checkpoint.backbone)
    name = _network_name(checkpoint.card)
    return {name.removesuffix(".xml") + ".bin": weights, name: structure}


def _check_network(content: bytes, card: Card, path: Path) -> None:
    came = hashlib.sha256(content).hexdigest()
    if came != card.backbone_hash:
        expected = f"expected the network {card.backbone_hash[:12]} that the card names; got {came[:12]}"
        raise CheckpointError(f"{path}: the file is damaged ({expected}). Save the checkpoint again.")


def _own_network(folder: Path, card: Card) -> Path | None:
    """Give the checkpoint's own network, whole; None where it brings none."""
    path = folder / _network_name(card)
    if not path.is_file():
        return None
    _check_network(b"".join(network_parts(path)), card, path)
    return path


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
    backbone = _own_network(folder, card)
    _check_tensors(tensors, path, own=backbone is not None)
    parts = {part: _of(tensors, part) for part in _PARTS}
    detail = DetailNet(**parts["detail"]) if parts["detail"] else None
    known = KnownFeatures(**parts["known"]) if parts["known"] else None
    weight = parts["map"].get("weight")
    head = Head(tensors["weight"], tensors["bias"], card.temperature, card.offset, detail, known, weight)
    return Checkpoint(head, card, backbone, read_map(folder))


def _of(tensors: dict[str, np.ndarray], part: str) -> dict[str, Any]:
    """Give the tensors of one part of a head by name, those without a shape as numbers."""
    own = {name.removeprefix(f"{part}."): value for name, value in tensors.items() if name.startswith(f"{part}.")}
    return {name: value if value.ndim else float(value) for name, value in own.items()}


def _check_tensors(tensors: dict[str, np.ndarray], path: Path, *, own: bool) -> None:
    """Refuse a head that is none; on a network of its own it may read another number of features."""
    came = {name: (value.shape, str(value.dtype)) for name, value in tensors.items()}
    wide = came["weight"][0][-1:] if own and "weight" in came else (3072,)
    expected = {"weight": ((2, *wide), "float32"), "bias": ((2,), "float32")}
    for part, shapes in _PARTS.items():
        if any(name.startswith(f"{part}.") for name in came):
            sizes = {"D": wide[0], "H": _first(came, "detail.bias_in"), "K": _first(came, "known.projection")}
            sizes["S"] = _first(came, "known.centres")
            filled = {name: tuple(sizes[side] for side in sides) for name, sides in shapes.items()}
            if came.get(f"{part}.limit", [None])[0] == ():  # one for all kinds of surface, as it was
                filled["limit"] = ()
            expected |= {f"{part}.{name}": (shape, "float32") for name, shape in filled.items()}
    if came != expected:
        raise CheckpointError(f"{path}: expected weight (2, 3072) and bias (2,) float32; got {came}. Train it again.")
    if not all(np.isfinite(value).all() for value in tensors.values()):
        raise CheckpointError(f"{path}: the head has values that are not finite. Train it again.")


def _first(came: dict[str, Any], name: str) -> int:
    """Give the first side of a tensor; 0 where it has none."""
    shape = came.get(name, ((),))[0]
    return int(shape[0]) if shape else 0
