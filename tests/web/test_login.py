"""Takes names, passwords and forms; gives faults of logging in and out, and of sessions that outlive it."""

from __future__ import annotations

import asyncio
from http.cookies import SimpleCookie
from typing import Any
from urllib.parse import urlencode

import pytest
from anyio.from_thread import start_blocking_portal
from fastapi.testclient import TestClient
from sqlalchemy import select
from tests.web.made import HOST, ORIGIN, SHARED, WORDS, Site

from cracklens.projects.accounts import disable
from cracklens.projects.accounts.sessions import IDLE_SECONDS
from cracklens.projects.records import SessionRow
from cracklens.web import Access
from cracklens.web.access import RULES, needed
from cracklens.web.login import MOST_BYTES, MOST_WAITING, WRONG, Door

LOG_IN = "/login"


def log_in(client: TestClient, name: str, password: str = WORDS, **more: str) -> Any:
    return client.post(LOG_IN, data={"name": name, "password": password, **more})


def sessions(site: Site) -> int:
    with site.project.database.reading() as session:
        return len(session.scalars(select(SessionRow)).all())


def test_a_user_comes_in_by_name_and_password(site: Site) -> None:
    client = site.stranger()
    led = client.get("/photos/1?x=1", headers={"Accept": "text/html,*/*"})
    assert (led.status_code, led.headers["location"]) == (303, "/login?next=%2Fphotos%2F1")
    page = client.get(led.headers["location"])
    assert page.status_code == 200
    assert '<input type="hidden" name="next" value="/photos/1">' in page.text
    assert "made" not in page.text
    assert "bridge" not in page.text, "a stranger learns nothing of the project"
    answer = log_in(client, "ann", next="/photos/1")
    assert (answer.status_code, answer.headers["location"]) == (303, "/photos/1")
    assert '<span id="visitor">Ann</span>' in client.get("/photos/1").text


def aged(site: Site, by: float) -> float:
    """Let the last use of the one session be so many seconds longer ago, and give when it was."""
    with site.project.database.writing() as session:
        row = session.scalars(select(SessionRow)).one()
        row.last_seen -= by
        return row.last_seen


@pytest.mark.parametrize("path", [path for _, path in RULES if path.endswith("/progress")])
def test_what_an_open_page_asks_by_itself_keeps_no_session(site: Site, path: str) -> None:
    client = site.user("Ann")
    before = aged(site, IDLE_SECONDS / 2)
    assert client.get(path).status_code == 200
    assert aged(site, 0) == before
    assert client.get("/api/photos").status_code == 200
    assert aged(site, IDLE_SECONDS) > before - IDLE_SECONDS
    assert client.get(path).status_code == 401, "it is over there, too"
    assert sessions(site) == 0


def test_the_cookie_is_for_this_server_alone(site: Site) -> None:
    cookie = SimpleCookie(log_in(site.stranger(), "Ann").headers["set-cookie"])[SHARED.cookie]
    assert (cookie["httponly"], cookie["samesite"], cookie["path"]) == (True, "strict", "/")
    assert (cookie["secure"], cookie["domain"], cookie["max-age"], cookie["expires"]) == ("", "", "", "")
    secure = Access.over_network([HOST], 443, secure=True)
    answer = log_in(site.stranger(access=secure, address=f"https://{HOST}"), "Ann")
    cookie = SimpleCookie(answer.headers["set-cookie"])["__Host-cracklens-443"]
    assert (cookie["secure"], cookie["httponly"], cookie["samesite"], cookie["path"]) == (True, True, "strict", "/")
    assert cookie["domain"] == ""


def test_a_wrong_password_and_an_unknown_name_read_alike(site: Site) -> None:
    disable(site.project, "Rob")
    answers = [log_in(site.stranger(), name, password) for name, password in
               (("Ann", "a lamp and stairs"), ("Zed", WORDS), ("Rob", WORDS), ("", ""), ("Ann", ""))]  # fmt: skip
    for answer in answers:
        assert answer.status_code == 401
        assert WRONG in answer.text
        assert "set-cookie" not in answer.headers
    assert answers[0].text.replace("Ann", "") == answers[1].text.replace("Zed", "")
    assert sessions(site) == 0


def test_what_was_typed_is_shown_as_text_and_no_password_ever(site: Site) -> None:
    page = log_in(site.stranger(), '"><script>x</script>\u202e', "hidden lamp", next='/"><b>').text
    assert "<script>x" not in page
    assert "&lt;script&gt;" in page
    assert "\u202e" not in page
    assert "hidden lamp" not in page


def test_each_log_in_has_a_new_session_and_ends_the_one_before(site: Site) -> None:
    client = site.stranger()
    tokens = []
    for name in ("Ann", "Ann", "Rob"):
        log_in(client, name)
        tokens.append(client.cookies[SHARED.cookie])
    assert len(set(tokens)) == 3
    assert sessions(site) == 1
    seen = [site.stranger().get("/", headers={"Cookie": f"{SHARED.cookie}={token}"}).status_code for token in tokens]
    assert seen == [401, 401, 200]


