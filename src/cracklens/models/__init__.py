"""Takes names and folders; gives checkpoints, their cards and the bundled weights."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cracklens.faces import lazily

if TYPE_CHECKING:
    from cracklens.models.card import Card, card_from_json
    from cracklens.models.checkpoint import (
        CARD_FILE,
        Checkpoint,
        head_sha256,
        network_parts,
        read_checkpoint,
        write_checkpoint,
    )
    from cracklens.models.described import DataSource, Described, Metric, card_to_json
    from cracklens.models.map_part import MAP_CARD_FILE, MapCard, MapPart, read_map, write_map
    from cracklens.models.parts import Part, parts_of
    from cracklens.models.registry import (
        CRACK_MAP,
        DEFAULT_DETECTOR,
        FLOAT_BACKBONE,
        INT8_BACKBONE,
        SMALL_DETECTOR,
        WEIGHTS,
        bundled_map,
        find_checkpoint,
        list_detectors,
        show_detector,
    )
else:
    __getattr__, __dir__ = lazily(
        __name__,
        {
            "card": (
                "Card",
                "card_from_json",
            ),
            "checkpoint": (
                "CARD_FILE",
                "Checkpoint",
                "head_sha256",
                "network_parts",
                "read_checkpoint",
                "write_checkpoint",
            ),
            "described": (
                "DataSource",
                "Described",
                "Metric",
                "card_to_json",
            ),
            "map_part": (
                "MAP_CARD_FILE",
                "MapCard",
                "MapPart",
                "read_map",
                "write_map",
            ),
            "parts": (
                "Part",
                "parts_of",
            ),
            "registry": (
                "CRACK_MAP",
                "DEFAULT_DETECTOR",
                "FLOAT_BACKBONE",
                "INT8_BACKBONE",
                "SMALL_DETECTOR",
                "WEIGHTS",
                "bundled_map",
                "find_checkpoint",
                "list_detectors",
                "show_detector",
            ),
        },
    )

__all__ = [
    "CARD_FILE",
    "CRACK_MAP",
    "DEFAULT_DETECTOR",
    "FLOAT_BACKBONE",
    "INT8_BACKBONE",
    "MAP_CARD_FILE",
    "SMALL_DETECTOR",
    "WEIGHTS",
    "Card",
    "Checkpoint",
    "DataSource",
    "Described",
    "MapCard",
    "MapPart",
    "Metric",
    "Part",
    "bundled_map",
    "card_from_json",
    "card_to_json",
    "find_checkpoint",
    "head_sha256",
    "list_detectors",
    "network_parts",
    "parts_of",
    "read_checkpoint",
    "read_map",
    "show_detector",
    "write_checkpoint",
    "write_map",
]
