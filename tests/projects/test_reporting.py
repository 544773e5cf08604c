"""Takes what drafts of a report are made of; gives photos that fall out of it when some is damaged, old or deleted."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.projects.made import make_walls, opened, rows_of

from cracklens.artefacts import MAGIC
from cracklens.projects import Project, decide, report_of
from cracklens.projects.reporting import SPARED_SECONDS
from cracklens.values import Inspection


@pytest.fixture
def walls(tmp_path: Path) -> Iterator[Project]:
    """Give a project of two inspected photos."""
    with opened(make_walls(tmp_path / "walls")) as project:
        yield project


def drafts(project: Project) -> list[Path]:
    return sorted((project.folder / "drafts").glob("*.inspection"))


def kinds(project: Project) -> list[type]:
    return [type(of) for of in report_of(project).outcomes]


@pytest.mark.parametrize("harm", [lambda raw: raw[:-9], lambda raw: b"cracklens artefact 1\n" + raw[len(MAGIC) - 1 :]])
def test_a_draft_that_cannot_be_read_is_made_again(harm: object, walls: Project) -> None:
    assert kinds(walls) == [Inspection, Inspection]
    for path in drafts(walls):
        path.write_bytes(harm(path.read_bytes()))  # type: ignore[operator]
    assert kinds(walls) == [Inspection, Inspection]


def aged(path: Path, seconds: float) -> None:
    then = path.stat().st_mtime - seconds
    os.utime(path, (then, then))


def test_a_report_leaves_another_that_is_made_at_the_same_time_what_it_stands_on(walls: Project) -> None:
    report_of(walls)
    made = drafts(walls)
    for path in made:
        aged(path, 2 * SPARED_SECONDS)
    one = report_of(walls)
    for crack in rows_of(walls):
        decide(walls, crack, "rejected", reason="joint")
    report_of(walls)
    assert [type(of) for of in one.outcomes] == [Inspection, Inspection]
    for path in made:
        aged(path, 2 * SPARED_SECONDS)
    report_of(walls)
    assert len(drafts(walls)) == 2, "what nobody has used for long is deleted"
