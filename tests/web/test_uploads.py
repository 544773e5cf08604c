"""Takes pieces of files over HTTP; gives faults where a broken, hostile or repeated upload is not met rightly."""

from __future__ import annotations

import base64
import os
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from cracklens.errors import ConflictError
from cracklens.projects import Project
from cracklens.projects.views import wall
from cracklens.web import Access, make_app
from cracklens.web.incoming.room import Room, Upload
from cracklens.web.incoming.uploads import Uploads

HOST = "127.0.0.1:8321"
PIECE = {"Content-Type": "application/offset+octet-stream", "Tus-Resumable": "1.0.0"}


@pytest.fixture
def empty(tmp_path: Path) -> Iterator[Project]:
    project = Project.make(tmp_path / "project")
    yield project
    project.close()


@pytest.fixture
def client(empty: Project) -> Iterator[TestClient]:
    access = Access.local(8321)
    with TestClient(make_app(empty, access), base_url=f"http://{HOST}") as client:
        client.headers["Authorization"] = f"Bearer {access.token}"
        yield client


@pytest.fixture
def jpeg(sample_dir: Path) -> bytes:
    return (sample_dir / "photos" / "Walls_7110_crop.jpg").read_bytes()


def begin(client: TestClient, name: str, n_bytes: int | str) -> str:
    said = base64.b64encode(name.encode()).decode()
    answer = client.post("/api/uploads", headers={"Upload-Length": str(n_bytes), "Upload-Metadata": f"filename {said}"})
    assert answer.status_code == 201, answer.text
    return str(answer.headers["Location"])


def send(client: TestClient, place: str, content: bytes, offset: int = 0) -> int:
    return int(client.patch(place, headers={**PIECE, "Upload-Offset": str(offset)}, content=content).status_code)


def names(project: Project) -> list[str]:
    with project.database.reading() as session:
        return [of.name for of in wall(session)]


def test_a_photo_in_pieces_is_a_photo(client: TestClient, empty: Project, jpeg: bytes) -> None:
    place = begin(client, "a wall.jpg", len(jpeg))
    assert send(client, place, jpeg[:1000]) == 204
    assert client.head(place).headers["Upload-Offset"] == "1000"
    assert names(empty) == []
    assert send(client, place, jpeg[1000:], 1000) == 204
    assert names(empty) == ["a wall.jpg"]
    assert client.head(place).status_code == 404
    assert list((empty.folder / "uploads").iterdir()) == []


def test_half_an_upload_is_kept_for_a_week_and_then_forgotten(client: TestClient, empty: Project, jpeg: bytes) -> None:
    places = [begin(client, name, len(jpeg)) for name in ("old.jpg", "new.jpg", "from a clock that went wrong.jpg")]
    for place, days in zip(places, (8, 6, -8), strict=True):
        assert send(client, place, jpeg[:100]) == 204
        then = time.time() - days * 24 * 3600
        os.utime(empty.folder / "uploads" / f"{place.rpartition('/')[2]}.part", (then, then))
    make_app(empty, Access.local(8321))
    assert [client.head(place).status_code for place in places] == [404, 200, 200]
    assert len(list((empty.folder / "uploads").iterdir())) == 4


def test_a_piece_that_is_not_the_next_is_refused(client: TestClient, jpeg: bytes) -> None:
    place = begin(client, "a.jpg", len(jpeg))
    assert send(client, place, jpeg[:100]) == 204
    assert send(client, place, jpeg[:100]) == 409
    assert send(client, place, jpeg[200:300], 200) == 409
    assert client.head(place).headers["Upload-Offset"] == "100"


def test_who_goes_on_with_an_upload_is_the_only_one_that_writes(empty: Project, jpeg: bytes) -> None:
    uploads = Uploads(empty, Room(empty, None))
    key = uploads.begin(Upload("a.jpg", len(jpeg)))
    broken, has = uploads.claim(key, "0")
    uploads.write(key, broken, jpeg[:100])
    onward, has = uploads.claim(key, "100")
    assert has == 100
    with pytest.raises(ConflictError, match="elsewhere"):
        uploads.write(key, broken, jpeg[100:200])
    uploads.write(key, onward, jpeg[100:])
    with pytest.raises(ConflictError, match=f"from byte {len(jpeg)} on"):
        uploads.claim(key, "100")
    assert uploads.path(key).read_bytes() == jpeg
    uploads.path(key).unlink()
    with pytest.raises(ConflictError, match="elsewhere"):
        uploads.write(key, onward, b"behind its end")
    assert not uploads.path(key).exists()


