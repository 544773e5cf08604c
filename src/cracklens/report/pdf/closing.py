"""Takes what a report says of all photos; gives its last pages: not inspected, method, limits, files, signature."""

from __future__ import annotations

import io
from collections.abc import Sequence

from PIL import Image
from reportlab.lib.colors import white as WHITE  # noqa: N812 a colour, not a class
from reportlab.lib.units import mm

from cracklens.report.cracks import length_text, width_text
from cracklens.report.material.facts import other_sentences, rule_text, shortened
from cracklens.report.material.material import Material
from cracklens.report.material.review import Signature, day_of
from cracklens.report.pdf.paper import INK, MARGIN, Paper
from cracklens.report.pdf.table import ROWS_AT_ONCE
from cracklens.report.words import counted, reason_text
from cracklens.values import NEIGHBOURHOOD_PX, Failure
from cracklens.visible import visible

NAME_MOST, REASON_MOST = 150, 400
DRAWN = (70 * mm, 24 * mm)


def put_failures(paper: Paper, material: Material) -> None:
    """Put what was not inspected and why."""
    words, failures = paper.words, material.overview.failures
    paper.turn()
    paper.mark("failed", words["failed.head"])
    paper.say(words["failed.head"], "head")
    _put_reasons(paper, failures, words["failed.hint" if failures else "failed.none"])


def put_others(paper: Paper, material: Material) -> None:
    """Put what lay beside the photos, and which are covered by others; nothing where there is none of it."""
    words, covered = paper.words, material.overview.covered
    said = other_sentences(material.others, words)
    if not said and not covered:
        return
    paper.need(40 * mm)
    paper.say(words["others.head"], "small_head", gap=2)
    for sentence in (words["others.hint"], *said):
        paper.say(sentence)
    if covered:
        _put_reasons(paper, covered, words["others.covered"])
    else:
        paper.y -= 16


def _put_reasons(paper: Paper, failures: Sequence[Failure], caption: str) -> None:
    words = paper.words
    if not failures:
        paper.say(caption, gap=24)
        return
    tags = paper.captioned(caption, "text", gap=8)
    for start in range(0, len(failures), ROWS_AT_ONCE):
        rows = [paper.cells([words["photos.photo"], words["failed.reason"]], "cell_head")]
        for failure in failures[start : start + ROWS_AT_ONCE]:
            reason = visible(reason_text(failure, words))
            rows.append(paper.cells([shortened(visible(failure.photo), NAME_MOST), shortened(reason, REASON_MOST)]))
        paper.table(rows, (45, 55), gap=0, tags=tags)
    paper.y -= 16


def put_method(paper: Paper, material: Material) -> None:
    """Put how it was looked, in the words of the report and the firm's own."""
    words, card = paper.words, material.card
    known = material.overview.thresholds or (card.threshold,)
    threshold = "–".join(dict.fromkeys(map(rule_text, (known[0], known[-1]))))
    made = {"backbone": card.backbone, "detector": card.name, "version": material.overview.software_version}
    paper.need(60 * mm)
    paper.mark("method", words["method.head"])
    paper.say(words["method.head"], "head")
    paper.say(words["method.network"].format(**made, px=NEIGHBOURHOOD_PX, threshold=threshold))
    paper.say(words["method.trace"])
    paper.say(material.map_sentence)
    for said in (words["method.length"], words["scale.uncertainty"], words["method.order"]):
        paper.say(said)
    paper.say(material.options.template.method)
    paper.y -= 10


def put_limits(paper: Paper, material: Material) -> None:
    """Put what the method cannot do: the limits of the report, the detector, the crack map and the firm."""
    words = paper.words
    paper.need(40 * mm)
    paper.say(words["limits.head"], "head")
    for limit in (words["aid.line"], *material.limits):
        paper.say(f"–  {limit}", gap=3)
    paper.y -= 10


def put_sign(paper: Paper, material: Material) -> None:
    """Put the block to sign; it names what is signed."""
    words = paper.words
    paper.need(75 * mm)
    paper.mark("signature", words["sign.signature"])
    paper.say(words["declaration.head"], "head")
    paper.say(words["declaration.text"], gap=6)
    paper.say(material.options.template.signature, gap=6)
    if material.json_sha256:
        paper.say(words["sign.names"], gap=1)
        paper.say(material.json_sha256, "code", gap=6)
    signature = material.options.review.signature if material.options.review else None
    if signature:
        _put_signature(paper, signature)
        return
    paper.y -= 18 * mm
    cells = paper.cells([words["sign.name"], "", words["sign.date"], "", words["sign.signature"]], "soft")
    lines = [("LINEABOVE", (i, 0), (i, 0), 0.7, INK) for i in (0, 2, 4)]
    paper.table([cells], (38, 4, 20, 4, 38), ("LINEBELOW", (0, 0), (-1, -1), 0, WHITE), *lines)


