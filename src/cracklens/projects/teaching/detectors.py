"""Takes a project; gives the detectors that it can be inspected with: the first one, and those fitted in it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from cracklens.errors import CheckpointError
from cracklens.models import DEFAULT_DETECTOR, Card, find_checkpoint, read_checkpoint
from cracklens.projects.project import DETECTORS, Project, own_detector
from cracklens.projects.review import project_row
from cracklens.projects.teaching.fit import SITE, Taught, taught_of


@dataclass(frozen=True)
class KeptDetector:
    """A detector that a project can be inspected with.

    Attributes:
        detector: as `use` takes it.
        name: as its card calls it.
        in_use: whether the project's photos are inspected with it.
        taught: what was measured when it was fitted in the project; None of one that was not.
    """

    detector: str
    name: str
    in_use: bool
    taught: Taught | None


def detectors_of(project: Project) -> tuple[KeptDetector, ...]:
    """Give the detectors fitted in a project, the latest first, then those that the fits began with.

    One whose files are damaged is left out.
    """
    with project.database.reading() as session:
        in_use = project_row(session).detector or DEFAULT_DETECTOR
    cards = {name: card for name in _own_names(project) if (card := _card(project, name))}
    made = {name: taught_of(project, name) for name in cards}
    own = sorted(cards, key=lambda name: (_when(made[name]), name), reverse=True)
    parents = (str(card.recipe["parent"]) for card in cards.values() if card.recipe.get("name") == SITE)
    first = dict.fromkeys((in_use, *sorted(parents)))
    others = {name: card for name in first if name not in cards and (card := _card(project, name))}
    return tuple(
        KeptDetector(name, card.name, name == in_use, made.get(name))
        for name, card in (*((name, cards[name]) for name in own), *others.items())
    )


def _when(taught: Taught | None) -> str:
    return taught.made_at if taught else ""


def _own_names(project: Project) -> Iterator[str]:
    for folder in (project.folder / DETECTORS).glob("*/"):
        name = f"{DETECTORS}/{folder.name}"
        if own_detector(project, name):
            yield name


def _card(project: Project, name: str) -> Card | None:
    try:
        return read_checkpoint(own_detector(project, name) or find_checkpoint(name)).card
    except CheckpointError:
        return None
