"""Takes and gives the crack map of a checkpoint: its decoder and its card, in files. Knows no photos or training."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, ClassVar, Self

from cracklens.errors import CheckpointError, OutputError
from cracklens.files import write_whole
from cracklens.models.described import Described, card_to_json, read_card
from cracklens.values import MapSettings

MAP_CARD_FILE = "crackmap.json"
CONFIDENCE_WEIGHTS = 4
"""A constant, and one for each of three facts."""

MOST_TIMES = 16
"""How many times smaller a photo may be read."""

SUFFIXES = (".xml", ".bin", ".safetensors")
"""Of a decoder's files: structure and weights in INT8, and the float weights they were made of."""


@dataclass(frozen=True, kw_only=True)
class MapCard(Described):
    """What a crack map is, was made from, and how good it is; the network that it reads is that of its decoder.

    Attributes:
        settings: how it becomes a mask.
        file: of the decoder beside the card, named by its content; set when it is written.
        sha256: of the decoder's three files; set when it is written.
    """

    settings: MapSettings
    file: str = ""
    sha256: str = ""

    ORDER: ClassVar[tuple[str, ...]] = (
        "name", "recipe", "backbone_hash", "settings", "data", "metrics", "limits", "versions", "created", "licence",
        "file", "sha256", "card_version",
    )  # fmt: skip
    VERSION: ClassVar[int] = 1
    KIND: ClassVar[str] = "crack map"
    card_version: int = VERSION

    @classmethod
    def of_json(cls, raw: dict[str, Any]) -> Self:
        """Give the card of what `as_json` gave; its settings must be possible ones.

        Raises:
            TypeError, ValueError, KeyError: fields missing, unknown, of the wrong kind or out of range.
        """
        settings = MapSettings(**{name: _frozen(value) for name, value in raw["settings"].items()})
        faults = [name for name in ("low", "high", "edge") if not 0 <= getattr(settings, name) <= 1]
        if settings.familiar[0] >= settings.familiar[1]:
            raise ValueError(f"familiar must rise; got {settings.familiar}")
        if not all(isinstance(times, int) and 1 <= times <= MOST_TIMES for times in settings.scales):
            raise ValueError(f"scales must be whole numbers, 1-{MOST_TIMES}; got {settings.scales}")
        if faults or settings.evidence_power < 0 or len(settings.confidence) != CONFIDENCE_WEIGHTS:
            numbers = f"confidence {CONFIDENCE_WEIGHTS} numbers"
            raise ValueError(f"low, high and edge must be 0-1, evidence_power ≥ 0, {numbers}")
        return super().of_json({**raw, "settings": settings})


@dataclass(frozen=True)
class MapPart:
    """A crack map.

    Attributes:
        card: what it is.
        network: `.xml` of its decoder, the `.bin` beside it; `weights` is its float form, to train on from.
    """

    card: MapCard
    network: Path

    @property
    def weights(self) -> Path:
        """Where the float decoder is: safetensors."""
        return self.network.with_suffix(".safetensors")


def write_map(part: MapPart, folder: Path) -> MapPart:
    """Write a crack map into a checkpoint folder, named by its content, and give it as it stands there.

    Raises:
        OutputError: the folder cannot be written.
        CheckpointError: its decoder cannot be read.
    """
    files, card = map_files(part)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, of in files.items():
            write_whole(folder / name, of)
        write_whole(folder / MAP_CARD_FILE, card_to_json(card).encode())
        for old in folder.glob("crackmap-*"):
            if old.name not in files:
                old.unlink()
    except OSError as error:
        raise OutputError(f"{folder}: cannot be written ({error.strerror}). Choose another --out.") from error
    return MapPart(card, folder / card.file)


def map_files(part: MapPart) -> tuple[dict[str, bytes], MapCard]:
    """Give the decoder's files by names of their content, and the card that names them.

    Raises:
        CheckpointError: its decoder cannot be read.
    """
    content = _decoder(part.network)
    digest = hashlib.sha256(b"".join(content)).hexdigest()
    name = f"crackmap-{digest[:12]}"
    card = replace(part.card, file=f"{name}.xml", sha256=digest)
    return {f"{name}{suffix}": of for suffix, of in zip(SUFFIXES, content, strict=True)}, card


def read_map(folder: Path) -> MapPart | None:
    """Give the crack map of a checkpoint folder; None where it brings none.

    Raises:
        CheckpointError: damaged, or of another version.
    """
    path = folder / MAP_CARD_FILE
    if not path.is_file():
        return None
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, ValueError) as error:
        raise CheckpointError(f"{path}: cannot be read ({error}). Save the checkpoint again.") from error
    card = read_card(MapCard, text, source=str(path))
    network = folder / Path(card.file).name
    came = hashlib.sha256(b"".join(_decoder(network))).hexdigest()
    if came != card.sha256:
        expected = f"expected the decoder {card.sha256[:12]} that the card names; got {came[:12]}"
        raise CheckpointError(f"{network}: the file is damaged ({expected}). Save the checkpoint again.")
    return MapPart(card, network)


def _frozen(value: Any) -> Any:
    return tuple(_frozen(one) for one in value) if isinstance(value, list) else value


def _decoder(path: Path) -> list[bytes]:
    try:
        return [path.with_suffix(suffix).read_bytes() for suffix in SUFFIXES]
    except OSError as error:
        expected = "expected the decoder of a crack map, .xml, .bin and .safetensors"
        raise CheckpointError(f"{path}: {expected} ({error.strerror}). Save the checkpoint again.") from error
