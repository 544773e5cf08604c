"""Takes a project and a place to listen; gives its workbench there until it is stopped. Knows no route."""

from __future__ import annotations

import errno
import ipaddress
import socket
import ssl
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

import uvicorn

from cracklens.errors import SettingError
from cracklens.projects import Project
from cracklens.projects.accounts import users
from cracklens.web.access import Access
from cracklens.web.app import make_app
from cracklens.web.work import working

PORT = 8321
TRIES = 20
HOME = "127.0.0.1"
EVERYWHERE = frozenset({"0.0.0.0", "::"})  # noqa: S104 compared with, not bound to


@dataclass(frozen=True)
class Shared:
    """How a workbench is served to other machines.

    Attributes:
        host: name or IP address to listen at; "0.0.0.0" and "::" are all that this machine has.
        names: by which people come to it, beside the host; needed where it is all addresses.
        certificate, key: PEM files, for TLS.
        insecure: without TLS: passwords and all else go over the network as they are.
    """

    host: str
    names: tuple[str, ...] = ()
    certificate: Path | None = None
    key: Path | None = None
    insecure: bool = False

    @property
    def known_as(self) -> tuple[str, ...]:
        """The names by which people come to it, those first that were given."""
        return (*self.names, *(() if self.host in EVERYWHERE else (self.host,)))


def serve(
    project: Project,
    *,
    port: int | None = None,
    shared: Shared | None = None,
    root: Path | None = None,
    quota_gb: float | None = None,
    on_ready: Callable[[str], None] = lambda _: None,
) -> None:
    """Serve the workbench of a project until Ctrl-C, to this machine alone or to users on others.

    Args:
        project: of it.
        port: to listen at; None takes the first free one from 8321 on.
        shared: how it is served to other machines; None, or a host that is this machine alone, needs no accounts.
        root: folder below which folders of this machine may be put in by name; None allows any in local use, and none
            to users on other machines.
        quota_gb: 2^30 bytes that the photos of the project may take together; None is what the disk has.
        on_ready: called with the first address once the port is open; in local use it holds the token.

    Raises:
        SettingError: the port is taken, the root is no folder, or what other machines need is missing.
    """
    if shared is not None and is_loopback(shared.host):
        _check_local(shared)
        shared = None
    if shared is not None:
        check_shared(project, shared)
    root = _root(root) if root is not None else None
    with closing(_listening(shared.host if shared else HOME, port)) as listening, working(project.folder) as work:
        number = listening.getsockname()[1]
        quota = None if quota_gb is None else int(quota_gb * (1 << 30))
        access = replace(_access(shared, number), root=root, quota_bytes=quota)
        on_ready(access.address(shared.known_as[0] if shared else HOME, number))
        config = uvicorn.Config(
            make_app(project, access, stopped=lambda: work.said),
            log_level="warning",
            access_log=False,
            server_header=False,
            proxy_headers=False,  # nobody's word for another address or scheme is taken
            ssl_certfile=shared.certificate if shared else None,
            ssl_keyfile=shared.key if shared else None,
        )
        uvicorn.Server(config).run(sockets=[listening])


def is_loopback(host: str) -> bool:
    """Say whether a host is this machine alone."""
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host.lower() == "localhost"


def check_shared(project: Project, shared: Shared) -> None:
    """Refuse to serve other machines without users, or without TLS where that was not asked for.

    Raises:
        SettingError: with all that is missing.
    """
    faults = []
    if not any(user.role in ("review", "sign") and not user.disabled for user in users(project)):
        add = f"cracklens project user add {project.folder} NAME --role sign"
        faults.append(f"expected a user who may review or sign; got none. Add one: {add}")
    if (shared.certificate is None) != (shared.key is None):
        faults.append("--certificate and --key go together; got one of them. Name both PEM files.")
    if shared.insecure == (shared.certificate is not None):
        came = "both" if shared.insecure else "neither"
        faults.append(f"expected --certificate and --key, or --insecure; got {came}. Passwords need TLS.")
    if not shared.known_as:
        faults.append(f"--host {shared.host} is all addresses; say by --name which one people type.")
    if faults:
        raise SettingError("\n".join(faults))
    if shared.certificate and shared.key:
        _check_certificate(shared.certificate, shared.key)


def _check_certificate(certificate: Path, key: Path) -> None:
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(certificate, key)
    except OSError as error:  # an SSLError is one
        came = f"{certificate}, {key}: expected a certificate and its key as PEM files; {error.strerror or error}"
        raise SettingError(f"{came}. Name the right files.") from error


def _check_local(shared: Shared) -> None:
    if shared.names or shared.certificate or shared.key or shared.insecure:
        came = f"--host {shared.host} is this machine alone"
        raise SettingError(
            f"{came}, which needs no --name, --certificate, --key or --insecure. Leave them out, or name another host."
        )


def _access(shared: Shared | None, port: int) -> Access:
    if shared is None:
        return Access.local(port)
    return Access.over_network(shared.known_as, port, secure=not shared.insecure)


def _root(root: Path) -> Path:
    if not root.is_dir():
        raise SettingError(f"--root {root}: expected a folder; it is none, or not there. Name one, or leave it out.")
    return root.resolve()


def _listening(host: str, port: int | None) -> socket.socket:
    tried = [port] if port is not None else [*range(PORT, PORT + TRIES), 0]
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    for number in tried:
        found = socket.socket(family, socket.SOCK_STREAM)
        found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            found.bind((host.strip("[]"), number))
            found.listen(128)  # who opens the address at once waits, and is not refused
        except OSError as error:
            found.close()
            if error.errno != errno.EADDRINUSE:
                raise _no_place(host, number, error) from error
        else:
            return found
    raise SettingError(f"port {port} is taken by another program. Choose another --port, or leave it out.")


def _no_place(host: str, number: int, error: OSError) -> SettingError:
    expected = f"expected an address of this machine and a port that may be used; got {host} and {number}"
    return SettingError(f"{expected}: {error.strerror or error}. Choose another --host or --port.")
