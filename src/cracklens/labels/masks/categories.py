"""Takes names of categories; gives those that are cracks. Knows no format of files."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence

from cracklens.errors import DataError
from cracklens.labels.dataset import CRACKED, INTACT

SAY = "Say which are cracks: --cracks NAME, again for each further one."


def crack_names(counts: Mapping[str, int], asked: Sequence[str], *, source: str) -> frozenset[str]:
    """Give the names of the categories that are cracks, as the file writes them.

    Args:
        counts: shapes of each name.
        asked: names that are cracks, in any letter case; empty takes what is called crack and nothing else.
        source: the file, for errors.

    Raises:
        DataError: a name that is not there, none that is a crack, or one that may be, like "sealed crack".
    """
    if not counts:
        raise DataError(f"{source}: expected outlines of cracks; no photo has any shape. Annotate some photos.")
    told = ", ".join(f"{name} ({count})" for name, count in sorted(counts.items()))
    if asked:
        spelt = {name.casefold(): name for name in counts}
        for name in asked:
            if name.casefold() not in spelt:
                near = difflib.get_close_matches(name.casefold(), spelt, n=1)
                hint = f"Did you mean {spelt[near[0]]!r}?" if near else "Check --cracks."
                raise DataError(f"{source}: expected shapes of {name!r}; it has {told}. {hint}")
        return frozenset(spelt[name.casefold()] for name in asked)
    words = {name: name.strip().casefold().replace("_", "-").replace(" ", "-") for name in counts}
    sure = frozenset(name for name, word in words.items() if word in CRACKED)
    unsure = [name for name, word in words.items() if "crack" in word and word not in (*CRACKED, *INTACT)]
    if unsure or not sure:
        expected = "expected a category crack, and no other that may be one"
        raise DataError(f"{source}: {expected}; it has {told}. {SAY}")
    return sure
