"""Takes outcomes and the card; gives report.html, one page without a single fetch. Knows no file system."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from cracklens.measuring.guides import GUIDES
from cracklens.report.cracks import (
    Crack,
    doubt_sentences,
    doubtful_ones,
    guide_remarks,
    guide_text,
    guide_values,
    length_text,
    remarks,
    sure_ones,
    traced_alt,
    traced_text,
    width_text,
)
from cracklens.report.html.sheet import (
    SHARP_PHOTOS,
    Card,
    Sheet,
    Thumb,
    card_of,
    data_uri,
    gaps_path,
    line_path,
    path_of,
    sheet_of,
    thumb_of,
    tick_path,
)
from cracklens.report.material import facts
from cracklens.report.material.material import Material
from cracklens.report.material.quality import metric_texts, quality_head, quality_of
from cracklens.report.material.review import day_of, verdict_text
from cracklens.report.pictures import legend_png
from cracklens.report.words import COLOUR, Words, counted, reason_text
from cracklens.values import NEIGHBOURHOOD_PX
from cracklens.visible import shown_on_page, visible

PHONE_NAME = 22
"""Letters of a file's name in the table on a phone, its middle left out: two lines."""


def as_html(material: Material) -> Iterator[str]:
    """Give the pieces of report.html, holding one photo's pictures at a time."""
    overview, options = material.overview, material.options
    words = options.words()
    thresholds = overview.thresholds or (material.card.threshold,)
    template = environment(material).get_template("report.html.j2")
    logo = options.template.logo_png
    return template.generate(
        card=material.card,
        overview=overview,
        options=options,
        date=material.date,
        guide=GUIDES.get(options.guide),
        headline=facts.headline(overview, words),
        scale_hint=facts.scale_hint(overview, words),
        notices=facts.notices(material),
        short_hint=facts.short_hint(material.overview, words),
        others=facts.other_sentences(material.others, words),
        firm=options.template,
        logo=data_uri(logo, "png") if logo else "",
        drawn=_drawn(material),
        usual_colour=COLOUR,
        thresholds=thresholds,
        json_sha256=material.json_sha256,
        limits=material.limits,
        map_sentence=material.map_sentence,
        legend=data_uri(legend_png(thresholds[0]), "png"),
        neighbourhood_px=NEIGHBOURHOOD_PX,
        worst=_worst(material),
        sheets=_sheets(material),
        thumbs=_thumbs(material),
    )


def _drawn(material: Material) -> str:
    signature = material.options.review.signature if material.options.review else None
    return data_uri(signature.drawn_png, "png") if signature and signature.drawn_png else ""


def environment(material: Material) -> Environment:
    """Give the templates with the words and filters of one report."""
    loader = PackageLoader("cracklens.report.html", "templates")
    made = Environment(loader=loader, autoescape=True, undefined=StrictUndefined, finalize=shown_on_page)
    made.trim_blocks = made.lstrip_blocks = True
    words = material.options.words()
    made.globals.update(w=words, quality_head=quality_head(words))
    made.filters.update(_number_filters(words) | _crack_filters(material, words))
    made.tests["doi"] = lambda text: bool(re.fullmatch(r"10\.\d{4,9}/\S+", str(text)))
    return made


def _number_filters(words: Words) -> dict[str, Any]:
    return {
        "score": lambda value, rule=None: facts.score_text(value, rule=rule),
        "rule": facts.rule_text,
        "percent": facts.percent_text,
        "count": lambda number: f"{number:,}",
        "counted": lambda n, what: counted(words, what, n),
        "quality": quality_of,
        "figure": lambda metric: metric_texts(metric, words),
        "visible": visible,
        "reason": lambda failure: reason_text(failure, words),
        "folder": lambda photo: visible(facts.folder_of(photo)),
        "file": lambda photo: visible(facts.file_of(photo)),
        "brief": lambda photo: facts.shortened(visible(facts.file_of(photo)), PHONE_NAME),
        "facts": lambda inspection: facts.facts_of(inspection, words),
        "guide_values": lambda guide: guide_values(guide, words),
        "guide_remarks": lambda guide: guide_remarks(guide, words),
    }


def _crack_filters(material: Material, words: Words) -> dict[str, Any]:
    return {
        "path": path_of,
        "line_path": line_path,
        "gaps_path": gaps_path,
        "tick_path": tick_path,
        "sure": sure_ones,
        "doubtful": doubtful_ones,
        "doubts": lambda crack: " ".join(doubt_sentences(crack.trace, words)),
        "remarks": lambda crack: remarks(crack, words),
        "guide": lambda crack, row: guide_text(crack, material.beside(row, crack), words),
        "not_compared": lambda crack: words["guide.not_compared"] if crack.trace.needs_checking else "–",
        "anchor": lambda crack, row: material.overview.anchor(row, crack),
        "element": lambda row: material.options.element_of(row.photo),
        "long": lambda crack: length_text(crack, words),
        "wide": lambda crack, name="width_p95": width_text(crack, words, name),
        "traced": lambda crack: traced_text(crack, words),
        "traced_alt": lambda crack: traced_alt(crack, words),
        "verdict": lambda crack: _verdict(material, crack),
        "day": day_of,
        "line": lambda sheet: facts.photo_sentence(sheet.inspection, sheet.cracks, words),
        "unnamed": lambda sheet: facts.unnamed_hint(sheet.inspection, sheet.cracks, len(sheet.names[0]), words),
        "place_size": facts.place_size_text,
    }


def _verdict(material: Material, crack: Crack) -> str:
    verdict = material.options.review.verdict_of(crack) if material.options.review else None
    return verdict_text(crack, verdict, material.options.words()) if verdict else ""


def _worst(material: Material) -> Card | None:
    worst = material.overview.worst
    return card_of(material, worst[0], worst[1].id) if worst else None


def _sheets(material: Material) -> Iterator[Sheet]:
    for rank, row in enumerate(material.overview.flagged):
        yield sheet_of(material, row, sharp=rank < SHARP_PHOTOS)


def _thumbs(material: Material) -> Iterator[Thumb]:
    for row in material.overview.unflagged:
        yield thumb_of(material, row)