def test_more_than_was_said_is_refused(client: TestClient, empty: Project, jpeg: bytes) -> None:
    place = begin(client, "a.jpg", 100)
    assert send(client, place, jpeg) == 413
    assert names(empty) == []


@pytest.mark.parametrize("n_bytes", ["0", "-1", "10000000000000", "many", ""])
def test_a_size_that_is_none_is_refused_before_a_byte_comes(client: TestClient, empty: Project, n_bytes: str) -> None:
    answer = client.post("/api/uploads", headers={"Upload-Length": n_bytes})
    assert answer.status_code == 413
    assert "expected a file of at most" in answer.json()["error"]
    assert not (empty.folder / "uploads").exists()


def test_a_full_disk_is_said_before_a_byte_comes(
    client: TestClient, empty: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cracklens.web.incoming.room.SPARE_BYTES", 1 << 60)
    answer = client.post("/api/uploads", headers={"Upload-Length": "1000"})
    assert answer.status_code == 507
    assert "no room" in answer.json()["error"]


def test_a_quota_counts_what_is_here_and_what_was_begun(empty: Project, jpeg: bytes) -> None:
    access = replace(Access.local(8321), quota_bytes=2 * len(jpeg))
    with TestClient(make_app(empty, access), base_url=f"http://{HOST}") as client:
        client.headers["Authorization"] = f"Bearer {access.token}"
        assert send(client, begin(client, "a.jpg", len(jpeg)), jpeg) == 204
        begun = begin(client, "b.jpg", len(jpeg) - 10)
        answer = client.post("/api/uploads", headers={"Upload-Length": "11"})
        assert answer.status_code == 507
        assert "may take" in answer.json()["error"]
        assert client.delete(begun).status_code == 204
        begin(client, "c.jpg", len(jpeg))


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("drawing.jpg", b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'),
        ("page.jpg", b"<!doctype html><script>alert(1)</script>"),
        ("raw.jpg", b"\0" * 5000),
    ],
)
def test_what_is_no_photo_is_refused_with_its_reason(
    client: TestClient, empty: Project, name: str, content: bytes
) -> None:
    place = begin(client, name, len(content))
    answer = client.patch(place, headers={**PIECE, "Upload-Offset": "0"}, content=content)
    assert answer.status_code == 422
    assert answer.json()["error"].startswith(f"{name}: ")
    assert names(empty) == []
    assert list((empty.folder / "uploads").iterdir()) == []


@pytest.mark.parametrize("name", ["../../etc/passwd.jpg", "..\\..\\boot.jpg", "/etc/shadow.jpg", "a/b/c.jpg", "\0.jpg"])
def test_a_name_is_never_a_path(client: TestClient, empty: Project, jpeg: bytes, name: str) -> None:
    before = {path for path in empty.folder.parent.rglob("*") if empty.folder not in path.parents}
    assert send(client, begin(client, name, len(jpeg)), jpeg) == 204
    assert {path for path in empty.folder.parent.rglob("*") if empty.folder not in path.parents} == before
    (kept,) = names(empty)
    assert "/" not in kept
    assert "\\.." not in kept


@pytest.mark.parametrize("key", ["../../project.sqlite", "%2e%2e%2fproject", "0" * 31, "g" * 32])
def test_a_key_that_is_none_leads_nowhere(client: TestClient, key: str) -> None:
    assert client.head(f"/api/uploads/{key}").status_code in (404, 405)
    assert send(client, f"/api/uploads/{key}", b"x") in (404, 405)


def test_the_same_photo_twice_is_one(client: TestClient, empty: Project, jpeg: bytes) -> None:
    for name in ("a.jpg", "b.jpg"):
        assert send(client, begin(client, name, len(jpeg)), jpeg) == 204
    assert names(empty) == ["a.jpg"]


def test_two_photos_of_one_name_are_two(client: TestClient, empty: Project, jpeg: bytes) -> None:
    for tail in (b"\0", b"\1"):
        assert send(client, begin(client, "IMG_1.jpg", len(jpeg) + 1), jpeg + tail) == 204
    assert sorted(names(empty)) == ["IMG_1 (2).jpg", "IMG_1.jpg"]
