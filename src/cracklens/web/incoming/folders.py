"""Takes the name of a folder on this machine; gives its photos to a project, while the page goes on. Opens no photo."""

from __future__ import annotations

import os
import threading
from dataclasses import dataclass, field, replace
from pathlib import Path

from fastapi import APIRouter
from starlette.responses import Response

from cracklens.errors import ConflictError, CracklensError, OutputError, PhotoError, SettingError
from cracklens.projects import Project, take_in_all
from cracklens.report import note_text, words_of
from cracklens.values import Failure
from cracklens.web.access import Access, Who
from cracklens.web.answers import as_error, as_json
from cracklens.web.incoming.room import Room
from cracklens.web.incoming.uploads import MOST_BYTES

THREAD = "folder"
MOST_TOLD = 200
"""So many refused files are named on the page; a folder of a whole disk has more."""

NOBODY = (
    "Folders are put in by name at the machine itself, or below the folder that `cracklens serve --root` names. "
    "Drop the photos on the page."
)


@dataclass(frozen=True)
class Named:
    """A folder as a person types it."""

    folder: str


@dataclass(frozen=True)
class Refused:
    """A file that was not taken, and why."""

    name: str
    reason: str


@dataclass(frozen=True)
class PuttingIn:
    """How far the photos of a folder are.

    Attributes:
        folder: its name; "" where none was named yet.
        running: whether there is more to come.
        done, files: of its files; 0 files while they are looked for.
        n_refused, refused: what was not taken, known at the end; the first of them by name.
        error: what ended it early, a sentence; "" where nothing did.
    """

    folder: str = ""
    running: bool = False
    done: int = 0
    files: int = 0
    n_refused: int = 0
    refused: tuple[Refused, ...] = ()
    error: str = ""


@dataclass
class Folders:
    """Folders whose photos are put into a project, one after the other.

    Attributes:
        project: that takes them.
        access: who may come in, and which folders they may name.
        state: of the latest.
    """

    project: Project
    access: Access
    state: PuttingIn = PuttingIn()
    _turn: threading.Lock = field(default_factory=threading.Lock)

    def place(self, name: str) -> Path:
        """Give the folder that a name means, its links resolved; a short name is one below the root.

        Raises:
            SettingError: it is no whole path, and there is no root.
        """
        typed = Path(name.strip().strip('"'))
        if not typed.is_absolute() and (self.access.root is None or not typed.parts):
            raise SettingError(f"expected the whole path of a folder, from its root on; got {name!r}. Type all of it.")
        try:
            return ((self.access.root or Path()) / typed).resolve()
        except (OSError, ValueError, RuntimeError) as error:
            raise SettingError(f"expected the path of a folder; got {name!r}: {error}. Check the spelling.") from error

    def forbidden(self, name: str, place: Path) -> str:
        """Say why a folder may not be put in; "" where it may. Of what lies outside it tells nothing, there or not."""
        root = self.access.root
        if not self.access.names_folders:
            return NOBODY
        if root is not None and not place.is_relative_to(root):
            return f"Folders are put in from below {root} alone; got {name!r}. Name one there."
        return ""

    def begin(self, place: Path, who: str) -> PuttingIn:
        """Begin to put in the photos of a folder, in a thread of its own, and say so.

        Raises:
            SettingError: it is no folder that can be read, or the project's own.
            ConflictError: another one is on its way.
        """
        _check(place, self.project)
        with self._turn:
            if self.state.running:
                raise ConflictError(f"The photos of {self.state.folder} are still put in; wait, then try again.")
            self.state = PuttingIn(place.name or str(place), running=True)
        threading.Thread(target=self._put, args=(place, who), name=THREAD, daemon=True).start()
        return self.state

    def _put(self, place: Path, who: str) -> None:
        failures: tuple[Failure, ...] = ()
        error = "It ended unexpectedly; what was put in stays. Try again."
        try:
            failures = take_in_all(
                self.project,
                [place],
                who=who,
                within=self.access.root,
                before=self._check,
                on_photo=lambda done, files, _: self._tell(done, files),
            )
            error = ""
        except CracklensError as refused:
            error = str(refused)
        finally:
            told = tuple(_refused(of, place) for of in failures[:MOST_TOLD])
            self.state = replace(self.state, running=False, n_refused=len(failures), refused=told, error=error)

    def _tell(self, done: int, files: int) -> None:
        self.state = replace(self.state, done=done, files=files)

    def _check(self, path: Path) -> None:
        """Refuse a file by the rules of uploads, and one that became a link to elsewhere since it was found.

        Raises:
            PhotoError: it is too large, or lies outside.
            OutputError: the disk has no room for it.
        """
        n_bytes = path.stat().st_size
        if n_bytes > MOST_BYTES:
            raise PhotoError(f"expected a file of at most {MOST_BYTES >> 30} GB; got {n_bytes:,} bytes. Split it.")
        if self.access.root is not None and not path.resolve().is_relative_to(self.access.root):
            raise PhotoError("it is a link to a place outside.")
        lacking = Room(self.project, self.access.quota_bytes).lacking(n_bytes)
        if lacking:
            raise OutputError(f"{path.name}: {lacking}")


def folder_routes(project: Project, access: Access) -> APIRouter:
    """Give the routes by which folders of the machine are put in."""
    router, folders = APIRouter(prefix="/api/folders", tags=["photos"]), Folders(project, access)

    @router.post("", response_model=PuttingIn, status_code=202)
    def begin(named: Named, who: Who) -> Response:
        """Put in the photos of a folder on the machine that serves; they come while the answer is back already."""
        place = folders.place(named.folder) if access.names_folders else Path()
        said = folders.forbidden(named.folder, place)
        if said:
            return as_error(said, 403)
        return as_json(folders.begin(place, who), status=202)

    @router.get("/progress", response_model=PuttingIn)
    def progress() -> Response:
        """Say how far the photos of the latest folder are."""
        return as_json(folders.state)

    return router


def _check(place: Path, project: Project) -> None:
    came = ""
    try:
        with os.scandir(place):
            pass
    except FileNotFoundError:
        came = "it is not there"
    except NotADirectoryError:
        came = "it is a file"
    except OSError as error:
        came = f"it cannot be read ({(error.strerror or str(error)).lower()})"
    if not came and place.is_relative_to(project.folder):
        came = "it is of this project itself"
    if came:
        raise SettingError(f"{place}: expected a folder with photos; {came}. Name another one.")


def _refused(failure: Failure, place: Path) -> Refused:
    path = Path(failure.photo)
    name = str(path.relative_to(place)) if path != place and path.is_relative_to(place) else path.name
    return Refused(name, note_text(failure.reason, words_of()))
