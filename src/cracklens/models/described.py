"""Takes and gives what the cards of all parts share: fields, and JSON as they are written in it. Knows no part."""

from __future__ import annotations

import json
from dataclasses import Field, asdict, dataclass, fields
from typing import Any, ClassVar, Self, TypeVar

from cracklens.errors import CheckpointError
from cracklens.visible import visible_json


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
    """Data that a part was fitted on.

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


@dataclass(frozen=True, kw_only=True)
class Described:
    """What the card of every part of a checkpoint says.

    Attributes:
        name: of the part.
        recipe: how it was made, with every setting.
        backbone_hash: SHA-256 of the network that it reads.
        data: what it was fitted on.
        metrics: what was measured.
        limits: sentences for the person who signs the report.
        versions: of the software that fitted it.
        created: date, YYYY-MM-DD.
        licence: of the weights.
        card_version: of the format of its card.
    """

    name: str
    recipe: dict[str, Any]
    backbone_hash: str
    data: tuple[DataSource, ...]
    metrics: tuple[Metric, ...]
    limits: tuple[str, ...]
    versions: dict[str, str]
    created: str
    licence: str = "Apache-2.0"
    card_version: int

    ORDER: ClassVar[tuple[str, ...]]
    """The fields as they stand in the JSON."""

    VERSION: ClassVar[int]
    """Raised when a reader of today could misread a card."""

    KIND: ClassVar[str]
    """What it is the card of, in errors."""

    def as_json(self) -> dict[str, Any]:
        """Give the fields for JSON, in the order of the format."""
        raw = asdict(self)
        return {name: raw[name] for name in self.ORDER}

    @classmethod
    def of_json(cls, raw: dict[str, Any]) -> Self:
        """Give the card of what `as_json` gave.

        Raises:
            TypeError, ValueError, KeyError: fields missing, unknown, or of the wrong kind.
        """
        lists = {item.name: listed(raw, item.name) for item in fields(cls) if str(item.type).startswith("tuple")}
        lists["data"] = tuple(checked(DataSource(**source)) for source in lists["data"])
        lists["metrics"] = tuple(checked(Metric(**metric)) for metric in lists["metrics"])
        return checked(cls(**{**raw, **lists}))

    @classmethod
    def advice(cls, raw: dict[str, Any]) -> str:  # noqa: ARG003 a card may say more
        """Say what to do with a card of another version."""
        return "Install the cracklens that wrote it, or make it again."


Entry = TypeVar("Entry", bound=Described | DataSource | Metric)
Kind = TypeVar("Kind", bound=Described)


def card_to_json(card: Described) -> str:
    """Give a card as JSON text with a line feed at its end."""
    return visible_json(json.dumps(card.as_json(), indent=2, ensure_ascii=False)) + "\n"


def read_card(kind: type[Kind], text: str, *, source: str) -> Kind:
    """Read a card.

    Args:
        kind: of what part.
        text: JSON.
        source: where it comes from, for the error.

    Raises:
        CheckpointError: no JSON, another card version, or fields missing or of the wrong kind.
    """
    try:
        raw = json.loads(text)
        version = raw["card_version"]
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        expected = f"expected the JSON card of a {kind.KIND}"
        raise CheckpointError(f"{source}: {expected}. Save the checkpoint again.") from error
    if version != kind.VERSION:
        came = f"this cracklens reads card version {kind.VERSION} of a {kind.KIND}; got {version!r}"
        raise CheckpointError(f"{source}: {came}. {kind.advice(raw)}")
    try:
        return kind.of_json(raw)
    except (AttributeError, TypeError, ValueError, KeyError) as error:
        raise CheckpointError(f"{source}: the card is damaged ({error}). Save the checkpoint again.") from error


def listed(raw: dict[str, Any], name: str) -> tuple[Any, ...]:
    """Give a field of JSON that must be a list."""
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


def checked(entry: Entry) -> Entry:
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
