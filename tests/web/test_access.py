"""Takes requests of all kinds; gives those that the gate lets through but should not, and answers without headers."""

from __future__ import annotations

import re
from http.cookies import SimpleCookie
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

import pytest
from anyio.from_thread import start_blocking_portal
from fastapi.testclient import TestClient
from tests.web.made import AT_HOME, HOST, LOCAL, ORIGIN, PORT, SHARED, Site

import cracklens.web
from cracklens.projects.views import photo_view
from cracklens.web import Access, make_app
from cracklens.web.access import Gate

TEMPLATES = sorted((Path(cracklens.web.__file__).parent / "templates").glob("*.j2"))
UNDO = "/api/undo"


ELSEWHERE = (
    "//evil.example/",
    "/\\evil.example/",
    "/%5Cevil.example",
    "///evil.example",
    "/\\/evil.example",
    "/%09/evil.example",
)
BENT = (
    "evil.example",
    "evil.example:8321",
    "127.0.0.1",
    "127.0.0.1:80",
    "127.0.0.1.evil.example:8321",
    "",
    "@127.0.0.1:8321",
)
OTHERS = (
    "https://evil.example",
    "null",
    "",
    "https://127.0.0.1:8321",
    "http://127.0.0.1",
    "http://localhost:8321",
    None,
)
NOT_FROM_HERE = {"error": "Changes come from the workbench's own pages alone."}


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


# the token of local use


def test_without_a_token_nothing_is_shown(site: Site) -> None:
    stranger = site.stranger(access=LOCAL, address=AT_HOME)
    for path in ("/", "/photos/1", "/api/photos", "/report", "/nowhere", "/login"):
        answer = stranger.get(path)
        assert answer.status_code in ({404} if path == "/login" else {401}), path
        assert "wall.png" not in answer.text
    assert "it holds the token of this run" in stranger.get("/").text
    assert stranger.post(UNDO).status_code == 401


def test_the_first_address_becomes_a_cookie_and_loses_its_token(site: Site) -> None:
    client = site.stranger(access=LOCAL, address=AT_HOME)
    answer = client.get(f"/report?token={LOCAL.token}&show=all")
    assert (answer.status_code, answer.headers["location"]) == (303, "/report?show=all")
    assert LOCAL.token not in answer.headers["location"]
    cookie = SimpleCookie(answer.headers["set-cookie"])["cracklens-8321"]
    assert cookie.value == LOCAL.token
    assert (cookie["httponly"], cookie["samesite"], cookie["path"]) == (True, "strict", "/")
    assert (cookie["secure"], cookie["domain"], cookie["max-age"], cookie["expires"]) == ("", "", "", "")
    assert client.get("/report").status_code == 200


WRONG = {
    "none": "",
    "short": "x",
    "cut": LOCAL.token[:-1],
    "longer": f"{LOCAL.token}x",
    "of another run": Access.local(PORT).token,
    "accent": "é",
    "line end": "\u2028",
}


@pytest.mark.parametrize("token", WRONG.values(), ids=WRONG)
def test_a_wrong_token_or_one_of_another_run_opens_nothing(site: Site, token: str) -> None:
    client = site.stranger(access=LOCAL, address=AT_HOME)
    answer = client.get("/", params={"token": token})
    assert answer.status_code == 401
    assert "set-cookie" not in answer.headers
    assert client.get("/", headers=[(b"Authorization", f"Bearer {token}".encode())]).status_code == 401
    client.cookies.set(LOCAL.cookie, token.encode("ascii", "replace").decode())
    assert client.get("/").status_code == 401


def test_a_token_in_the_address_of_a_change_is_none(site: Site) -> None:
    client = site.stranger(access=LOCAL, address=AT_HOME)
    assert client.post(f"{UNDO}?token={LOCAL.token}").status_code == 401
    assert client.request("PATCH", f"/api/project?token={LOCAL.token}").status_code == 401


