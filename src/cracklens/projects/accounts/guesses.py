"""Takes wrong passwords; gives how long the next try for the same name must wait. Kept in memory, in one process."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from cracklens.projects.accounts.people import folded

MOST_WRONG = 5
WITHIN_SECONDS = 60.0
"""So many wrong passwords for one name are let through within so long."""


@dataclass
class Guesses:
    """Wrong passwords of the last minute.

    Attributes:
        clock: seconds that are never set back.
        wrong: when they came, by name; names that nobody has count alike, so that this tells none.
    """

    clock: Callable[[], float] = time.monotonic
    wrong: dict[str, list[float]] = field(default_factory=dict)

    def wait_seconds(self, name: str) -> float:
        """Give how long the next try for a name must wait; 0 where it need not."""
        latest = self._recent().get(folded(name), [])[-MOST_WRONG:]
        return latest[0] + WITHIN_SECONDS - self.clock() if len(latest) == MOST_WRONG else 0.0

    def add(self, name: str) -> None:
        """Count a wrong password."""
        self.wrong = self._recent()
        self.wrong.setdefault(folded(name), []).append(self.clock())

    def forget(self, name: str) -> None:
        """Count none for a name any more: the right password came."""
        self.wrong.pop(folded(name), None)

    def _recent(self) -> dict[str, list[float]]:
        since = self.clock() - WITHIN_SECONDS
        recent = {name: [at for at in times if at > since] for name, times in self.wrong.items()}
        return {name: times for name, times in recent.items() if times}
