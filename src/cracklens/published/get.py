"""Takes the name of a published set; gives its folder as docs/data.md lays it out. The joint of download and unpack."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from filelock import FileLock

from cracklens.errors import DataError, MissingExtraError, OutputError
from cracklens.photo import SUFFIXES
from cracklens.published.checksums import check_first_seen, tree_sha256
from cracklens.published.download import Patience, Progress, download
from cracklens.published.sources import Publication, PublishedSet, publication_of, published_set
from cracklens.published.unpack import Limits, lay_out_folder, unpack_zip

DOWNLOADS = "downloads"
Stage = Callable[[str, int, int], None]


@dataclass(frozen=True)
class GetSettings:
    """How to get a set.

    Attributes:
        host: where from; None takes the set's first.
        archive: zip or unpacked folder that is there already; then nothing is downloaded.
        patience: with the server.
        limits: of the archive.
        keep_archive: whether the download stays after it is unpacked.
    """

    host: str | None = None
    archive: Path | None = None
    patience: Patience = field(default_factory=Patience)
    limits: Limits = field(default_factory=Limits)
    keep_archive: bool = False


def get_data(
    of: str | PublishedSet, *, out: str | Path, settings: GetSettings | None = None, on_progress: Stage | None = None
) -> Path:
    """Download, check and unpack a published set, and give its folder `out/NAME`.

    The folder is there when it is whole, and not before: whoever is killed on the way leaves none, and the next run
    takes up what was downloaded. A whole folder is given as it is.

    Args:
        of: name of a published set.
        out: folder of data sets, see docs/data.md.
        settings: None takes the defaults.
        on_progress: called with the stage, what is done and what is to do: bytes, then pictures.

    Raises:
        SettingError: no such set or host.
        DataError: it cannot be had, is damaged, or is not what was published.
        OutputError: `out` cannot be written.
    """
    published = published_set(of) if isinstance(of, str) else of
    settings = settings or GetSettings()
    publication = publication_of(published, settings.host)
    folder = Path(out) / published.name
    if folder.exists():
        check_whole(folder, published)
        return folder
    with _writing(folder), FileLock(Path(out) / f".{published.name}.lock"):
        if not folder.exists():
            source = _given(settings.archive) or _fetched(
                published, publication, Path(out) / DOWNLOADS, settings, on_progress
            )
            _lay_out(source, folder, published, settings.limits, on_progress)
            if settings.archive is None and source.is_file() and not settings.keep_archive:
                source.unlink()
    return folder


def _given(archive: Path | None) -> Path | None:
    if archive and not archive.is_dir() and not (archive.is_file() and archive.suffix.lower() == ".zip"):
        raise DataError(f"{archive}: expected a .zip or a folder; it is neither. Unpack it and name the folder.")
    return archive


@contextmanager
def _writing(folder: Path) -> Iterator[None]:
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        yield
    except OSError as error:
        full = error.errno == errno.ENOSPC
        hint = "Make room and run it again; nothing half is left." if full else "Choose another --out."
        raise OutputError(f"{folder}: cannot be written ({error.strerror or error}). {hint}") from error


def _fetched(
    published: PublishedSet, publication: Publication, folder: Path, settings: GetSettings, on_progress: Stage | None
) -> Path:
    """Give the downloaded archive, or the folder that Kaggle's own library unpacked."""
    if publication.host == "kaggle":
        return _from_kaggle(publication, folder)
    stage = _stage(on_progress, "downloading")
    path = download(publication, folder, page=published.page, on_progress=stage, patience=settings.patience)
    if path.suffix != ".zip":
        how = "Unpack it (7-Zip, `bsdtar -xf`, unrar) and name the folder: --archive FOLDER"
        other = f"or leave --from {publication.host} out"
        raise DataError(f"{path}: it is whole, its checksum is right, but RAR is not unpacked here. {how}, {other}.")
    return path


def _from_kaggle(publication: Publication, folder: Path) -> Path:
    """Give the folder that kagglehub downloads to; it resumes and checks its own transfers."""
    try:
        import kagglehub
    except ModuleNotFoundError as error:
        raise MissingExtraError("kagglehub", "get") from error
    try:
        found = Path(kagglehub.dataset_download(publication.address))
    except Exception as error:  # what kagglehub raises is not written down
        hint = "Run it again, or download it in a browser and name it: --archive FILE."
        raise DataError(f"{publication.address}: Kaggle does not give it ({error}). {hint}") from error
    folder.mkdir(parents=True, exist_ok=True)
    check_first_seen(folder, publication, *tree_sha256(found))
    return found


def _lay_out(source: Path, folder: Path, published: PublishedSet, limits: Limits, on_progress: Stage | None) -> None:
    """Unpack beside the folder, count, and move it into place in one step."""
    staging = folder.with_name(f".{folder.name}.unpacking")
    stage = _stage(on_progress, "unpacking")
    shutil.rmtree(staging, ignore_errors=True)  # of a run that was killed
    staging.mkdir()
    try:
        if source.is_dir():
            lay_out_folder(source, staging, published.folders, on_progress=stage)
        else:
            unpack_zip(source, staging, published.folders, limits=limits, on_progress=stage)
        check_whole(staging, published, name=str(source))
        os.replace(staging, folder)
    except BaseException:
        shutil.rmtree(staging, ignore_errors=True)
        raise


def _stage(on_progress: Stage | None, name: str) -> Progress:
    return lambda done, total: on_progress(name, done, total) if on_progress else None


def check_whole(folder: Path, published: PublishedSet, *, name: str = "") -> None:
    """Count the pictures of a set.

    Raises:
        DataError: a class has more or fewer than the published set; names all that do.
    """
    faults = []
    for of in published.folders:
        files = (folder / of.folder).glob("*")
        count = sum(path.suffix.lower() in SUFFIXES for path in files)
        if count != of.pictures:
            faults.append(f"{count:,} of {of.pictures:,} in {of.folder}")
    if faults:
        expected = f"expected the whole of {published.title}; got {', '.join(faults)}"
        hint = "Name the whole archive." if name else "Move this folder away to get it whole, or keep it as it is."
        raise DataError(f"{name or folder}: {expected}. {hint}")
