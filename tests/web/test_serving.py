"""Takes hosts, certificates and users; gives what is served to a network but should not be, and TLS that is none."""

from __future__ import annotations

import http.client
import re
import socket
import ssl
from pathlib import Path
from urllib.parse import urlencode, urlsplit

import pytest
from benchmarks.workbench import served
from tests.web.made import WORDS, Site

from cracklens.errors import SettingError
from cracklens.projects import Project
from cracklens.projects.accounts import add_user, disable
from cracklens.web import Shared, is_loopback, serve
from cracklens.web.serving import check_shared

HERE = Path(__file__).parent
CERTIFICATE, KEY = HERE / "certificate.pem", HERE / "key.pem"
"""For 127.0.0.1 and localhost, signed by itself, made for these tests with `openssl req -x509`."""

EVERYWHERE = "0.0.0.0"  # noqa: S104


def by_tls(host: str, *, insecure: bool = False) -> Shared:
    return Shared(host, certificate=CERTIFICATE, key=KEY, insecure=insecure)


def refused(project: Project, shared: Shared) -> str:
    """Give the sentence with which a server is refused, before it listens."""

    def never(_: str) -> None:
        raise AssertionError("it listens")

    with pytest.raises(SettingError) as caught:
        serve(project, shared=shared, on_ready=never)
    return str(caught.value)


def test_other_machines_are_served_to_users_alone(tmp_path: Path) -> None:
    project = Project.make(tmp_path / "bridge")
    said = refused(project, by_tls("10.0.0.5"))
    assert said.startswith("expected a user who may review or sign; got none. Add one: cracklens project user add ")
    assert said.endswith(" NAME --role sign")
    add_user(project, "Lou", WORDS, role="look")
    assert refused(project, by_tls("10.0.0.5")) == said
    add_user(project, "Rob", WORDS, role="review")
    check_shared(project, by_tls("10.0.0.5"))
    disable(project, "Rob")
    assert refused(project, by_tls("10.0.0.5")) == said
    project.close()


@pytest.mark.parametrize(
    ("shared", "said"),
    [
        (Shared("10.0.0.5"), "expected --certificate and --key, or --insecure; got neither."),
        (by_tls("10.0.0.5", insecure=True), "expected --certificate and --key, or --insecure; got both."),
        (Shared("10.0.0.5", certificate=CERTIFICATE), "--certificate and --key go together; got one of them."),
        (Shared("10.0.0.5", key=KEY, insecure=True), "--certificate and --key go together; got one of them."),
        (by_tls(EVERYWHERE), "--host 0.0.0.0 is all addresses; say by --name which one people type."),
        (by_tls("::"), "--host :: is all addresses"),
        (Shared("10.0.0.5", certificate=KEY, key=CERTIFICATE), "expected a certificate and its key as PEM files"),
        (Shared("10.0.0.5", certificate=HERE / "none.pem", key=KEY), "No such file or directory"),
        (by_tls("192.0.2.1"), "expected an address of this machine and a port that may be used; got 192.0.2.1"),
        (by_tls("nowhere.invalid"), "expected an address of this machine"),
        (Shared("127.0.0.1", insecure=True), "--host 127.0.0.1 is this machine alone, which needs no --name"),
        (Shared("localhost", names=("bridge.example",)), "--host localhost is this machine alone"),
        (by_tls("::1"), "--host ::1 is this machine alone"),
    ],
)
def test_what_is_missing_is_said_before_anything_listens(site: Site, shared: Shared, said: str) -> None:
    assert said in refused(site.project, shared)


def test_all_that_is_missing_is_said_at_once(tmp_path: Path) -> None:
    project = Project.make(tmp_path / "bridge")
    assert len(refused(project, Shared(EVERYWHERE)).splitlines()) == 3
    project.close()


def test_a_port_of_another_program_is_said_to_be_taken(site: Site) -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as other,
        pytest.raises(SettingError, match="is taken by another program"),
    ):
        serve(site.project, port=other.getsockname()[1])


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.9.1", "::1", "[::1]", "localhost", "LocalHost"])
def test_this_machine_alone(host: str) -> None:
    assert is_loopback(host)


@pytest.mark.parametrize("host", [EVERYWHERE, "::", "10.0.0.5", "localhost.example", "127.0.0.1.example", ""])
def test_other_machines_too(host: str) -> None:
    assert not is_loopback(host)


@pytest.mark.slow
def test_tls_is_served_and_nothing_else(site: Site) -> None:
    words = ("--host", EVERYWHERE, "--name", "127.0.0.1", "--certificate", str(CERTIFICATE), "--key", str(KEY))
    site.project.close()
    with served(site.project.folder, *words) as address:
        assert re.fullmatch(r"https://127\.0\.0\.1:\d+/", address), "no token"
        place = urlsplit(address).netloc
        trusting = ssl.create_default_context(cafile=CERTIFICATE)
        secure = http.client.HTTPSConnection(place, context=trusting, timeout=60)
        secure.request("GET", "/login")
        answer = secure.getresponse()
        assert (answer.status, b'name="password"' in answer.read()) == (200, True)
        form = {"Origin": f"https://{place}", "Content-Type": "application/x-www-form-urlencoded"}
        secure.request("POST", "/login", urlencode({"name": "Ann", "password": WORDS}), form)
        answer = secure.getresponse()
        answer.read()
        cookie = answer.getheader("Set-Cookie") or ""
        assert re.match(rf"__Host-cracklens-{place.partition(':')[2]}=[\w-]+; ", cookie)
        assert "; Secure" in cookie
        secure.request("GET", "/api/photos", headers={"Cookie": cookie.partition(";")[0]})
        answer = secure.getresponse()
        assert (answer.status, b"wall.png" in answer.read()) == (200, True)
        plain = http.client.HTTPConnection(place, timeout=60)
        plain.request("GET", "/login")
        with pytest.raises((http.client.HTTPException, ConnectionError)):
            plain.getresponse()
        stranger = http.client.HTTPSConnection(place, context=ssl.create_default_context(), timeout=60)
        with pytest.raises(ssl.SSLCertVerificationError):
            stranger.request("GET", "/login")
        for connection in (secure, plain, stranger):
            connection.close()
