"""Takes an archive or folder from outside; gives its pictures in known folders, nothing else. Trusts no name in it."""

from __future__ import annotations

import stat
import tempfile
import zipfile
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO

from cracklens.errors import DataError
from cracklens.photo import SUFFIXES
from cracklens.published.download import Progress
from cracklens.published.sources import ClassFolder

CHUNK_BYTES = 1 << 20
DAMAGED = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError)


@dataclass(frozen=True)
class Limits:
    """What an archive may ask for at most; the largest known set has 56,092 pictures and 531 MB, twice over.

    Attributes:
        total_bytes: written, of an archive and the one in it together.
        members: files and folders.
    """

    total_bytes: int = 4_000_000_000
    members: int = 200_000


@dataclass(frozen=True)
class Placed:
    """One picture in an archive and where it goes."""

    member: zipfile.ZipInfo
    where: PurePosixPath


def unpack_zip(
    archive: Path,
    into: Path,
    folders: Sequence[ClassFolder],
    *,
    limits: Limits | None = None,
    on_progress: Progress | None = None,
) -> None:
    """Write the pictures of a zip, or of the zip in it, into the folders of their classes.

    A picture goes where its class goes, under its last name alone; what belongs to no class stays in the archive.
    One member with a path that leads outside, a link, a device or a password, and nothing at all is unpacked.

    Args:
        archive: the zip.
        into: an empty folder.
        folders: which folder of the archive goes where.
        limits: None takes the default.
        on_progress: called with pictures written and pictures in the archive.

    Raises:
        DataError: it is damaged, unsafe or too large.
    """
    limits = limits or Limits()
    try:
        with archive.open("rb") as file, zipfile.ZipFile(file) as outer:
            members = checked_members(outer, archive.name, limits)
            inner = [member for member in members if member.filename.lower().endswith(".zip")]
            placed = _placed(members, folders)
            if placed or len(inner) != 1:
                _write_all(outer, placed, into, limits, on_progress)
            else:
                _unpack_inner(outer, inner[0], into, folders, limits, on_progress)
    except DAMAGED as error:
        raise DataError(f"{archive.name}: expected a whole zip ({error}). Download it again.") from error


def _unpack_inner(
    outer: zipfile.ZipFile,
    member: zipfile.ZipInfo,
    into: Path,
    folders: Sequence[ClassFolder],
    limits: Limits,
    on_progress: Progress | None,
) -> None:
    """Unpack the one zip in a zip, as SDNET2018 is published; no deeper."""
    with tempfile.TemporaryFile(dir=into) as file:  # on the disk that has to hold the pictures anyway
        with outer.open(member) as source:
            used_bytes = copy_stream(source, file, limits.total_bytes, member.filename)
        with zipfile.ZipFile(file) as inner:
            left = Limits(limits.total_bytes - used_bytes, limits.members)
            members = checked_members(inner, member.filename, left)
            _write_all(inner, _placed(members, folders), into, left, on_progress)


def checked_members(archive: zipfile.ZipFile, name: str, limits: Limits) -> list[zipfile.ZipInfo]:
    """Give the files of a zip.

    Raises:
        DataError: one of them is unsafe, or there is too much.
    """
    members = archive.infolist()
    total_bytes = sum(member.file_size for member in members)
    if len(members) > limits.members or total_bytes > limits.total_bytes:
        expected = f"expected at most {limits.members:,} members and {limits.total_bytes:,} bytes"
        raise DataError(f"{name}: {expected}; got {len(members):,} and {total_bytes:,}. Nothing was unpacked.")
    for member in members:
        fault = _unsafe(member)
        if fault:
            raise DataError(f"{name}: {member.filename!r} {fault}. Nothing was unpacked; do not trust this archive.")
    return [member for member in members if not member.is_dir()]


def _unsafe(member: zipfile.ZipInfo) -> str:
    """Give what is wrong with a member, "" where nothing is."""
    path = PurePosixPath(member.orig_filename.replace("\\", "/"))
    kind = stat.S_IFMT(member.external_attr >> 16)
    if path.is_absolute() or ".." in path.parts or ":" in str(path) or "\0" in str(path):
        return "leads out of the folder"
    if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
        return "is a link or a device"
    return "is encrypted" if member.flag_bits & 1 else ""


def _placed(members: Sequence[zipfile.ZipInfo], folders: Sequence[ClassFolder]) -> list[Placed]:
    found = [(member, place(member.filename, folders)) for member in members]
    return [Placed(member, where) for member, where in found if where is not None]


def place(name: str, folders: Sequence[ClassFolder]) -> PurePosixPath | None:
    """Give where a file goes by the folder it stands in; None for what is no picture of a class.

    Example:
        >>> place("SDNET2018/D/CD/7001-115.jpg", [ClassFolder("D/CD", "Decks/Cracked", 1)])
        PurePosixPath('Decks/Cracked/7001-115.jpg')
    """
    path = PurePosixPath(name)
    hidden = any(part.startswith((".", "__MACOSX")) for part in path.parts)
    if hidden or path.suffix.lower() not in SUFFIXES:
        return None
    for folder in folders:
        wanted = PurePosixPath(folder.found_as).parts
        if path.parent.parts[-len(wanted) :] == wanted:
            return PurePosixPath(folder.folder) / path.name
    return None


def _write_all(
    archive: zipfile.ZipFile, placed: Sequence[Placed], into: Path, limits: Limits, on_progress: Progress | None
) -> None:
    left_bytes = limits.total_bytes
    for number, picture in enumerate(placed, start=1):
        with archive.open(picture.member) as source, new_file(into / picture.where) as file:
            left_bytes -= copy_stream(source, file, left_bytes, picture.member.filename)
        if on_progress:
            on_progress(number, len(placed))


def copy_stream(source: IO[bytes], file: IO[bytes], left_bytes: int, name: str) -> int:
    """Copy a stream and give its length; the size that an archive states is not believed.

    Raises:
        DataError: it is longer than what is left.
    """
    n_bytes = 0
    while chunk := source.read(CHUNK_BYTES):
        n_bytes += len(chunk)
        if n_bytes > left_bytes:
            raise DataError(f"{name}: unpacks to more than the limit. Nothing was kept; do not trust this archive.")
        file.write(chunk)
    return n_bytes


def new_file(path: Path) -> IO[bytes]:
    """Open a file that is not there yet.

    Raises:
        DataError: it is: the archive names it twice.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        return path.open("xb")
    except FileExistsError as error:
        raise DataError(f"{path.name}: the archive names it twice in one class. Nothing was kept.") from error


def lay_out_folder(
    folder: Path, into: Path, folders: Sequence[ClassFolder], *, on_progress: Progress | None = None
) -> None:
    """Copy the pictures of an unpacked archive into the folders of their classes; links are not followed.

    Raises:
        DataError: two pictures would get one name.
    """
    files = sorted(path for path in folder.rglob("*") if path.is_file() and not path.is_symlink())
    named = [(path, place(path.relative_to(folder.parent).as_posix(), folders)) for path in files]
    placed = [(path, where) for path, where in named if where is not None]
    for number, (path, where) in enumerate(placed, start=1):
        with path.open("rb") as source, new_file(into / where) as file:
            copy_stream(source, file, path.stat().st_size, path.name)
        if on_progress:
            on_progress(number, len(placed))
