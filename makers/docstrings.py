"""Takes what griffe read of the code; gives what of it the reference shows. Knows no pages and changes no file."""

from __future__ import annotations

import re
from typing import Any

import griffe

EXAMPLE = re.compile(r"^( *)Example:$", re.MULTILINE)
"""Google's style has both words; griffe takes the plural alone for a section with code."""

TOGETHER = re.compile(r"^( +)(\w+(?:, \w+)+): (.*(?:\n\1 +.*)*)$", re.MULTILINE)
"""Names that are described together, `low_px, high_px: …`, which griffe would take for a name and its type."""


def apart(match: re.Match[str]) -> str:
    """Give every name of an entry an entry of its own."""
    return "\n".join(f"{match[1]}{name}: {match[3]}" for name in match[2].split(", "))


class ForReaders(griffe.Extension):
    """Makes examples sections, parts names that are described together, and gives constants and types a docstring.

    What has no docstring is left out of the reference: fields of a class, which stand in its table already. A room's
    constants and types are not to be.
    """

    def on_object(self, *, obj: griffe.Object, **_: Any) -> None:
        """Take one name of the code, and change what was read of it in place, as griffe expects of an extension."""
        if obj.docstring is not None:
            obj.docstring.value = TOGETHER.sub(apart, EXAMPLE.sub(r"\1Examples:", obj.docstring.value))
        elif obj.is_attribute and obj.parent is not None and obj.parent.is_module:
            obj.docstring = griffe.Docstring("A constant." if obj.name.isupper() else "A type.", parent=obj)
