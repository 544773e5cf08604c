"""Takes the words of `cracklens project user`; gives a project's users, added and changed. Asks passwords unseen."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from cracklens.cli.project import FOLDER, _opened
from cracklens.errors import SettingError

if TYPE_CHECKING:
    from cracklens.projects import Project
    from cracklens.projects.accounts import User

app = typer.Typer(help="Say who may come into a project over a network; local use needs nobody.", no_args_is_help=True)
NAME = typer.Argument(..., help="Of the user; upper and lower case are one.")
ROLE = typer.Option(..., help="look, review (which changes, too) or sign (which signs, too).")
STDIN = typer.Option(False, "--password-stdin", help="Read the password from standard input, its first line.")
AS_JSON = typer.Option(False, "--json", help="Print JSON.")


@app.command()
def add(
    folder: Path = FOLDER, name: str = NAME, role: str = ROLE, password_stdin: bool = STDIN, as_json: bool = AS_JSON
) -> None:
    """Add a user; the password is asked for, at least 10 characters."""
    asked: Any = role

    def made(project: Project) -> User:
        from cracklens.projects.accounts import add_user

        return add_user(project, name, _password(password_stdin), role=asked)

    _change(folder, made, as_json=as_json)


@app.command()
def password(folder: Path = FOLDER, name: str = NAME, password_stdin: bool = STDIN, as_json: bool = AS_JSON) -> None:
    """Give a user another password; whoever is logged in by the old one is logged out."""

    def made(project: Project) -> User:
        from cracklens.projects.accounts import set_password

        return set_password(project, name, _password(password_stdin))

    _change(folder, made, as_json=as_json)


@app.command()
def role(
    folder: Path = FOLDER,
    name: str = NAME,
    to: str = typer.Argument(..., metavar="ROLE", help="look, review or sign."),
    as_json: bool = AS_JSON,
) -> None:
    """Give a user another role; it holds from the next click on."""
    asked: Any = to

    def made(project: Project) -> User:
        from cracklens.projects.accounts import set_role

        return set_role(project, name, asked)

    _change(folder, made, as_json=as_json)


@app.command()
def disable(folder: Path = FOLDER, name: str = NAME, as_json: bool = AS_JSON) -> None:
    """Let a user in no more, from the next click on; what the user did stays under the name."""
    _disable(folder, name, disabled=True, as_json=as_json)


@app.command()
def enable(folder: Path = FOLDER, name: str = NAME, as_json: bool = AS_JSON) -> None:
    """Let a disabled user in again."""
    _disable(folder, name, disabled=False, as_json=as_json)


@app.command("list")
def list_users(folder: Path = FOLDER, as_json: bool = AS_JSON) -> None:
    """Give the users, a line each: name, role, and whether disabled."""
    from cracklens.cli.talk import print_result

    with _opened(folder) as project:
        from cracklens.projects.accounts import users

        found = users(project)
    if as_json:
        print_result(json.dumps([_as_json(user) for user in found]))
        return
    for user in found:
        print_result(_line(user))


def _disable(folder: Path, name: str, *, disabled: bool, as_json: bool) -> None:
    def made(project: Project) -> User:
        from cracklens.projects.accounts import disable as let_in_no_more

        return let_in_no_more(project, name, disabled=disabled)

    _change(folder, made, as_json=as_json)


def _change(folder: Path, made: Callable[[Project], User], *, as_json: bool) -> None:
    from cracklens.cli.talk import print_result

    with _opened(folder) as project:
        user = made(project)
    print_result(json.dumps(_as_json(user)) if as_json else _line(user))


def _as_json(user: User) -> dict[str, Any]:
    return {name: value for name, value in asdict(user).items() if name != "id"}


def _line(user: User) -> str:
    return f"{user.name}: {user.role}{', disabled' if user.disabled else ''}"


def _password(from_stdin: bool) -> str:
    """Give the password, from standard input or typed twice without being seen.

    Raises:
        SettingError: there is no terminal to ask on.
    """
    if from_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    if not sys.stdin.isatty():
        raise SettingError("expected a terminal to ask the password on; got none. Give it by --password-stdin.")
    return str(typer.prompt("Password", hide_input=True, confirmation_prompt="Again", err=True))
