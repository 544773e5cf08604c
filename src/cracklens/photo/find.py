"""Takes paths of files and folders; gives every file that could be a photo or a film, and counts the rest."""

from __future__ import annotations

import os
import stat
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import overload

from cracklens.errors import DataError
from cracklens.photo.kinds import RAW, SUFFIXES, is_row, kind_of
from cracklens.values import Note

PASSED_OVER = ("@eadir", "@recycle", "#recycle", "#snapshot", "__macosx", "$recycle.bin", "system volume information")
"""Folders of NAS boxes, archives and systems, in lower case; they hold thumbnails, copies and what was thrown away."""

SIDECARS = (".xmp", ".aae", ".thm")
"""They lie beside photos and films; a .thm is the thumbnail of a film, a JPEG by its content."""

STORE = ".cracklens"
"""Stands in the folder of a report."""

LEADS_OUT = "it is a link to a place outside"


@dataclass(frozen=True)
class OtherFiles:
    """What lies beside the photos and is no row of a report.

    Attributes:
        by_suffix: how many files of each suffix are neither photo nor film, the most first; "" is without one.
        passed_over: how many folders were passed over by their name.
        hidden: how many hidden files and folders were passed over.
        links: linked folders that were not followed, each with the reason.
    """

    by_suffix: tuple[tuple[str, int], ...] = ()
    passed_over: tuple[tuple[str, int], ...] = ()
    hidden: int = 0
    links: tuple[tuple[str, Note], ...] = ()

    @property
    def files(self) -> int:
        """How many files are neither photo nor film."""
        return sum(count for _, count in self.by_suffix)


@dataclass(frozen=True)
class FoundPhotos(Sequence[Path]):
    """Files that could be photos or films; a sequence of their paths, in the order of their names.

    Attributes:
        photos: each once, in the order in which files and folders were named.
        faults: why a path among them cannot be opened, where that is known already.
        developed: for a raw photo the developed one of its name beside it.
        same_file: for a link the path under which the file came first.
        others: what else is there.
    """

    photos: tuple[Path, ...]
    faults: Mapping[Path, Note] = field(default_factory=dict)
    developed: Mapping[Path, Path] = field(default_factory=dict)
    same_file: Mapping[Path, Path] = field(default_factory=dict)
    others: OtherFiles = field(default_factory=OtherFiles)

    def __len__(self) -> int:
        """Give the number of paths."""
        return len(self.photos)

    @overload
    def __getitem__(self, index: int) -> Path: ...

    @overload
    def __getitem__(self, index: slice) -> Sequence[Path]: ...

    def __getitem__(self, index: int | slice) -> Path | Sequence[Path]:
        """Give one path, or several."""
        return self.photos[index]


def find_photos(paths: Sequence[str | Path], *, own: Collection[str] = (), within: Path | None = None) -> FoundPhotos:
    """Give every file among paths that could be a photo or a film: by its suffix, or else by its first bytes.

    Files stand as they are named, whatever they are; folders are searched with their subfolders. Raw photos, films and
    photos that are not read are among them, and so are folders that cannot be opened: each is a row of a report. What
    is hidden or has the name of a thumbnail folder or waste bin is passed over and counted. A linked folder is followed
    once; what leads back is named. Two runs give the same files in the same order.

    Args:
        paths: files and folders.
        own: names of files that are left out beside the store of a report, since cracklens wrote them.
        within: resolved folder that no link may lead out of: each that does is a row with its reason, and is not
            followed. None follows them all.

    Raises:
        DataError: a path that is not there, or no photo in any of them.
    """
    missing = [str(path) for path in paths if _is_missing(path)]
    if missing:
        raise DataError(f"expected photos or folders; not there: {', '.join(missing)}. Check the spelling.")
    search = _Search(frozenset(own), within)
    for path in map(Path, paths):
        search.take(path)
    search.follow_links([os.path.realpath(path) for path in paths])
    if not search.photos:
        kinds = ", ".join(suffix[1:] for suffix in SUFFIXES)
        n = sum(search.suffixes.values())
        came = f"found none among {n:,} files" if n else "found none"
        raise DataError(f"expected photos ({kinds}) in {', '.join(map(str, paths))}; {came}. Check the folder.")
    same_file = {link: search.same_file.get(of, of) for link, of in search.same_file.items()}
    developed = dict(_developed([path for path in search.photos if path not in same_file]))
    return FoundPhotos(tuple(search.photos), search.faults, developed, same_file, search.others())


def _is_missing(path: str | Path) -> bool:
    """Tell whether there is nothing by that name; a name that is too long, or a drive that fails, is a row."""
    try:
        Path(path).stat()
    except (FileNotFoundError, NotADirectoryError):
        return True
    except OSError:
        return False
    return False


def _developed(photos: Sequence[Path]) -> Iterator[tuple[Path, Path]]:
    """Give each raw photo with the developed one of the same folder and name, whatever the letter case."""
    beside: dict[tuple[Path, str], Path] = {}
    for path in photos:
        if path.suffix.lower() in SUFFIXES:
            beside.setdefault((path.parent, path.stem.casefold()), path)
    for path in photos:
        developed = beside.get((path.parent, path.stem.casefold()))
        if path.suffix.lower() in RAW.suffixes and developed and _group(path) == "raw":
            yield path, developed


