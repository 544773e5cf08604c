"""Takes one inspected photo; gives its pages of report.pdf: photo, cracks, heat map, places. Knows no other page."""

from __future__ import annotations

import math

from reportlab.lib.units import mm

from cracklens.report.cracks import Crack, cracks_of, doubtful_ones, listed_ones, sure_ones
from cracklens.report.material.facts import (
    facts_of,
    file_of,
    folder_of,
    photo_sentence,
    place_size_text,
    rule_text,
    shortened,
)
from cracklens.report.material.material import Material
from cracklens.report.material.overview import BLOCKS, Row
from cracklens.report.pdf.card import put_card, shown
from cracklens.report.pdf.crops import put_crops
from cracklens.report.pdf.overlay import as_jpeg, draw_lines, fitted, shrunk, whole
from cracklens.report.pdf.paper import MARGIN, WIDTH, Paper
from cracklens.report.pictures import laid_over, legend_png
from cracklens.values import Inspection
from cracklens.visible import visible

PICTURE_PX, SMALL_PX = 1000, 320
"""Long sides of a photo in the PDF, 150 px per inch at the width of the page, and of its heat map."""

MOST_HEIGHT = 98 * mm
HEAT = (58 * mm, 42 * mm)


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
    listed = listed_ones(cracks)
    sure = sure_ones(listed)
    for crack in sure[:BLOCKS]:
        put_card(paper, material, shown(crack, row, inspection))
    if len(sure) > BLOCKS:
        paper.say(words["cracks.more"].format(n=f"{len(sure) - BLOCKS:,}"), "soft")
    _put_heat(paper, row, inspection)
    put_crops(paper, inspection, doubtful_ones(listed))


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
        draw_lines(paper, whole(inspection, corner, size), inspection, cracks)
    paper.y -= size[1] + 4
    paper.say(words["layers.key"], "soft", gap=6)


def _put_heat(paper: Paper, row: Row, inspection: Inspection) -> None:
    """Put the heat map, small, with its legend, and the places to check beside it."""
    image, words = shrunk(inspection, SMALL_PX), paper.words
    size = fitted(inspection, *HEAT)
    places = [paper.words_in(words["places.head"], "small_head")] if inspection.places else []
    places += [paper.words_in(words["places.hint"], "soft")] if inspection.places else []
    for number, place in enumerate(inspection.places, 1):
        about = {"x": f"{place.box_xyxy[0]:,}", "y": f"{place.box_xyxy[1]:,}"}
        size_said = place_size_text(place, inspection.scale)
        places.append(paper.words_in(words["places.place"].format(number=number, size=size_said, **about), "cell"))
    paper.need(size[1] + 14 * mm)
    taken = paper.beside(places, MARGIN + HEAT[0] + 8 * mm, WIDTH - HEAT[0] - 8 * mm)
    if image is not None:
        painted = laid_over(image, inspection.score_map, inspection.threshold)
        with paper.figure(f"{row.id}: {words['layers.small']}"):
            paper.image(as_jpeg(painted), (MARGIN, paper.y - size[1]), size)
        _draw_legend(paper, inspection.threshold, paper.y - size[1] - 9, size[0])
        taken = max(taken, size[1] + 12 * mm)
    paper.y -= taken + 4


def _draw_legend(paper: Paper, threshold: float, y: float, width: float) -> None:
    """Draw the scale of the heat map under it, with the threshold."""
    canvas, words = paper.canvas, paper.words
    with paper.figure(words["layers.legend_alt"]):
        paper.image(legend_png(threshold), (MARGIN, y), (width, 5))
        canvas.line(MARGIN + threshold * width, y - 2, MARGIN + threshold * width, y + 7)
    said = paper.words_in(f"{words['layers.small']} {words['layers.threshold_is']} {rule_text(threshold)}", "fine")
    _, height = said.wrapOn(canvas, max(width, 50 * mm), 30)
    paper.draw(said, MARGIN, y - 4 - height, of=paper.structure.element("Caption"))
