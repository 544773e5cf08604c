"""Takes painted walls that people went through; gives faults in what a detector is taught by them. Opens no page."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from sqlalchemy import select
from tests.projects.painted import CRACK_X, CRACKED, JOINT_X, PHOTOS, lines_of, make_site, opened, photos_of, rows_of
from tests.stand_ins import bundled_detector, killed_at, save_wall

from cracklens.detector import Detector
from cracklens.errors import CheckpointError, DataError
from cracklens.models import (
    bundled_map,
    map_of,
    read_checkpoint,
)
from cracklens.projects import (
    Project,
    be_done_with,
    decide,
    detector_of,
    take_in,
    undo,
    work_off,
)
from cracklens.projects.records import JobRow
from cracklens.projects.teaching import detectors_of, promise_of, ready_of, taught_of, teach, use
from cracklens.report import note_text, words_of
from cracklens.values import ScoreMap


@pytest.fixture(scope="module")
def gone_through(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a project of ten walls, all gone through: joints rejected, cracks confirmed."""
    return make_site(tmp_path_factory.mktemp("site"))


@pytest.fixture
def project(gone_through: Path, tmp_path: Path) -> Iterator[Project]:
    found = Project.open(shutil.copytree(gone_through, tmp_path / "project"))
    yield found
    found.close()


def decisions_of(project: Project) -> dict[str, str]:
    return {row.id: row.decision for row in rows_of(project)}