def _group(path: Path) -> str:
    """Give what a file is; "photo" where it cannot be opened, since it could be one."""
    try:
        return kind_of(path).group
    except FileNotFoundError:
        return "other"
    except OSError:
        return "photo"


class _Search:
    """What a search has come across so far; filled folder by folder."""

    def __init__(self, own: frozenset[str], within: Path | None) -> None:
        self.photos: dict[Path, None] = {}
        self.faults: dict[Path, Note] = {}
        self.same_file: dict[Path, Path] = {}
        self.suffixes = Counter[str]()
        self._own, self._within, self._passed, self._hidden = own, within, Counter[str](), 0
        self._links: list[tuple[str, Note]] = []
        self._linked: list[Path] = []
        self._seen: dict[tuple[object, ...], Path] = {}

    def others(self) -> OtherFiles:
        """Give what is no row, the most first."""
        suffixes, passed = (
            tuple(sorted(counts.items(), key=lambda pair: (-pair[1], pair[0])))
            for counts in (self.suffixes, self._passed)
        )
        return OtherFiles(suffixes, passed, self._hidden, tuple(self._links))

    def take(self, path: Path) -> None:
        """Take a path as it was named."""
        if _is_folder(path):
            self._tree(path)
        else:
            self._row(path)

    def follow_links(self, roots: Sequence[str]) -> None:
        """Search linked folders, when all that is really there is known; what leads back to it is named."""
        while self._linked:
            link = self._linked.pop(0)
            target = os.path.realpath(link)
            if any(Path(root).is_relative_to(target) for root in roots):
                self._links.append((str(link), Note("leads_back")))
            else:
                self._tree(link)

    def _tree(self, top: Path) -> None:
        """Search a folder: its photos by name, then its subfolders by name."""
        waiting = [top]
        while waiting:
            folder = waiting.pop()
            earlier = self._earlier(folder)
            if earlier is None:
                waiting += reversed(self._folder(folder))
            elif earlier != folder:
                self._links.append((str(folder), Note("searched_already", {"folder": str(earlier)})))

    def _folder(self, folder: Path) -> list[Path]:
        """Take what lies in a folder and give its subfolders, in order of their names."""
        entries: list[os.DirEntry[str]] = []
        try:
            with os.scandir(folder) as listed:
                entries.extend(listed)
        except OSError as error:
            self.photos[folder] = None
            self.faults[folder] = Note("folder_closed", {"said": _said(error)})
        entries.sort(key=lambda entry: entry.name)
        own = self._own if any(entry.name == STORE for entry in entries) else frozenset()
        inside: list[Path] = []
        for entry in entries:
            is_dir = _is_dir(entry)
            if is_dir and entry.name.lower() in PASSED_OVER:
                self._passed[entry.name] += 1
            elif entry.name.startswith("."):
                self._hidden += entry.name != STORE
            elif self._leads_out(folder / entry.name):
                self.photos[folder / entry.name] = None
                self.faults[folder / entry.name] = Note("because", {"reason": LEADS_OUT})
            elif is_dir:
                (self._linked if entry.is_symlink() else inside).append(folder / entry.name)
            elif entry.name not in own:
                self._file(folder / entry.name)
        return inside

    def _leads_out(self, path: Path) -> bool:
        return self._within is not None and not Path(os.path.realpath(path)).is_relative_to(self._within)

    def _file(self, path: Path) -> None:
        suffix = path.suffix.lower()
        if suffix not in SIDECARS and (is_row(path.name) or _group(path) != "other"):
            self._row(path)
        else:
            self.suffixes[suffix] += 1

    def _row(self, path: Path) -> None:
        if path not in self.photos:
            self.photos[path] = None
            earlier = self._earlier(path)
            if earlier and earlier.is_symlink() and not path.is_symlink():
                earlier, path = path, earlier  # a file stands for its links, not the other way round
            if earlier:
                self.same_file[path] = earlier

    def _earlier(self, path: Path) -> Path | None:
        """Give the path under which a file or folder came before; None where this is the first, or it is not known."""
        try:
            found = path.stat()
        except OSError:
            return None
        key: tuple[object, ...] = (found.st_dev, found.st_ino)
        if not found.st_ino:  # this drive does not number its files
            key = (os.path.realpath(path),)
        elif not stat.S_ISDIR(found.st_mode):
            key += (found.st_size, found.st_mtime_ns)  # some network drives give a number twice
        earlier = self._seen.get(key)
        if earlier is None or (earlier.is_symlink() and not path.is_symlink()):
            self._seen[key] = path
        return earlier


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except OSError:
        return False


def _is_dir(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:  # a link that leads to itself, or where nobody may look: reading it gives the reason
        return False


def _said(error: OSError) -> str:
    return (error.strerror or str(error)).lower()
