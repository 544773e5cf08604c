"""Takes what a run has fitted and measured; gives the cards of its crack map and checkpoint. Knows no network."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from importlib.metadata import version

from cracklens.models import Card, DataSource, MapCard, MapPart, Metric
from cracklens.training.crackmap.photos import Kept
from cracklens.training.crackmap.settings import CrackMapSettings

BEFORE = "_before"
"""Ends the names of figures of the crack map that a run went on from."""


def first_card(start: MapPart, kept: Kept, settings: CrackMapSettings) -> MapCard:
    """Give the card of a fitted crack map before anything is measured: its settings are those of the start."""
    labelled = kept.labelled
    rule = labelled.split_rule or "given"
    source = DataSource(
        labelled.name, len(kept.part("train")), labelled.with_left_out(rule), split_sha256=labelled.split_sha256
    )
    return MapCard(
        name=settings.name or f"crack map of {labelled.name}",
        recipe={"name": "crackmap", **settings.recipe(), "start": start.card.name, "start_sha256": start.card.sha256},
        backbone_hash=start.card.backbone_hash,
        settings=start.card.settings,
        data=(*start.card.data, source),
        metrics=(),
        limits=(
            *start.card.limits,
            f"It was fitted further on {source.n} photos of {source.name}; on other structures expect worse.",
        ),
        versions={name: version(name) for name in ("cracklens", "torch", "openvino", "nncf")},
        created=f"{datetime.now(UTC):%Y-%m-%d}",
        licence=start.card.licence,
    )


def with_figures(card: MapCard, metrics: Sequence[Metric], *, split: str) -> MapCard:
    """Give the card with what was measured, and what that says of its use."""
    limits = []
    if split == "val":
        limits.append("Its edge was chosen on the photos that its figures are of, which flatters them.")
    now, before = (pick(metrics, f"dice{end}") for end in ("", BEFORE))
    if now.value <= before.value:
        limits.append(
            f"On {split} it is no better than the crack map that it was made from: Dice {now.value:.3f} against "
            f"{before.value:.3f}. Use that one, or fit on more photos."
        )
    return replace(card, metrics=tuple(metrics), limits=(*card.limits, *limits))


def pick(metrics: Sequence[Metric], name: str) -> Metric:
    """Give a figure of a card by its name."""
    return next(one for one in metrics if one.name == name)


def head_card(card: Card, of_map: MapCard) -> Card:
    """Give the card of a checkpoint whose head is another's: only its name and limits say what is new."""
    limit = f"Its {of_map.name} is its own; the figures of this card are of the head, and were taken without it."
    return replace(card, name=f"{card.name} with {of_map.name}", limits=(*card.limits, limit))
