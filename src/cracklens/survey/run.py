"""Takes many photos and a detector; gives a Report, kept on disk as it grows. Knows nothing of screens."""

from __future__ import annotations

import hashlib
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

from filelock import FileLock, Timeout

from cracklens import __version__
from cracklens.artefacts import Artefacts
from cracklens.detector import Detector, setting_faults
from cracklens.errors import OutputError, PhotoError, SettingError
from cracklens.inspection import inspection_of
from cracklens.kept import inspect_kept
from cracklens.models import head_sha256
from cracklens.photo import FoundPhotos, file_sha256, find_photos, kind_of, photo_pixels, read_photo, refusal
from cracklens.report import (
    USUAL,
    WRITERS,
    Entry,
    Format,
    Report,
    ReportOptions,
    StoredOutcomes,
    check_formats,
)
from cracklens.scale import ScaleSources, scale_faults, with_scale
from cracklens.survey.failures import covered_by_another, met_error
from cracklens.values import Failure, Inspection, Note, Outcome, Photo

AHEAD_PIXELS = 64_000_000
"""Photos above this are read when their turn comes, not ahead of it: two of 200 MP would not fit 2 GB."""

STORE = ".cracklens"
NAMED = 20
"""So many rows of the table that match no photo are named, and the others counted."""

OWN_FILES = frozenset(WRITERS)
"""Left out of a folder that holds a report among its photos."""

Read = TypeVar("Read")
OnOutcome = Callable[[int, int, Outcome], None]


@dataclass(frozen=True)
class SurveySettings:
    """How a survey is run.

    Attributes:
        threshold: score 0-1 from which a region is a finding; None takes the detector's own.
        px_per_mm: scale on the surface for all photos, > 0; None where unknown.
        scales: CSV with the columns file and px_per_mm; None without one.
        marker_mm: side of the printed marker that is searched in each photo; needs the extra `scale`.
        distance_m: from the lens to the surface, > 0, for the scale by EXIF.
        resume: take what an earlier run into the same folder finished, by the content of the photo; with another
            threshold, scale or setting of the crack map the network does not run again.
        workers: photos read ahead of the network, ≥ 1.
        formats: of the report's files.
        traces: follow the cracks in the photo and measure them.
    """

    threshold: float | None = None
    px_per_mm: float | None = None
    scales: str | Path | None = None
    marker_mm: float | None = None
    distance_m: float | None = None
    resume: bool = False
    workers: int = 2
    formats: tuple[Format, ...] = USUAL
    traces: bool = True

    def __post_init__(self) -> None:
        """Refuse settings out of range before the first photo is read, all faults at once."""
        faults = setting_faults(self.threshold, self.px_per_mm)
        faults += scale_faults(marker_mm=self.marker_mm, distance_m=self.distance_m)
        if self.workers < 1:
            faults.append(f"workers must be ≥ 1; got {self.workers}. Leave it out for 2.")
        if faults:
            raise SettingError(" ".join(faults))
        check_formats(self.formats)

    def scale_sources(self) -> ScaleSources:
        """Give where scales come from, the table read.

        Raises:
            DataError: the table is none.
            MissingExtraError: a marker is to be found, and the extra `scale` is not installed.
        """
        return ScaleSources.open(
            px_per_mm=self.px_per_mm, scales=self.scales, marker_mm=self.marker_mm, distance_m=self.distance_m
        )


@dataclass(frozen=True)
class _Run:
    """What stays the same from the first photo of a run to the last."""

    detector: Detector
    settings: SurveySettings
    sources: ScaleSources
    store: Artefacts

    @property
    def threshold(self) -> float:
        """Score from which a region is a finding."""
        return self.detector.card.threshold if self.settings.threshold is None else self.settings.threshold

    def key(self, path: Path, sha256: str) -> str:
        """Give the name under which a photo's outcome is kept: its content, the detector, settings and scale.

        Its suffix, too: a note says where that is not what the content is.
        """
        hashes = (sha256, self.detector.sha256)
        settings = (self.threshold, self.settings.traces, self.sources.key(path))
        parts = (*hashes, path.suffix.lower(), *settings, __version__)
        return hashlib.sha256("|".join(map(str, parts)).encode("utf-8", "surrogatepass")).hexdigest()


def inspect_photos(
    paths: Sequence[str | Path],
    *,
    out: str | Path,
    detector: Detector,
    settings: SurveySettings | None = None,
    options: ReportOptions | None = None,
    on_outcome: OnOutcome | None = None,
) -> Report:
    """Inspect photos and folders and write the report's files, see `Report.save`.

    Every file that could be a photo or a film has its outcome: one that cannot be read is a Failure in the report, and
    so is one that another covers, as a raw photo's JPEG does. Stopped by Ctrl-C, the report of what is done is written
    before KeyboardInterrupt goes on its way.

    Args:
        paths: photos and folders.
        out: folder of the report; made if it is not there.
        detector: finds the cracks.
        settings: of the run; None takes the defaults.
        options: what the report says beside the photos: project, inspector, date, guide, elements, a firm's template.
        on_outcome: called with (done, of all, outcome) after each photo.

    Raises:
        DataError: a path is missing, no photo is found, the table of scales is none, or a row of it or of the elements
            may mean one photo or another.
        MissingExtraError: a marker is to be found, and the extra `scale` is not installed.
        OutputError: the folder cannot be written, or another run writes into it.
    """
    settings = settings or SurveySettings()
    found, sources = find_photos(paths, own=OWN_FILES), settings.scale_sources()
    elements = options.elements.unmatched(list(found)) if options and options.elements else ()
    notes = (*_row_notes("scales", sources.unmatched(found)), *_row_notes("elements", elements))
    with _own_folder(Path(out)) as folder:
        store = Artefacts(folder / STORE / "inspected")
        run, entries = _Run(detector, settings, sources, store), dict[Path, Entry | Failure]()
        try:
            _inspect_all(found, run, entries, on_outcome)
        except KeyboardInterrupt:
            replace(_report(found, run, entries, options), notes=notes).save(folder, formats=settings.formats)
            raise
        report = replace(_report(found, run, entries, options), notes=notes)
        report.save(folder, formats=settings.formats)
    return report


