"""Takes all cracks of a structure; gives their tables in report.pdf, the widest first. Knows no pictures."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from reportlab.lib.units import mm
from reportlab.platypus import Paragraph

from cracklens.measuring.guides import GUIDES
from cracklens.report.cracks import (
    Crack,
    doubt_sentences,
    guide_remarks,
    guide_text,
    guide_values,
    length_text,
    width_text,
)
from cracklens.report.material.facts import file_of, notices, scale_hint, short_hint, shortened
from cracklens.report.material.material import Material
from cracklens.report.material.overview import Listed, Row
from cracklens.report.pdf.paper import Paper
from cracklens.report.pdf.tags import TableTags
from cracklens.report.words import counted
from cracklens.visible import visible

ROWS_AT_ONCE = 100
"""Rows of a table that are laid out together: the time to lay out a table grows faster than it."""

ROOM = 140 * mm
"""The table begins a page unless so much is left under the index: its head, what it says, and some rows."""

NAME_MOST, DOUBT_MOST = 60, 240

WIDTHS = {
    (False, False): (16, 38, 36, 26, 58),
    (False, True): (15, 32, 30, 22, 45, 30),
    (True, False): (14, 29, 26, 21, 32, 52),
    (True, True): (14, 27, 24, 20, 26, 40, 23),
}
"""Of the columns, in mm: with a last one or without, and with one that is left blank to fill in by hand or without."""


def put_table(paper: Paper, material: Material) -> None:
    """Put every crack of the structure, then in small print what is probably none."""
    words, overview = paper.words, material.overview
    paper.need(ROOM)
    paper.mark("cracks", words["table.head"])
    paper.say(words["table.head"], "head")
    for notice in notices(material):
        paper.say(notice, gap=4)
    if overview.listed:
        paper.say(f"{scale_hint(overview, words)} {words['certainty.is']}", "soft", gap=3)
        _say_guide(paper, material)
    if overview.sure:
        last = words["table.guide"] if material.options.guide != "none" else ""
        caption = words["table.caption"].format(cracks=counted(words, "crack", len(overview.sure)))
        _put_rows(paper, material, overview.sure, last, paper.captioned(caption, "text", gap=3), by_hand=True)
    else:
        paper.say(words["table.none"], gap=8)
    if hint := short_hint(overview, words):
        paper.say(hint, "soft", gap=6)
    if overview.doubtful:
        paper.say(f"{words['table.doubtful']} ({len(overview.doubtful):,})", "small_head", gap=1)
        caption = words["table.doubtful_is"]
        _put_rows(paper, material, overview.doubtful, words["table.doubt"], paper.captioned(caption))


def _put_rows(
    paper: Paper, material: Material, pairs: Sequence[Listed], last: str, tags: TableTags, *, by_hand: bool = False
) -> None:
    words = paper.words
    head = [words[f"table.{name}"] for name in ("id", "width", "length", "certainty", "photo")]
    head += [*([last] if last else []), *([words["by_hand.head"]] if by_hand else [])]
    widths = WIDTHS[bool(last), by_hand]
    for start in range(0, len(pairs), ROWS_AT_ONCE):
        rows = [paper.cells(head, "cell_head")]
        rows += [
            [*_row(paper, material, *pair, bool(last)), *paper.cells([decided_text(material, pair[1])] * by_hand)]
            for pair in pairs[start : start + ROWS_AT_ONCE]
        ]
        paper.table(rows, widths, gap=0, tags=tags)
    paper.y -= 12


def _row(paper: Paper, material: Material, row: Row, crack: Crack, has_last: bool) -> list[Any]:
    words, doubtful = paper.words, crack.certainty == "doubtful"
    certainty = words[f"certainty.{crack.certainty}"]
    certainty += f", {words['certainty.check']}" if crack.trace.needs_checking else ""
    element = material.options.element_of(row.photo).named
    photo = f"{row.id} {shortened(visible(file_of(row.photo)), NAME_MOST)}"
    texts = [
        "",
        width_text(crack, words),
        length_text(crack, words),
        certainty,
        "\n".join(filter(None, (photo, element))),
    ]
    if has_last:
        said = " ".join(doubt_sentences(crack.trace, words)) if doubtful else beside_text(material, row, crack)
        texts.append(shortened(said, DOUBT_MOST))
    cells: list[Any] = paper.cells(texts)
    cells[0] = linked(paper, crack.id, material.overview.anchor(row, crack))
    return cells


def beside_text(material: Material, row: Row, crack: Crack) -> str:
    """Give where a crack stands to the guide, or why it is not compared."""
    words = material.options.words()
    if crack.trace.needs_checking:
        return words["guide.not_compared"]
    return guide_text(crack, material.beside(row, crack), words) or "–"


def decided_text(material: Material, crack: Crack) -> str:
    """Give of what severity a person calls a crack and that it was drawn by hand; "" leaves it to be filled in."""
    review, words = material.options.review, material.options.words()
    verdict = review.verdict_of(crack) if review else None
    if verdict is None:
        return ""
    return "\n".join(
        filter(None, (verdict.severity, words["review.by_hand"] if crack.trace.by_hand else "", verdict.by))
    )


def linked(paper: Paper, text: str, key: str) -> Paragraph:
    """Give a text that leads to another place of the file."""
    paper.words_in(text)
    link = f'<a href="#{key}" color="{paper.imprint.colour}">{paper.typeface.markup(text)}</a>'
    return Paragraph(link, paper.styles["cell"])


def _say_guide(paper: Paper, material: Material) -> None:
    if material.options.guide == "none":
        return
    guide, words = GUIDES[material.options.guide], paper.words
    paper.say(words["guide.head"].format(title=words[f"{guide.name}.title"]), "small_head", gap=1)
    said = [words["guide.how"].format(source=guide.source), guide_values(guide, words)]
    said += guide_remarks(guide, words)
    if material.overview.without_scale:
        said.append(words["guide.no_scale"])
    paper.say(" ".join(said), "soft", gap=6)
