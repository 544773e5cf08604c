"""Takes a card; gives it as text for a terminal. Knows nothing of where it comes from."""

from __future__ import annotations

from cracklens import Card


def card_text(card: Card) -> str:
    """Give what a person wants to know of a detector, with a line feed at the end of each line."""
    head = [
        f"{card.name}  ({card.licence}, made {card.created})",
        f"  backbone    {card.backbone}, {card.backbone_hash[:12]}",
        f"  threshold   {card.threshold:.3f}: {card.threshold_rule}",
    ]
    data = [
        f"  fitted on   {of.name}: {of.n:,} tiles ({of.split}), {of.licence or 'licence not stated'}"
        for of in card.data
    ]
    figures = [
        f"  {metric.name:<12}{metric.value:.4f}{_interval(metric.low, metric.high)}  n={metric.n:,}  {metric.data}"
        for metric in card.metrics
    ]
    limits = [f"  ! {sentence}" for sentence in card.limits]
    return "\n".join([*head, *data, *figures, *limits]) + "\n"


def _interval(low: float | None, high: float | None) -> str:
    return "" if low is None or high is None else f" [{low:.4f}, {high:.4f}]"
