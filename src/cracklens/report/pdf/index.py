"""Takes the inspected photos; gives their index in report.pdf, six thumbnails a page. Knows no sizes."""

from __future__ import annotations

from reportlab.lib.units import mm

from cracklens.report.cracks import cracks_of, listed_ones, sure_ones
from cracklens.report.material.facts import file_of, place_text, shortened
from cracklens.report.material.material import Material
from cracklens.report.material.overview import Row
from cracklens.report.pdf.overlay import as_jpeg, draw_traces, fitted, shrunk, whole
from cracklens.report.pdf.paper import MARGIN, WIDTH, Paper
from cracklens.report.words import counted
from cracklens.values import Inspection
from cracklens.visible import visible

ACROSS, DOWN = 2, 3
THUMB = (WIDTH / ACROSS - 4 * mm, 48 * mm)
STEP = 75 * mm
THUMB_PX = 420


def put_index(paper: Paper, material: Material) -> None:
    """Put every inspected photo with what is recorded of it."""
    words = paper.words
    for i, row in enumerate(material.overview.in_order):
        if i % (ACROSS * DOWN) == 0:
            paper.turn()
            if i == 0:
                paper.mark("index", words["index.head"])
                paper.say(words["index.head"], "head")
            top = paper.y
        paper.y = top - (i % (ACROSS * DOWN)) // ACROSS * STEP
        _put_thumb(paper, material, row, MARGIN + i % ACROSS * WIDTH / ACROSS)
        paper.y = top - (i % (ACROSS * DOWN) // ACROSS + 1) * STEP


def _put_thumb(paper: Paper, material: Material, row: Row, x: float) -> None:
    inspection = material.inspection(row)
    size = fitted(inspection, *THUMB)
    image = shrunk(inspection, THUMB_PX)
    if image is not None:
        corner = x, paper.y - size[1]
        cracks = sure_ones(listed_ones(cracks_of(inspection, row.number)))
        alt = f"{row.id}, {visible(file_of(row.photo))}: {counted(paper.words, 'crack', len(cracks))}"
        with paper.figure(alt):
            paper.image(as_jpeg(image), corner, size)
            frame = whole(inspection, corner, size)
            frame.open(paper.canvas)
            draw_traces(paper.canvas, cracks, frame.unit)
            paper.canvas.restoreState()
    paper.y -= THUMB[1] + 4
    paper.beside(_about(paper, material, row, inspection), x, THUMB[0])


def _about(paper: Paper, material: Material, row: Row, inspection: Inspection) -> list[object]:
    words, unknown = paper.words, paper.words["index.not_recorded"]
    taken = inspection.taken_at.replace("T", " ") if inspection.taken_at else unknown
    facts = {
        "element": shortened(material.options.element_of(row.photo).named, 120) or unknown,
        "taken": taken,
        "gps": place_text(inspection.gps) if inspection.gps else unknown,
    }
    name = paper.words_in(f"{row.id}  {shortened(visible(file_of(row.photo)), 50)}", "small_head")
    return [name, *(paper.words_in(f"{words[f'index.{key}']}: {text}", "soft") for key, text in facts.items())]