def _put_signature(paper: Paper, signature: Signature) -> None:
    """Put who signed, and that it is a picture or a typed name."""
    words = paper.words
    paper.say(words["review.revision"].format(revision=signature.revision), gap=3)
    paper.say(words["review.state"], gap=1)
    paper.say(signature.state_sha256, "code", gap=10)
    if signature.drawn_png:
        width, height = Image.open(io.BytesIO(signature.drawn_png)).size
        factor = min(DRAWN[0] / width, DRAWN[1] / height)
        size = width * factor, height * factor
        with paper.figure(f"{words['sign.signature']}: {signature.name}"):
            paper.image(signature.drawn_png, (MARGIN, paper.y - size[1]), size)
        paper.y -= size[1] + 4
    said = {"sign.name": signature.name, "review.role": signature.role, "sign.date": signature.date}
    rows = [[paper.words_in(words[name], "soft"), paper.words_in(text, "lead")] for name, text in said.items() if text]
    paper.table(rows, (25, 75), gap=8)
    paper.say(words["review.drawn" if signature.drawn_png else "review.typed"], "soft")


def put_rejected(paper: Paper, material: Material) -> None:
    """Put the lines that people say are no cracks, with what each is; nothing where there are none."""
    review, words = material.options.review, paper.words
    if review is None or not review.rejected:
        return
    paper.turn()
    paper.mark("rejected", words["review.rejected_head"])
    paper.say(words["review.rejected_head"], "head")
    tags = paper.captioned(words["review.rejected_hint"], "text", gap=6)
    head = [words[name] for name in ("table.id", "table.photo", "table.width", "table.length", "review.reason")]
    for start in range(0, len(review.rejected), ROWS_AT_ONCE):
        rows = [paper.cells([*head, words["review.who"]], "cell_head")]
        for one in review.rejected[start : start + ROWS_AT_ONCE]:
            verdict, size = one.verdict, (width_text(one.crack, words), length_text(one.crack, words))
            who = " ".join(filter(None, (verdict.by, day_of(verdict))))
            reason = ". ".join(filter(None, (words[f"reason.{verdict.reason}"], shortened(verdict.note, REASON_MOST))))
            rows.append(paper.cells([one.crack.id, shortened(visible(one.photo), NAME_MOST), *size, reason, who]))
        paper.table(rows, (13, 22, 17, 14, 20, 18), gap=0, tags=tags)
    paper.y -= 16


def put_hashes(paper: Paper, material: Material) -> None:
    """Put which files and which checkpoint the report is about."""
    words, card, overview = paper.words, material.card, material.overview
    paper.turn()
    paper.mark("files", words["hashes.head"])
    paper.say(words["hashes.head"], "head")
    checkpoint = f"{words['hashes.checkpoint']} {card.name}, {words['hashes.head_file']} {card.head_file}".rstrip(" ,")
    known = [(checkpoint, material.checkpoint_sha256 or words["card.not_stated"])]
    known.append((f"{words['hashes.backbone']} {card.backbone}", card.backbone_hash))
    if material.map_card:
        known.append((f"{words['hashes.crack_map']}: {material.map_card.name}", material.map_card.sha256))
    rows = [paper.cells([words["hashes.checkpoint"], words["hashes.hash"]], "cell_head")]
    rows += [[paper.words_in(name, "cell"), paper.words_in(value, "code")] for name, value in known]
    paper.table(rows, (42, 58), gap=10)
    tags = paper.captioned(words["hashes.hint"], gap=6)
    lines = [(f"{row.id} {row.photo}", counted(words, "crack", row.sure), row.sha256) for row in overview.in_order]
    lines += [(failure.photo, words["hashes.failed"], "–") for failure in overview.failures]
    head = [words[f"hashes.{name}"] for name in ("photo", "result", "hash")]
    for start in range(0, len(lines), ROWS_AT_ONCE):
        rows = [paper.cells(head, "cell_head")]
        for photo, result, value in lines[start : start + ROWS_AT_ONCE]:
            cells = paper.cells([shortened(visible(photo), NAME_MOST), result])
            rows.append([*cells, paper.words_in(value, "code")])
        paper.table(rows, (37, 13, 50), gap=0, tags=tags)
    paper.y -= 12
    paper.say(words["made.pdf"].format(version=overview.software_version), "soft")
