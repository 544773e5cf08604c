"""Takes a process that works beside a server; gives way to its pages, and an end with it. Knows not what it does."""

from __future__ import annotations

import contextlib
import os
import sys
import threading
from collections.abc import Callable

NICE = 10
"""The pages go before all other work: who decides does not wait, and the work takes what is left."""


def stand_back(ended: Callable[[], object]) -> None:
    """Let the pages go first, and call once standard input ends, which it does when the parent does, however."""
    threading.Thread(target=_wait_for_end, args=(ended,), daemon=True).start()
    with contextlib.suppress(AttributeError, OSError):
        os.nice(NICE)


def _wait_for_end(ended: Callable[[], object]) -> None:
    while os.read(sys.stdin.fileno(), 1024):  # the buffer of sys.stdin would be held when this process ends first
        pass
    ended()
