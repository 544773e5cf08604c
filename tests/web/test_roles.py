"""Takes users of each role and all routes; gives what somebody may do but should not, and changes without a name."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from PIL import Image
from sqlalchemy import select
from starlette.routing import Mount
from tests.web.made import LOCAL, ORIGIN, SHARED, USERS, Site

from cracklens.projects import Project, decide
from cracklens.projects.accounts import disable, set_password, set_role
from cracklens.projects.records import AuditRow, CrackRow, PhotoRow, SignatureRow
from cracklens.projects.views import photo_view
from cracklens.web.access import RULES, Gate, Visitor, needed
from cracklens.web.app import make_routes

ROLES = ("look", "review", "sign")
BY_ROLE = {role: name for name, role in USERS.items()}
TEACH = {"/teach", "/api/teach", "/api/teach/progress", "/api/promise"}
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT", "PROPFIND")


def walked(routes: Any) -> Iterator[tuple[str, str]]:
    """Give method and path of every route, those of included routers and of mounts among them."""
    for route in routes:
        inside = getattr(route, "original_router", None)
        if inside is not None:
            yield from walked(inside.routes)
        elif isinstance(route, Mount):
            yield "GET", f"{route.path}/{{path:path}}"
        else:
            yield from ((method, route.path) for method in route.methods if method != "HEAD" or len(route.methods) == 1)


def filled(path: str, site: Site) -> str:
    known = {"photo": "1", "crack": site.cracks()[0], "sha256": photo_view(site.project, 1).photo.sha256}
    known |= {
        "key": "0" * 32,
        "change": "E-AAAAA",
        "level": "0",
        "column": "0",
        "row": "0",
        "name": "report.pdf",
        "path:path": "api.js",
    }
    for name, value in known.items():
        path = path.replace(f"{{{name}}}", value)
    assert "{" not in path
    return path


def test_each_route_has_a_rule_and_each_rule_a_route(site: Site) -> None:
    routes = list(walked(make_routes(site.project, SHARED).routes))
    assert len(routes) > 35
    assert sorted(routes) == sorted(RULES)
    at_home = set(walked(make_routes(site.project, LOCAL).routes))
    assert set(RULES) - at_home == {("GET", "/login"), ("POST", "/login"), ("POST", "/logout")}


def test_rules_are_as_they_were_said_to_be() -> None:
    for (method, path), need in RULES.items():
        if need == "nothing":
            assert path in {"/login", "/logout", "/static/{path:path}"}
        elif method == "GET":
            assert need == ("review" if path in TEACH else "look"), path
        else:
            assert need == ("sign" if path == "/api/signatures" else "review"), path


@pytest.mark.slow
@pytest.mark.parametrize("role", ROLES)
def test_each_route_asks_for_its_role(site: Site, role: str) -> None:
    client = site.user(BY_ROLE[role])
    paths = {rule: filled(rule[1], site) for rule in RULES}
    for rule, need in RULES.items():
        answer = client.request(rule[0], paths[rule])
        may = need == "nothing" or ROLES.index(role) >= ROLES.index(need)
        assert (answer.status_code != 403) == may, rule
        assert may or rule[0] == "HEAD" or f"Ask who runs the server for the role '{need}'" in answer.text
        assert answer.status_code != 401, rule
        client = client if rule[1] != "/logout" else site.user(BY_ROLE[role])


def test_who_is_not_logged_in_comes_to_no_route_but_the_way_in(site: Site) -> None:
    client, before = site.stranger(), photo_view(site.project, 1)
    for (method, path), need in RULES.items():
        answer = client.request(method, filled(path, site))
        assert (answer.status_code == 401) == (need != "nothing"), path
        if need != "nothing" and method != "HEAD":
            assert "You are not logged in" in answer.text, path
            assert "wall.png" not in answer.text, path
    assert photo_view(site.project, 1) == before


@pytest.mark.slow
def test_at_the_machine_itself_one_may_do_everything(site: Site) -> None:
    client = site.at_home()
    paths = {rule: filled(rule[1], site) for rule in RULES}
    for rule in RULES:
        assert client.request(rule[0], paths[rule]).status_code not in {401, 403}, rule


def test_what_has_no_rule_is_for_nobody(site: Site) -> None:
    app = make_routes(site.project, SHARED)

    @app.get("/api/secrets")
    def new() -> str:
        return "let through"

    assert TestClient(app).get("/api/secrets").status_code == 200
    site.apps[SHARED.token] = Gate(app, SHARED, lambda *_: Visitor("Ann", "sign"))
    for path in ("/api/secrets", "/api/secrets/", "/api/photos/", "//api/photos", "/API/photos", "/docs"):
        answer = site.stranger().get(f"{ORIGIN}{path}")
        assert (answer.status_code, "let through" in answer.text) == (404, False), path
    assert site.stranger().get("/api/photos").status_code == 200


@pytest.mark.parametrize("method", METHODS)
def test_a_method_without_a_rule_is_for_nobody(method: str) -> None:
    assert needed(method, "/api/nothing") is None
    assert needed(method, "/api/threshold") == ("review" if method == "PUT" else None)
    assert needed(method, "/") == ("look" if method in {"GET", "HEAD"} else None)


def test_who_may_only_look_is_told_so_and_changes_nothing(site: Site) -> None:
    crack, client = site.cracks()[0], site.user("Lou")
    before = photo_view(site.project, 1)
    answer = client.post(f"/api/cracks/{crack}/decision", json={"decision": "confirmed"})
    said = (
        "You may look at this project, but change nothing. Ask who runs the server for the role 'review'; nothing was"
    )
    assert (answer.status_code, answer.json()) == (403, {"error": f"{said} changed."})
    assert photo_view(site.project, 1) == before
    for path in ("/", "/photos/1", "/report"):
        assert 'class="' in client.get(path).text
        assert "may-look" in client.get(path).text
    assert " readonly" in client.get("/report").text
    assert 'href="/teach"' not in client.get("/").text
    assert 'href="/teach"' in site.user("Rob").get("/").text
    assert client.get("/teach").status_code == 403
    assert " readonly" not in site.user("Rob").get("/report").text


def test_pages_say_who_is_logged_in_and_how_to_go(site: Site) -> None:
    page = site.user("Ann").get("/").text
    assert '<span id="visitor">Ann</span>' in page
    assert 'action="/logout"' in page
    alone = site.at_home().get("/").text
    assert "visitor" not in alone
    assert "logout" not in alone


def test_a_role_that_is_taken_away_is_gone_at_the_next_click(site: Site) -> None:
    client = site.user("Rob")
    assert client.put("/api/photos/1/done").status_code == 200
    set_role(site.project, "Rob", "look")
    assert client.put("/api/photos/1/done").status_code == 403
    disable(site.project, "Rob")
    assert client.get("/").status_code == 401
    assert client.get("/", headers={"Accept": "text/html"}).headers["location"] == "/login?next=%2F"


def test_another_password_logs_a_user_out_everywhere(site: Site) -> None:
    one, two, other = site.user("Rob"), site.user("Rob"), site.user("Ann")
    set_password(site.project, "Rob", "another lamp and stairs")
    assert [client.get("/").status_code for client in (one, two, other)] == [401, 401, 200]


# two at once


def test_the_second_of_two_on_one_crack_is_told_who_was_first(site: Site) -> None:
    crack = site.cracks()[0]
    seen = {"version": site.version(crack)}
    line = photo_view(site.project, 1).cracks[0].lines[0]
    middle = line[len(line) // 4 * 2 :][:2]
    first = site.user("Ann").post(f"/api/cracks/{crack}/decision", json={"decision": "confirmed", **seen})
    assert first.status_code == 200
    rob = site.user("Rob")
    said = "This was changed by Ann in the meantime; nothing was overwritten. Look at it again."
    for method, path, body in (
        ("POST", "/decision", {"decision": "rejected", "reason": "joint"}),
        ("PATCH", "", {"about": {"note": "wet"}}),
        ("POST", "/cut", {"at": middle}),
        ("POST", "/join", {"other": site.cracks()[1]}),
        ("PUT", "/line", {"branch": 0, "points": [[10, 10], [200, 40]]}),
    ):
        answer = rob.request(method, f"/api/cracks/{crack}{path}", json=body | seen)
        assert (answer.status_code, answer.json()) == (409, {"error": said}), path
    assert rob.delete(f"/api/cracks/{crack}", params=seen).status_code == 409
    other = site.cracks()[1]
    body = {"other": crack, "version": site.version(other), "other_version": seen["version"]}
    assert rob.post(f"/api/cracks/{other}/join", json=body).json() == {"error": said}
    (held,) = (of for of in photo_view(site.project, 1).cracks if of.id == crack)
    assert (held.decision, held.decided_by, held.note) == ("confirmed", "Ann", "")


def test_it_is_who_changed_it_last_that_is_named_not_who_decided(site: Site) -> None:
    crack = site.cracks()[0]
    ann, rob, seen = site.user("Ann"), site.user("Rob"), {"version": site.version(crack)}
    ann.post(f"/api/cracks/{crack}/decision", json={"decision": "confirmed"})
    rob.patch(f"/api/cracks/{crack}", json={"about": {"note": "wet"}})
    answer = ann.patch(f"/api/cracks/{crack}", json={"about": {"note": "dry"}, **seen})
    assert "changed by Rob in the meantime" in answer.json()["error"]
    decide(site.project, crack, "open")
    answer = ann.patch(f"/api/cracks/{crack}", json={"about": {"note": "dry"}, **seen})
    assert "changed by somebody in the meantime" in answer.json()["error"], "in local use nobody has a name"


def test_each_undoes_what_they_did_themselves(site: Site) -> None:
    one, two = site.cracks()
    ann, rob = site.user("Ann"), site.user("Rob")
    ann.post(f"/api/cracks/{one}/decision", json={"decision": "confirmed"})
    rob.post(f"/api/cracks/{two}/decision", json={"decision": "confirmed"})
    assert ann.post("/api/undo").status_code == 200
    assert {of.id: of.decision for of in photo_view(site.project, 1).cracks} == {one: "open", two: "confirmed"}
    assert ann.post("/api/undo").status_code == 404, "there is nothing more of hers"
    ann.post("/api/redo")
    rob.patch(f"/api/cracks/{one}", json={"about": {"note": "wet"}})
    rob.post(f"/api/cracks/{one}/decision", json={"decision": "rejected", "reason": "joint"})
    answer = ann.post("/api/undo")
    assert answer.status_code == 409
    assert answer.json()["error"].startswith("This was changed by Rob since; it cannot be undone.")


# names of those who change


def changes(site: Site, client: TestClient) -> Iterator[Any]:
    """Do all that changes a project, once."""
    one, two = site.cracks()
    yield client.post(f"/api/cracks/{one}/decision", json={"decision": "confirmed"})
    yield client.patch(f"/api/cracks/{one}", json={"about": {"note": "wet"}})
    yield client.patch("/api/photos/1", json={"about": {"element": "pier"}})
    yield client.put("/api/photos/1/done")
    yield client.delete("/api/photos/1/done")
    yield client.put("/api/photos/1/done")
    yield client.put("/api/photos/1/scale", json={"points": [[10, 10], [110, 10]], "mm": 100})
    yield client.patch("/api/project", json={"about": {"structure": "Pier 3"}})
    yield client.put("/api/detector", json={"detector": "concrete"})
    yield client.put("/api/threshold", json={"threshold": 0.4})
    yield client.post("/api/undo")
    yield client.post("/api/redo")
    yield client.put(f"/api/cracks/{one}/line", json={"branch": 0, "points": [[20, 60], [330, 72], [600, 105]]})
    yield client.post(f"/api/cracks/{one}/join", json={"other": two})
    drawn = client.post("/api/photos/1/cracks", json={"points": [[20, 330], [330, 330], [620, 360]]})
    yield drawn
    cut = client.post(f"/api/cracks/{drawn.json()['ids'][0]}/cut", json={"at": [330, 330]})
    yield cut
    yield client.delete(f"/api/cracks/{cut.json()['ids'][0]}")


ACTIONS = [
    "confirm", "describe", "describe", "done", "reopen", "done", "scale", "describe", "detector", "threshold", "undo",
    "redo", "move", "join", "draw", "cut", "remove",
]  # fmt: skip


@pytest.mark.parametrize("name", ["Rob", ""])
def test_each_change_is_kept_under_the_name_of_who_did_it(site: Site, name: str) -> None:
    with site.project.database.reading() as session:
        before = len(session.scalars(select(AuditRow)).all())
    client = site.user(name) if name else site.at_home()
    for answer in changes(site, client):
        assert answer.is_success, answer.text
    with site.project.database.reading() as session:
        log = session.scalars(select(AuditRow).order_by(AuditRow.id)).all()[before:]
        assert [(row.action, row.who) for row in log] == [(action, name) for action in ACTIONS]
        assert session.get_one(PhotoRow, 1).reviewed_by == name
        decided = session.scalars(select(CrackRow).where(CrackRow.decision == "confirmed")).all()
        assert decided
        assert {row.decided_by for row in decided} == {name}


def test_photos_are_kept_under_the_name_of_who_put_them_in(site: Site, tmp_path: Path) -> None:
    Image.new("RGB", (320, 240), (190, 190, 190)).save(tmp_path / "pier.png")
    content = (tmp_path / "pier.png").read_bytes()
    client = site.user("Rob")
    named = f"filename {base64.b64encode(b'pier.png').decode()}"
    begun = client.post("/api/uploads", headers={"Upload-Length": str(len(content)), "Upload-Metadata": named})
    piece = {"Upload-Offset": "0", "Content-Type": "application/offset+octet-stream"}
    assert client.patch(begun.headers["location"], content=content, headers=piece).status_code == 204
    with site.project.database.reading() as session:
        row = session.scalars(select(PhotoRow).where(PhotoRow.name == "pier.png")).one()
        assert row.added_by == "Rob"


@pytest.mark.slow
def test_a_signature_is_kept_with_the_user_who_signed(site: Site) -> None:
    form = {"name": "Dr Ann Öst", "date": "2026-05-04"}
    assert site.user("Rob").post("/api/signatures", json=form).status_code == 403
    assert signed_by(site.project) == []
    assert site.user("Ann").post("/api/signatures", json=form).status_code == 200
    assert signed_by(site.project) == [("Dr Ann Öst", "Ann")]


@pytest.mark.slow
def test_who_signs_what_another_changed_since_the_page_was_loaded_is_told_who(site: Site) -> None:
    ann, form = site.user("Ann"), {"name": "Dr Ann Öst", "date": "2026-05-04"}

    def seen() -> dict[str, Any]:
        found = re.search(r'data-seen="(\d+)"', ann.get("/report").text)
        assert found
        return {**form, "seen": int(found[1])}

    before = seen()
    site.user("Rob").post(f"/api/cracks/{site.cracks()[0]}/decision", json={"decision": "confirmed"})
    answer = ann.post("/api/signatures", json=before)
    assert answer.status_code == 409
    assert answer.json()["error"].startswith("The project was changed by Rob since you looked at it; nothing was")
    assert signed_by(site.project) == []
    assert ann.post("/api/signatures", json={**form, "seen": 10**30}).status_code == 200
    assert ann.post("/api/signatures", json=seen()).status_code == 200


def signed_by(project: Project) -> list[tuple[str, str]]:
    with project.database.reading() as session:
        return [(row.name, row.by) for row in session.scalars(select(SignatureRow))]
