"""Takes outcomes; gives report.pdf, numbered A4 pages to read, print and sign. Knows no file system."""

from __future__ import annotations

import tempfile
import warnings
from collections.abc import Iterator
from dataclasses import astuple

from cracklens.report.letters import MissingGlyphWarning, Typeface, typeface_for
from cracklens.report.material.facts import other_sentences
from cracklens.report.material.material import Material
from cracklens.report.pdf.closing import (
    put_failures,
    put_hashes,
    put_limits,
    put_method,
    put_others,
    put_rejected,
    put_sign,
)
from cracklens.report.pdf.cover import put_cover
from cracklens.report.pdf.detector import put_annex, put_detector
from cracklens.report.pdf.index import put_index
from cracklens.report.pdf.paper import Imprint, Paper
from cracklens.report.pdf.photo import put_photo
from cracklens.report.pdf.table import put_table
from cracklens.report.words import reason_text

DOT = " · "
FOOTER_CHARS, LEAST_CHARS = 140, 12
"""Of names, number and date in a footer, and of a name: long names are cut, never the number."""

PIECE_BYTES = 1 << 20


def as_pdf(material: Material) -> Iterator[bytes]:
    """Give the pieces of report.pdf; one photo's pixels are held at a time, and its small JPEG until the file is whole.

    Warns:
        MissingGlyphWarning: no font on this machine draws some characters; the pages say so too.
    """
    words = material.options.words()
    with tempfile.TemporaryFile() as file:
        paper = Paper(file, _typeface(material), words, _imprint(material))
        put_cover(paper, material)
        put_index(paper, material)
        put_table(paper, material)
        for row in (row for row in material.overview.in_order if row.shows):
            put_photo(paper, material, row)
        put_rejected(paper, material)
        put_failures(paper, material)
        put_others(paper, material)
        put_method(paper, material)
        put_limits(paper, material)
        put_hashes(paper, material)
        put_sign(paper, material)
        put_detector(paper, material.card)
        put_annex(paper, material)
        paper.close()
        file.seek(0)
        while piece := file.read(PIECE_BYTES):
            yield piece
    for said in _font_faults(paper):
        warnings.warn(f"report.pdf: {said}", MissingGlyphWarning, stacklevel=2)


def _font_faults(paper: Paper) -> Iterator[str]:
    if paper.lacking:
        codes = ", ".join(f"U+{ord(letter):04X}" for letter in sorted(paper.lacking)[:8])
        yield f"expected a font for every character; none here draws {codes}. Install one, or name it in the template."
    if paper.borrowed:
        expected = (
            "expected a TrueType font for Chinese, Japanese or Korean; there is none here, so readers bring theirs"
        )
        yield f"{expected}. Name one in the template to put it into the file."


def _typeface(material: Material) -> Typeface:
    """Find fonts for all that will be said."""
    options, overview = material.options, material.overview
    own = (options.project, options.structure, options.inspector, options.number)
    template = options.template
    texts = [*own, template.name, template.cover, template.method, template.signature]
    texts += [*options.words().values(), *(row.photo for row in overview.inspected)]
    for failure in (*overview.failures, *overview.covered):
        texts += [failure.photo, reason_text(failure, options.words())]
    texts += other_sentences(material.others, options.words())
    texts += [str(astuple(material.card)), material.map_sentence, *material.limits]
    texts += [options.element_of(row.photo).named for row in overview.inspected]
    texts += options.review.texts if options.review else ()
    return typeface_for(texts, own_fonts=template.fonts)


def _imprint(material: Material) -> Imprint:
    options, words = material.options, material.options.words()
    number = words["page.number"].format(number=options.number) if options.number else ""
    names = [name for name in (options.template.name, options.project, options.structure) if name]
    known = [part for part in (number, material.date) if part]
    if len(DOT.join([*names, *known])) > FOOTER_CHARS:
        most = max((FOOTER_CHARS - len(DOT.join(known))) // max(len(names), 1) - len(DOT), LEAST_CHARS)
        names = [name if len(name) <= most else f"{name[: most - 1].rstrip()}…" for name in names]
    footer = DOT.join([*names, *known]) or words["title.brand"]
    title = ": ".join(part for part in (words["title.report"], options.project or options.structure) if part)
    producer = f"cracklens {material.overview.software_version}"
    return Imprint(title, footer, options.inspector, producer, options.template.colour)
