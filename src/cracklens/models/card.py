"""Takes and gives the JSON card of a checkpoint: what it is, was made from, and how good it is. Knows no weights."""

from __future__ import annotations

import json
import math
from dataclasses import Field, asdict, dataclass, field, fields
from typing import Any, TypeVar

from cracklens.errors import CheckpointError
from cracklens.visible import visible_json

CARD_VERSION = 2
"""Raised when a reader of today could misread a card. 1 knew no score rule: heads were fitted on the mean of a tile."""

RECIPES = ("frozen", "finetune", "notebook")
"""Of `cracklens train`."""

SCORE_RULE = "a picture's score is the highest of the 224 px neighbourhoods inside it, at a stride of 32 px"


@dataclass(frozen=True)
class Metric:
    """One measured figure with its interval.

    Attributes:
        name: as scikit-learn calls it, e.g. "recall".
        value: the figure.
        low, high: 95 % confidence interval; None where none was computed.
        n: how many tiles it was measured on; for recall the cracked ones.
        data: which data and split, and how weighted.
    """

    name: str
    value: float
    n: int
    data: str
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class DataSource:
    """Data a checkpoint was fitted on.

    Attributes:
        name: how it is called.
        n: how many tiles.
        split: where the split comes from.
        doi, licence: None where unknown.
        split_sha256: of the file that the split is read from, or of the drawn split; None where there is none.
    """

    name: str
    n: int
    split: str
    doi: str | None = None
    licence: str | None = None
    split_sha256: str | None = None


@dataclass(frozen=True)
class Card:
    """What a checkpoint is, was made from, and how good it is.

    Attributes:
        name: of the checkpoint.
        recipe: how it was trained, with every setting.
        classes: in the order of the head's rows.
        preprocessing: what happens to pixels before the network.
        backbone: name of the network.
        backbone_hash: SHA-256 of its weights file.
        layers: whose features the head reads, in order.
        temperature, offset: calibration, see `cracklens.values.Head`.
        threshold: default score from which a cell is called a crack.
        threshold_rule: how the threshold was chosen.
        score_rule: what the score of a picture is, in fit, threshold, metrics and use.
        data: what it was fitted on.
        metrics: what was measured.
        limits: sentences for the person who signs the report.
        versions: of the software that fitted it.
        created: date, YYYY-MM-DD.
        licence: of the weights.
        head_file: file of the head beside the card, named by its content; set when the checkpoint is written.
        card_version: of this format.
    """

    name: str
    recipe: dict[str, Any]
    classes: tuple[str, ...]
    preprocessing: str
    backbone: str
    backbone_hash: str
    layers: tuple[str, ...]
    temperature: float
    offset: float
    threshold: float
    threshold_rule: str
    data: tuple[DataSource, ...]
    metrics: tuple[Metric, ...]
    limits: tuple[str, ...]
    versions: dict[str, str]
    created: str
    licence: str = "Apache-2.0"
    score_rule: str = SCORE_RULE
    head_file: str = ""
    card_version: int = field(default=CARD_VERSION)


Entry = TypeVar("Entry", Card, DataSource, Metric)


def card_to_json(card: Card) -> str:
    """Give the card as JSON text with a line feed at its end."""
    return visible_json(json.dumps(asdict(card), indent=2, ensure_ascii=False)) + "\n"


def card_from_json(text: str, *, source: str) -> Card:
    """Read a card.

    Args:
        text: JSON.
        source: where it comes from, for the error.

    Raises:
        CheckpointError: no JSON, another card version, or fields missing or of the wrong kind.
    """
    try:
        raw = json.loads(text)
        version = raw["card_version"]
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        expected = "expected the JSON card of a checkpoint"
        raise CheckpointError(f"{source}: {expected}. Save the checkpoint again.") from error
    if version != CARD_VERSION:
        came = f"this cracklens reads card version {CARD_VERSION}; got {version!r}"
        raise CheckpointError(f"{source}: {came}. {_advice(raw, version)}")
    try:
        return _card(raw)
    except (TypeError, ValueError, KeyError) as error:
        raise CheckpointError(f"{source}: the card is damaged ({error}). Save the checkpoint again.") from error


def _advice(raw: dict[str, Any], version: object) -> str:
    """Say what to do with a card of another version; the head of an older one was fitted to other scores."""
    recipe = raw.get("recipe")
    name = recipe.get("name") if isinstance(recipe, dict) else None
    if version == 1 and name in RECIPES:
        again = f"cracklens train DATA --recipe {name} --out DIR"
        return f"Its threshold and figures are of other scores than are given now. Fit it again with `{again}`."
    return "Install the cracklens that wrote it, or train again."


def _card(raw: dict[str, Any]) -> Card:
    if "score_rule" not in raw:
        raise KeyError("score_rule")
    lists = {name: _tuple(raw, name) for name in ("classes", "layers", "limits")}
    data = tuple(_checked(DataSource(**source)) for source in _tuple(raw, "data"))
    metrics = tuple(_checked(Metric(**metric)) for metric in _tuple(raw, "metrics"))
    card = _checked(Card(**{**raw, **lists, "data": data, "metrics": metrics}))
    if not all(map(math.isfinite, (card.temperature, card.offset, card.threshold))):
        raise ValueError("temperature, offset and threshold must be finite")
    if not (0 <= card.threshold <= 1 and card.temperature > 0):
        raise ValueError("threshold must be 0-1 and temperature above 0")
    return card


def _tuple(raw: dict[str, Any], name: str) -> tuple[Any, ...]:
    if not isinstance(raw[name], list):
        raise TypeError(f"{name} must be a list")
    return tuple(raw[name])


_KINDS: dict[str, tuple[type, ...]] = {
    "str": (str,),
    "str | None": (str, type(None)),
    "int": (int,),
    "float": (int, float),
    "float | None": (int, float, type(None)),
    "dict[str, Any]": (dict,),
    "dict[str, str]": (dict,),
    "tuple[str, ...]": (tuple,),
}
"""What JSON may hold for a field of this annotation; a bool is no number."""


def _checked(entry: Entry) -> Entry:
    """Give the entry back if every field is of its kind."""
    pairs = [(item, getattr(entry, item.name)) for item in fields(entry)]
    faults = [f"{item.name} must be {item.type}; got {value!r}" for item, value in pairs if not _fits(value, item)]
    if faults:
        raise TypeError("; ".join(faults))
    return entry


def _fits(value: object, item: Field[Any]) -> bool:
    kinds = _KINDS.get(str(item.type), (object,))
    texts = value if item.type == "tuple[str, ...]" and isinstance(value, tuple) else ()
    return isinstance(value, kinds) and not isinstance(value, bool) and all(isinstance(text, str) for text in texts)
