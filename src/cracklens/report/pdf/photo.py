"""Takes one inspected photo; gives its pages of report.pdf: photo, heat map, cracks, places. Knows no other page."""

from __future__ import annotations

import math

from reportlab.lib.units import mm

from cracklens.report.cracks import Crack, cracks_of, doubtful_ones, first_ones, listed_ones, sure_ones
from cracklens.report.material.facts import facts_of, file_of, folder_of, photo_sentence, shortened, unnamed_hint
from cracklens.report.material.material import Material
from cracklens.report.material.overview import Row
from cracklens.report.pdf.card import put_card, shown
from cracklens.report.pdf.crops import crops_height, crops_of, put_crops
from cracklens.report.pdf.overlay import as_jpeg, draw_lines, fitted, shrunk, whole
from cracklens.report.pdf.paper import MARGIN, WIDTH, Paper
from cracklens.report.pictures import laid_over, legend_png
from cracklens.values import Inspection
from cracklens.visible import visible

PICTURE_PX, SMALL_PX = 1000, 320
"""Long sides of a photo in the PDF, 150 px per inch at the width of the page, and of its heat map."""

MOST_HEIGHT = 98 * mm
MORE = 6 * mm
HEAT, LEGEND = (46 * mm, 34 * mm), (58 * mm, 5.0)


def put_photo(paper: Paper, material: Material, row: Row) -> None:
    """Put the pages of one photo."""
    words, inspection = paper.words, material.inspection(row)
    cracks = cracks_of(inspection, row.number)
    paper.need(math.inf)
    paper.mark(row.id, f"{row.id} {shortened(visible(inspection.photo), 120)}", level=1)
    _put_head(paper, material, row, inspection)
    line = photo_sentence(inspection, cracks, words)
    paper.say(line, gap=5)
    _put_picture(paper, row, inspection, cracks, line)
    _put_heat(paper, inspection, row)
    listed = listed_ones(cracks)
    crops = crops_of(inspection, doubtful_ones(listed), words)
    blocks = first_ones(listed)
    more = len(sure_ones(listed)) - len(blocks)
    for crack in blocks:
        below = crops_height(crops) + MORE * bool(more) if crack is blocks[-1] else 0.0
        put_card(paper, material, shown(crack, row, inspection), below=below)
    paper.say(words["cracks.more"].format(n=f"{more:,}") if more else "", "soft")
    put_crops(paper, crops)


def _put_head(paper: Paper, material: Material, row: Row, inspection: Inspection) -> None:
    words, element = paper.words, material.options.element_of(row.photo)
    paper.say(f"{row.id}  {shortened(visible(file_of(inspection.photo)), 120)}", "head", gap=1)
    about = [element.named, words["photos.exposure"].format(exposure=element.exposure) if element.exposure else ""]
    paper.say(" · ".join(filter(None, about)), gap=1)
    facts = [shortened(visible(folder_of(inspection.photo)), 200), *facts_of(inspection, words)]
    paper.say(" · ".join(shortened(fact, 300) for fact in facts if fact), "soft", gap=3)


def _put_picture(paper: Paper, row: Row, inspection: Inspection, cracks: tuple[Crack, ...], line: str) -> None:
    image, words = shrunk(inspection, PICTURE_PX), paper.words
    if image is None:
        paper.say(words["photos.no_preview"], "soft", gap=8)
        return
    size = fitted(inspection, WIDTH, MOST_HEIGHT)
    corner = MARGIN + (WIDTH - size[0]) / 2, paper.y - size[1]
    alt = words["photos.alt"].format(id=row.id, file=visible(file_of(row.photo)), line=line)
    with paper.figure(alt):
        paper.image(as_jpeg(image), corner, size)
        named = draw_lines(paper, whole(inspection, corner, size), inspection, cracks)
    paper.y -= size[1] + 4
    paper.say(unnamed_hint(inspection, cracks, named, words), "soft")


def _put_heat(paper: Paper, inspection: Inspection, row: Row) -> None:
    """Put the heat map, small, with its legend, and beside it what the colours of the lines mean."""
    image, words, size = shrunk(inspection, SMALL_PX), paper.words, fitted(inspection, *HEAT)
    if image is None:
        return
    paper.need(size[1])
    painted = laid_over(image, inspection.score_map, inspection.threshold)
    with paper.figure(f"{row.id}: {words['layers.small']}"):
        paper.image(as_jpeg(painted), (MARGIN, paper.y - size[1]), size)
    x, width = MARGIN + HEAT[0] + 6 * mm, WIDTH - HEAT[0] - 6 * mm
    with paper.figure(words["layers.legend_alt"]):
        paper.image(legend_png(inspection.threshold), (x, paper.y - LEGEND[1]), LEGEND)
    top = paper.y
    paper.y -= LEGEND[1] + 3
    said = (words["layers.small"], words["layers.key"])
    paper.y -= paper.beside([paper.words_in(text, "soft") for text in said], x, width)
    paper.y = min(paper.y, top - size[1]) - 10
