"""Takes names of folders on the machine; gives faults where what may not be is put in, or an error is no sentence."""

from __future__ import annotations

import os
import tempfile
import threading
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from PIL import Image
from tests.projects.test_database import NOBODY
from tests.web.made import AT_HOME, LOCAL, PORT, SHARED, Site

from cracklens.errors import PhotoError, SettingError
from cracklens.projects import Project
from cracklens.projects.records import PhotoRow
from cracklens.projects.views import wall
from cracklens.web import Access, serve
from cracklens.web.incoming.folders import NOBODY as MAY_NOT
from cracklens.web.incoming.folders import THREAD, Folders

HOSTILE = "<img src=x onerror=alert(1)>.jpg"


def photo(path: Path, grey: int) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", (64, 48), (grey, grey, grey)).save(path, "PNG")
    return path


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Give a folder with two photos, what is none, and links within and out, beside one that nobody may see."""
    root, out = tmp_path / "root", tmp_path / "out"
    photo(root / "pier" / "a.png", 10)
    photo(root / "pier" / "north" / HOSTILE, 20)
    (root / "pier" / "torn.jpg").write_bytes(b"no photo")
    photo(out / "secret.png", 30)
    (root / "pier" / "one.png").symlink_to(out / "secret.png")
    (root / "pier" / "all").symlink_to(out)
    (root / "away").symlink_to(out)
    (tmp_path / "as root").symlink_to(root)
    return root


def below(root: Path, *, shared: bool = False) -> Access:
    base = SHARED if shared else LOCAL
    return Access(base.hosts, base.token, cookie=base.cookie, shared=shared, root=root.resolve())


def at_home(site: Site, root: Path | None = None) -> TestClient:
    """Give a browser at the machine itself, with a server that has a root."""
    access = below(root) if root else LOCAL
    if root:
        site.apps.pop(access.token, None)
    client = site.stranger(access=access, address=AT_HOME)
    client.get(f"/?token={access.token}")
    return client


def put_in(client: TestClient, folder: Path | str) -> Any:
    """Put a folder in to the end, and give how it ended."""
    answer = client.post("/api/folders", json={"folder": str(folder)})
    assert answer.status_code == 202, answer.text
    waited()
    return client.get("/api/folders/progress").json()


def waited() -> None:
    """Wait until no folder is put in any more."""
    for thread in threading.enumerate():
        if thread.name == THREAD:
            thread.join(60)


def names(project: Project) -> set[str]:
    with project.database.reading() as session:
        return {of.name for of in wall(session)} - {"wall.png"}


def test_at_the_machine_itself_any_folder_is_put_in_with_its_subfolders_and_links(site: Site, root: Path) -> None:
    client = at_home(site)
    state = put_in(client, f' "{root / "pier"}" ')
    assert names(site.project) == {"a.png", HOSTILE, "secret.png"}
    assert (state["folder"], state["running"], state["error"], state["n_refused"]) == ("pier", False, "", 1)
    assert state["done"] == state["files"]
    assert state["refused"][0]["name"] == "torn.jpg"
    assert "torn.jpg: " in state["refused"][0]["reason"]
    assert 'id="from"' in client.get("/").text
    put_in(client, root / "pier")
    assert len(names(site.project)) == 3, "the same photos are no others"


def test_below_a_root_no_link_leads_out(site: Site, root: Path) -> None:
    state = put_in(at_home(site, root), root / "pier")
    assert names(site.project) == {"a.png", HOSTILE}
    assert {of["name"]: of["reason"] for of in state["refused"] if of["name"] != "torn.jpg"} == {
        "all": "it is a link to a place outside",
        "one.png": "it is a link to a place outside",
    }


def test_a_root_that_is_a_link_is_where_it_leads_and_short_names_are_below_it(site: Site, root: Path) -> None:
    client = at_home(site, root.parent / "as root")
    assert put_in(client, "pier/north")["done"] == 1
    assert put_in(client, root.parent / "as root" / "pier" / "north")["done"] == 1
    assert names(site.project) == {HOSTILE}


@pytest.mark.parametrize("name", ["..", "pier/../../out", "away", "/etc", "/nowhere", "{root}/../out", "{root}x"])
def test_what_lies_outside_is_told_apart_from_nothing(site: Site, root: Path, name: str) -> None:
    name = name.replace("{root}", str(root))
    answer = at_home(site, root).post("/api/folders", json={"folder": name})
    said = f"Folders are put in from below {root} alone; got {name!r}. Name one there."
    assert (answer.status_code, answer.json()) == (403, {"error": said})
    assert names(site.project) == set()


def test_users_on_other_machines_need_a_root_and_a_role(site: Site, root: Path) -> None:
    rob = site.user("Rob")
    answer = rob.post("/api/folders", json={"folder": str(root)})
    assert (answer.status_code, answer.json()) == (403, {"error": MAY_NOT})
    assert 'id="from"' not in rob.get("/").text
    site.apps.clear()
    site.stranger(access=below(root, shared=True))
    rob, lou = site.user("Rob"), site.user("Lou")
    assert 'id="from"' in rob.get("/").text
    assert 'id="from"' not in lou.get("/").text
    assert lou.post("/api/folders", json={"folder": "pier"}).status_code == 403
    assert put_in(rob, "pier/north")["done"] == 1
    with site.project.database.reading() as session:
        assert session.query(PhotoRow).filter_by(name=HOSTILE).one().added_by == "Rob"


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("{root}/nothing", "it is not there"),
        ("{root}/pier/a.png", "it is a file"),
        ("{project}/photos", "it is of this project itself"),
        ("pier", "expected the whole path of a folder"),
        ("", "expected the whole path of a folder"),
        ("/a\0b", "expected the path of a folder"),
        ("/" + "a" * 5000, "it cannot be read (file name too long)"),
    ],
)
def test_a_folder_that_is_none_is_a_sentence(site: Site, root: Path, name: str, said: str) -> None:
    typed = name.replace("{root}", str(root)).replace("{project}", str(site.project.folder))
    answer = at_home(site).post("/api/folders", json={"folder": typed})
    assert (answer.status_code, said in answer.json()["error"]) == (422, True), answer.text


def test_a_folder_without_photos_and_one_that_nobody_may_read_are_sentences(site: Site) -> None:
    with tempfile.TemporaryDirectory() as name:
        (Path(name) / "notes.txt").write_text("no photo", encoding="utf-8")
        state = put_in(at_home(site), name)
        assert "found none among 1 files" in state["error"]
        assert not state["running"]
        Path(name).chmod(0o000)
        as_root = os.geteuid() == 0
        if as_root:
            os.seteuid(NOBODY)
        try:
            with pytest.raises(SettingError, match=r"it cannot be read \(permission denied\)"):
                Folders(site.project, Access.local(PORT)).begin(Path(name), "")
        finally:
            if as_root:
                os.seteuid(0)
            Path(name).chmod(0o700)


def test_the_rules_of_uploads_hold(site: Site, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    client = at_home(site)
    monkeypatch.setattr("cracklens.web.incoming.folders.MOST_BYTES", 10)
    state = put_in(client, root / "pier" / "north")
    assert state["refused"][0]["reason"].startswith("expected a file of at most 0 GB; got ")
    monkeypatch.undo()
    monkeypatch.setattr("cracklens.web.incoming.room.SPARE_BYTES", 1 << 60)
    state = put_in(client, root / "pier" / "north")
    assert state["error"].startswith(f"{HOSTILE}: The disk has no room for this file. Free some space")
    assert names(site.project) == set()


def test_a_file_that_became_a_link_since_it_was_found_is_refused(site: Site, root: Path) -> None:
    folders = Folders(site.project, below(root))
    folders._check(root / "pier" / "a.png")
    with pytest.raises(PhotoError, match="it is a link to a place outside"):
        folders._check(root / "pier" / "one.png")


def test_one_folder_at_a_time(site: Site, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    going = threading.Event()
    monkeypatch.setattr("cracklens.web.incoming.folders.take_in_all", lambda *_, **__: going.wait(60) and ())
    client = at_home(site)
    assert client.post("/api/folders", json={"folder": str(root)}).json()["running"]
    answer = client.post("/api/folders", json={"folder": str(root)})
    assert (answer.status_code, answer.json()["error"]) == (
        409,
        "The photos of root are still put in; wait, then try again.",
    )
    going.set()
    waited()
    assert not put_in(client, root)["running"]


def test_a_root_that_is_none_is_refused_before_anything_listens(site: Site, tmp_path: Path) -> None:
    with pytest.raises(SettingError, match="expected a folder; it is none, or not there"):
        serve(site.project, root=tmp_path / "nothing")
