"""Takes photos that stand anywhere in their inspection; gives those that somebody has gone through too early."""

from __future__ import annotations

from pathlib import Path
from typing import get_args

import pytest
from tests.projects.made import opened, photos_of, put_photo, save_photo

from cracklens.errors import ConflictError
from cracklens.projects import be_done_with
from cracklens.projects.records import PhotoRow, PhotoState

EARLY = {"waiting", "prepared"}


@pytest.mark.parametrize("state", get_args(PhotoState))
def test_a_photo_is_gone_through_once_it_is_inspected_or_cannot_be(state: PhotoState, tmp_path: Path) -> None:
    with opened(tmp_path / "bridge", new=True) as project:
        photo, _ = put_photo(project, save_photo(tmp_path / "pier.png"))
        with project.database.writing() as session:
            session.get_one(PhotoRow, photo).state = state
        if state in EARLY:
            with pytest.raises(ConflictError, match=r"pier\.png is not inspected yet; go through it once it is\."):
                be_done_with(project, photo)
        else:
            be_done_with(project, photo)
        assert bool(photos_of(project)["pier.png"].reviewed_at) == (state not in EARLY)
        be_done_with(project, photo, done=False)
        assert not photos_of(project)["pier.png"].reviewed_at