@pytest.mark.parametrize(
    "path",
    [
        "//evil.example/",
        "/\\evil.example/",
        "/%5Cevil.example",
        "///evil.example",
        "/\\/evil.example",
        "/%09/evil.example",
    ],
)
def test_the_first_address_never_leads_elsewhere(site: Site, path: str) -> None:
    client = site.stranger(access=LOCAL, address=AT_HOME)
    answer = client.get(f"{AT_HOME}{path}?token={LOCAL.token}&next=https://evil.example")
    assert answer.status_code == 303
    led = answer.headers["location"].replace("\\", "/")  # as browsers read it
    assert urlsplit(urljoin(f"{AT_HOME}/", led)).netloc == f"127.0.0.1:{PORT}", led


def test_a_program_comes_with_a_bearer_and_needs_no_origin(site: Site) -> None:
    client = site.stranger(access=LOCAL, address=AT_HOME)
    del client.headers["Origin"]
    about = {"about": {"structure": "Pier 3"}}
    assert client.patch("/api/project", json=about).status_code == 401
    assert client.patch("/api/project", json=about, headers=bearer(LOCAL.token)).status_code == 200
    assert client.get("/api/photos", headers={"Authorization": f"Basic {LOCAL.token}"}).status_code == 401


def test_a_bearer_that_is_wrong_is_not_saved_by_a_cookie(site: Site) -> None:
    client = site.at_home()
    del client.headers["Origin"]
    assert client.post(UNDO, headers=bearer("x")).status_code == 401
    assert client.post(UNDO, headers={"Authorization": "Basic x"}).status_code == 403
    assert client.post(UNDO, headers={"Authorization": "Bearer "}).status_code == 403


def test_cookies_of_other_servers_on_this_machine_do_no_harm(site: Site) -> None:
    client = site.stranger(access=LOCAL, address=AT_HOME)
    cookies = f'other={{"a": "b, c"}}; cracklens-8322=x; {LOCAL.cookie}={LOCAL.token}; _xsrf=2|a;b'
    assert client.get("/", headers={"Cookie": cookies}).status_code == 200
    assert Access.local(8322).cookie != LOCAL.cookie


# hosts and origins


@pytest.mark.parametrize("host", BENT)
def test_a_page_elsewhere_whose_name_was_bent_here_gets_nothing(site: Site, host: str) -> None:
    for client in (site.at_home(), site.user("Ann")):
        for path in ("/", f"/?token={LOCAL.token}", "/static/api.js", "/login"):
            answer = client.get(path, headers={"Host": host})
            assert answer.status_code == 421, (host, path)
            assert answer.text == "This server answers under its own address alone."


def test_each_name_of_the_server_is_one(site: Site) -> None:
    client = site.user("Ann")
    for host in (f"{HOST}:{PORT}", f"BRIDGE.example:{PORT}", f"10.0.0.5:{PORT}"):
        assert client.get("/api/photos", headers={"Host": host}).status_code == 200
        assert client.post(UNDO, headers={"Host": host, "Origin": f"http://{host}".lower()}).status_code == 404
    mine = {"Host": f"10.0.0.5:{PORT}", "Origin": ORIGIN}
    assert client.post(UNDO, headers=mine).status_code == 403, "another of its names is another origin"


def test_addresses_leave_out_the_usual_port() -> None:
    assert Access.over_network(["a.example"], 443, secure=True).hosts == {"a.example", "a.example:443"}
    assert Access.over_network(["a.example"], 443, secure=False).hosts == {"a.example:443"}
    assert Access.over_network(["FE80::1", "[::2]"], 80, secure=False).hosts >= {"[fe80::1]:80", "[::2]"}
    assert Access.over_network(["a.example"], 443, secure=True).address("A.example", 443) == "https://a.example/"
    assert SHARED.address("10.0.0.5", PORT) == f"http://10.0.0.5:{PORT}/"


@pytest.mark.parametrize("origin", OTHERS)
def test_a_change_comes_from_a_page_of_this_server_alone(site: Site, origin: str | None) -> None:
    client = site.at_home()
    (crack, _), before = site.cracks(), photo_view(site.project, 1)
    del client.headers["Origin"]
    headers = {} if origin is None else {"Origin": origin}
    for method, path in (("POST", UNDO), ("POST", f"/api/cracks/{crack}/decision"), ("PUT", "/api/photos/1/done")):
        answer = client.request(method, path, json={"decision": "confirmed"}, headers=headers)
        assert (answer.status_code, answer.json()) == (403, NOT_FROM_HERE)
    assert photo_view(site.project, 1) == before
    assert client.get("/", headers=headers).status_code == 200


