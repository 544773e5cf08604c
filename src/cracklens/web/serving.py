"""Takes a project and a place to listen; gives its workbench there until it is stopped. Knows no route."""

from __future__ import annotations

import socket
from collections.abc import Callable
from contextlib import closing

import uvicorn

from cracklens.errors import SettingError
from cracklens.projects import Project
from cracklens.web.access import Access
from cracklens.web.app import make_app
from cracklens.web.worker import working

PORT = 8321
TRIES = 20


def serve(project: Project, *, port: int | None = None, on_ready: Callable[[str], None] = lambda _: None) -> None:
    """Serve the workbench of a project on this machine until Ctrl-C.

    Args:
        project: of it.
        port: to listen at; None takes the first free one from 8321 on.
        on_ready: called with the first address, which holds the token, once the port is open.

    Raises:
        SettingError: the port is taken.
    """
    with closing(_listening(port)) as listening, working(project.folder):
        number = listening.getsockname()[1]
        access = Access.local(number)
        on_ready(f"http://127.0.0.1:{number}/?token={access.token}")
        config = uvicorn.Config(make_app(project, access), log_level="warning", access_log=False, server_header=False)
        uvicorn.Server(config).run(sockets=[listening])


def _listening(port: int | None) -> socket.socket:
    tried = [port] if port is not None else [*range(PORT, PORT + TRIES), 0]
    for number in tried:
        found = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            found.bind(("127.0.0.1", number))
            found.listen(128)  # who opens the address at once waits, and is not refused
        except OSError:
            found.close()
        else:
            return found
    raise SettingError(f"port {port} is taken by another program. Choose another --port, or leave it out.")
