"""Takes what a report says of all photos; gives its cover, summary, method, limits and list of files on pages."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any

from PIL import Image
from reportlab.lib.colors import white as WHITE  # noqa: N812 a colour, not a class
from reportlab.lib.units import mm
from reportlab.platypus import Paragraph

from cracklens.measuring.guides import GUIDES
from cracklens.report.cracks import guide_values
from cracklens.report.facts import (
    headline,
    notices,
    other_sentences,
    scale_hint,
    score_text,
    shortened,
    size_text,
    sure_text,
)
from cracklens.report.material import Material
from cracklens.report.overview import Row
from cracklens.report.pdf_paper import INK, Paper
from cracklens.values import Failure
from cracklens.visible import visible

LOGO_MOST = (60 * mm, 22 * mm)
ROWS_AT_ONCE = 100
"""Rows of a table that are laid out together: the time to lay out a table grows faster than it."""

NAME_MOST, SUMMARY_NAME_MOST, REASON_MOST = 150, 60, 400


def put_cover(paper: Paper, material: Material) -> None:
    """Put the first page: whose report, about what, by whom, when, and what was found."""
    words, options, overview = paper.words, material.options, material.overview
    paper.mark("cover", words["title.report"])
    _put_logo(paper, options.template.logo_png)
    paper.say(options.template.name, "small_head", gap=4)
    paper.y -= 32 * mm
    paper.say(words["title.report"], "title", gap=4)
    paper.say(headline(overview, words), "lead", gap=18)
    by_hand = words["about.by_hand"]
    date = material.date
    if date and not options.date:
        date = words["about.date_from_photos"].format(date=date)
    said = [(name, getattr(options, name)) for name in ("project", "structure", "inspector")] + [("date", date)]
    if options.guide != "none":
        said.append(("guide", GUIDES[options.guide].title))
    said.append(("method", _method(paper, material)))
    rows = [[paper.words_in(words[f"about.{name}"], "soft"), _or_blank(paper, text, by_hand)] for name, text in said]
    paper.table(rows, (25, 75), gap=14)
    paper.say(options.template.cover, gap=10)
    _put_figures(paper, material)
    paper.say(words["aid.head"], "small_head", gap=1)
    paper.say(material.card.limits[0] if material.card.limits else f"{words['aid.line']} {words['aid.misses']}")


def _method(paper: Paper, material: Material) -> str:
    card, said = material.card, paper.words["about.method_is"]
    version = material.overview.software_version
    return said.format(detector=card.name, backbone=card.backbone, threshold=_thresholds(material), version=version)


def _thresholds(material: Material) -> str:
    """Give the threshold of the run, or the least and the most of them."""
    known = material.overview.thresholds or (material.card.threshold,)
    return "–".join(dict.fromkeys(score_text(value) for value in (known[0], known[-1])))


def _or_blank(paper: Paper, text: str, by_hand: str) -> Paragraph:
    return (
        paper.words_in(shortened(text, 400), "lead")
        if text
        else paper.words_in(f"____________________  ({by_hand})", "soft")
    )


def _put_logo(paper: Paper, logo_png: bytes) -> None:
    if logo_png:
        width, height = Image.open(io.BytesIO(logo_png)).size
        factor = min(LOGO_MOST[0] / width, LOGO_MOST[1] / height)
        paper.picture(logo_png, (width * factor, height * factor))
        paper.y -= 8


def _put_figures(paper: Paper, material: Material) -> None:
    words, overview = paper.words, material.overview
    figures = {
        "photos": len(overview.inspected) + len(overview.failures),
        "with_findings": len(overview.flagged),
        "without_findings": len(overview.unflagged),
        "failed": len(overview.failures),
        "findings": overview.findings,
        "cracks": overview.cracks,
    }
    texts = {name: f"{number:,}" for name, number in figures.items()}
    texts["threshold"] = _thresholds(material)
    head = paper.cells([words[f"figures.{name}"] for name in texts], "cell_head")
    paper.table([head, [paper.words_in(text, "lead") for text in texts.values()]], [1] * len(texts), gap=16)


def put_summary(paper: Paper, material: Material) -> None:
    """Put the photos that need a look, the one that needs it most first, each a link to its page."""
    words, overview = paper.words, material.overview
    paper.turn()
    paper.mark("summary", words["summary.head"])
    paper.say(words["summary.head"], "head")
    paper.say(headline(overview, words) + ".", gap=4)
    for notice in notices(material):
        paper.say(notice, gap=4)
    paper.say(scale_hint(overview, words), gap=4)
    _say_guide(paper, material)
    if not overview.flagged:
        return
    paper.y -= 4
    paper.say(words["photos.head"], "small_head", gap=1)
    paper.say(words["photos.sure_is"], "soft")
    names = ("number", "photo", "score", "findings", "cracks", "longest", "widest")
    head = [words[f"photos.{name}"] for name in names]
    right = (0, 2, 3, 4, 5, 6)
    for start in range(0, len(overview.flagged), ROWS_AT_ONCE):
        part = overview.flagged[start : start + ROWS_AT_ONCE]
        rows = [paper.cells(head, "cell_head", right=right)]
        rows += [_summary_row(paper, row, rank, right) for rank, row in enumerate(part, start=start + 1)]
        paper.table(rows, (6, 45, 9, 10, 13, 20, 22), gap=0)
    if overview.unflagged:
        paper.y -= 10
        paper.say(f"{words['clear.head']}: {len(overview.unflagged):,}", "small_head", gap=2)
        paper.say(words["clear.hint"])


def _summary_row(paper: Paper, row: Row, rank: int, right: tuple[int, ...]) -> list[Any]:
    sizes = (size_text(row.longest, paper.words, decimals=0), size_text(row.widest, paper.words))
    counts = (f"{row.findings:,}", sure_text(row, paper.words))
    texts = [str(rank), "", score_text(row.score), *counts, *sizes]
    cells = paper.cells(texts, right=right)
    photo = visible(row.photo)
    name = photo if len(photo) <= SUMMARY_NAME_MOST else f"… {photo[-SUMMARY_NAME_MOST:]}"
    paper.words_in(name)
    colour = paper.imprint.colour
    link = f'<a href="#photo-{rank}" color="{colour}">{paper.typeface.markup(name)}</a>'
    cells[1] = Paragraph(link, paper.styles["cell"])
    return cells


def _say_guide(paper: Paper, material: Material) -> None:
    if material.options.guide == "none":
        return
    guide, words = GUIDES[material.options.guide], paper.words
    paper.say(words["guide.head"].format(title=guide.title), "small_head", gap=1)
    said = [words["guide.how"].format(source=guide.source, values=guide_values(guide)), *guide.remarks]
    if material.overview.without_scale:
        said.append(words["guide.no_scale"])
    paper.say(" ".join(said), gap=6)


def put_failures(paper: Paper, material: Material) -> None:
    """Put what was not inspected and why."""
    words, failures = paper.words, material.overview.failures
    paper.turn()
    paper.mark("failed", words["failed.head"])
    paper.say(words["failed.head"], "head")
    paper.say(words["failed.hint" if failures else "failed.none"], gap=8)
    _put_reasons(paper, failures)


def put_others(paper: Paper, material: Material) -> None:
    """Put what lay beside the photos, and which are covered by others; nothing where there is none of it."""
    words, covered = paper.words, material.overview.covered
    said = other_sentences(material.others, words)
    if not said and not covered:
        return
    paper.need(40 * mm)
    paper.say(words["others.head"], "small_head", gap=2)
    for sentence in (words["others.hint"], *said, *([words["others.covered"]] if covered else [])):
        paper.say(sentence)
    _put_reasons(paper, covered)


def _put_reasons(paper: Paper, failures: Sequence[Failure]) -> None:
    words = paper.words
    for start in range(0, len(failures), ROWS_AT_ONCE):
        rows = [paper.cells([words["photos.photo"], words["failed.reason"]], "cell_head")]
        for failure in failures[start : start + ROWS_AT_ONCE]:
            reason = visible(failure.reason.removeprefix(f"{failure.photo}: "))
            rows.append(paper.cells([shortened(visible(failure.photo), NAME_MOST), shortened(reason, REASON_MOST)]))
        paper.table(rows, (45, 55), gap=0)
    paper.y -= 16


def put_method(paper: Paper, material: Material) -> None:
    """Put how it was looked, in the words of the report and the firm's own."""
    words, card = paper.words, material.card
    paper.need(60 * mm)
    paper.say(words["method.head"], "head")
    paper.say(
        words["method.network"].format(backbone=card.backbone, detector=card.name, threshold=_thresholds(material))
    )
    paper.say(words["method.trace"])
    paper.say(words["scale.uncertainty"])
    paper.say(words["method.order"])
    paper.say(material.options.template.method)
    paper.y -= 10


