"""Takes a saved report.pdf into PDFium; gives faults in what its pages say and hold."""

from __future__ import annotations

import base64
import ctypes
import gc
import hashlib
import re
import warnings
import weakref
import zlib
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pypdfium2
import pytest
from PIL import Image
from tests.report import made
from tests.said import because

from cracklens.models import DEFAULT_DETECTOR, find_checkpoint, read_checkpoint
from cracklens.report.letters import fonts
from cracklens.report.letters.fonts import MissingGlyphWarning
from cracklens.report.pdf.overlay import as_jpeg, fitted, shrunk
from cracklens.report.report import Report
from cracklens.report.words.template import Template, read_template
from cracklens.values import Doubt, Failure, Inspection, Outcome, Scale

PAGE_STREAM = re.compile(rb"/ASCII85Decode /FlateDecode.*?stream\r?\n(.*?)endstream", re.DOTALL)


class Pdf:
    """The pages of a PDF: their words and pictures."""

    def __init__(self, path: Path) -> None:
        self.document = pypdfium2.PdfDocument(path.read_bytes())
        self.pages = [self._words(page) for page in self.document]

    @staticmethod
    def _words(page: pypdfium2.PdfPage) -> str:
        return re.sub(r"\s+", " ", page.get_textpage().get_text_range())

    @property
    def words(self) -> str:
        return " ".join(self.pages)

    def page(self, said: str) -> str:
        """Give the first page that is headed so."""
        return next(page for page in self.pages if page.startswith(said))

    def picture(self, page: int, *, scale: float = 1) -> np.ndarray:
        return np.asarray(self.document[page].render(scale=scale).to_pil().convert("RGB"))


def saved_pdf(report: Report, folder: Path) -> Pdf:
    return Pdf(report.save(folder, formats=["pdf"]) / "report.pdf")


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Pdf:
    report = made.report(
        project="Bridge 7",
        structure="Pier 3",
        number="2024-17",
        inspector="A. Person",
        date="2024-05-04",
        guide="aci224r",
    )
    return saved_pdf(report, tmp_path_factory.mktemp("pdf"))


@pytest.fixture
def no_system_fonts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fonts, "system_fonts", lambda: ())


def test_pages_are_a4_and_numbered(whole: Pdf) -> None:
    n = len(whole.pages)
    assert n >= 7
    for i, page in enumerate(whole.document):
        assert page.get_size() == pytest.approx((595.28, 841.89), abs=0.01)
        assert f"Page {i + 1} of {n}" in whole.pages[i]


def test_cover_says_whose_what_and_when(whole: Pdf) -> None:
    cover = whole.pages[0]
    for said in ("Crack inspection report", "Bridge 7", "Pier 3", "A. Person", "2024-05-04", "ACI 224R-01", "2024-17"):
        assert said in cover
    assert "2 of 4 photos need a look, 2 were not inspected" in cover
    assert "A screening aid, not a verdict." in cover
    assert "to be filled in by hand" not in cover


def test_cover_has_the_crack_to_look_at_first_and_the_declaration(whole: Pdf) -> None:
    for said in (
        "The crack to look at first: P2-C1",
        "2.4 (1.9–2.8) mm",
        "50.0 ± 3.1 mm",
        "Declaration",
        "Report number 2024-17",
    ):
        assert said in whole.pages[0]


def test_parts_come_in_the_order_of_signing(whole: Pdf) -> None:
    heads: tuple[str, ...] = (
        "Index of photos",
        "All cracks of the structure",
        "P2 Pfeiler 3.jpg Brücke/",
        "Limits of use",
        "What was looked at",
    )
    heads += (
        "Declaration The lines",
        "Detector: cracklens-test",
        "Annex: figures of each photo",
        "Annex: every figure",
    )
    after = " ".join(whole.pages[1:])
    assert sorted(heads, key=after.index) == list(heads)
    assert "converted from CMYK" in whole.page("P2 Pfeiler 3.jpg")
    assert 'The crack map is "test map" (0123456789ab).' in after
    assert after.index("Limits of use") < after.index("Shadows can look like cracks to the map.")
    assert f"Crack map: test map {made.map_card().sha256}" in whole.page("What was looked at")
    assert "the file is empty (0 bytes)" in whole.page("Not inspected")
    for digest in ("ab" * 32, "ef" * 32):
        assert digest in whole.page("What was looked at").replace(" ", "")