def _report(
    found: FoundPhotos, run: _Run, entries: Mapping[Path, Entry | Failure], options: ReportOptions | None
) -> Report:
    whole = [entries.get(path) or Failure(str(path), Note("interrupted")) for path in found]
    about = (run.detector.card, options or ReportOptions(), head_sha256(run.detector.head))
    followed_by = run.detector.map_card if run.settings.traces else None
    return Report(StoredOutcomes(run.store, whole), *about, others=found.others, map_card=followed_by)


def _row_notes(table: str, unmatched: Sequence[str]) -> tuple[Note, ...]:
    """Name the rows of a table that no photo has."""
    if not unmatched:
        return ()
    named: dict[str, str | int] = {"table": table, "names": ", ".join(unmatched[:NAMED])}
    if len(unmatched) <= NAMED:
        return (Note("rows_unmatched", named),)
    return (Note("rows_unmatched_more", {**named, "n": len(unmatched) - NAMED}),)


@contextmanager
def _own_folder(folder: Path) -> Iterator[Path]:
    """Hold the folder of a report for this run alone.

    Raises:
        OutputError: it cannot be made or written, or another run holds it.
    """
    try:
        (folder / STORE).mkdir(parents=True, exist_ok=True)
        held = FileLock(folder / STORE / "lock", timeout=0).acquire()
    except Timeout as error:
        raise OutputError(f"{folder}: another run is writing here. Wait for it, or choose another --out.") from error
    except OSError as error:
        raise OutputError(f"{folder}: cannot be written ({error.strerror or error}). Choose another --out.") from error
    with held:
        yield folder


def _inspect_all(
    found: FoundPhotos, run: _Run, entries: dict[Path, Entry | Failure], on_outcome: OnOutcome | None
) -> None:
    """Inspect photo by photo and set the entry of each; then of those that others may cover."""
    tell = on_outcome or _tell_nobody
    covered = {**found.developed, **found.same_file}
    own = [path for path in found if path not in covered]
    for i, read in enumerate(_read_ahead(own, lambda path: _read(path, found, run), run.settings.workers)):
        outcome = _outcome(own[i], read, run)
        if isinstance(outcome, Inspection):
            key = run.key(own[i], outcome.sha256)
            if not isinstance(read, Inspection):
                run.store.put(key, replace(outcome, photo=""))  # content alone: its name stands in the entry
            entries[own[i]] = Entry(str(own[i]), key)
        else:
            entries[own[i]] = outcome
        tell(i + 1, len(found), outcome)
    for path in sorted(covered, key=lambda path: path in found.same_file):  # links last: they may lead to raw photos
        failure = covered_by_another(path, found, entries)
        entries[path] = failure
        tell(len(entries), len(found), failure)


def _tell_nobody(done: int, total: int, outcome: Outcome) -> None:
    """Say nothing of an outcome."""


def _read(path: Path, found: FoundPhotos, run: _Run) -> Photo | Inspection | Failure:
    """Give a photo with its scale, what an earlier run found in it, or why it cannot be read."""
    if path in found.faults:
        return Failure(str(path), found.faults[path])
    try:
        kind = kind_of(path)
        if not kind.read:  # before a film of gigabytes is hashed
            return met_error(path, refusal(kind))
        known = run.store.get(run.key(path, file_sha256(path)), Inspection) if run.settings.resume else None
        return replace(known, photo=str(path)) if known else with_scale(read_photo(path), run.sources)
    except PhotoError as error:
        return met_error(path, str(error))
    except OSError as error:  # the name is too long, or the drive fails, before the photo's own reader is asked
        said = (error.strerror or str(error)).lower()
        return Failure(str(path), Note("drive_failed", {"said": said}))
    except MemoryError:
        return Failure(str(path), Note("too_large"))


def _outcome(path: Path, read: Photo | Inspection | Failure, run: _Run) -> Outcome:
    """Give the outcome of what was read; a photo too large for this machine's memory is a failure of its own."""
    if not isinstance(read, Photo):
        return read
    try:
        found = inspect_kept(read, run.detector, run.store, traces=run.settings.traces, afresh=not run.settings.resume)
        return inspection_of(read, found.score_map, found.traced, threshold=run.threshold)
    except PhotoError as error:
        return met_error(path, str(error))
    except MemoryError:
        return Failure(str(path), Note("too_large"))


def _read_ahead(photos: list[Path], read: Callable[[Path], Read], workers: int) -> Iterator[Read]:
    """Give what is read in order, at most `workers` photos and 64 megapixels ahead of its use."""
    with ThreadPoolExecutor(workers) as readers:
        waiting: deque[tuple[Future[Read], int]] = deque()
        for path in photos:
            pixels = photo_pixels(path)
            while waiting and (len(waiting) >= workers or sum(size for _, size in waiting) + pixels > AHEAD_PIXELS):
                yield waiting.popleft()[0].result()
            if pixels > AHEAD_PIXELS:
                yield read(path)  # in this thread: what a reader's thread decodes into is given back later, or never
            else:
                waiting.append((readers.submit(read, path), pixels))
        while waiting:
            yield waiting.popleft()[0].result()
