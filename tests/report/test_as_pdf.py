"""Takes a saved report.pdf into PDFium; gives faults in what its pages say and hold."""

from __future__ import annotations

import gc
import io
import re
import warnings
import weakref
from pathlib import Path

import numpy as np
import pypdfium2
import pytest
from PIL import Image
from tests.report import made

from cracklens.report.letters import fonts
from cracklens.report.letters.fonts import MissingGlyphWarning
from cracklens.report.pdf.photo import draw
from cracklens.report.report import Report
from cracklens.report.words.template import Template, read_template
from cracklens.values import Doubt, Failure, Inspection, Outcome


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
        project="Bridge 7", structure="Pier 3", inspector="A. Person", date="2024-05-04", guide="aci224r"
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
    for said in ("Crack inspection report", "Bridge 7", "Pier 3", "A. Person", "2024-05-04", "ACI 224R-01"):
        assert said in cover
    assert "2 of 4 photos need a look, 2 were not inspected" in cover
    assert "A screening aid, not a verdict." in cover
    assert "to be filled in by hand" not in cover


def test_every_part_is_there(whole: Pdf) -> None:
    assert "converted from CMYK" in whole.page("1 Pfeiler 3.jpg")
    assert "the file is empty (0 bytes)" in whole.page("Not inspected")
    for said in ("Method", "Limits of use", "It misses cracks", "Detector: cracklens-test", "Reviewed by", "Signature"):
        assert said in whole.words
    assert "ab" * 32 in whole.page("What was looked at").replace(" ", "")
    assert "ef" * 32 in whole.page("What was looked at").replace(" ", "")


def test_card_is_a_table_and_every_figure_stands_in_the_annex(whole: Pdf) -> None:
    card = whole.page("Not inspected")
    assert "71.0 % 68–74 % 1,400 / – – –" in card
    assert "our own – – 10 – –" in card
    assert "0.680–0.740" not in card
    assert whole.pages[-1].startswith("Annex: every figure that was measured")
    for said in ("recall 0.710 0.680–0.740 1,400 SDNET2018, test split", "accuracy 0.900 not computed 10 our own"):
        assert said in whole.pages[-1]


def test_a_card_without_figures_has_no_annex(tmp_path: Path) -> None:
    pdf = saved_pdf(Report([], made.card(metrics=())), tmp_path)
    assert "Nothing was measured" in pdf.words
    assert "Annex" not in pdf.words


def test_table_of_cracks_has_mm_px_doubts_and_guide(whole: Pdf) -> None:
    page = whole.page("1 Pfeiler 3.jpg")
    for said in ("50.0 ± 3.1 mm", "160 px", "and 0.69 mm", "In doubt: runs along a straight edge", "0.40"):
        assert said in page
    assert "Its 95 % width exceeds the guide value of 0.41, 0.30, 0.18, 0.15, 0.10 mm." in page
    assert "0.41 mm: dry air or protective membrane" in whole.page("Summary")
    assert "unsafe" not in whole.words


def test_without_a_scale_there_is_no_millimetre_but_how_to_get_it(tmp_path: Path) -> None:
    words = saved_pdf(made.report(made.inspection(traces=(made.trace(),))), tmp_path).words
    assert not re.search(r"\d\s*mm\b", words)
    assert words.count("inspect again with --px-per-mm") == 1


def test_photo_is_drawn_with_heatmap_and_trace(tmp_path: Path) -> None:
    grey = made.inspection(preview_jpeg=made.jpeg((240, 320)), scores=(0.1, 0.95), traces=(made.trace(width_px=3),))
    pdf = saved_pdf(made.report(grey), tmp_path)
    pixels = pdf.picture(2, scale=2).astype(int)
    cyan = (pixels[..., 2] > 200) & (pixels[..., 0] < 120)
    magenta = (pixels[..., 0] - pixels[..., 1] > 40) & (pixels[..., 2] - pixels[..., 1] > 20)
    rows, cols = np.nonzero(cyan)
    assert np.ptp(cols) / np.ptp(rows) == pytest.approx(100 / 60, rel=0.03)  # the trace's own sides
    assert magenta[200:320].sum() > 500
    assert not magenta[600:].any()


def test_thousands_of_traces_and_findings_do_not_break_the_page(tmp_path: Path) -> None:
    many = made.inspection("many.jpg", traces=made.many_traces(2000), findings=made.inspection().findings * 2000)
    blank = made.inspection("blank.jpg", findings=made.inspection().findings * 2000)
    pdf = saved_pdf(made.report(many, blank), tmp_path)
    assert (
        "12 are listed, those with a confidence of 0.5 and more first, then the widest first, and 1,988 more in"
        in pdf.words
    )
    assert "and 1,992 more in report.json" in pdf.words
    assert len(pdf.pages) < 15


@pytest.mark.parametrize(
    "name",
    [made.HOSTILE, '<para><a href="javascript:x">&amp;<b>', "a" * 3000, "x\x00\x1b[2J\u202egpj.exe", "caf\udce9.jpg"],
)
def test_hostile_names_are_only_words(tmp_path: Path, name: str) -> None:
    photos: list[Outcome] = [
        made.inspection(name, notes=(name,), traces=(made.trace(doubts=(Doubt("round"),)),)),
        made.inspection(name, scores=(0.1,)),
        Failure(name, name),
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
    failed = saved_pdf(Report([Failure("a.jpg", "why")], made.card()), tmp_path / "b")
    assert "No photo could be inspected" in failed.pages[0]
    assert "to be filled in by hand" in failed.pages[0]


def test_preview_that_is_damaged_is_said(tmp_path: Path) -> None:
    photos = [made.inspection("a", preview_jpeg=b""), made.inspection("b", preview_jpeg=made.jpeg()[:400])]
    assert saved_pdf(made.report(*photos), tmp_path).words.count("no preview of this photo") == 2


def test_pictures_are_small() -> None:
    drawn = draw(made.inspection(preview_jpeg=made.jpeg((960, 1280))))
    assert drawn is not None
    assert Image.open(io.BytesIO(drawn.jpeg)).size == (1000, 750)
    assert drawn.width / drawn.height == pytest.approx(320 / 240)


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
