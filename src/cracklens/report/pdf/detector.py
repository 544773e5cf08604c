"""Takes the detector's card; gives its pages in report.pdf: what it was fitted on and how good it is."""

from __future__ import annotations

from collections.abc import Sequence

from reportlab.lib.units import mm

from cracklens.models.card import Card
from cracklens.report.material.facts import file_of, percent_text, rule_text, score_text, shortened
from cracklens.report.material.material import Material
from cracklens.report.material.overview import Row
from cracklens.report.material.quality import Quality, metric_texts, quality_head, quality_of
from cracklens.report.pdf.paper import Paper
from cracklens.report.pdf.table import ROWS_AT_ONCE
from cracklens.report.pdf.tags import TableTags
from cracklens.visible import visible


def put_detector(paper: Paper, card: Card) -> None:
    """Put the card."""
    words = paper.words
    paper.need(70 * mm)
    paper.mark("card", words["card.head"].format(name=card.name))
    paper.say(words["card.head"].format(name=card.name), "head")
    paper.say(words["card.hint"], "soft", gap=6)
    _put_quality(paper, card)
    _put_data(paper, card)
    _put_rest(paper, card)


def put_annex(paper: Paper, material: Material) -> None:
    """Put the figures of each photo, and every figure of the card, in small print on pages of their own."""
    _put_figures(paper, material.overview.in_order)
    card, words = material.card, paper.words
    if not card.metrics:
        return
    paper.need(40 * mm)
    paper.mark("annex", words["card.annex"])
    paper.say(words["card.annex"], "head")
    tags = paper.captioned(words["card.annex_hint"].format(name=card.name), gap=6)
    names = ("metric", "value", "interval", "count", "measured_on")
    rows = [paper.cells([words[f"card.{name}"] for name in names], "fine_head", right=(1, 2, 3))]
    rows += [paper.cells(metric_texts(metric, words), "fine", right=(1, 2, 3)) for metric in card.metrics]
    close = [("TOPPADDING", (0, 0), (-1, -1), 0.5), ("BOTTOMPADDING", (0, 0), (-1, -1), 0.7)]
    paper.table(rows, (17, 8, 13, 6, 56), *close, tags=tags)


def _put_figures(paper: Paper, rows: Sequence[Row]) -> None:
    words = paper.words
    if not rows:
        return
    paper.need(60 * mm)
    paper.mark("figures", words["annex.head"])
    paper.say(words["annex.head"], "head")
    tags = paper.captioned(words["annex.hint"], gap=6)
    names = ("photo", "score", "threshold", "flagged", "area", "findings", "cracks", "doubtful", "places")
    for start in range(0, len(rows), ROWS_AT_ONCE):
        texts = [paper.cells([words[f"annex.{name}"] for name in names], "fine_head", right=range(1, 9))]
        texts += [paper.cells(_figures(row), "fine", right=range(1, 9)) for row in rows[start : start + ROWS_AT_ONCE]]
        paper.table(texts, (30, 9, 10, 11, 15, 10, 8, 10, 8), gap=0, tags=tags)
    paper.y -= 14


def _figures(row: Row) -> list[str]:
    name = f"{row.id} {shortened(visible(file_of(row.photo)), 40)}"
    shares = (score_text(row.score, rule=row.threshold), rule_text(row.threshold), percent_text(row.flagged_share))
    counts = (row.area_px, row.findings, row.sure, row.doubtful, row.places)
    return [name, *shares, *(f"{n:,}" for n in counts)]


def _put_quality(paper: Paper, card: Card) -> None:
    words = paper.words
    paper.need(40 * mm)
    paper.say(words["card.good"], "small_head")
    rows = quality_of(card)
    if not rows:
        paper.say(words["card.nothing_measured"], gap=8)
        return
    _put_rows(paper, [row for row in rows if not row.unseen], paper.captioned(words["card.explain"]))
    unseen = [row for row in rows if row.unseen]
    if unseen:
        _put_rows(paper, unseen, paper.captioned(words["card.unseen"], "small_head"))


def _put_rows(paper: Paper, rows: Sequence[Quality], tags: TableTags) -> None:
    right = (1, 2, 3, 4, 5)
    texts = [paper.cells(quality_head(paper.words), "cell_head", right=right)]
    texts += [paper.cells(row.cells, right=right) for row in rows]
    paper.table(texts, (40, 9, 14, 16, 13, 9), gap=10, tags=tags)


def _put_data(paper: Paper, card: Card) -> None:
    words = paper.words
    paper.need(30 * mm)
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
        "threshold": f"{rule_text(card.threshold)}: {card.threshold_rule}",
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
