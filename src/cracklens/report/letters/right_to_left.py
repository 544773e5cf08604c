"""Takes text in logical order; gives it as it is to be drawn from left to right. Knows no fonts."""

from __future__ import annotations

import unicodedata
from functools import cache
from itertools import groupby

RIGHT = ("R", "AL")
NUMBERS = ("EN", "AN")
MIRRORED = str.maketrans("()[]{}<>«»‹›", ")(][}{><»«›‹")
FORM_BLOCKS = (range(0xFB50, 0xFDFF), range(0xFE70, 0xFEFF))
"""Arabic Presentation Forms A and B: letters drawn as they join, each with the letter it stands for."""


def visual(text: str) -> str:
    """Give a line for a drawing that knows neither joining letters nor directions; other text comes back as it is.

    Arabic letters become the forms in which they join; runs are turned by the rules of implicit levels. A line that is
    broken afterwards reads in the wrong order: draw such names on one line.

    Source: Unicode Standard Annex 9, rules W2, W4, N1, N2, I1, I2, L2 and L4, without explicit embeddings.

    Example:
        >>> visual("Pier 3"), visual("אבג 12")
        ('Pier 3', '12 גבא')
    """
    if not any(unicodedata.bidirectional(letter) in RIGHT for letter in text):
        return text
    return "\n".join(map(_line, text.split("\n")))


def _line(text: str) -> str:
    joined = _joined(text)
    levels = _levels([unicodedata.bidirectional(letter) for letter in joined])
    letters = [
        letter.translate(MIRRORED) if level % 2 else letter for letter, level in zip(joined, levels, strict=True)
    ]
    return "".join(letters[i] for i in _order(levels))


def _order(levels: list[int]) -> list[int]:
    """Give the places in the order of drawing: from the highest level down, each run at or above it is turned."""
    order = list(range(len(levels)))
    for level in range(max(levels, default=0), 0, -1):
        runs = [list(run) for _, run in groupby(order, key=lambda i, level=level: levels[i] >= level)]  # type: ignore[misc]
        order = [i for run in runs for i in (reversed(run) if levels[run[0]] >= level else run)]
    return order


def _levels(kinds: list[str]) -> list[int]:
    """Give the level of each character: even is drawn from left to right, odd from right to left."""
    base = next((int(kind in RIGHT) for kind in kinds if kind in (*RIGHT, "L")), 0)
    sides = _sides(_numbers_joined(kinds), base)
    return [_level(kind, side, base) for kind, side in sides]


def _level(kind: str, side: int, base: int) -> int:
    if kind in NUMBERS:
        return 2 if side or base else 0
    return 1 if side else 2 * base


def _numbers_joined(kinds: list[str]) -> list[str]:
    """Give separators between two digits, as in 3.14, as part of the number; marks take the kind before them."""
    found = list(kinds)
    for i, kind in enumerate(found):
        if kind == "NSM":
            found[i] = found[i - 1] if i else "ON"
        elif kind in ("ES", "CS") and 0 < i < len(found) - 1 and found[i - 1] == kinds[i + 1] == "EN":
            found[i] = "EN"
    return found


def _sides(kinds: list[str], base: int) -> list[tuple[str, int]]:
    """Give each kind with its side, 1 for right to left: neutrals between two of one side take it, else the base."""
    strong: list[int | None] = [1 if kind in RIGHT else 0 if kind == "L" else None for kind in kinds]
    before: list[int] = []
    for side in strong:
        before.append(side if side is not None else before[-1] if before else base)
    after: list[int] = []
    for i, side in zip(range(len(kinds) - 1, -1, -1), reversed(strong), strict=True):
        number = 1 if kinds[i] in NUMBERS and (before[i] or base) else None
        after.append(side if side is not None else number if number is not None else after[-1] if after else base)
    sides = []
    for kind, side, left, right in zip(kinds, strong, before, reversed(after), strict=True):
        neutral = left if left == right else base
        sides.append((kind, side if side is not None else left if kind in NUMBERS else neutral))
    return sides


@cache
def _forms() -> tuple[dict[str, dict[str, str]], dict[str, dict[str, str]]]:
    """Give the drawn forms of single letters and of lam with alef, by how they join, from Unicode's own table."""
    single: dict[str, dict[str, str]] = {}
    pairs: dict[str, dict[str, str]] = {}
    for code in (code for block in FORM_BLOCKS for code in block):
        how, *letters = unicodedata.decomposition(chr(code)).split() or [""]
        word = "".join(chr(int(letter, 16)) for letter in letters)
        table = (
            single if len(word) == 1 else pairs if len(word) == 2 and word[0] == "\u0644" and code >= 0xFEF5 else None
        )
        if table is not None and how.startswith("<"):
            table.setdefault(word, {})[how.strip("<>")] = chr(code)
    return single, pairs


def _joined(text: str) -> str:
    """Give text with its Arabic letters in the forms in which they join; marks stand after their letter."""
    single, pairs = _forms()
    letters = _pairs_taken(text, pairs)
    bases = [i for i, letter in enumerate(letters) if not unicodedata.combining(letter[-1])]
    drawn = list(letters)
    for at, i in enumerate(bases):
        forms = pairs.get(letters[i]) or single.get(letters[i])
        if not forms:
            continue
        left = letters[bases[at - 1]] if at else ""
        right = letters[bases[at + 1]] if at + 1 < len(bases) else ""
        joins_left = _reaches_on(left, single) and "final" in forms
        joins_right = ("initial" in forms) and _takes(right, single, pairs)
        how = ("medial" if joins_right else "final") if joins_left else "initial" if joins_right else "isolated"
        drawn[i] = forms.get(how, letters[i])
    return "".join(drawn)


def _pairs_taken(text: str, pairs: dict[str, dict[str, str]]) -> list[str]:
    found: list[str] = []
    for letter in text:
        if found and found[-1] + letter in pairs:
            found[-1] += letter
        else:
            found.append(letter)
    return found


def _reaches_on(letter: str, single: dict[str, dict[str, str]]) -> bool:
    return letter in ("\u0640", "\u200d") or "initial" in single.get(letter, {})


def _takes(letter: str, single: dict[str, dict[str, str]], pairs: dict[str, dict[str, str]]) -> bool:
    forms = pairs.get(letter) or single.get(letter) or {}
    return letter in ("\u0640", "\u200d") or "final" in forms
