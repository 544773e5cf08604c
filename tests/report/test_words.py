"""Takes the catalogue of texts and the code; gives faults where one names what the other has not."""

from __future__ import annotations

import re
from importlib.resources import files
from pathlib import Path
from typing import get_args

import pytest

from cracklens.errors import SettingError
from cracklens.report.words.catalogue import Language, counted, placeholders, words_of
from cracklens.values import DoubtKind

REPORT = Path(str(files("cracklens.report")))
DYNAMIC = (
    "about.", "figures.", "photos.", "cracks.", "card.", "hashes.", "scale.", "count.", "certainty.", "table.",
    "layers.", "by_hand.", "method.", "index.", "annex.", "worst.",
)  # fmt: skip
"""Parts whose keys are put together in the code, such as words[f"about.{name}"]."""


def source() -> str:
    return "\n".join(path.read_text(encoding="utf-8") for path in (*REPORT.rglob("*.py"), *REPORT.rglob("*.j2")))


def test_every_key_in_the_code_is_in_the_catalogue() -> None:
    named = set(re.findall(r"""(?:\bw|words)\[f?["']([a-z]+\.[a-z0-9_]+)["']""", source()))
    assert len(named) > 80
    assert named - set(words_of()) == set()


def test_every_text_of_the_catalogue_is_used() -> None:
    text = source()
    unused = [key for key in words_of() if key not in text and not _put_together(key, text)]
    assert unused == ["language.name"]


def test_every_doubt_has_its_text() -> None:
    assert {key for key in words_of() if key.startswith("doubts.")} == {
        f"doubts.{kind}" for kind in get_args(DoubtKind)
    }


def _put_together(key: str, text: str) -> bool:
    part, _, name = key.partition(".")
    return part in ("count", "scale", "doubts", "notes") or (
        f"{part}." in DYNAMIC and bool(re.search(rf"""["']{name}["']""", text))
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