def test_index_says_of_each_photo_what_is_recorded(whole: Pdf) -> None:
    index = whole.page("Index of photos")
    assert "P2 Pfeiler 3.jpg Element: not recorded Taken: 2024-05-03 14:22:10 Place: 47.37689° N, 8.54169° W" in index
    assert index.count("Taken: not recorded") == 3


def test_every_page_names_structure_report_and_number(whole: Pdf) -> None:
    for i, page in enumerate(whole.pages):
        assert f"Bridge 7 · Pier 3 · No. 2024-17 · 2024-05-04 Page {i + 1} of {len(whole.pages)}" in page


def test_long_names_never_cut_the_number_off(tmp_path: Path) -> None:
    pdf = saved_pdf(
        made.report(project="Bridge " * 20, structure="Pier " * 30, number="2024-17", date="2024-05-04"), tmp_path
    )
    for page in pdf.pages:
        assert re.search(r"Bridg\w*… · Pier [Pier ]+… · No. 2024-17 · 2024-05-04 Page", page)


def test_signature_names_the_sha256_of_the_report(tmp_path: Path) -> None:
    folder = made.report().save(tmp_path, formats=["json", "pdf"])
    digest = hashlib.sha256((folder / "report.json").read_bytes()).hexdigest()
    words = Pdf(folder / "report.pdf").words
    assert f"report.json has the SHA-256 {digest}" in words


def test_card_is_a_table_and_every_figure_stands_in_the_annex(whole: Pdf) -> None:
    before, annex = whole.words.split("Annex: figures of each photo", 1)
    assert "71.0 % 68–74 % 1,400 / – – –" in before
    assert "our own – – 10 – –" in before
    assert "0.680–0.740" not in before
    assert "> 0.99 0.50 2.7 % 2,048 2 2 1 2" in annex
    for said in ("recall 0.710 0.680–0.740 1,400 SDNET2018, test split", "accuracy 0.900 not computed 10 our own"):
        assert said in annex


def test_a_card_without_figures_has_no_annex(tmp_path: Path) -> None:
    pdf = saved_pdf(Report([], made.card(metrics=())), tmp_path)
    assert "Nothing was measured" in pdf.words
    assert "Annex: every figure" not in pdf.words


def test_table_of_cracks_is_widest_first_with_guide_and_doubtful_ones_apart(whole: Pdf) -> None:
    table = whole.page("All cracks of the structure")
    sure, doubtful = table.split("Probably no crack (1)")
    assert re.findall(r"P\d-C\d", sure) == ["P2-C1", "P2-C2", "P3-C1"]
    assert re.findall(r"P\d-C\d", doubtful) == ["P2-C3"]
    assert "exceeds the guide value of 0.41, 0.30, 0.18, 0.15, 0.10 mm" in sure
    assert "guide value" not in doubtful
    assert "runs along a straight edge" in doubtful
    assert "0.41 mm: dry air or protective membrane" in table
    assert "unsafe" not in whole.words


def test_short_pieces_have_no_row_and_no_block(tmp_path: Path) -> None:
    pieces = (made.trace(), made.trace((20, 200), (32, 200), width_px=3))
    pdf = saved_pdf(made.report(made.inspection(traces=pieces)), tmp_path)
    assert "1 short piece not listed" in pdf.words
    assert "1 short piece beside, 12 px together, drawn and not listed." in pdf.words
    assert "P1-C2" not in pdf.words