def put_limits(paper: Paper, material: Material) -> None:
    """Put what the method cannot do: the report's, the detector's and the firm's own limits."""
    words = paper.words
    paper.need(40 * mm)
    paper.say(words["limits.head"], "head")
    for limit in (words["aid.line"], *material.card.limits, *material.options.template.limits):
        paper.say(f"–  {limit}", gap=3)
    paper.y -= 10


def put_sign(paper: Paper, material: Material) -> None:
    """Put the block to sign."""
    words = paper.words
    paper.need(55 * mm)
    paper.say(material.options.template.signature, gap=6)
    paper.y -= 18 * mm
    cells = paper.cells([words["sign.name"], "", words["sign.date"], "", words["sign.signature"]], "soft")
    lines = [("LINEABOVE", (i, 0), (i, 0), 0.7, INK) for i in (0, 2, 4)]
    paper.table([cells], (38, 4, 20, 4, 38), ("LINEBELOW", (0, 0), (-1, -1), 0, WHITE), *lines)


def put_hashes(paper: Paper, material: Material) -> None:
    """Put which files and which checkpoint the report is about."""
    words, card, overview = paper.words, material.card, material.overview
    paper.turn()
    paper.mark("files", words["hashes.head"])
    paper.say(words["hashes.head"], "head")
    checkpoint = f"{words['hashes.checkpoint']} {card.name}, {words['hashes.head_file']} {card.head_file}".rstrip(" ,")
    known = [(checkpoint, material.checkpoint_sha256 or words["card.not_stated"])]
    known.append((f"{words['hashes.backbone']} {card.backbone}", card.backbone_hash))
    rows = [paper.cells([words["hashes.checkpoint"], words["hashes.hash"]], "cell_head")]
    rows += [[paper.words_in(name, "cell"), paper.words_in(value, "code")] for name, value in known]
    paper.table(rows, (42, 58), gap=10)
    paper.say(words["hashes.hint"], "soft", gap=6)
    lines = [
        (row.photo, words["hashes.found"].format(score=score_text(row.score)), row.sha256) for row in overview.inspected
    ]
    lines += [(failure.photo, words["hashes.failed"], "–") for failure in overview.failures]
    head = [words[f"hashes.{name}"] for name in ("photo", "result", "hash")]
    for start in range(0, len(lines), ROWS_AT_ONCE):
        rows = [paper.cells(head, "cell_head")]
        for photo, result, value in lines[start : start + ROWS_AT_ONCE]:
            cells = paper.cells([shortened(visible(photo), NAME_MOST), result])
            rows.append([*cells, paper.words_in(value, "code")])
        paper.table(rows, (37, 13, 50), gap=0)
    paper.y -= 12
    paper.say(words["made.pdf"].format(version=overview.software_version), "soft")
