"""Takes made reports with files beside the photos and hostile names; gives faults of what the pages say of them."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import jsonschema
import pypdfium2
from tests.report import made
from tests.said import because

from cracklens.photo import OtherFiles
from cracklens.report.material.facts import other_sentences
from cracklens.report.words.catalogue import words_of
from cracklens.values import Failure, Note

OTHERS = OtherFiles(
    by_suffix=((".txt", 10), ("", 2)),
    passed_over=(("@eaDir", 3),),
    hidden=1,
    links=(("site/loop", Note("leads_back")),),
)
COVERED = Failure("site/1.NEF", Note("developed", {"raw": "NEF", "kind": "JPEG", "photo": "1.JPG"}), "site/1.JPG")
REASON = "a raw photo (NEF): its JPEG (1.JPG) was inspected."
SENTENCES = (
    "12 other files, neither photos nor films: 10 .txt, 2 without a suffix.",
    "Passed over by name: @eaDir (3), 1 hidden file or folder.",
    "The linked folder site/loop was not followed: it leads back to a folder that is searched.",
)
EVIL = "site/\x1b[31mred\x9b2J\u202egpj.\nb.jpg"


def pdf_text(path: Path) -> str:
    pages = pypdfium2.PdfDocument(path)
    return "\n".join(page.get_textpage().get_text_bounded() for page in pages)


def test_sentences_count_every_kind() -> None:
    assert other_sentences(OTHERS, words_of()) == SENTENCES
    assert other_sentences(OtherFiles(), words_of()) == ()


def test_of_many_kinds_the_most_frequent_are_named() -> None:
    many = OtherFiles(by_suffix=tuple((f".{i}", 30 - i) for i in range(12)))
    (said,) = other_sentences(many, words_of())
    assert "21 .9, 39 of other kinds." in said


def test_every_report_says_what_lay_beside_the_photos(tmp_path: Path, repo_dir: Path) -> None:
    folder = made.report(*made.outcomes(), COVERED, others=OTHERS).save(tmp_path)
    page = (folder / "report.html").read_text(encoding="utf-8")
    assert all(sentence in page for sentence in SENTENCES)
    assert REASON in page
    raw = json.loads((folder / "report.json").read_text(encoding="utf-8"))
    jsonschema.validate(raw, json.loads((repo_dir / "src/cracklens/report/data/report.schema.json").read_text()))
    reason = {"kind": "developed", "amounts": COVERED.reason.amounts, "sentence": REASON}
    assert raw["covered"] == [{"photo": COVERED.photo, "reason": reason, "covered_by": COVERED.covered_by}]
    assert raw["other_files"]["by_suffix"] == {".txt": 10, "": 2}
    assert (raw["summary"]["failed"], raw["summary"]["covered"], raw["summary"]["other_files"]) == (2, 1, 12)
    rows = list(csv.DictReader(io.StringIO((folder / "report.csv").read_text(encoding="utf-8-sig"))))
    assert [(row["outcome"], row["reason"]) for row in rows][-1] == ("covered", REASON)


def test_the_pdf_says_it_too(tmp_path: Path) -> None:
    folder = made.report(COVERED, others=OTHERS).save(tmp_path, formats=("pdf",))
    text = " ".join(pdf_text(folder / "report.pdf").split())
    assert all(sentence in text for sentence in SENTENCES)
    assert REASON in text


def test_control_characters_of_names_are_shown_and_do_nothing(tmp_path: Path) -> None:
    of = (
        made.inspection(EVIL),
        Failure(EVIL, because(f"{EVIL}: it is gone.")),
        Failure(EVIL, because(f"as {EVIL}"), EVIL),
    )
    folder = made.report(*of, others=OtherFiles(by_suffix=((".\x1bx", 1),))).save(tmp_path)
    page = (folder / "report.html").read_text(encoding="utf-8")
    assert page.count(r"\x1b[31mred\x9b2J\u202egpj.\nb.jpg") >= 4
    assert not {"\x1b", "\x9b", "\u202e"} & set(page)
    written = (folder / "report.json").read_text(encoding="utf-8")
    assert not {"\x1b", "\x9b", "\u202e"} & set(written)
    assert json.loads(written)["photos"][0]["photo"] == EVIL
    rows = list(csv.DictReader(io.StringIO((folder / "report.csv").read_text(encoding="utf-8-sig"), newline="")))
    assert [row["photo"] for row in rows] == [EVIL] * 3
    assert r"\x1b[31mred\x9b2J\u202egpj.\nb.jpg" in "".join(pdf_text(folder / "report.pdf").split())


def test_a_page_shows_what_controls_a_terminal_wherever_it_stands(tmp_path: Path) -> None:
    folder = made.report(made.inspection(notes=(because("by \x1b[2J"),)), project="a\x9bb").save(
        tmp_path, formats=("html",)
    )
    page = (folder / "report.html").read_text(encoding="utf-8")
    assert r"by \x1b[2J" in page
    assert not {"\x1b", "\x9b"} & set(page)