def test_each_crack_has_its_sizes_its_ends_and_blanks(whole: Pdf) -> None:
    page = whole.page("P2 Pfeiler 3.jpg") + whole.pages[whole.pages.index(whole.page("P2 Pfeiler 3.jpg")) + 1]
    for said in ("P2-C1 clear", "P2-C2 likely", "traced ≥ 49.2 mm in 3 pieces", "Ends: 1 leaves the photo, 1 is lost."):
        assert said in page
    assert page.count("accepted rejected re-measured, mm Severity Extent Action By when") == 2
    assert page.count("bare traced, tick") == 2
    assert "1: at x 0, y 170, 10 × 10 mm" in page


def test_without_a_scale_there_is_no_millimetre_but_how_to_get_it(tmp_path: Path) -> None:
    words = saved_pdf(made.report(made.inspection(traces=(made.trace(),))), tmp_path).words
    assert not re.search(r"\d\s*mm\b", words)
    assert words.count("inspect again with --px-per-mm") == 1


def test_photo_is_drawn_with_its_trace_and_without_the_heat_map(tmp_path: Path) -> None:
    grey = made.inspection(preview_jpeg=made.jpeg((240, 320)), scores=(0.1, 0.95), traces=(made.trace(width_px=3),))
    pdf = saved_pdf(made.report(grey), tmp_path)
    (number,) = (i for i, page in enumerate(pdf.pages) if page.startswith("P1 wall.jpg"))
    pixels = pdf.picture(number, scale=2).astype(int)
    cyan = (pixels[..., 2] > 200) & (pixels[..., 0] < 120)
    magenta = (pixels[..., 0] - pixels[..., 1] > 40) & (pixels[..., 2] - pixels[..., 1] > 20)
    rows, cols = np.nonzero(cyan)
    assert np.ptp(cols) / np.ptp(rows) == pytest.approx(100 / 60, rel=0.03)  # the trace's own sides
    heat = np.flatnonzero(magenta.any(axis=1) & (np.arange(len(pixels)) > 200))  # below the coloured head
    assert heat.min() > rows.max() + 50  # the small heat map stands under the photo
    assert magenta[heat.min() :].sum() > 100


def test_pages_of_a_photo_name_no_threshold_and_have_the_order_of_the_page_on_screen(whole: Pdf) -> None:
    first = whole.pages.index(whole.page("P2 Pfeiler 3.jpg"))
    words = " ".join(whole.pages[first : whole.pages.index(whole.page("P3"))])
    assert "0.50" not in words
    assert "px²" not in words
    order = ("Heat map: the score", "P2-C1 clear", "P2-C2 likely", "Places to check, bare", "1: at x 0, y 170")
    assert sorted(order, key=words.index) == list(order)
    method = whole.words[whole.words.index("Method Each photo") :]
    assert "threshold of 0.50" in method


@pytest.mark.parametrize("n", range(1, 11))
def test_places_never_stand_on_a_page_alone(tmp_path: Path, n: int) -> None:
    views = tuple(made.close_up(i) for i in range(n))
    places, jpegs = made.places(5), (made.jpeg((32, 32)),) * 5
    photo = made.inspection(traces=made.many_traces(n), close_ups=views, places=places, place_jpegs=jpegs)
    pdf = saved_pdf(made.report(photo), tmp_path)
    (page,) = (page for page in pdf.pages if "Places to check, bare" in page)
    assert page.split("Places to check, bare")[0].count("By when") >= 1


@pytest.mark.parametrize("n", range(1, 15))
def test_captions_never_stand_at_the_foot_of_a_page_without_their_table(tmp_path: Path, n: int) -> None:
    card = read_checkpoint(find_checkpoint(DEFAULT_DETECTOR)).card
    photos = [made.inspection(f"{i}.jpg", traces=(), findings=()) for i in range(n)]
    pdf = saved_pdf(Report(photos, card), tmp_path)
    for caption, first in (("How good it is", "METU, val"), ("On surfaces that were left out", "81.6 %")):
        (page,) = (page for page in pdf.pages if caption in page)
        assert first in page.split(caption)[1]


