"""Takes a wall at two dates; gives faults in what a project keeps of the comparison, and in what people say of it."""

from __future__ import annotations

import json
import shutil
import sqlite3
import zipfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from unittest.mock import patch

import numpy as np
import pytest
from tests.compare.scenes import moved_line
from tests.projects.made import opened, photos_of, rows_of, save_photo, unpacked
from tests.projects.two_dates import LINES, earlier_report, line, today

from cracklens.errors import ConflictError, DataError, OutputError, ProjectError, SettingError
from cracklens.projects import Project, decide, draw, remove, take_in, undo, work_off
from cracklens.projects.dates import ChangeView, changed, compare_with, compared, earlier_view, say_of
from cracklens.projects.exchange import back_up, import_report, restore
from cracklens.projects.project import DATABASE

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a folder with the project of today, compared, and the report of the earlier date; not to be changed."""
    at = tmp_path_factory.mktemp("dates")
    with opened(today(at / "bridge")) as project:
        compare_with(project, earlier_report(at / "2024"))
    return at


@pytest.fixture
def both(once: Path, tmp_path: Path) -> Path:
    """Give a copy of it."""
    return Path(shutil.copytree(once, tmp_path / "copy"))


@pytest.fixture
def bridge(both: Path) -> Iterator[Project]:
    """Give the copy's project, opened."""
    with opened(both / "bridge") as project:
        yield project


def pier(project: Project) -> int:
    return photos_of(project)["pier.png"].id


def states(project: Project) -> dict[str, ChangeView]:
    """Give the changes of the wall by state."""
    found = earlier_view(project, pier(project)).changes
    assert len({of.state for of in found}) == len(found)
    return {of.state: of for of in found}


def counts(project: Project) -> dict[str, int]:
    with project.database.reading() as session:
        of = compared(session)
    assert of is not None
    return {state: n for state, n in of.counts.items() if n}


def test_each_crack_has_its_state_with_sizes_then_and_now(bridge: Project) -> None:
    found = states(bridge)
    assert {state: bool(of.crack) for state, of in found.items()} == {
        "NEW": True, "GROWN": True, "STATIC": True, "GONE": False,
    }  # fmt: skip
    assert found["GROWN"].told.startswith("GROWN +")
    assert found["GROWN"].told.endswith("mm longer")
    before, after = (float(size.removesuffix(" mm")) for size in found["GROWN"].length[:2])
    assert after == pytest.approx(2 * before, rel=0.1)
    assert found["NEW"].lines == []
    assert found["GONE"].box_xyxy == pytest.approx([*line_box("gone")], abs=2)
    assert set(rows_of(bridge)) >= {of.crack for of in found.values() if of.crack}
    with bridge.database.reading() as session:
        assert changed(session) == {pier(bridge): (2, 1)}


def line_box(name: str) -> tuple[float, ...]:
    points = moved_line(line(name))
    return (*points.min(0), *points.max(0))


def test_a_photo_knows_its_earlier_one_or_why_there_is_none(bridge: Project, both: Path) -> None:
    shutil.rmtree(both / "2024")
    view = earlier_view(bridge, pier(bridge))
    assert (view.source, view.name, view.taken_at, view.notes) == ("2024", "pier.png", "2024-05-04T10:00:00", ())
    assert view.tiles is not None
    assert (view.tiles.height, view.tiles.width) == (420, 560)
    x, y = LINES["gone"][0]
    there = np.array(view.old_to_new) @ (x, y, 1)
    assert there[:2] / there[2] == pytest.approx(moved_line(np.array([[x, y]], float))[0], abs=2)
    assert "not the same place" in earlier_view(bridge, photos_of(bridge)["deck.png"].id).reason
    late = take_in(bridge, save_photo(both / "late.png")).photo_id
    assert "came in after" in earlier_view(bridge, late).reason


def test_what_was_rejected_or_taken_away_is_no_crack_of_either_date(bridge: Project, both: Path) -> None:
    found = states(bridge)
    drawn = draw(bridge, pier(bridge), [(300.0, 260.0), (420.0, 270.0)])
    assert "Compare again" in earlier_view(bridge, pier(bridge)).notes[-1]
    remove(bridge, drawn)
    assert earlier_view(bridge, pier(bridge)).notes == ()
    decide(bridge, found["NEW"].crack, "rejected", reason="joint")
    assert "NEW" not in states(bridge)
    assert counts(bridge) == {"GROWN": 1, "STATIC": 1, "GONE": 1}
    earlier = import_report(both / "then", both / "2024").project
    (gone,) = (key for key, row in rows_of(earlier).items() if row["trace"] and is_gone(row["shape"]))
    decide(earlier, gone, "rejected", reason="cable")
    earlier.close()
    compare_with(bridge, both / "then")
    assert counts(bridge) == {"GROWN": 1, "STATIC": 1}
    assert earlier_view(bridge, pier(bridge)).notes == ()


def is_gone(shape: bytes) -> bool:
    (start,) = {tuple(of[:2]) for of in json.loads(shape)["lines"]}
    return bool(np.allclose(start, LINES["gone"][0], atol=2))


