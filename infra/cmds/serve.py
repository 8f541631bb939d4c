"""`footage serve`: the HTTP API."""

import ipaddress
import signal
import socket
from types import FrameType
from typing import Annotated

import typer

from footage.errors import Misconfigured, Unavailable


def serve(
    host: Annotated[str | None, typer.Option(help="Address; else `api.host`.")] = None,
    port: Annotated[
        int | None, typer.Option(min=0, max=65535, help="0 takes a free one; else `api.port`.")
    ] = None,
    insecure_listen: Annotated[
        bool, typer.Option("--insecure-listen", help="Allow an address others can reach, in clear.")
    ] = False,
) -> None:
    """Serve the HTTP interface.

    Until SIGTERM or Ctrl-C; see docs/api.md.
    """
    from api.app import create_app
    from api.limits import Limits
    from infra.cmds.doctor_access import closed_paths
    from infra.host import http_server, logs
    from infra.host.private import warn_if_open
    from infra.wiring import wired

    with wired() as parts:
        chosen = parts.settings.api
        address = host or chosen.host
        _require_loopback(address, insecure=insecure_listen)
        with listen(address, chosen.port if port is None else port) as listening:
            hosts = frozenset({address.lower(), *chosen.hosts})
            limits = Limits(hosts, chosen.body_limit, chosen.read_within)
            app = create_app(parts.services(), limits)
            print(f"listening on {_url(listening)}", flush=True)
            # Uvicorn ends in order and raises the signal anew: then this command ends in order too.
            signal.signal(signal.SIGTERM, _exit)
            with logs.configured(parts.settings.logs.level):
                warn_if_open(closed_paths(parts))
                http_server.serve(app, listening, read_within=chosen.read_within)


def _exit(_signal: int, _frame: FrameType | None) -> None:
    raise typer.Exit


def _require_loopback(host: str, *, insecure: bool) -> None:
    """Refuse an address that other machines can reach, unless `insecure` is set.

    Raises:
        Misconfigured: The address is not loopback.
    """
    try:
        loopback = host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        loopback = False
    if not loopback and not insecure:
        raise Misconfigured(
            f"{host} can be reached by others, and the token would travel in clear",
            hint="listen on 127.0.0.1 behind a TLS proxy, or give --insecure-listen",
        )


def listen(host: str, port: int) -> socket.socket:
    """Listen on a host and port; return the listening socket.

    Raises:
        Misconfigured: This machine has no such address.
        Unavailable: The port is taken or cannot be used.
    """
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
    except socket.gaierror as exc:
        raise Misconfigured(f"no address {host}: {exc.strerror}", hint="--host 127.0.0.1") from exc
    try:
        return socket.create_server((host, port), family=family)
    except OSError as exc:
        raise Unavailable(
            f"cannot listen on {host}, port {port}: {exc.strerror}",
            hint="--port 0 takes a free one",
        ) from exc


def _url(listening: socket.socket) -> str:
    host, port = listening.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
