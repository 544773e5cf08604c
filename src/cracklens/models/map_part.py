"""Takes and gives the crack map of a checkpoint: its decoder and its card, in files. Knows no photos or training."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from cracklens.errors import CheckpointError, OutputError
from cracklens.files import write_whole
from cracklens.models.card import DataSource, Metric
from cracklens.values import MapSettings
from cracklens.visible import visible_json

MAP_CARD_FILE = "crackmap.json"
MAP_CARD_VERSION = 1
CONFIDENCE_WEIGHTS = 7
"""A constant, and one for each of six facts."""

SUFFIXES = (".xml", ".bin", ".safetensors")
"""Of a decoder's files: structure and weights in INT8, and the float weights they were made of."""


@dataclass(frozen=True)
class MapCard:
    """What a crack map is, was made from, and how good it is.

    Attributes:
        name: of the crack map.
        recipe: how it was made, with every setting.
        backbone_hash: SHA-256 of the network that its decoder reads.
        settings: how it becomes a mask.
        data: what it was fitted on.
        metrics: what was measured.
        limits: sentences for the person who signs the report.
        versions: of the software that fitted it.
        created: date, YYYY-MM-DD.
        licence: of the weights.
        file: of the decoder beside the card, named by its content; set when it is written.
        sha256: of the decoder's three files; set when it is written.
        card_version: of this format.
    """

    name: str
    recipe: dict[str, Any]
    backbone_hash: str
    settings: MapSettings
    data: tuple[DataSource, ...]
    metrics: tuple[Metric, ...]
    limits: tuple[str, ...]
    versions: dict[str, str]
    created: str
    licence: str = "Apache-2.0"
    file: str = ""
    sha256: str = ""
    card_version: int = field(default=MAP_CARD_VERSION)


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
    content = _decoder(part.network)
    digest = hashlib.sha256(b"".join(content)).hexdigest()
    name = f"crackmap-{digest[:12]}.xml"
    card = replace(part.card, file=name, sha256=digest)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for suffix, of in zip(SUFFIXES, content, strict=True):
            write_whole((folder / name).with_suffix(suffix), of)
        text = visible_json(json.dumps(asdict(card), indent=2, ensure_ascii=False)) + "\n"
        write_whole(folder / MAP_CARD_FILE, text.encode())
        for old in folder.glob("crackmap-*"):
            if old.stem != Path(name).stem:
                old.unlink()
    except OSError as error:
        raise OutputError(f"{folder}: cannot be written ({error.strerror}). Choose another --out.") from error
    return MapPart(card, folder / name)


def read_map(folder: Path) -> MapPart | None:
    """Give the crack map of a checkpoint folder; None where it brings none.

    Raises:
        CheckpointError: damaged, or of another version.
    """
    path = folder / MAP_CARD_FILE
    if not path.is_file():
        return None
    try:
        raw = json.loads(path.read_text(encoding="utf-8"))
        card = _card(raw)
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        expected = f"expected the card of a crack map, version {MAP_CARD_VERSION}"
        raise CheckpointError(f"{path}: {expected} ({error}). Save the checkpoint again.") from error
    network = folder / Path(card.file).name
    came = hashlib.sha256(b"".join(_decoder(network))).hexdigest()
    if came != card.sha256:
        expected = f"expected the decoder {card.sha256[:12]} that the card names; got {came[:12]}"
        raise CheckpointError(f"{network}: the file is damaged ({expected}). Save the checkpoint again.")
    return MapPart(card, network)


def _card(raw: dict[str, Any]) -> MapCard:
    if raw["card_version"] != MAP_CARD_VERSION:
        raise ValueError(f"got version {raw['card_version']!r}")
    settings = MapSettings(**{name: _frozen(value) for name, value in raw["settings"].items()})
    faults = [name for name in ("low", "high", "edge") if not 0 <= getattr(settings, name) <= 1]
    if settings.familiar[0] >= settings.familiar[1]:
        raise ValueError(f"familiar must rise; got {settings.familiar}")
    if faults or settings.evidence_power < 0 or len(settings.confidence) != CONFIDENCE_WEIGHTS:
        raise ValueError(f"low, high and edge must be 0-1, evidence_power ≥ 0, confidence {CONFIDENCE_WEIGHTS} numbers")
    data = tuple(DataSource(**source) for source in raw["data"])
    metrics = tuple(Metric(**metric) for metric in raw["metrics"])
    return MapCard(**{**raw, "settings": settings, "data": data, "metrics": metrics, "limits": tuple(raw["limits"])})


def _frozen(value: Any) -> Any:
    return tuple(_frozen(one) for one in value) if isinstance(value, list) else value


def _decoder(path: Path) -> list[bytes]:
    try:
        return [path.with_suffix(suffix).read_bytes() for suffix in SUFFIXES]
    except OSError as error:
        expected = "expected the decoder of a crack map, .xml, .bin and .safetensors"
        raise CheckpointError(f"{path}: {expected} ({error.strerror}). Save the checkpoint again.") from error
