"""Takes the catalogue of texts and the code; gives faults where one names what the other has not."""

from __future__ import annotations

import re
from importlib.resources import files
from pathlib import Path
from typing import get_args

import pytest

from cracklens.compare.changes import Status
from cracklens.errors import SettingError
from cracklens.measuring import GUIDES
from cracklens.report.cracks import guide_remarks, guide_values
from cracklens.report.words.catalogue import Language, counted, placeholders, words_of
from cracklens.values import DoubtKind

REPORT = Path(str(files("cracklens.report")))
COMPARE = Path(str(files("cracklens.compare")))
DYNAMIC = (
    "about.", "figures.", "photos.", "cracks.", "card.", "hashes.", "scale.", "count.", "certainty.", "table.",
    "layers.", "by_hand.", "method.", "index.", "annex.", "worst.", "compare.", "reason.",
)  # fmt: skip
"""Parts whose keys are put together in the code, such as words[f"about.{name}"]."""


STATUSES = {f"compare.status_{status.lower()}" for status in get_args(Status)} | {"compare.older", "compare.newer"}


def source() -> str:
    files_ = (path for room in (REPORT, COMPARE) for kind in ("*.py", "*.j2") for path in room.rglob(kind))
    return "\n".join(path.read_text(encoding="utf-8") for path in files_)


def test_every_key_in_the_code_is_in_the_catalogue() -> None:
    named = set(re.findall(r"""(?:\bw|words)\[f?["']([a-z]+\.[a-z0-9_]+)["']""", source()))
    assert len(named) > 80
    assert {key for key in named if not key.endswith("_")} - set(words_of()) == set()


def test_every_text_of_the_catalogue_is_used() -> None:
    text = source()
    unused = [key for key in words_of() if key not in text and not _put_together(key, text)]
    assert unused == ["language.name"]


@pytest.mark.parametrize("template", [path.name for room in (REPORT, COMPARE) for path in room.rglob("*.j2")])
def test_templates_have_no_words_of_their_own(template: str) -> None:
    (path,) = (path for room in (REPORT, COMPARE) for path in room.rglob(template))
    text = re.sub(r"{%.*?%}|{{.*?}}", " ", path.read_text(encoding="utf-8"), flags=re.DOTALL)
    text = re.sub(r"<style>.*?</style>|<[^>]*>", " ", text, flags=re.DOTALL)
    assert set(re.findall(r"[A-Za-z]{2,}", text)) <= {"cracklens", "px"}


def test_every_status_has_its_text() -> None:
    assert set(words_of()) >= STATUSES


def test_every_doubt_has_its_text() -> None:
    assert {key for key in words_of() if key.startswith("doubts.")} == {
        f"doubts.{kind}" for kind in get_args(DoubtKind)
    }


@pytest.mark.parametrize("name", sorted(GUIDES))
def test_every_code_of_a_guide_has_its_text(name: str) -> None:
    guide = GUIDES[name]
    codes = ["title", *(line.where for line in guide.values), *guide.remarks]
    assert [key for key in words_of() if key.startswith(f"{name}.")] == [f"{name}.{code}" for code in codes]


def test_what_the_documents_of_guides_say_beside_their_numbers() -> None:
    remarks = {name: " ".join(guide_remarks(guide, words_of())) for name, guide in GUIDES.items()}
    assert "in XD1, XD2 and XS1–XS3 it asks for decompression" in remarks["en1992"]
    assert "in XC2–XC4 decompression is to be checked" in remarks["en1992"]
    assert "unbonded tendons" in remarks["en1992"]
    assert guide_values(GUIDES["en1992"], words_of()).startswith(
        "0.40 mm: reinforced and unbonded prestressed members in X0"
    )
    assert "15.00 mm: category 3, or several cracks of, say, 3 mm; 25.00 mm: category 4." in guide_values(
        GUIDES["bre251"], words_of()
    )
    assert (
        "It should be expected that a portion of the cracks in the structure will exceed these values."
        in remarks["aci224r"]
    )
    assert "With time, a significant portion can exceed these values." in remarks["aci224r"]


def test_a_firm_says_what_a_guide_says_in_its_own_words() -> None:
    words = words_of(own={"bre251.category_4": "Kategorie 4", "bre251.widest": "Darüber mehr."})
    assert guide_values(GUIDES["bre251"], words).endswith("25.00 mm: Kategorie 4.")
    assert guide_remarks(GUIDES["bre251"], words)[-1] == "Darüber mehr."


def _put_together(key: str, text: str) -> bool:
    part, _, name = key.partition(".")
    return (
        part in ("count", "scale", "doubts", "notes", *GUIDES)
        or key in STATUSES
        or (f"{part}." in DYNAMIC and bool(re.search(rf"""["']{name}["']""", text)))
    )


def test_every_language_has_a_catalogue_with_the_same_keys_and_placeholders() -> None:
    english = words_of("en")
    for language in get_args(Language):
        words = words_of(language)
        assert set(words) == set(english)
        assert all(placeholders(words[key]) == placeholders(english[key]) for key in english)
        assert words["language.code"] == language


def test_unknown_language_is_refused() -> None:
    with pytest.raises(SettingError, match=r"language must be of en; got 'de'. Leave it out for en"):
        words_of("de")


@pytest.mark.parametrize(
    ("own", "sentence"),
    [
        ({"title.reprt": "x"}, "no text has the key 'title.reprt'. Did you mean 'title.report'?"),
        ({"count.photo_many": "{m} Fotos"}, "can fill in n; got m"),
        ({"count.photo_many": "{n Fotos"}, "braces that are no placeholder"),
        ({"title.report": 7}, "must be a text; got 7"),
    ],
)
def test_own_words_that_cannot_be_used_are_refused(own: dict[str, str], sentence: str) -> None:
    with pytest.raises(SettingError, match=re.escape(sentence)):
        words_of(own=own)


def test_own_words_stand_in_the_place_of_the_catalogue() -> None:
    words = words_of(own={"count.photo_many": "{n} Fotos"})
    assert counted(words, "photo", 2000) == "2,000 Fotos"
    assert counted(words, "photo", 1) == "1 photo"
