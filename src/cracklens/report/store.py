"""Takes a run's entries and the artefacts of its photos; gives its outcomes one at a time. Knows nothing of runs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import overload

from cracklens.artefacts import Artefacts
from cracklens.values import Failure, Inspection, Note, Outcome


@dataclass(frozen=True)
class Entry:
    """One photo of a run: its name in this run, and the key of its content, which other names may share."""

    photo: str
    key: str


class StoredOutcomes(Sequence[Outcome]):
    """The outcomes of a run, read from a store one at a time, so that memory does not grow with their number."""

    def __init__(self, store: Artefacts, entries: Sequence[Entry | Failure]) -> None:
        """Stand on a store; entries in the order of the run."""
        self._store = store
        self._entries = tuple(entries)

    def __len__(self) -> int:
        """Give the number of entries."""
        return len(self._entries)

    @overload
    def __getitem__(self, index: int) -> Outcome: ...

    @overload
    def __getitem__(self, index: slice) -> StoredOutcomes: ...

    def __getitem__(self, index: int | slice) -> Outcome | StoredOutcomes:
        """Give one outcome from disk, under this run's name; a result that is gone or damaged is a Failure."""
        if isinstance(index, slice):
            return StoredOutcomes(self._store, self._entries[index])
        entry = self._entries[index]
        if isinstance(entry, Failure):
            return entry
        inspection = self._store.get(entry.key, Inspection)
        return replace(inspection, photo=entry.photo) if inspection else Failure(entry.photo, Note("result_gone"))