def test_a_log_in_and_a_log_out_come_from_a_page_of_this_server(site: Site) -> None:
    client = site.user("Ann")
    for headers in ({"Origin": "https://evil.example"}, {"Origin": "null"}, {**bearer("x"), "Origin": ""}):
        for path in ("/login", "/logout"):
            assert client.post(path, data={"name": "Ann"}, headers=headers).status_code == 403
    assert client.get("/").status_code == 200, "still logged in"


# what every answer has


def test_every_answer_holds_a_page_to_its_own_parts(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    sha256 = photo_view(site.project, 1).photo.sha256
    kinds: dict[str, tuple[int, Any]] = {}
    for name, client in (("local", site.at_home()), ("shared", site.user("Lou"))):
        for path, status in (
            ("/", 200),
            ("/photos/1", 200),
            ("/report", 200),
            ("/api/photos", 200),
            (f"/tiles/{sha256}/0/0_0.jpg", 200),
            ("/static/api.js", 200),
            ("/static/nothing.js", 404),
            ("/nowhere", 404),
            ("/api/photos/99", 404),
            ("/photos/word", 422),
        ):
            kinds[f"{name} {path}"] = status, client.get(path)
        kinds[f"{name} not allowed"] = 405, client.head("/")
    stranger = site.stranger()
    kinds["log in"] = 200, stranger.get("/login")
    kinds["led to log in"] = 303, stranger.get("/", headers={"Accept": "text/html"})
    kinds["unknown"] = 401, stranger.get("/api/photos")
    kinds["another host"] = 421, stranger.get("/", headers={"Host": "evil.example"})
    kinds["may not"] = 403, site.user("Lou").post(UNDO)
    monkeypatch.setattr("cracklens.web.photos.wall", lambda _: 1 / 0)
    breaking = TestClient(make_app(site.project, LOCAL), base_url=AT_HOME, raise_server_exceptions=False)
    kinds["broken"] = 500, breaking.get("/api/photos", headers=bearer(LOCAL.token))
    for name, (status, answer) in kinds.items():
        assert answer.status_code == status, name
        policy = answer.headers["content-security-policy"]
        assert re.search(r"default-src 'none'; script-src 'self';", policy), name
        assert "unsafe" not in policy, name
        assert "frame-ancestors 'none'" in policy, name
        assert answer.headers["x-content-type-options"] == "nosniff", name
        assert answer.headers["referrer-policy"] == "same-origin", name
        assert answer.headers["cross-origin-resource-policy"] == "same-origin", name


def test_pages_and_data_are_kept_by_no_cache(site: Site) -> None:
    client = site.user("Lou")
    for path in ("/", "/photos/1", "/report", "/api/photos", "/api/photos/1", "/login", "/nowhere"):
        assert client.get(path).headers["cache-control"] == "no-store", path


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.name)
def test_no_template_has_a_script_or_style_of_its_own(template: Path) -> None:
    text = template.read_text(encoding="utf-8")
    assert not re.search(r"<script(?![^>]*\ssrc=)", text)
    assert not re.search(r"<script[^>]*>\s*[^<\s]", text)
    assert not re.search(r"<style|\sstyle\s*=|javascript:", text)
    assert not re.search(r"<[^>]*\son\w+\s*=", text)
    assert not re.search(r"""(?:src|href|action)=["'](?:https?:)?//""", text)


def test_all_templates_are_looked_at() -> None:
    assert {"base.html.j2", "login.html.j2", "photo.html.j2", "wall.html.j2"} <= {path.name for path in TEMPLATES}


def test_a_web_socket_is_closed_before_the_application(site: Site) -> None:
    sent: list[dict[str, object]] = []

    async def never(*_: object) -> None:
        raise AssertionError("it was let through")

    async def send(message: dict[str, object]) -> None:
        sent.append(message)

    gate = Gate(never, LOCAL, lambda *_: None)
    with start_blocking_portal() as portal:  # a browser's own loop may run in this thread
        portal.call(lambda: gate({"type": "websocket", "path": "/"}, never, send))  # type: ignore[arg-type, call-arg]
    assert [of["type"] for of in sent] == ["websocket.close"]
