"""Takes where the names of a room live; gives what loads each at its first use. Every room's face is made with it."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from importlib import import_module


def lazily(room: str, homes: Mapping[str, Sequence[str]]) -> tuple[Callable[[str], object], Callable[[], list[str]]]:
    """Give `__getattr__` and `__dir__` of a face (PEP 562), so that importing the face loads none of its modules.

    Type checkers read the plain imports that stand beside in `if TYPE_CHECKING:`; a test holds the two together.

    Args:
        room: full name of the package, its `__name__`.
        homes: names by the module of the room that has them, e.g. {"read": ("read_photo",)}.
    """
    home_of = {name: f"{room}.{module}" for module, names in homes.items() for name in names}

    def load(name: str) -> object:
        if name not in home_of:
            raise AttributeError(f"module {room!r} has no attribute {name!r}; it has {', '.join(sorted(home_of))}")
        return getattr(import_module(home_of[name]), name)

    return load, lambda: sorted({*vars(sys.modules[room]), *home_of})
