"""Takes nothing; gives a small project with a photo, two drawn cracks and three users, and clients that come to it."""

from __future__ import annotations

import shutil
from dataclasses import dataclass, field
from pathlib import Path

from fastapi.testclient import TestClient
from PIL import Image, ImageDraw
from sqlalchemy import select
from starlette.types import ASGIApp
from tests.stand_ins import bundled_detector, grey_detector

from cracklens.projects import Project, be_done_with, decide, draw, take_in, work_off
from cracklens.projects.accounts import add_user, open_session, users
from cracklens.projects.records import CrackRow, PhotoRow
from cracklens.projects.views import photo_view
from cracklens.web import Access, make_app

WORDS = "stairs and a lamp"
"""The password of everybody."""

USERS = {"Lou": "look", "Rob": "review", "Ann": "sign"}
HOST, PORT = "bridge.example", 8321
ORIGIN = f"http://{HOST}:{PORT}"
SHARED = Access.over_network([HOST, "10.0.0.5"], PORT, secure=False)
LOCAL = Access.local(PORT)
AT_HOME = f"http://127.0.0.1:{PORT}"
PART_PX = 320
PARTS = ((0, 320), (320, 320), (320, 640), (320, 960), (640, 960), (0, 0), (640, 0), (960, 320), (640, 640))
"""Left upper corners of parts of the photo of a wall; the first five show a crack."""

CRACKS = (((20, 60), (330, 70), (620, 110)), ((20, 330), (330, 330), (620, 360)))


def make_project(folder: Path) -> Path:
    """Make a project of one photo, inspected without a network, with two cracks to decide on."""
    photo = folder.parent / "wall.png"
    wall = Image.new("RGB", (640, 448), (190, 190, 190))
    for crack in CRACKS:
        ImageDraw.Draw(wall).line(crack, fill=(20, 20, 20), width=7)
    wall.save(photo)
    project = Project.make(folder)
    number = take_in(project, photo).photo_id
    work_off(project, grey_detector)
    for crack in CRACKS:
        decide(project, draw(project, number, [(float(x), float(y)) for x, y in crack]), "open")
    for name, role in USERS.items():
        add_user(project, name, WORDS, role=role)  # type: ignore[arg-type]
    project.close()
    return folder


def save_parts(photo: Path, into: Path) -> list[Path]:
    """Save nine parts of a photo as photos of their own."""
    whole, paths = Image.open(photo), [into / f"part {number}.png" for number in range(len(PARTS))]
    for path, (x, y) in zip(paths, PARTS, strict=True):
        whole.crop((x, y, x + PART_PX, y + PART_PX)).save(path)
    return paths


def make_gone_through(folder: Path, photo: Path) -> Path:
    """Make a project of nine parts of a photo, inspected, its cracks confirmed, all gone through, with three users."""
    project = Project.make(folder, name="Mill Bridge")
    for part in save_parts(photo, folder.parent):
        take_in(project, part)
    work_off(project, bundled_detector)
    with project.database.reading() as session:
        cracks, photos = list(session.scalars(select(CrackRow.id))), list(session.scalars(select(PhotoRow.id)))
    for crack in cracks:
        decide(project, crack, "confirmed")
    for one in photos:
        be_done_with(project, one)
    for name, role in USERS.items():
        add_user(project, name, WORDS, role=role)  # type: ignore[arg-type]
    project.close()
    return folder


def copied(folder: Path, into: Path) -> Path:
    """Copy a project, as people may."""
    shutil.copytree(folder, into)
    return into


@dataclass(frozen=True)
class Site:
    """A project that is served, with its applications, which take a while to make."""

    project: Project
    apps: dict[str, ASGIApp] = field(default_factory=dict)

    def stranger(self, *, access: Access = SHARED, address: str = ORIGIN) -> TestClient:
        """Give a browser that nobody has logged in with, on a page of the workbench."""
        app = self.apps.get(access.token)
        if app is None:
            app = self.apps[access.token] = make_app(self.project, access)
        return TestClient(app, base_url=address, headers={"Origin": address}, follow_redirects=False)

    def at_home(self) -> TestClient:
        """Give a browser at the machine itself, which has entered by the first address."""
        client = self.stranger(access=LOCAL, address=AT_HOME)
        client.get(f"/?token={LOCAL.token}")
        return client

    def user(self, name: str) -> TestClient:
        """Give a browser with which a user is logged in."""
        (user,) = (of for of in users(self.project) if of.name == name)
        client = self.stranger()
        client.cookies.set(SHARED.cookie, open_session(self.project, user))
        return client

    def cracks(self) -> list[str]:
        """Give the ids of the cracks of the one photo."""
        return [of.id for of in photo_view(self.project, 1).cracks]

    def version(self, crack: str) -> int:
        """Give the version of a crack."""
        return next(of.version for of in photo_view(self.project, 1).cracks if of.id == crack)
