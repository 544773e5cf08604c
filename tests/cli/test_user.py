"""Takes the words of `project user` and of `serve` over a network; gives faults of users, passwords and refusals."""

from __future__ import annotations

import io
import json
import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest
from tests.cli.conftest import PROCESS, Answer, Cli

from cracklens.projects import Project
from cracklens.projects.accounts import check_password, users

WORDS = "stairs and a lamp"
USER = ("project", "user")


@pytest.fixture
def bridge(tmp_path: Path) -> Path:
    Project.make(tmp_path / "bridge").close()
    return tmp_path / "bridge"


@pytest.fixture
def add(cli: Cli, bridge: Path, monkeypatch: pytest.MonkeyPatch):
    """Give a function that runs a verb that reads a password."""

    def run(*words: object, password: str = f"{WORDS}\n") -> Answer:
        monkeypatch.setattr(sys, "stdin", io.StringIO(password))
        return cli(*USER, *words, "--password-stdin")

    return run


def test_a_user_is_added_listed_and_changed(cli: Cli, bridge: Path, add) -> None:
    assert add("add", bridge, "Ann Öst", "--role", "sign") == Answer(0, "Ann Öst: sign\n", "")
    assert add("add", bridge, "Rob", "--role", "look").out == "Rob: look\n"
    assert cli(*USER, "role", bridge, "rob", "review").out == "Rob: review\n"
    assert cli(*USER, "disable", bridge, "ann öst").out == "Ann Öst: sign, disabled\n"
    assert cli(*USER, "list", bridge).out == "Ann Öst: sign, disabled\nRob: review\n"
    assert cli(*USER, "enable", bridge, "Ann Öst").out == "Ann Öst: sign\n"
    assert add("password", bridge, "Rob", password="another lamp\n").out == "Rob: review\n"  # noqa: S106
    project = Project.open(bridge)
    assert check_password(project, "Rob", "another lamp")
    assert not check_password(project, "Rob", WORDS)
    assert check_password(project, "Ann Öst", WORDS)
    project.close()


def test_users_are_there_as_json_without_their_passwords(cli: Cli, bridge: Path, add) -> None:
    told = json.loads(add("add", bridge, "Ann", "--role", "sign", "--json").out)
    assert told == {"name": "Ann", "role": "sign", "disabled": False, "made_at": told["made_at"]}
    assert json.loads(cli(*USER, "list", bridge, "--json").out) == [told]
    assert json.loads(cli(*USER, "disable", bridge, "Ann", "--json").out) == told | {"disabled": True}


@pytest.mark.parametrize(
    ("words", "password", "said"),
    [
        (("add", "Rob", "--role", "look"), "short\n", "expected a password of 10 to 1,000 characters; got 5."),
        (("add", "Rob", "--role", "look"), "", "expected a password of 10 to 1,000 characters; got 0."),
        (("add", "Rob", "--role", "admin"), f"{WORDS}\n", "role must be of look, review, sign; got 'admin'."),
        (("add", "ann", "--role", "look"), f"{WORDS}\n", "There is a user 'Ann' already."),
        (("password", "Anne"), f"{WORDS}\n", "There is no user 'Anne' in this project. Did you mean 'Ann'?"),
    ],
)
def test_what_is_no_user_is_said(bridge: Path, add, words: tuple[str, ...], password: str, said: str) -> None:
    add("add", bridge, "Ann", "--role", "sign")
    answer = add(words[0], bridge, *words[1:], password=password)
    assert (answer.code, answer.out) == (1, "")
    assert answer.err.startswith(f"Error: {said}")
    project = Project.open(bridge)
    assert [user.name for user in users(project)] == ["Ann"]
    project.close()


def test_without_a_terminal_no_password_is_asked_for(cli: Cli, bridge: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO(f"{WORDS}\n{WORDS}\n"))
    answer = cli(*USER, "add", bridge, "Ann", "--role", "sign")
    assert answer.code == 1
    assert answer.err.startswith("Error: expected a terminal to ask the password on; got none. Give it by --password")


@pytest.mark.slow
def test_on_a_terminal_the_password_is_typed_twice_unseen(bridge: Path) -> None:
    ours, theirs = pty.openpty()
    command = [*PROCESS, *USER, "add", str(bridge), "Ann", "--role", "sign"]
    with subprocess.Popen(
        command, stdin=theirs, stderr=theirs, stdout=subprocess.PIPE, start_new_session=True
    ) as process:
        os.close(theirs)
        seen = read_to(ours, "Password: ")
        os.write(ours, f"{WORDS}\n".encode())
        seen += read_to(ours, "Again: ")
        os.write(ours, f"{WORDS}\n".encode())
        assert process.stdout is not None
        assert process.stdout.read() == b"Ann: sign\n"
        assert process.wait(60) == 0
    os.close(ours)
    assert WORDS not in seen
    project = Project.open(bridge)
    assert check_password(project, "Ann", WORDS)
    project.close()


def read_to(terminal: int, prompt: str) -> str:
    """Read what a terminal shows, up to a prompt."""
    seen = ""
    while prompt not in seen:
        seen += os.read(terminal, 1024).decode()
    return seen


def test_other_machines_are_not_served_without_users_and_tls(cli: Cli, bridge: Path, add) -> None:
    serve = ("serve", bridge, "--no-open", "--host", "10.0.0.5")
    answer = cli(*serve, "--insecure")
    assert (answer.code, answer.out) == (1, "")
    add_one = f"Add one: cracklens project user add {bridge} NAME --role sign"
    assert answer.err == f"Error: expected a user who may review or sign; got none. {add_one}\n"
    add("add", bridge, "Ann", "--role", "sign")
    answer = cli(*serve)
    assert (answer.code, answer.out) == (1, "")
    said = "expected --certificate and --key, or --insecure; got neither. Passwords need TLS."
    assert answer.err == f"Error: {said}\n"


@pytest.mark.slow
@pytest.mark.parametrize("flags", [(), ("--json",)])
def test_insecure_is_said_aloud(bridge: Path, add, flags: tuple[str, ...]) -> None:
    add("add", bridge, "Ann", "--role", "sign")
    words = ("serve", str(bridge), "--no-open", "--host", "0.0.0.0", "--name", "bridge.example", "--insecure", *flags)  # noqa: S104
    with subprocess.Popen([*PROCESS, *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        address = process.stdout.readline().strip()
        lines = [process.stderr.readline() for _ in range(2)]
        process.terminate()
        process.communicate(timeout=60)
    address = json.loads(address)["address"] if flags else address
    assert address.startswith("http://bridge.example:")
    assert "token" not in address
    assert lines[0].startswith("The workbench is open to its users, on all machines that reach this one.")
    assert lines[1].startswith("--insecure: nothing is encrypted.")
    assert "every password" in lines[1]
