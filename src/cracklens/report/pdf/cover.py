"""Takes what a report says of all photos; gives its cover: whose, about what, the worst crack, the declaration."""

from __future__ import annotations

import io

from PIL import Image
from reportlab.lib.units import mm
from reportlab.platypus import Paragraph

from cracklens.report.cracks import cracks_of
from cracklens.report.material.facts import file_of, headline, shortened
from cracklens.report.material.material import Material
from cracklens.report.pdf.card import GAP, card_texts, close_ups_height, put_close_ups, shown
from cracklens.report.pdf.paper import MARGIN, WIDTH, Paper
from cracklens.visible import visible

LOGO_MOST = (60 * mm, 22 * mm)
SIDE = 46 * mm


def put_cover(paper: Paper, material: Material) -> None:
    """Put the first page."""
    words, options, overview = paper.words, material.options, material.overview
    paper.mark("cover", words["title.report"])
    _put_logo(paper, options.template.logo_png, options.template.name)
    paper.say(options.template.name, "small_head", gap=4)
    paper.y -= 4 * mm
    paper.say(words["title.report"], "title", gap=2)
    paper.say(headline(overview, words), "lead", gap=10)
    _put_about(paper, material)
    paper.say(options.template.cover, gap=8)
    _put_worst(paper, material)
    _put_figures(paper, material)
    paper.say(words["aid.head"], "small_head", gap=1)
    limits = material.card.limits
    paper.say(limits[0] if limits else f"{words['aid.line']} {words['aid.misses']}", gap=8)
    paper.say(words["declaration.head"], "small_head", gap=1)
    paper.say(words["declaration.text"])


def _put_about(paper: Paper, material: Material) -> None:
    words, options, date = paper.words, material.options, material.date
    if date and not options.date:
        date = words["about.date_from_photos"].format(date=date)
    said = [(name, getattr(options, name)) for name in ("project", "structure", "number", "inspector")]
    said.append(("date", date))
    if options.guide != "none":
        said.append(("guide", words[f"{options.guide}.title"]))
    rows = [[paper.words_in(words[f"about.{name}"], "soft"), _or_blank(paper, text)] for name, text in said]
    paper.table(rows, (25, 75), gap=10)


def _or_blank(paper: Paper, text: str) -> Paragraph:
    by_hand = paper.words["about.by_hand"]
    return (
        paper.words_in(shortened(text, 400), "lead")
        if text
        else paper.words_in(f"____________________  ({by_hand})", "soft")
    )


def _put_logo(paper: Paper, logo_png: bytes, name: str) -> None:
    if logo_png:
        width, height = Image.open(io.BytesIO(logo_png)).size
        factor = min(LOGO_MOST[0] / width, LOGO_MOST[1] / height)
        size = width * factor, height * factor
        with paper.figure(name):
            paper.image(logo_png, (MARGIN, paper.y - size[1]), size)
        paper.y -= size[1] + 8


def _put_worst(paper: Paper, material: Material) -> None:
    """Put the crack to look at first, as the photo shows it."""
    words, worst = paper.words, material.overview.worst
    if worst is None:
        paper.say(words["worst.none"] if material.overview.inspected else "", "small_head", gap=10)
        return
    row, light = worst
    inspection = material.inspection(row)
    crack = next(crack for crack in cracks_of(inspection, row.number) if crack.id == light.id)
    of = shown(crack, row, inspection)
    paper.say(f"{words['worst.head']}: {crack.id}", "head", gap=3)
    element = material.options.element_of(row.photo).named
    photo = f"{row.id} {shortened(visible(file_of(row.photo)), 60)}"
    texts = [*card_texts(paper, material, of), paper.words_in(", ".join(filter(None, (photo, element))), "cell")]
    put_close_ups(paper, of, SIDE)
    x = MARGIN + 2 * SIDE + 2 * GAP + 2 * mm
    taken = paper.beside(texts, x, MARGIN + WIDTH - x)
    paper.y -= max(taken, close_ups_height(paper, of, SIDE)) + 8
    for key, pairs in (("wider", material.overview.wider), ("blurred", material.overview.blurred)):
        ids = ", ".join(one.id for _, one in pairs[:8])
        paper.say(words[f"worst.{key}"].format(ids=ids) if ids else "", gap=8)


def _put_figures(paper: Paper, material: Material) -> None:
    words, overview = paper.words, material.overview
    review = material.options.review
    figures = {
        "photos": len(overview.inspected) + len(overview.failures),
        "with_cracks": sum(bool(row.sure) for row in overview.inspected),
        "cracks": len(overview.sure),
        "failed": len(overview.failures),
    }
    if review:
        also = {"review.figures_rejected": len(review.rejected), "review.figures_undecided": review.undecided}
    else:
        places = sum(row.places for row in overview.inspected)
        also = {"figures.doubtful": len(overview.doubtful), "figures.places": places}
    figures = {f"figures.{name}": n for name, n in figures.items()}
    failed = figures.popitem()
    figures = {**figures, **also, failed[0]: failed[1]}
    head = paper.cells([words[name] for name in figures], "cell_head")
    paper.table([head, [paper.words_in(f"{n:,}", "lead") for n in figures.values()]], [1] * len(figures), gap=10)