def scores_at(project: Project, x: int) -> list[float]:
    """Give the highest score beside a column of each photo."""
    maps = [project.artefacts.get(photo.scored_key or "", ScoreMap) for photo in photos_of(project)]
    return [float(of.values[:, x // 32 - 2 : x // 32 + 3].max()) for of in maps if of is not None]


def test_the_walls_are_what_the_tests_need(project: Project) -> None:
    decisions = list(decisions_of(project).values())
    assert decisions.count("rejected") == PHOTOS
    assert decisions.count("confirmed") == CRACKED


def test_rejected_joints_are_no_alarms_any_more_and_no_crack_is_missed(project: Project) -> None:
    before = detector_of(project), decisions_of(project)
    steps: list[tuple[str, int, int]] = []
    taught = teach(project, opened=opened, on_step=lambda *step: steps.append(step))
    assert (taught.old.false.value, taught.old.missed.value) == (10.0, 0.0)
    assert taught.new.false.value <= 1.0
    assert taught.new.missed.value == 0.0
    assert taught.new.recall == 1.0
    assert (taught.new.photos, taught.new.cracks, len(taught.photos)) == (PHOTOS, CRACKED, PHOTOS)
    assert taught.new.missed.high > 0, "nothing missed in ten photos does not say that nothing is"
    assert (detector_of(project), decisions_of(project)) == before, "it is used only if the inspector says so"
    assert taught_of(project, taught.detector) == taught
    assert {what for what, *_ in steps} == {"read", "fit"}
    assert all(done <= of for _, done, of in steps)


def test_the_checkpoint_is_an_ordinary_one_that_says_what_it_was_fitted_on(project: Project) -> None:
    taught = teach(project, opened=opened)
    loaded = read_checkpoint(project.folder / taught.detector)
    assert loaded.card.name == "lines, fitted to this site"
    assert loaded.card.recipe["parent"] == taught.parent == detector_of(project)
    assert loaded.card.data[-1].n == PHOTOS
    assert {of.name: of.value for of in loaded.card.metrics} == {
        "missed_cracks_in_10_photos": taught.new.missed.value,
        "false_alarms_in_10_photos": taught.new.false.value,
    }
    assert any(f"{PHOTOS} photos from lines" in limit for limit in loaded.card.limits)
    photo = np.asarray(Image.open(project.photo_path(photos_of(project)[0])))
    ways = [
        opened(name).score(project.photo_path(photos_of(project)[0]))
        for name in (taught.parent, str(project.folder / taught.detector))
    ]
    assert photo.shape[:2] == ways[1].photo_hw
    assert ways[0].values[:, :6].max() > loaded.card.threshold > ways[1].values[:, :6].max()


def test_too_few_photos_are_refused_with_what_to_do(project: Project) -> None:
    for photo in photos_of(project)[5:]:
        be_done_with(project, photo.id, done=False)
    with pytest.raises(
        DataError, match=r"needs 8 photos that are gone through; 5 of this project are. Go through 3 more"
    ):
        teach(project, opened=opened)


def test_photos_without_cracks_are_refused(project: Project) -> None:
    for crack, decision in list(decisions_of(project).items()):
        if decision == "confirmed":
            decide(project, crack, "open")
    with pytest.raises(DataError, match="needs two photos with confirmed or drawn cracks; 0 of the 10"):
        teach(project, opened=opened)
    assert not (project.folder / "detectors").exists()


def test_one_in_use_inspects_again_with_every_decision_kept_and_can_be_taken_back(project: Project) -> None:
    before, joints = decisions_of(project), scores_at(project, JOINT_X)
    old = detector_of(project)
    taught = teach(project, opened=opened)
    use(project, taught.detector, who="Ada")
    assert waiting(project) == PHOTOS
    assert detector_of(project) == str(project.folder / taught.detector)
    work_off(project, lambda: opened(detector_of(project)))
    assert decisions_of(project) == before
    assert np.median(scores_at(project, JOINT_X)) < np.median(joints) / 2
    assert min(scores_at(project, CRACK_X)[:CRACKED]) > taught_threshold(project, taught.detector)
    undo(project, who="Ada")
    assert detector_of(project) == old
    assert waiting(project) == PHOTOS


def test_a_worker_that_goes_on_takes_the_new_detector(project: Project) -> None:
    taught, names = teach(project, opened=opened), list[str]()
    todo = [lambda: use(project, taught.detector)]

    def wait() -> bool:
        return bool(todo) and todo.pop()() > 0

    def load() -> Detector:
        names.append(detector_of(project))
        return opened(names[-1])

    use(project, detector_of(project))
    work_off(project, load, wait=wait)
    assert names == [taught.parent, str(project.folder / taught.detector)]


def test_a_project_takes_its_detectors_along(project: Project, tmp_path: Path) -> None:
    taught = teach(project, opened=opened)
    use(project, taught.detector)
    project.close()
    moved = Project.open(shutil.move(project.folder, tmp_path / "elsewhere"))
    assert detector_of(moved) == str(tmp_path / "elsewhere" / taught.detector)
    assert teach(moved, opened=opened).parent == taught.parent, "it begins with the same one, and not with itself"
    moved.close()


def test_a_detector_that_is_none_is_not_put_to_use(project: Project) -> None:
    before = detector_of(project)
    with pytest.raises(CheckpointError):
        use(project, "detectors/0123456789ab")
    assert detector_of(project) == before
    assert taught_of(project, "detectors/0123456789ab") is None
    assert taught_of(project, before) is None


def test_a_promise_takes_one_crack_a_photo_and_says_what_is_missing(project: Project) -> None:
    found = promise_of(project)
    assert found.promise is None
    assert (found.photos, found.needed) == (CRACKED, 45)
    assert "here are 6. Go through 39 more" in note_text(found.note, words_of())


def test_a_promise_that_holds_says_its_threshold(project: Project) -> None:
    found = promise_of(project, recall=0.6, confidence=0.9)
    assert found.promise is not None
    assert found.promise.threshold == pytest.approx(min(scores_at(project, CRACK_X)[:CRACKED]), abs=1e-6)
    assert "at most 0 of them missed" in note_text(found.note, words_of())


def test_a_promise_of_a_fitted_detector_is_by_fits_that_had_not_seen_the_photo(project: Project) -> None:
    taught = teach(project, opened=opened)
    use(project, taught.detector)
    work_off(project, lambda: opened(detector_of(project)))
    found = promise_of(project, recall=0.6, confidence=0.9)
    assert found.promise is not None
    assert found.promise.threshold == pytest.approx(min(taught.crack_scores.values()))
    assert found.promise.threshold != pytest.approx(min(scores_at(project, CRACK_X)[:CRACKED]), abs=1e-6)


def test_who_is_killed_while_a_detector_is_written_leaves_none(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = detector_of(project)
    with killed_at(monkeypatch, "card.json"):
        teach(project, opened=opened)
    assert [of.detector for of in detectors_of(project)] == [first]
    taught = teach(project, opened=opened)
    assert [of.detector for of in detectors_of(project)] == [taught.detector, first]


def test_all_detectors_are_listed_the_latest_first_with_the_one_in_use(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    times = iter(["2026-05-04T10:00:00Z", "2026-05-04T10:00:01Z"])
    monkeypatch.setattr("cracklens.projects.teaching.fit.now", lambda: next(times))
    first, one = detector_of(project), teach(project, opened=opened)
    use(project, one.detector)
    decide(project, next(iter(lines_of(project))), "open")
    two = teach(project, opened=opened)
    assert two.parent == one.parent == first, "it begins with the same one"
    listed = detectors_of(project)
    assert [(of.detector, of.in_use) for of in listed] == [(two.detector, False), (one.detector, True), (first, False)]
    assert [of.taught for of in listed] == [two, one, None]
    (project.folder / two.detector / "card.json").write_bytes(b"{")
    assert [of.detector for of in detectors_of(project)] == [one.detector, first]


def test_what_is_missing_is_known_before_a_fit(project: Project) -> None:
    assert (ready_of(project).gone_through, ready_of(project).cracked, ready_of(project).missing) == (10, 6, "")
    assert set(ready_of(project).photos) == {photo.id for photo in photos_of(project)}
    be_done_with(project, photos_of(project)[0].id, done=False)
    assert (ready_of(project).gone_through, ready_of(project).cracked) == (9, 5)


def test_what_was_measured_is_said_in_a_sentence(project: Project) -> None:
    said = note_text(teach(project, opened=opened).note, words_of())
    assert said.startswith("On 10 gone-through photos, each read by a fit that had not seen it: of 6 cracks")
    assert "the detector that the fit began with misses 0.0 in ten photos" in said
    assert "false alarms in ten photos: 10.0 [" in said


def waiting(project: Project) -> int:
    with project.database.reading() as session:
        rows = session.scalars(select(JobRow).where(JobRow.kind == "inspect", JobRow.state == "waiting"))
        return len(rows.all())


def taught_threshold(project: Project, detector: str) -> float:
    return read_checkpoint(project.folder / detector).card.threshold


@pytest.mark.slow
def test_the_default_detector_can_be_taught_and_keeps_its_crack_map(tmp_path: Path) -> None:
    project = Project.make(tmp_path / "project")
    for seed in range(8):
        take_in(project, save_wall(tmp_path / f"{seed}.png", cracked=seed < 3, seed=seed, hw=(300, 300)))
    work_off(project, bundled_detector)
    for crack in lines_of(project):
        decide(project, crack, "confirmed")
    for photo in photos_of(project):
        be_done_with(project, photo.id)
    taught = teach(project, opened=lambda _: bundled_detector())
    loaded = read_checkpoint(project.folder / taught.detector)
    assert map_of(loaded).card.sha256 == bundled_map().card.sha256
    assert loaded.head.map_weight == bundled_detector().head.map_weight
    assert loaded.card.name == "concrete, fitted to this site"
    assert taught.new.cracks >= 3
    project.close()