def test_the_table_goes_on_under_a_short_index(tmp_path: Path) -> None:
    pdf = saved_pdf(made.report(made.inspection(traces=(made.trace(),))), tmp_path)
    assert "All cracks of the structure" in pdf.page("Index of photos")


def test_thousands_of_traces_and_findings_do_not_break_the_page(tmp_path: Path) -> None:
    many = made.inspection("many.jpg", traces=made.many_traces(300), findings=made.inspection().findings * 2000)
    blank = made.inspection("blank.jpg", findings=made.inspection().findings * 2000)
    pdf = saved_pdf(made.report(many, blank), tmp_path)
    assert "and 288 more, see the table of all cracks and cracks.csv" in pdf.words
    assert "P1-C300" in pdf.words
    assert re.search(r"For want of room 2\d\d of 300 names", pdf.words)
    assert len(pdf.pages) < 30


def test_the_rows_of_a_crack_stay_together(tmp_path: Path) -> None:
    photo = made.inspection("many.jpg", traces=made.many_traces(12), scale=Scale(3.2))
    pdf = saved_pdf(made.report(photo, guide="aci224r"), tmp_path)
    for number in range(1, 13):
        (page,) = (page for page in pdf.pages[1:] if f"P1-C{number} clear Width" in page)
        block = page.split(f"P1-C{number} clear Width")[1].split("P1-C")[0]
        assert "Ends: 2 fade." in block
        assert "accepted rejected re-measured, mm Severity" in block


def test_a_long_caption_of_a_close_up_stands_above_the_blanks(tmp_path: Path) -> None:
    blurred = made.trace(width_px=2.0, width_p95_interval_px=(0.616, 5.28))
    photo = made.inspection("blurred.jpg", traces=(blurred,), scale=Scale(8.0), close_ups=(made.close_up(),))
    pdf = saved_pdf(made.report(photo), tmp_path)
    number = next(i for i, words in enumerate(pdf.pages) if "re-measured, mm" in words)
    text = pdf.document[number].get_textpage()
    assert "blur hides the width: between 0.076 and 0.67 mm" in pdf.pages[number]
    first, _ = text.search("traced; no tick").get_next()
    last = first + text.get_text_range(first).index("mm")
    blanks, _ = text.search("rejected").get_next()
    bottom, top = text.get_charbox(last)[1], text.get_charbox(blanks)[3]
    assert text.get_charbox(first)[1] - bottom > 12, "it has three lines"
    assert bottom - top > 4


def test_no_row_of_the_table_of_cracks_is_split(tmp_path: Path) -> None:
    photo = made.inspection("many.jpg", traces=made.many_traces(60), scale=Scale(3.2))
    pdf = saved_pdf(made.report(photo, guide="aci224r"), tmp_path)
    tables = [page.split("By hand P1-C")[1] for page in pdf.pages if "By hand P1-C" in page]
    rows = [row for page in tables for row in f"P1-C{page}".split("cracklens report Page")[0].split("P1-C")[1:]]
    assert len(tables) > 2
    assert [int(row.split()[0]) for row in rows] == [*range(1, 61)]
    assert {row.split("many.jpg ")[1].strip() for row in rows} == {
        "exceeds the guide value of 0.41, 0.30, 0.18, 0.15, 0.10 mm"
    }


def test_index_has_six_photos_a_page(tmp_path: Path) -> None:
    pdf = saved_pdf(made.report(*(made.inspection(f"photo {i:02}.jpg") for i in range(13))), tmp_path)
    counts = [len(re.findall(r"photo \d\d\.jpg Element: not recorded", page)) for page in pdf.pages]
    assert [n for n in counts if n] == [6, 6, 1]


