"""Takes a saved report.html; gives faults in what it says, what it escapes and how large it grows."""

from __future__ import annotations

import base64
import hashlib
import io
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from tests.report import made
from tests.said import because

from cracklens.report.html import page as page_writer
from cracklens.report.report import Report
from cracklens.report.words.template import Template
from cracklens.values import Failure, Outcome, Scale

VOID = {"meta", "link", "input", "img", "br"}


class Page(HTMLParser):
    """The tags, attributes and words of a page; a fault where a tag is not closed in its turn."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words = ""
        self._open: list[str] = []
        self.feed(text)
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self._open[-1:] != ["style"]:
            self.words += data

    def sources(self, css_class: str | None = None) -> list[str]:
        found = [dict(attrs) for tag, attrs in self.tags if tag == "img"]
        return [str(attrs["src"]) for attrs in found if css_class is None or attrs.get("class") == css_class]


def page(*of: Outcome, folder: Path) -> Page:
    report = Report(list(of), made.card())
    return Page((report.save(folder, formats=["html"]) / "report.html").read_text(encoding="utf-8"))


@pytest.fixture
def whole(saved: Path) -> Page:
    return Page((saved / "report.html").read_text(encoding="utf-8"))


def picture(uri: str) -> Image.Image:
    return Image.open(io.BytesIO(base64.b64decode(uri.partition(",")[2])))


def test_says_what_matters_first(whole: Page) -> None:
    words = re.sub(r"\s+", " ", whole.words)
    assert "2 of 4 photos need a look, 2 were not inspected" in words
    order = (
        "The crack to look at first: P2-C1",
        "It misses cracks",
        "All cracks of the structure",
        "P2 Brücke/",
        "Limits of use Thi",
    )
    assert sorted(order, key=words.index) == list(order)
    assert "threshold of 0.50" in words[words.index("Method Each photo") :]
    assert "0.680–0.740" in words
    assert 'The crack map is "test map" (0123456789ab).' in words[words.index("Method Each photo") :]
    assert "Shadows can look like cracks to the map." in words[words.index("Limits of use Thi") :]


def test_the_table_has_every_crack_once_the_widest_first_and_doubtful_ones_apart(whole: Page) -> None:
    words = re.sub(r"\s+", " ", whole.words)
    table = words[words.index("All cracks of the structure") : words.index("Photos with something to look at")]
    ids = re.findall(r"P\d+-C\d+", table)
    assert ids == ["P2-C1", "P2-C2", "P3-C1", "P2-C3"]
    assert table.index("P3-C1") < table.index("Probably no crack (1)") < table.index("P2-C3")
    assert "runs along a straight edge" in table
    assert "details" in {tag for tag, _ in whole.tags}
    assert not any("open" in attrs for tag, attrs in whole.tags if tag == "details")


def test_short_pieces_are_drawn_and_summed_up_without_a_row(tmp_path: Path) -> None:
    traces = (made.trace(), made.trace((20, 200), (32, 200), width_px=3), made.trace((50, 210), (50, 222), width_px=2))
    found = page(made.inspection(traces=traces, scale=Scale(3.0)), folder=tmp_path)
    words = re.sub(r"\s+", " ", found.words)
    assert set(re.findall(r"P\d+-C\d+", words)) == {"P1-C1"}
    assert "1 crack; to look at first, P1-C1" in words
    assert "2 short pieces beside, 8 mm together, drawn and not listed." in words
    assert "2 short pieces not listed: each shorter than 224 px" in words
    drawn = "".join(str(attrs.get("d")) for tag, attrs in found.tags if tag == "path")
    assert "M20 200L32 200" in drawn
    assert "M50 210L50 222" in drawn


def test_traces_gaps_other_lines_and_places_are_drawn_over_the_photo(whole: Page) -> None:
    paths = [attrs for tag, attrs in whole.tags if tag == "path"]
    drawn = [attrs["d"] for attrs in paths]
    assert drawn.count("M30 20L130 20L130 80M0 150L160 200") == 2
    gaps = [attrs["d"] for attrs in paths if attrs.get("class") == "gap"]
    assert gaps == ["M60 150L70 152M100 160L116 164"] * 2  # over the photo and in the close-up
    assert [attrs["d"] for attrs in paths if attrs.get("class") == "doubt"] == [
        "M200 60L240 200"
    ] * 2  # and in its cut-out
    assert drawn.count("M0 100L320 110") == 2
    places = [attrs["d"] for attrs in paths if attrs.get("class") == "place"]
    assert places == ["M0 170H32V202H0ZM40 170H72V202H40Z"]


def test_places_and_doubtful_lines_have_cut_outs(whole: Page) -> None:
    alts = [str(attrs.get("alt")) for tag, attrs in whole.tags if tag == "img"]
    assert len([alt for alt in alts if alt.startswith("Place to check ")]) == 2
    labels = [attrs.get("aria-label") for tag, attrs in whole.tags if tag == "svg"]
    assert labels.count("P2-C3 at full resolution, its line dotted.") == 1


def test_a_crack_has_the_same_id_in_picture_table_close_up_and_card(whole: Page) -> None:
    labels = [str(attrs.get("aria-label")) for tag, attrs in whole.tags if tag == "svg" and attrs.get("role") == "img"]
    assert len([label for label in labels if label.startswith("P2-C1")]) == 4  # at the top and in its card
    assert whole.words.count("P2-C1") >= 6  # at the top, table, line, card, and in the picture for two kinds of screens
    assert {attrs.get("id") for _, attrs in whole.tags} >= {"P2", "P2-C1", "P2-C2", "P3-C1"}
    assert "50.0 ± 3.1 mm" in whole.words
    assert "traced ≥ 49.2 mm in 3 pieces" in whole.words


def test_a_photo_says_in_a_line_what_was_found(whole: Page) -> None:
    line = (
        "2 cracks; to look at first, P2-C1: 2.4 (1.9–2.8) mm wide; length 50.0 ± 3.1 mm. 1 line is probably no crack. "
    )
    line += "1 line is a joint, an edge, a cable or writing. 2 places to check."
    assert line in re.sub(r"\s+", " ", whole.words)
    alts = [str(attrs["alt"]) for tag, attrs in whole.tags if tag == "img" and attrs.get("class") == "photo"]
    assert alts == [f"Photo P2, Pfeiler 3.jpg. {line}"]


def test_pictures_have_a_bar_of_a_round_length_or_say_that_there_is_no_scale(whole: Page) -> None:
    bars = [attrs for tag, attrs in whole.tags if attrs.get("class") == "ruler"]
    widths = ["None", "width:13.333%", "width:13.333%", "width:16.000%", "width:20.000%"]
    assert sorted(str(bar.get("style")) for bar in bars) == widths
    assert whole.words.count("20 mm") == 1


def test_heat_map_is_a_layer_that_is_off_at_first(whole: Page) -> None:
    layers = {str(attrs["id"]): "checked" in attrs for tag, attrs in whole.tags if tag == "input"}
    on = {"show-traces": True, "show-places": True, "show-others": True, "show-doubtful": False, "show-heat": False}
    assert layers == on


def test_figures_of_the_detector_stand_in_the_annex_only(whole: Page) -> None:
    words = re.sub(r"\s+", " ", whole.words)
    before = words[: words.index("Method Each photo")]
    assert "px²" not in before
    assert "0.997" not in before
    assert "> 0.990.502.7 %2,0482212" in words[words.index("Annex: figures of each photo") :]


def test_the_signature_names_the_report(saved: Path, whole: Page) -> None:
    digest = hashlib.sha256((saved / "report.json").read_bytes()).hexdigest()
    assert f"has the SHA-256 {digest}." in re.sub(r"\s+", " ", whole.words)


def test_without_a_scale_there_is_no_millimetre_but_how_to_get_it(tmp_path: Path) -> None:
    made_page = page(made.inspection(traces=(made.trace(),)), folder=tmp_path)
    words = re.sub(r"\s+", " ", made_page.words)
    assert not re.search(r"\d\s*mm\b", words)
    assert words.count("inspect again with --px-per-mm") == 1
    assert all(flag in words for flag in ("--scales", "--marker-mm", "--distance-m"))


def test_guide_is_set_beside_the_width_and_gives_no_verdict(tmp_path: Path) -> None:
    report = made.report(guide="aci224r")
    words = Page((report.save(tmp_path, formats=["html"]) / "report.html").read_text(encoding="utf-8")).words
    assert "Its width exceeds the guide value of 0.41, 0.30, 0.18, 0.15, 0.10 mm." in words
    assert "0.41 mm: dry air or protective membrane" in words
    assert "unsafe" not in words
    assert "where no scale is known, nothing is compared" in words


def test_thousands_of_traces_do_not_drown_the_page(tmp_path: Path) -> None:
    many = made.inspection(traces=made.many_traces(2000), findings=made.inspection().findings * 2000)
    made_page = page(many, folder=tmp_path)
    cards = [attrs for tag, attrs in made_page.tags if attrs.get("class") == "card"]
    assert len(cards) == 12
    assert "and 1,988 more, see the table of all cracks and cracks.csv" in made_page.words
    assert (tmp_path / "report.html").stat().st_size < 3_000_000


def test_names_that_have_no_room_in_the_picture_are_counted(tmp_path: Path) -> None:
    full = page(made.inspection(traces=made.many_traces(30), places=()), folder=tmp_path / "full")
    desk = (tmp_path / "full/report.html").read_text(encoding="utf-8").split('class="names desk"')[1]
    names = desk.split('class="names phone"')[0].count("<text")
    assert 0 < names < 30
    assert f"For want of room {30 - names} of 30 names" in full.words
    assert "For want of room" not in page(made.inspection(traces=made.many_traces(3)), folder=tmp_path / "few").words


def test_firm_and_cover_are_on_the_page(tmp_path: Path) -> None:
    template = Template(
        name="Müller & <b>", colour="#005f73", cover="Ordered.", limits=("Ours.",), signature="We sign."
    )
    report = made.report(project=made.HOSTILE, structure="Γέφυρα", date="2024-05-04", template=template)
    text = (report.save(tmp_path, formats=["html"]) / "report.html").read_text(encoding="utf-8")
    made_page = Page(text)
    for said in ("Müller & <b>", made.HOSTILE, "Γέφυρα", "2024-05-04", "Ordered.", "Ours.", "We sign."):
        assert said in made_page.words
    assert "--mark: #005f73" in text
    assert "script" not in {tag for tag, _ in made_page.tags}


def test_fetches_nothing_and_runs_nothing(whole: Page) -> None:
    assert {tag for tag, _ in whole.tags} & {"script", "iframe", "object", "embed", "base"} == set()
    for tag, attrs in whole.tags:
        assert not any(name.startswith("on") for name in attrs)
        assert str(attrs.get("src", "data:image/")).startswith("data:image/")
        if tag == "link":
            assert attrs["href"] == "data:,"
        if tag == "a":
            assert re.match(r"#|https://doi\.org/10\.", str(attrs["href"]))
    policy = [attrs["content"] for _, attrs in whole.tags if attrs.get("http-equiv") == "Content-Security-Policy"]
    assert policy == ["default-src 'none'; img-src data:; style-src 'unsafe-inline'"]


def test_style_sheet_fetches_nothing() -> None:
    css = (Path(page_writer.__file__).parent / "templates" / "report.css").read_text(encoding="utf-8")
    assert not re.search(r"url\(|@import|https?:", css)


@pytest.mark.parametrize("name", [made.HOSTILE, '"><img src=x onerror=alert(1)>.jpg', "{{ 7 * 7 }}.jpg", "a&amp;b.jpg"])
def test_hostile_names_are_only_words(tmp_path: Path, name: str) -> None:
    photos: list[Outcome] = [
        made.inspection(name, notes=(because(name),)),
        made.inspection(name, scores=(0.1,)),
        Failure(name, because(name)),
    ]
    made_page = page(*photos, folder=tmp_path)
    assert {tag for tag, _ in made_page.tags} & {"script", "svg/onload"} == set()
    assert not any("onerror" in attrs for _, attrs in made_page.tags)
    assert made_page.words.count(name) >= 4


def test_hostile_card_is_only_words(tmp_path: Path) -> None:
    card = made.card(name=made.HOSTILE, limits=(made.HOSTILE,), recipe={made.HOSTILE: made.HOSTILE})
    text = (Report([], card).save(tmp_path) / "report.html").read_text(encoding="utf-8")
    assert "<script" not in text


def test_same_score_is_the_same_colour_in_two_photos(tmp_path: Path) -> None:
    photos = [made.inspection("a", scores=(0.6, 0.99)), made.inspection("b", scores=(0.51, 0.6))]
    high, low = (np.asarray(picture(uri)) for uri in page(*photos, folder=tmp_path).sources("heat"))
    assert high[0, 0].tolist() == low[0, 1].tolist()
    assert high[0, 1].tolist() != low[0, 1].tolist()


def test_preview_that_is_absent_or_damaged_is_said(tmp_path: Path) -> None:
    photos = [
        made.inspection("a", preview_jpeg=b""),
        made.inspection("b", scores=(0.1,), preview_jpeg=b"\xff\xd8 no jpeg"),
        made.inspection("c", scores=(0.1,), preview_jpeg=made.jpeg()[:400]),
    ]
    made_page = page(*photos, folder=tmp_path)
    assert "no preview of this photo" in made_page.words
    assert made_page.words.count("no preview") == 3


def test_pictures_are_lazy_and_shrink_down_the_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(page_writer, "SHARP_PHOTOS", 1)
    large = made.jpeg((960, 1280))
    photos = [made.inspection(name, preview_jpeg=large) for name in ("a", "b")]
    made_page = page(*photos, made.inspection("c", scores=(0.1,), preview_jpeg=large), folder=tmp_path)
    assert [picture(uri).size for uri in made_page.sources("photo")] == [(1280, 960), (800, 600)]
    assert picture(made_page.sources()[-1]).size == (320, 240)
    images = [attrs for tag, attrs in made_page.tags if tag == "img"]
    assert all(attrs.get("loading") == "lazy" for attrs in images[1:])


@pytest.mark.parametrize(
    ("of", "headline"),
    [
        ([], "There were no photos to inspect"),
        ([Failure("a", because("why"))], "No photo could be inspected"),
        ([made.inspection(scores=(0.1,))], "No findings in 1 photo<"),
        ([made.inspection(), made.inspection()], "2 of 2 photos need a look<"),
        ([made.inspection(), made.inspection(scores=(0.1,))], "1 of 2 photos needs a look<"),
    ],
)
def test_headline_for_every_kind_of_run(tmp_path: Path, of: list[Outcome], headline: str) -> None:
    page(*of, folder=tmp_path)
    assert headline in (tmp_path / "report.html").read_text(encoding="utf-8")


def test_two_thresholds_are_both_marked(tmp_path: Path) -> None:
    made_page = page(made.inspection(), replace(made.inspection(), threshold=0.3), folder=tmp_path)
    assert "threshold 0.300.50" in made_page.words
    assert "From the threshold of 0.30–0.50 on" in made_page.words


def test_card_without_figures_says_so(tmp_path: Path) -> None:
    card = made.card(metrics=(), data=(), limits=())
    words = Page((Report([], card).save(tmp_path) / "report.html").read_text(encoding="utf-8")).words
    assert "Nothing was measured" in words
    assert "It misses cracks." in words


def test_one_photo_at_a_time_is_held(tmp_path: Path) -> None:
    class Counted(list[Outcome]):
        held = 0

        def __getitem__(self, index):
            Counted.held += 1
            return super().__getitem__(index)

    outcomes = Counted(made.inspection(str(i), traces=(made.trace(),)) for i in range(3))
    material = made.material(Report(outcomes, made.card()))
    Counted.held = 0
    pieces = page_writer.as_html(material)
    text = ""
    while 'id="P1"' not in text:
        text += next(pieces)
    assert Counted.held <= 2  # the photo of the crack to look at first, and the first
