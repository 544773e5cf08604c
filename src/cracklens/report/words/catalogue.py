"""Takes the name of a language and a firm's own words; gives every text of a report by its key. Knows no report."""

from __future__ import annotations

import difflib
import string
import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any, Literal, get_args

from cracklens.errors import SettingError

Language = Literal["en"]
Words = Mapping[str, str]
"""Texts by key, as "cracks.head"; a word in braces is filled in with `str.format`."""

REVIEWED = "reviewed"
"""Section of what a report says otherwise once people have gone through its lines."""


def check_language(language: str) -> None:
    """Refuse a language that has no catalogue.

    Raises:
        SettingError: no such language.
    """
    known = get_args(Language)
    if language not in known:
        raise SettingError(f"language must be of {', '.join(known)}; got {language!r}. Leave it out for en.")


def words_of(language: str = "en", *, own: Words | None = None) -> Words:
    """Give every text of a report.

    Args:
        language: of the catalogue.
        own: texts that stand in the place of the catalogue's, by the same keys.

    Raises:
        SettingError: no such language or key, or a text that fills in what the report does not give.
    """
    check_language(language)
    catalogue = _catalogue(language)
    faults = [_fault(key, text, catalogue) for key, text in (own or {}).items()]
    if any(faults):
        raise SettingError(" ".join(filter(None, faults)))
    return MappingProxyType({**catalogue, **(own or {})})


def counted(words: Words, what: str, n: int) -> str:
    """Give how many there are of something.

    Example:
        >>> counted(words_of(), "photo", 1), counted(words_of(), "photo", 1200)
        ('1 photo', '1,200 photos')
    """
    return words[f"count.{what}_{'one' if n == 1 else 'many'}"].format(n=f"{n:,}")


@cache
def reviewed_words(language: str) -> Words:
    """Give the texts that a report says otherwise once people have gone through its lines, by the same keys."""
    return _flat(_raw(language)[REVIEWED])


@cache
def _catalogue(language: str) -> Words:
    return _flat({part: texts for part, texts in _raw(language).items() if part != REVIEWED})


@cache
def _raw(language: str) -> dict[str, Any]:
    file = files("cracklens.report.words") / "languages" / f"{language}.toml"
    return tomllib.loads(file.read_text(encoding="utf-8"))


def _flat(parts: dict[str, Any]) -> Words:
    return MappingProxyType({f"{part}.{key}": text for part, texts in parts.items() for key, text in texts.items()})


def _fault(key: str, text: object, catalogue: Words) -> str:
    """Give what is wrong with a firm's own text; "" where nothing is."""
    if key not in catalogue:
        near = difflib.get_close_matches(key, catalogue, n=1, cutoff=0.4)
        advice = f"Did you mean {near[0]!r}?" if near else "See report/words/languages/en.toml for the keys."
        return f"words: no text has the key {key!r}. {advice}"
    if not isinstance(text, str):
        return f"words: {key} must be a text; got {text!r}. Put it in quotes."
    try:
        foreign = placeholders(text) - placeholders(catalogue[key])
    except ValueError as error:
        return f"words: {key} has braces that are no placeholder ({error}). Write {{{{ for a brace."
    if foreign:
        known = ", ".join(sorted(placeholders(catalogue[key]))) or "nothing"
        return f"words: {key} can fill in {known}; got {', '.join(sorted(foreign))}. Leave it out."
    return ""


def placeholders(text: str) -> set[str]:
    """Give what a text fills in.

    Raises:
        ValueError: its braces do not fit together.
    """
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}