def structure(path: Path) -> list[tuple[int, str, str]]:
    """Give depth, kind and alternative text of every element of a tagged PDF, in the order of reading."""
    raw = pypdfium2.raw
    found: list[tuple[int, str, str]] = []

    def text(of: Any, ask: Any) -> str:
        n = ask(of, None, 0)
        buffer = ctypes.create_string_buffer(n)
        ask(of, buffer, n)
        return buffer.raw.decode("utf-16-le").rstrip("\0")

    def walk(of: Any, depth: int) -> None:
        found.append((depth, text(of, raw.FPDF_StructElement_GetType), text(of, raw.FPDF_StructElement_GetAltText)))
        for i in range(raw.FPDF_StructElement_CountChildren(of)):
            kid = raw.FPDF_StructElement_GetChildAtIndex(of, i)
            if kid:
                walk(kid, depth + 1)

    document = pypdfium2.PdfDocument(path)
    for page in document:
        tree = raw.FPDF_StructTree_GetForPage(page.raw)
        for i in range(raw.FPDF_StructTree_CountChildren(tree)):
            walk(raw.FPDF_StructTree_GetChildAtIndex(tree, i), 0)
        raw.FPDF_StructTree_Close(tree)
    return found


def test_file_is_tagged_and_says_its_language_and_title(tmp_path: Path) -> None:
    path = made.report(project="Bridge 7").save(tmp_path, formats=["pdf"]) / "report.pdf"
    document = pypdfium2.PdfDocument(path)
    assert pypdfium2.raw.FPDFCatalog_IsTagged(document.raw)
    assert document.get_metadata_dict()["Title"] == "Crack inspection report: Bridge 7"
    assert b"/Lang (en)" in path.read_bytes()
    found = structure(path)
    kinds = {kind for _, kind, _ in found}
    assert {"Document", "H1", "H2", "H3", "P", "Table", "TR", "TH", "TD", "Figure", "Caption"} <= kinds
    alts = [alt for _, kind, alt in found if kind == "Figure"]
    assert all(alts)
    assert any(alt.startswith("Photo P2, Pfeiler 3.jpg. 2 cracks; to look at first, P2-C1") for alt in alts)
    assert any(alt.startswith("P2-C1, traced: its centre line, and a tick across the crack") for alt in alts)


def test_links_and_captions_are_elements_of_their_own(tmp_path: Path) -> None:
    path = made.report().save(tmp_path, formats=["pdf"]) / "report.pdf"
    found = structure(path)
    under = [(one[1], other[1]) for one, other in pairwise(found) if other[0] == one[0] + 1]
    assert ("TH", "Link") in under
    assert ("Table", "Caption") in under
    raw = path.read_bytes()
    areas = [area for area in re.findall(rb"<<[^<>]*/Subtype /Link[^<>]*>>", raw) if b"/StructParent" in area]
    assert areas
    assert len(areas) == raw.count(b"/Subtype /Link") == raw.count(b"/Type /OBJR")
    assert len({re.search(rb"/StructParent (\d+)", area)[1] for area in areas}) == len(areas)  # type: ignore[index]
    assert all(b"/Contents (P" in area for area in areas)


def test_places_and_doubtful_lines_are_shown_small_and_few(tmp_path: Path) -> None:
    pdf = saved_pdf(made.report(), tmp_path)
    assert "Places to check, bare, and what is probably no crack, dotted" in pdf.words
    assert "1: at x 0, y 170, 10 × 10 mm 2: at x 40, y 170, 10 × 10 mm P2-C3" in pdf.words
    doubtful = tuple(replace(one, confidence=0.4) for one in made.many_traces(9))
    views = tuple(made.close_up(i, (0, 0, 100, 80)) for i in range(9))
    many = saved_pdf(made.report(made.inspection(traces=doubtful, close_ups=views)), tmp_path / "many")
    (page,) = (page for page in many.pages if "Places to check, bare" in page)
    assert page.split("dotted ")[-1].startswith("P1-C1 P1-C2 P1-C3 P1-C4 P1-C5 cracklens report")


