"""Takes the detector's card; gives its pages in report.pdf: what it was fitted on and how good it is."""

from __future__ import annotations

from reportlab.lib.units import mm

from cracklens.models.card import Card
from cracklens.report.facts import metric_text, score_text
from cracklens.report.pdf_paper import Paper


def put_card(paper: Paper, card: Card) -> None:
    """Put the card."""
    words = paper.words
    paper.need(70 * mm)
    paper.mark("card", words["card.head"].format(name=card.name))
    paper.say(words["card.head"].format(name=card.name), "head")
    paper.say(words["card.hint"], "soft", gap=6)
    _put_metrics(paper, card)
    _put_data(paper, card)
    _put_rest(paper, card)


def _put_metrics(paper: Paper, card: Card) -> None:
    words = paper.words
    paper.say(words["card.good"], "small_head")
    if not card.metrics:
        paper.say(words["card.nothing_measured"], gap=8)
        return
    names = ("metric", "value", "interval", "n", "measured_on")
    rows = [paper.cells([words[f"card.{name}"] for name in names], "cell_head", right=(1, 2, 3))]
    for metric in card.metrics:
        known = metric.low is not None and metric.high is not None
        interval = f"{metric.low:.3f}–{metric.high:.3f}" if known else words["card.not_computed"]
        texts = [metric.name, metric_text(metric.value), interval, f"{metric.n:,}", metric.data]
        rows.append(paper.cells(texts, right=(1, 2, 3)))
    paper.table(rows, (22, 10, 15, 10, 45), gap=10)


def _put_data(paper: Paper, card: Card) -> None:
    words = paper.words
    paper.say(words["card.fitted"], "small_head")
    if not card.data:
        paper.say(words["card.nothing_stated"], gap=8)
        return
    names = ("data", "tiles", "split", "licence", "doi")
    rows = [paper.cells([words[f"card.{name}"] for name in names], "cell_head", right=(1,))]
    for data in card.data:
        known = (data.licence or words["card.not_stated"], data.doi or words["card.none"])
        rows.append(paper.cells([data.name, f"{data.n:,}", data.split, *known], right=(1,)))
    paper.table(rows, (26, 10, 26, 16, 24), gap=10)


def _put_rest(paper: Paper, card: Card) -> None:
    words = paper.words
    calibrated = words["card.calibrated"].format(temperature=f"{card.temperature:.3g}", offset=f"{card.offset:.3g}")
    facts = {
        "threshold": f"{score_text(card.threshold)}: {card.threshold_rule}",
        "classes": ", ".join(card.classes),
        "calibration": calibrated,
        "preprocessing": card.preprocessing,
        "backbone": f"{card.backbone}, {words['card.and'].join(card.layers)}",
        "recipe": ", ".join(f"{key} {value}" for key, value in card.recipe.items()),
        "created": card.created,
        "versions": ", ".join(f"{key} {value}" for key, value in card.versions.items()),
        "licence": card.licence,
    }
    rows = [
        [paper.words_in(words[f"card.{name}"], "soft"), paper.words_in(text, "cell")] for name, text in facts.items()
    ]
    paper.table(rows, (20, 80), gap=10)