def test_repaired_is_said_of_what_is_gone_kept_and_undone(bridge: Project, both: Path) -> None:
    found = states(bridge)
    gone = found["GONE"]
    with pytest.raises(SettingError, match="only of a line that is GONE"):
        say_of(bridge, found["NEW"].id, "repaired")
    with pytest.raises(SettingError, match="said must be of repaired, not visible"):
        say_of(bridge, gone.id, "mended")  # type: ignore[arg-type]
    with pytest.raises(ProjectError, match="no line 'E-AAAAA'"):
        say_of(bridge, "E-AAAAA", "repaired")
    assert say_of(bridge, gone.id, "repaired", who="ann", version=gone.version) == gone.version + 1
    with pytest.raises(ConflictError, match="changed by ann in the meantime"):
        say_of(bridge, gone.id, "not visible", who="ben", version=gone.version)
    repaired = states(bridge)["REPAIRED"]
    assert (repaired.id, repaired.said_by, bool(repaired.said_at)) == (gone.id, "ann", True)
    assert changed_of(bridge) == (2, 0)
    compare_with(bridge, both / "2024")
    assert states(bridge)["REPAIRED"] == repaired, "it stays when the same date is compared again"
    assert undo(bridge, who="ann") == pier(bridge)
    assert states(bridge)["GONE"].said_at is None
    undo(bridge, who="ann", again=True)
    assert "REPAIRED" in states(bridge)
    say_of(bridge, gone.id, "not visible")
    assert "NOT VISIBLE" in states(bridge)
    say_of(bridge, gone.id, "")
    assert states(bridge)["GONE"].said_by == ""


def test_what_was_said_of_a_gone_line_stays_with_it_when_the_earlier_report_numbers_its_lines_anew(
    bridge: Project, both: Path
) -> None:
    say_of(bridge, states(bridge)["GONE"].id, "repaired")
    report = both / "2024" / "report.json"
    raw = json.loads(report.read_text(encoding="utf-8"))
    (traces,) = (photo["traces"] for photo in raw["photos"])
    ids = [one["id"] for one in traces]
    assert ids == ["P1-C1", "P1-C2", "P1-C3"]
    for one, id_ in zip(traces, [*ids[1:], ids[0]], strict=True):
        one["id"] = id_
    report.write_text(json.dumps(raw), encoding="utf-8")
    before = states(bridge)
    compare_with(bridge, both / "2024")
    assert states(bridge) == before


def changed_of(project: Project) -> tuple[int, int]:
    with project.database.reading() as session:
        return changed(session)[pier(project)]


def test_a_comparison_is_kept_whole_or_not_at_all(bridge: Project, both: Path) -> None:
    before = earlier_view(bridge, pier(bridge))
    with (
        patch("cracklens.projects.dates.comparing._keep_said", side_effect=OutputError("the disk is full")),
        pytest.raises(OutputError),
    ):
        compare_with(bridge, both / "2024")
    assert earlier_view(bridge, pier(bridge)) == before


def test_what_is_no_earlier_date_is_refused(bridge: Project, both: Path) -> None:
    with pytest.raises(SettingError, match="another folder than the project's own"):
        compare_with(bridge, both / "bridge")
    with pytest.raises(DataError, match="expected a project or the folder of a report"):
        compare_with(bridge, both)


def test_another_earlier_date_takes_the_place_of_the_first_but_what_was_said_is_on_record(
    bridge: Project, both: Path
) -> None:
    gone = states(bridge)["GONE"].id
    say_of(bridge, gone, "repaired")
    compare_with(bridge, both / "today")
    assert counts(bridge) == {"STATIC": 3}
    with pytest.raises(ProjectError, match="compared anew"):
        say_of(bridge, gone, "")
    compare_with(bridge, both / "2024")
    assert states(bridge)["REPAIRED"].id == gone


def test_a_backup_takes_the_earlier_date_along(bridge: Project, both: Path) -> None:
    say_of(bridge, states(bridge)["GONE"].id, "repaired")
    assert back_up(bridge, both / "bridge.zip") == ()
    again = restore(both / "bridge.zip", both / "again").project
    before, after = (earlier_view(of, pier(of)) for of in (bridge, again))
    assert after.tiles is None
    assert after.changes == before.changes
    work_off(again, lambda: pytest.fail("nothing is to be inspected"))
    assert earlier_view(again, pier(again)) == before
    again.close()


def test_an_earlier_photo_that_is_lost_is_named_and_one_of_a_bent_name_is_refused(bridge: Project, both: Path) -> None:
    sha256 = earlier_view(bridge, pier(bridge)).sha256
    (file,) = (both / "bridge" / "photos").rglob(f"{sha256}*")
    file.unlink()
    (failure,) = back_up(bridge, both / "bridge.zip")
    assert failure.photo == "pier.png"
    arrived = restore(both / "bridge.zip", both / "again")
    assert [of.photo for of in arrived.failures] == ["pier.png"]
    work_off(arrived.project, lambda: pytest.fail("nothing is to be inspected"))
    assert earlier_view(arrived.project, pier(arrived.project)).tiles is None
    arrived.project.close()
    with closing(sqlite3.connect(both / "bridge" / DATABASE)) as database:
        database.execute("update earlier set sha256 = '../../x' where sha256 != ''")
        database.commit()
        database.execute("pragma wal_checkpoint(truncate)")
    with zipfile.ZipFile(both / "bent.zip", "w") as packed:
        packed.write(both / "bridge" / DATABASE, DATABASE)
    with pytest.raises(ProjectError, match="its database is damaged"):
        restore(both / "bent.zip", both / "bent")


def test_a_project_of_the_version_before_has_no_earlier_date(tmp_path: Path) -> None:
    with opened(unpacked("0004", tmp_path)) as project:
        with project.database.reading() as session:
            assert compared(session) is None
            assert changed(session) == {}
        assert "not compared with an earlier date" in earlier_view(project, photos_of(project)["pier 1.jpg"].id).reason
