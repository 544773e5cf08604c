"""Takes and gives the JSON card of a checkpoint: what its head is, was made from, how good it is. Knows no weights."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, ClassVar, Self

from cracklens.models.described import Described, read_card

RECIPES = ("frozen", "finetune", "notebook")
"""Of `cracklens train`."""

SCORE_RULE = "a picture's score is the highest of the 224 px neighbourhoods inside it, at a stride of 32 px"


@dataclass(frozen=True, kw_only=True)
class Card(Described):
    """What a checkpoint's head is, was made from, and how good it is.

    Attributes:
        classes: in the order of the head's rows.
        preprocessing: what happens to pixels before the network.
        backbone: name of the network.
        layers: whose features the head reads, in order.
        temperature, offset: calibration, see `cracklens.values.Head`.
        threshold: default score from which a cell is called a crack.
        threshold_rule: how the threshold was chosen.
        score_rule: what the score of a picture is, in fit, threshold, metrics and use.
        head_file: file of the head beside the card, named by its content; set when the checkpoint is written.
    """

    classes: tuple[str, ...]
    preprocessing: str
    backbone: str
    layers: tuple[str, ...]
    temperature: float
    offset: float
    threshold: float
    threshold_rule: str
    score_rule: str = SCORE_RULE
    head_file: str = ""

    ORDER: ClassVar[tuple[str, ...]] = (
        "name", "recipe", "classes", "preprocessing", "backbone", "backbone_hash", "layers", "temperature", "offset",
        "threshold", "threshold_rule", "data", "metrics", "limits", "versions", "created", "licence", "score_rule",
        "head_file", "card_version",
    )  # fmt: skip
    VERSION: ClassVar[int] = 2
    """1 knew no score rule: heads were fitted on the mean of a tile."""

    card_version: int = VERSION

    KIND: ClassVar[str] = "checkpoint"

    @classmethod
    def of_json(cls, raw: dict[str, Any]) -> Self:
        """Give the card of what `as_json` gave; its numbers must make probabilities of scores.

        Raises:
            TypeError, ValueError, KeyError: fields missing, unknown, of the wrong kind or out of range.
        """
        if "score_rule" not in raw:
            raise KeyError("score_rule")
        card = super().of_json(raw)
        if not all(map(math.isfinite, (card.temperature, card.offset, card.threshold))):
            raise ValueError("temperature, offset and threshold must be finite")
        if not (0 <= card.threshold <= 1 and card.temperature > 0):
            raise ValueError("threshold must be 0-1 and temperature above 0")
        return card

    @classmethod
    def advice(cls, raw: dict[str, Any]) -> str:
        """Say what to do with a card of another version; the head of an older one was fitted to other scores."""
        recipe = raw.get("recipe")
        name = recipe.get("name") if isinstance(recipe, dict) else None
        if raw["card_version"] == 1 and name in RECIPES:
            again = f"cracklens train DATA --recipe {name} --out DIR"
            return f"Its threshold and figures are of other scores than are given now. Fit it again with `{again}`."
        return "Install the cracklens that wrote it, or train again."


def card_from_json(text: str, *, source: str) -> Card:
    """Read the card of a checkpoint, see `read_card`.

    Raises:
        CheckpointError: no JSON, another card version, or fields missing or of the wrong kind.
    """
    return read_card(Card, text, source=source)
