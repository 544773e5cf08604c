"""Takes projects about to be signed; gives what is signed that nobody has looked at, and what a failure leaves."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select
from tests.projects.made import make_walls, opened, photos_of, rows_of, save_photo, tracing_detector

from cracklens.errors import ConflictError, OutputError
from cracklens.projects import Project, Signing, decide, sign, signatures, take_in, try_again, undo, work_off
from cracklens.projects.records import SignatureRow, last_line

ANN = Signing("Ann Inspector", "", "2026-05-03")


@pytest.fixture(scope="module")
def walls(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the folder of a project of two inspected photos, not to be changed."""
    return make_walls(tmp_path_factory.mktemp("walls") / "bridge")


@pytest.fixture
def bridge(walls: Path, tmp_path: Path) -> Iterator[Project]:
    """Give a copy of it, opened."""
    with opened(Path(shutil.copytree(walls, tmp_path / "bridge"))) as project:
        yield project


def kept(project: Project) -> tuple[int, list[str]]:
    """Give how many signatures there are, and their files."""
    with project.database.reading() as session:
        rows = session.scalars(select(SignatureRow)).all()
    return len(rows), sorted(path.suffix for path in project.folder.glob("signed/*"))


def seen(project: Project) -> int:
    with project.database.reading() as session:
        return last_line(session)


def test_nothing_is_signed_while_photos_are_to_be_inspected(bridge: Project, tmp_path: Path) -> None:
    take_in(bridge, save_photo(tmp_path / "3.png", seed=3))
    with pytest.raises(ConflictError, match="1 photo waits for inspection, or for its end; nothing was signed"):
        sign(bridge, ANN)
    work_off(bridge, tracing_detector)
    sign(bridge, ANN)
    assert try_again(bridge, [row.id for row in photos_of(bridge).values()]) == 3
    with pytest.raises(ConflictError, match="3 photos wait for inspection"):
        sign(bridge, ANN)
    assert kept(bridge) == (1, [".json", ".pdf"])


@pytest.mark.parametrize("lost", ["photos", "artefacts"])
def test_a_report_that_lacks_an_inspected_photo_is_not_signed(bridge: Project, lost: str) -> None:
    shutil.rmtree(bridge.folder / "drafts", ignore_errors=True)
    photo = photos_of(bridge)["1.png"]
    decide(bridge, next(key for key, row in rows_of(bridge).items() if row["photo_id"] == photo.id), "confirmed")
    of_it = [bridge.photo_path(photo)] if lost == "photos" else bridge.folder.glob(f"artefacts/{photo.scored_key}.*")
    for path in of_it:
        path.rename(path.with_suffix(".away"))
    with pytest.raises(ConflictError, match=r"1\.png cannot be in the report: .* nothing was signed"):
        sign(bridge, ANN)
    assert kept(bridge) == (0, [])
    for path in (*bridge.folder.glob("photos/*/*.away"), *bridge.folder.glob("artefacts/*.away")):
        path.rename(path.with_suffix(".png" if lost == "photos" else ".scoremap"))
    sign(bridge, ANN)
    assert kept(bridge) == (1, [".json", ".pdf"])


def test_what_is_changed_while_the_pdf_is_written_leaves_no_file(bridge: Project) -> None:
    crack = max(rows_of(bridge))

    def meanwhile(*_: object) -> None:
        decide(bridge, crack, "rejected", reason="joint")

    with pytest.raises(ConflictError, match="changed while its PDF was written"):
        sign(bridge, ANN, on_photo=meanwhile)
    assert kept(bridge) == (0, [])


def test_a_signature_that_cannot_be_kept_leaves_no_file_but_those_of_one_before(
    bridge: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OutputError("the disk is full. Free some space.")

    for before in ((0, []), (1, [".json", ".pdf"])):
        with monkeypatch.context() as patch:
            patch.setattr("cracklens.projects.signing._signed", full)
            with pytest.raises(OutputError):
                sign(bridge, ANN)
        assert kept(bridge) == before
        sign(bridge, ANN)
    assert [of.whole for of in signatures(bridge)] == [True, True]


def test_what_another_has_changed_since_it_was_looked_at_is_not_signed(bridge: Project) -> None:
    crack = max(rows_of(bridge))
    first = seen(bridge)
    decide(bridge, crack, "confirmed", who="Ann")
    assert sign(bridge, ANN, who="Ann", seen=first).revision == 1, "her own changes she knows"
    decide(bridge, crack, "rejected", reason="joint", who="Rob")
    decide(bridge, crack, "open", who="Cat")
    said = "The project was changed by Cat, Rob since you looked at it; nothing was signed"
    for line in (first, seen(bridge) - 2):
        with pytest.raises(ConflictError, match=said):
            sign(bridge, ANN, who="Ann", seen=line)
    assert kept(bridge)[0] == 1
    assert sign(bridge, ANN, who="Ann", seen=seen(bridge)).revision == 2
    undo(bridge, who="Cat")
    assert sign(bridge, ANN, who="Ann").revision == 3, "who says nothing of what was seen signs what there is"
