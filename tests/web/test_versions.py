"""Takes two people who look at the same and change it; gives what of the first one's change the second overwrites."""

from __future__ import annotations

from typing import Any

import pytest
from tests.web.made import Site

from cracklens.projects.views import about, photo_view

POINTS = {"points": [[10, 10], [200, 10]], "mm": 100.0}
WAYS: dict[str, tuple[str, str, dict[str, Any]]] = {
    "photo described": ("PATCH", "/api/photos/1", {"about": {"note": "wet"}}),
    "gone through": ("PUT", "/api/photos/1/done", {}),
    "to be looked at again": ("DELETE", "/api/photos/1/done", {}),
    "scale": ("PUT", "/api/photos/1/scale", POINTS),
    "scale of the camera": ("PUT", "/api/photos/1/scale", {**POINTS, "photos": "camera"}),
    "scale taken away": ("PUT", "/api/photos/1/scale", {}),
    "cover": ("PATCH", "/api/project", {"about": {"structure": "Pier 3"}}),
    "lists": ("PUT", "/api/lists", {"severities": ["minor"]}),
    "threshold": ("PUT", "/api/threshold", {"threshold": 0.4}),
    "detector": ("PUT", "/api/detector", {"detector": "concrete"}),
}
"""Changes of a photo or of the whole project, by method, path and body."""

OF_PROJECT = {"cover", "lists", "threshold", "detector"}


def versions(site: Site) -> tuple[int, int]:
    """Give the versions of the photo and of the project."""
    with site.project.database.reading() as session:
        return photo_view(site.project, 1).version, about(session).version


def send(site: Site, who: str, way: str, version: int | None) -> tuple[int, str]:
    method, path, body = WAYS[way]
    with_it = {} if version is None else {"version": version}
    as_query = path.endswith("/done")
    told: dict[str, Any] = {"params": with_it} if as_query else {"json": body | with_it}
    answer = site.user(who).request(method, path, **told)
    return answer.status_code, answer.text


@pytest.mark.parametrize("way", WAYS)
def test_who_comes_second_overwrites_nothing_and_is_told_who_was_first(site: Site, way: str) -> None:
    of_photo, of_project = versions(site)
    seen = of_project if way in OF_PROJECT else of_photo
    path, said_first = ("/api/project", "inspector") if way in OF_PROJECT else ("/api/photos/1", "note")
    assert site.user("Rob").patch(path, json={"about": {said_first: "Rob"}}).status_code == 200
    before = versions(site)
    status, said = send(site, "Ann", way, seen)
    assert status == 409
    assert "changed by Rob in the meantime; nothing was overwritten" in said
    assert versions(site) == before
    status, said = send(site, "Ann", way, before[way in OF_PROJECT])
    assert status == 200, said


@pytest.mark.parametrize("way", sorted(OF_PROJECT))
def test_a_change_gives_the_version_that_the_next_one_needs(site: Site, way: str) -> None:
    method, path, body = WAYS[way]
    client = site.user("Ann")
    version = client.request(method, path, json=body | {"version": versions(site)[1]}).json()["version"]
    assert version == versions(site)[1]
    assert client.patch("/api/project", json={"about": {"number": "7"}, "version": version}).status_code == 200


def test_a_program_that_says_no_version_changes_any(site: Site) -> None:
    for way in WAYS:
        assert send(site, "Ann", way, None)[0] == 200, way