def test_all_that_is_drawn_is_tagged_or_set_apart(tmp_path: Path) -> None:
    path = made.report(guide="aci224r").save(tmp_path, formats=["pdf"]) / "report.pdf"
    raw = path.read_bytes()
    streams = [zlib.decompress(base64.a85decode(part.strip().removesuffix(b"~>"))) for part in PAGE_STREAM.findall(raw)]
    pages = [stream for stream in streams if b"BT" in stream and b"BDC" in stream]
    assert len(pages) == len(pypdfium2.PdfDocument(path))
    for page in pages:
        depth = 0
        for line in page.split(b"\n"):
            depth += len(re.findall(rb"\bBDC\b|\bBMC\b", line)) - len(re.findall(rb"\bEMC\b", line))
            assert depth in (0, 1)
            assert depth == 1 or not re.search(rb"\bT[jJ]\b|\bDo\b", line), line


@pytest.mark.parametrize(
    "name",
    [made.HOSTILE, '<para><a href="javascript:x">&amp;<b>', "a" * 3000, "x\x00\x1b[2J\u202egpj.exe", "caf\udce9.jpg"],
)
def test_hostile_names_are_only_words(tmp_path: Path, name: str) -> None:
    photos: list[Outcome] = [
        made.inspection(name, notes=(because(name),), traces=(made.trace(doubts=(Doubt("round"),)),)),
        made.inspection(name, scores=(0.1,)),
        Failure(name, because(name)),
    ]
    report = Report(
        photos,
        made.card(name=name, limits=(name,)),
        made.report(project=name, inspector=name, template=Template(words={"doubts.round": name})).options,
    )
    pdf = saved_pdf(report, tmp_path)
    assert name[:8].encode("utf-8", "backslashreplace").decode()[:1] in pdf.words
    raw = re.sub(rb"stream\r?\n.*?endstream", b"", (tmp_path / "report.pdf").read_bytes(), flags=re.DOTALL)
    assert not any(active in raw for active in (b"/URI", b"/JavaScript", b"/JS", b"/Launch", b"/EmbeddedFile"))


def test_markup_in_a_name_is_shown_as_it_is(tmp_path: Path) -> None:
    assert (
        "<b>Pier</b> & <i>3"
        in saved_pdf(made.report(made.inspection(), project="<b>Pier</b> & <i>3"), tmp_path).pages[0]
    )


def test_empty_and_failed_runs_have_a_report_too(tmp_path: Path) -> None:
    assert "There were no photos to inspect" in saved_pdf(Report([], made.card()), tmp_path / "a").pages[0]
    failed = saved_pdf(Report([Failure("a.jpg", because("why"))], made.card()), tmp_path / "b")
    assert "No photo could be inspected" in failed.pages[0]
    assert "to be filled in by hand" in failed.pages[0]


def test_preview_that_is_damaged_is_said(tmp_path: Path) -> None:
    photos = [made.inspection("a", preview_jpeg=b""), made.inspection("b", preview_jpeg=made.jpeg()[:400])]
    assert saved_pdf(made.report(*photos), tmp_path).words.count("no preview of this photo") == 2


def test_pictures_are_small() -> None:
    photo = made.inspection(preview_jpeg=made.jpeg((960, 1280)))
    image = shrunk(photo, 1000)
    assert image is not None
    assert image.size == (1000, 750)
    assert as_jpeg(image).startswith(b"\xff\xd8")
    width, height = fitted(photo, 400, 100)
    assert width / height == pytest.approx(320 / 240)


def test_latin_report_needs_no_font_of_the_system(tmp_path: Path, no_system_fonts: None) -> None:
    pdf = saved_pdf(
        made.report(project="Malmö, Ærø, Škoda – 3 × 4 m² ≥ 2 °C", structure="Brücke", inspector="José"), tmp_path
    )
    assert "Malmö, Ærø, Škoda – 3 × 4 m² ≥ 2 °C" in pdf.pages[0]


@pytest.mark.parametrize("name", ["Мост через Влтаву", "Γέφυρα Κορίνθου"])
def test_greek_and_cyrillic_take_a_font_of_the_system(tmp_path: Path, name: str) -> None:
    if not fonts.system_fonts():
        pytest.skip("a font such as DejaVu Sans is needed: apt-get install fonts-dejavu-core")
    pdf = saved_pdf(made.report(project=name), tmp_path)
    assert name in pdf.pages[0]
    assert "stands for characters" not in pdf.words


