"""Takes text with anything in it, as file names are; gives it as a terminal or a page may show it. Knows no files."""

from __future__ import annotations

import re

CONTROLS = "\\x00-\\x1f\\x7f-\\x9f\\u2028\\u2029\\u202a-\\u202e\\u2066-\\u2069\\ud800-\\udfff"
"""What moves a cursor, colours a terminal, breaks or turns a line around, or is no character (lone surrogates)."""

_CONTROL = re.compile(f"[{CONTROLS}]")
_CONTROL_BUT_LINES = re.compile(f"(?!\\n)[{CONTROLS}]")


def visible(text: str, *, lines: bool = False) -> str:
    r"""Give text with backslash escapes for control characters and for bytes of names that are no UTF-8.

    Args:
        text: any.
        lines: leave line feeds as they are, for text of several lines.

    Example:
        >>> visible("wall\x1b[31m.jpg"), visible("caf\udce9.jpg")
        ('wall\\x1b[31m.jpg', 'caf\\udce9.jpg')
    """
    return (_CONTROL_BUT_LINES if lines else _CONTROL).sub(lambda found: ascii(found[0])[1:-1], text)


def shown_on_page(value: object) -> object:
    """Give what a page's template puts out: a text as `visible` gives it, with its lines; `finalize` of Jinja."""
    plain = isinstance(value, str) and not hasattr(value, "__html__")  # markup was made of such texts
    return visible(str(value), lines=True) if plain else value


def visible_json(text: str) -> str:
    r"""Give JSON with escapes for what `json.dumps` leaves raw; it reads back as the same.

    Example:
        >>> visible_json('["\x9b31m"]')
        '["\\u009b31m"]'
    """
    return _CONTROL_BUT_LINES.sub(lambda found: f"\\u{ord(found[0]):04x}", text)
