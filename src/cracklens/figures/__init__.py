"""Takes scored tiles; gives metrics with intervals and promises. Pure: knows no detector and no files."""

from __future__ import annotations

from cracklens.figures.tiles import Columns, ScoredTile

__all__ = [
    "Columns",
    "ScoredTile",
]