def test_what_no_font_draws_is_a_question_mark_and_is_said(tmp_path: Path, no_system_fonts: None) -> None:
    with pytest.warns(MissingGlyphWarning, match=r"none here draws U\+041C"):
        pdf = saved_pdf(made.report(project="М 7", inspector="Ann"), tmp_path)
    assert "? 7" in pdf.pages[0]
    assert "? stands for characters that no font on this machine can draw: U+041C." in pdf.pages[0]
    assert (tmp_path / "report.pdf").exists()


@pytest.mark.parametrize("name", ["长江大桥", "橋梁", "にほん橋", "한강 대교"])
def test_chinese_japanese_and_korean_borrow_the_readers_font_and_say_so(
    tmp_path: Path, no_system_fonts: None, name: str
) -> None:
    with pytest.warns(MissingGlyphWarning, match="readers bring theirs"):
        pdf = saved_pdf(made.report(structure=name), tmp_path)
    assert "drawn with a font of the program that shows it" in pdf.pages[0]
    raw = (tmp_path / "report.pdf").read_bytes()
    assert re.search(rb"/BaseFont /(STSong-Light|HeiseiKakuGo-W5|HYGothic-Medium|MSung-Light)", raw)
    assert "stands for characters" not in pdf.pages[0]


def test_font_of_the_template_comes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    have = fonts.system_fonts()
    if not have:
        pytest.skip("a font such as DejaVu Sans is needed: apt-get install fonts-dejavu-core")
    monkeypatch.setattr(fonts, "system_fonts", lambda: ())
    pdf = saved_pdf(made.report(project="Мост", template=Template(fonts=have[:1])), tmp_path)
    assert "Мост" in pdf.pages[0]


def test_scripts_that_join_letters_are_said(tmp_path: Path, no_system_fonts: None) -> None:
    with pytest.warns(MissingGlyphWarning):
        pdf = saved_pdf(made.report(project="हिन्दी पुल"), tmp_path)
    assert "may not be joined as their script asks" in pdf.pages[0]


def test_firm_is_on_the_pages(tmp_path: Path) -> None:
    Image.new("RGB", (80, 40), (0, 95, 115)).save(tmp_path / "logo.png")
    (tmp_path / "firm.toml").write_text(
        'name = "Example Engineers"\nlogo = "logo.png"\ncolour = "#005f73"\n[extra]\ncover = "Ordered by us."\n'
        'method = "From a lift."\nlimits = ["Not under paint."]\nsignature = "We sign."\n'
        '[words]\n"title.report" = "Crack survey"\n'
    )
    pdf = saved_pdf(made.report(made.inspection(), template=read_template(tmp_path / "firm.toml")), tmp_path)
    assert pdf.pages[0].startswith("Example Engineers")
    for said in ("Crack survey", "Ordered by us.", "From a lift.", "Not under paint.", "We sign."):
        assert said in pdf.words
    teal = np.abs(pdf.picture(0).astype(int) - (0, 95, 115)).max(axis=-1) < 12
    assert teal[:140].sum() > 1000


@pytest.mark.slow
def test_one_photo_at_a_time_is_read(tmp_path: Path) -> None:
    class Counted(list[Outcome]):
        most = now = 0

        def __getitem__(self, index):
            gc.collect()
            found = super().__getitem__(index)
            copy = made.inspection(found.photo)
            alive.append(weakref.ref(copy))
            Counted.most = max(Counted.most, sum(ref() is not None for ref in alive))
            return copy

    alive: list[weakref.ref[Inspection]] = []
    outcomes = Counted(made.inspection(str(i)) for i in range(6))
    Report(outcomes, made.card()).save(tmp_path, formats=["pdf"])
    assert Counted.most <= 2  # the one that is drawn, and the next while it is handed over


def test_no_warning_leaves_a_plain_report(tmp_path: Path) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        saved_pdf(made.report(), tmp_path)
