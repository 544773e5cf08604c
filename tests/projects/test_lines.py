"""Takes lines that two people change at once; gives what one does by hand that the other has not seen."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.projects.made import opened, rows_of, save_photo, tracing_detector

from cracklens.by_hand import trace_along
from cracklens.errors import ConflictError
from cracklens.projects import Project, describe_crack, draw, join, move, part, take_in, work_off

Change = Callable[[Project, str, str], object]
LINES = [[(20.0, y), (300.0, y)] for y in (180.0, 60.0)]


@pytest.fixture
def drawn(tmp_path: Path) -> tuple[Path, str, str]:
    """Give the folder of a project with two drawn cracks, and their ids."""
    with opened(tmp_path / "site", new=True) as project:
        photo = take_in(project, save_photo(tmp_path / "wall.png")).photo_id
        work_off(project, tracing_detector)
        one, two = (draw(project, photo, line) for line in LINES)
    return tmp_path / "site", one, two


def test_a_crack_that_another_has_changed_is_not_joined_to_one_that_nobody_has(drawn: tuple[Path, str, str]) -> None:
    folder, one, two = drawn
    with opened(folder) as project:
        version = describe_crack(project, two, {"note": "wet"}, who="ben")
        before = rows_of(project)
        with pytest.raises(ConflictError, match="changed by ben in the meantime; nothing was overwritten"):
            join(project, one, two, who="ann", version=1, other_version=1)
        assert rows_of(project) == before
        assert join(project, one, two, who="ann", version=1, other_version=version) == 2
        assert rows_of(project)[two]["removed"]


@pytest.mark.parametrize(
    "change",
    [
        lambda project, one, two: join(project, one, two, who="ann"),
        lambda project, one, two: join(project, two, one, who="ann"),
        lambda project, _, two: move(project, two, 0, LINES[0], who="ann"),
        lambda project, _, two: part(project, two, (160.0, 60.0), who="ann"),
    ],
    ids=["join", "join to it", "move", "cut"],
)
def test_what_is_changed_while_it_is_measured_anew_stays(
    change: Change, drawn: tuple[Path, str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, one, two = drawn
    with opened(folder) as project:

        def meanwhile(*args: Any, **named: Any) -> Any:
            describe_crack(project, two, {"note": "wet"}, who="ben")  # a second time it changes nothing
            return trace_along(*args, **named)

        monkeypatch.setattr("cracklens.projects.lines.trace_along", meanwhile)
        with pytest.raises(ConflictError, match="changed by ben in the meantime"):
            change(project, one, two)
        rows = rows_of(project)
        assert [(rows[key]["removed"], rows[key]["version"]) for key in (one, two)] == [(False, 1), (False, 2)]
