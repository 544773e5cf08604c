"""Takes a project and a detector; gives tiles and cracks of its photos, a piece of work at a time. Knows no page."""

from __future__ import annotations

import contextlib
import time
import zlib
from collections.abc import Callable, Iterator
from dataclasses import replace

import msgspec
from filelock import FileLock, Timeout
from sqlalchemy import select
from sqlalchemy.orm import Session

from cracklens import __version__
from cracklens.artefacts import pack
from cracklens.detector import Detector
from cracklens.errors import CracklensError, PhotoError, ProjectError
from cracklens.files import make_folder
from cracklens.kept import inspect_kept
from cracklens.photo import read_photo, write_pyramid
from cracklens.projects.cracks import keep_cracks, plan_cracks
from cracklens.projects.project import NO_PIXELS, Project, detector_of, threshold_of
from cracklens.projects.queue import Job, end_job, give_back, give_up, recover, take_job
from cracklens.projects.records import EarlierRow, InspectionRow, PhotoRow, now
from cracklens.projects.review import project_row
from cracklens.projects.settings import flagged_share
from cracklens.tracing import find
from cracklens.values import Note, Photo

DAMAGED = "what the project has of its cracks is damaged; restore a backup"


def work_off(
    project: Project,
    detector: Callable[[], Detector],
    *,
    wait: Callable[[], bool] = lambda: False,
    ended: Callable[[], bool] = lambda: False,
    on_job: Callable[[Job], None] = lambda _: None,
) -> None:
    """Do what is queued, until nothing is left and nothing more is waited for.

    Args:
        project: whose work it is; one process at a time works on it.
        detector: opens the project's detector, once there is a photo to inspect, and again when it has another one.
        wait: called where nothing is left; waits for more and says whether to go on.
        ended: asked before each piece of work, whether to stop.
        on_job: called after each piece of work.

    Raises:
        ProjectError: another process works on it, or its database cannot be written.
        OutputError: the disk is full.
        CracklensError: the detector cannot be opened. Of all these the photo in work waits as it did before.
    """
    try:
        held = FileLock(project.folder / "worker.lock", timeout=0).acquire()
    except Timeout as error:
        raise ProjectError(f"{project.folder}: another process inspects its photos. Wait for it.") from error
    opened: dict[str, Detector] = {}
    with held:
        recover(project)
        while not ended() and ((job := take_job(project)) or wait()):
            if job is None:
                continue
            with _given_back(project, job):
                _do(project, job, _opened(project, detector, opened) if job.kind == "inspect" else None)
            on_job(job)


@contextlib.contextmanager
def _given_back(project: Project, job: Job) -> Iterator[None]:
    """Give a piece of work back that was broken off by what says nothing of the photo, such as a full disk."""
    try:
        yield
    except (CracklensError, KeyboardInterrupt):
        with contextlib.suppress(ProjectError):  # a full disk may keep that from being written, too
            give_back(project, job)
        raise


def _opened(project: Project, detector: Callable[[], Detector], opened: dict[str, Detector]) -> tuple[str, Detector]:
    """Give the detector that the project has now, opened once, and how the project calls it."""
    name = detector_of(project)
    if name not in opened:
        opened.clear()
        opened[name] = detector()
    return name, opened[name]


def _do(project: Project, job: Job, used: tuple[str, Detector] | None) -> None:
    started = time.perf_counter()
    with project.database.reading() as session:
        row = session.get_one(PhotoRow, job.photo_id)
    try:
        photo = read_photo(project.photo_path(row), name=row.name)
        keep = _prepared(project, photo) if used is None else _inspected(project, photo, used[1])
        with project.database.writing() as session:
            keep(session, session.get_one(PhotoRow, job.photo_id))
            stale = used is not None and used[0] != detector_of(project, project_row(session))
            end_job(session, job, seconds=time.perf_counter() - started, stale=stale)
    except PhotoError as error:
        reason = Note("because", {"reason": str(error).removeprefix(f"{row.name}: ")})
    except MemoryError:
        reason = Note("too_large")
    except (zlib.error, msgspec.MsgspecError):
        reason = Note("because", {"reason": DAMAGED})
    else:
        return
    with project.database.writing() as session:
        give_up(session.get_one(PhotoRow, job.photo_id), reason)
        end_job(session, job, seconds=time.perf_counter() - started, failed=True)


def _prepared(project: Project, photo: Photo) -> Callable[[Session, PhotoRow], None]:
    """Make the tiles of a photo, and give what writes what is known of it."""
    make_tiles(project, photo)
    _prepare_earlier(project, photo.sha256)
    facts = replace(photo, pixels=NO_PIXELS, empty=None)

    def keep(_: Session, row: PhotoRow) -> None:
        row.facts = pack(facts)
        row.height, row.width = photo.hw
        row.taken_at = photo.taken_at
        row.latitude, row.longitude = photo.gps or (None, None)
        row.state = "prepared" if row.state == "waiting" else row.state

    return keep


def make_tiles(project: Project, photo: Photo) -> None:
    """Write the tiles of a photo that a project keeps.

    Raises:
        OutputError: the disk is full.
    """
    path = project.tiles_path(photo.sha256)
    make_folder(path.parent)
    write_pyramid(photo.pixels, path)


def _prepare_earlier(project: Project, sha256: str) -> None:
    """Make the tiles of a photo's earlier one, where it has one and they are not there: after a restore."""
    with project.database.reading() as session:
        of = select(EarlierRow).join(PhotoRow).where(PhotoRow.sha256 == sha256, EarlierRow.sha256 != "")
        row = session.scalar(of)
    if row is None or project.tiles_path(row.sha256).is_file():
        return
    with contextlib.suppress(PhotoError, MemoryError):  # the page says that it cannot be shown; today's photo can
        make_tiles(project, read_photo(project.photo_path(row)))


def _inspected(project: Project, photo: Photo, detector: Detector) -> Callable[[Session, PhotoRow], None]:
    """Find the cracks of a photo, from what is kept of it where that is enough, and give what writes them."""
    kept = inspect_kept(photo, detector, project.artefacts)
    with project.database.reading() as session:
        before = threshold_of(project_row(session))
        plan = plan_cracks(session, photo.sha256, kept.traced.traces, photo.hw)
    share = flagged_share(find(kept.score_map, threshold=before), photo.hw)

    def keep(session: Session, row: PhotoRow) -> None:
        row.state, row.reason = "inspected", None
        row.scored_key, row.traced_key = kept.scored_key, kept.traced_key
        row.score, row.novelty = kept.score_map.peak, kept.score_map.novelty
        threshold = threshold_of(project_row(session))
        same = threshold == before
        row.flagged_share = share if same else flagged_share(find(kept.score_map, threshold=threshold), photo.hw)
        keep_cracks(session, row, kept.traced.traces, photo.hw, plan=plan)
        session.add(_inspection(row, detector, threshold))

    return keep


def _inspection(row: PhotoRow, detector: Detector, threshold: float) -> InspectionRow:
    return InspectionRow(
        photo_id=row.id,
        at=now(),
        detector=detector.card.name,
        networks_sha256=detector.networks_sha256,
        scored_key=row.scored_key,
        traced_key=row.traced_key,
        threshold=threshold,
        version=__version__,
    )
