"""Takes a checkpoint; gives its named parts, each with its hash and card, bundled or its own. Knows no files."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from cracklens.models.checkpoint import Checkpoint, head_sha256, piece_sha256
from cracklens.models.described import Described
from cracklens.models.map_part import MapCard
from cracklens.models.registry import bundled_map

PIECES = {"detail": "detail net", "known": "known features"}
"""Of a head, in its file and on its card."""


@dataclass(frozen=True)
class Part:
    """One part of a checkpoint, as a detector uses it.

    Attributes:
        name: "score head", "detail net", "known features" or "crack map".
        sha256: of the head's file, of a piece's tensors as a file, or of a crack map's three files.
        card: what it is; pieces of a head stand on the head's.
        bundled: the checkpoint brings none, and the one of the package stands for it.
    """

    name: str
    sha256: str
    card: Described
    bundled: bool = False

    def as_json(self) -> dict[str, Any]:
        """Give it for JSON; the card of a head stands beside the parts and is not told again."""
        told = {"name": self.name, "sha256": self.sha256, "licence": self.card.licence, "bundled": self.bundled}
        return told | ({"card": self.card.as_json()} if isinstance(self.card, MapCard) else {})


def parts_of(checkpoint: Checkpoint) -> tuple[Part, ...]:
    """Give the parts that a detector uses, the crack map last.

    Raises:
        CheckpointError: the bundled crack map is needed and not there.
    """
    head, card = checkpoint.head, checkpoint.card
    pieces = [Part(told, piece_sha256(head, name), card) for name, told in PIECES.items() if getattr(head, name)]
    maps = checkpoint.crack_map or bundled_map()
    found = Part("crack map", maps.card.sha256, maps.card, bundled=checkpoint.crack_map is None)
    return (Part("score head", head_sha256(head), card), *pieces, found)