def test_a_session_cannot_be_chosen_before_the_log_in(site: Site) -> None:
    client = site.stranger()
    client.cookies.set(SHARED.cookie, "chosen")
    answer = log_in(client, "Ann")
    assert SimpleCookie(answer.headers["set-cookie"])[SHARED.cookie].value != "chosen"
    assert site.stranger().get("/", headers={"Cookie": f"{SHARED.cookie}=chosen"}).status_code == 401


def test_a_log_out_ends_the_session_on_the_server(site: Site) -> None:
    client = site.stranger()
    log_in(client, "Ann")
    token = client.cookies[SHARED.cookie]
    answer = client.post("/logout")
    assert (answer.status_code, answer.headers["location"]) == (303, "/login")
    cookie = SimpleCookie(answer.headers["set-cookie"])[SHARED.cookie]
    assert (cookie.value, cookie["max-age"], cookie["samesite"]) == ("", "0", "strict")
    assert site.stranger().get("/", headers={"Cookie": f"{SHARED.cookie}={token}"}).status_code == 401
    assert sessions(site) == 0
    assert client.post("/logout").status_code == 303, "twice is once"
    assert client.get("/logout").status_code == 401, "a link or a picture logs nobody out"


ELSEWHERE = ("//evil.example", "/\\evil.example", "https://evil.example", "javascript:alert(1)", "/\t/evil.example")
NO_PAGES = (
    "\\\\evil.example",
    "/photos/1/../../evil",
    "/login",
    "/logout",
    "/api/undo",
    "/nowhere",
    "",
    "/static/api.js",
)


@pytest.mark.parametrize("onward", [*ELSEWHERE, *NO_PAGES])
def test_a_log_in_never_leads_elsewhere(site: Site, onward: str) -> None:
    client = site.stranger()
    assert 'name="next" value="/">' in client.get(f"/login?{urlencode({'next': onward})}").text
    assert log_in(client, "Ann", next=onward).headers["location"] == "/"


@pytest.mark.parametrize("onward", ["/", "/report", "/teach", "/photos/12", "/photos/12?show=all"])
def test_a_log_in_leads_on_to_the_page_that_was_asked_for(site: Site, onward: str) -> None:
    assert log_in(site.stranger(), "Ann", next=onward).headers["location"] == onward.partition("?")[0]


def test_after_five_wrong_passwords_for_a_name_even_the_right_one_waits(site: Site) -> None:
    client = site.stranger()
    assert [log_in(client, "Ann", f"wrong words {n}").status_code for n in range(5)] == [401] * 5
    for name in ("Ann", " ANN"):
        answer = log_in(client, name)
        assert answer.status_code == 429
        assert "Too many wrong passwords for this name. Wait " in answer.text
    assert sessions(site) == 0
    assert log_in(site.stranger(), "Rob").status_code == 303, "others come in"


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (urlencode({"name": "Ann", "password": WORDS}), "application/json"),
        (urlencode({"name": "Ann", "password": WORDS}), ""),
        (urlencode({"name": "Ann", "password": WORDS, "more": "x" * MOST_BYTES}), "application/x-www-form-urlencoded"),
    ],
)
def test_a_form_that_is_none_or_too_long_logs_nobody_in(site: Site, content: str, kind: str) -> None:
    answer = site.stranger().post(LOG_IN, content=content, headers={"Content-Type": kind})
    assert answer.status_code == 422
    assert "Name and password are needed" in answer.text
    assert sessions(site) == 0


@pytest.mark.parametrize("content", [b"name=%ff%fe&password=%00", b"\xff\xfe=\x00", b"&&==", b"name=Ann&name=Zed", b""])
def test_bytes_that_are_no_text_log_nobody_in(site: Site, content: bytes) -> None:
    kind = {"Content-Type": "application/x-www-form-urlencoded"}
    assert site.stranger().post(LOG_IN, content=content, headers=kind).status_code == 401
    assert sessions(site) == 0


def test_few_wait_at_the_door_and_one_is_let_in_at_a_time(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    door, inside, most = Door(site.project), 0, 0

    async def run(_: Any, name: str, password: str) -> tuple[str, int, str]:
        nonlocal inside, most
        inside += 1
        most = max(most, inside)
        await asyncio.sleep(0)
        inside -= 1
        return name, 303, ""

    async def many() -> list[tuple[str, int, str]]:
        return list(await asyncio.gather(*(door.token(str(n), WORDS) for n in range(MOST_WAITING + 5))))

    monkeypatch.setattr("cracklens.web.login.run_in_threadpool", run)
    with start_blocking_portal() as portal:  # a browser's own loop may run in this thread
        answers = portal.call(many)
    assert [status for _, status, _ in answers] == [303] * MOST_WAITING + [503] * 5
    assert (most, door.waiting) == (1, 0)
    assert "Try again in a moment" in answers[-1][2]


def test_what_needs_no_user_is_the_way_in_alone() -> None:
    for path in ("/login", "/static/workbench.css"):
        assert needed("GET", path) == "nothing"
    for path in ("/static", "/static/", "/login/", "/login/x", "//static/api.js", "/Static/api.js"):
        assert needed("GET", path) in ({None, "nothing"} if path == "/static/" else {None}), path


def test_the_page_is_one_for_all_and_needs_no_script(site: Site) -> None:
    page = site.stranger().get("/login").text
    assert "<script" not in page
    assert f'action="{LOG_IN}"' in page
    assert ORIGIN not in page
