"""`footage serve`: the HTTP API."""

import ipaddress
import signal
import socket
from types import FrameType
from typing import TYPE_CHECKING, Annotated

import typer

from footage.errors import Misconfigured, Unavailable

if TYPE_CHECKING:
    from infra.wiring import Parts


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

    Until SIGTERM or Ctrl-C; see docs/api.md. Runs jobs such as exports too.
    """
    from infra.wiring import wired

    with wired() as parts:
        address = host or parts.settings.api.host
        _require_loopback(address, insecure=insecure_listen)
        serve_parts(parts, address, parts.settings.api.port if port is None else port)


def serve_parts(parts: "Parts", address: str, port: int) -> None:
    """Serve the HTTP interface over some parts until SIGTERM or Ctrl-C; run jobs too.

    Args:
        parts: The parts.
        address: Address to listen on.
        port: Port to listen on; 0 takes a free one, which is printed.

    Raises:
        Misconfigured: This machine has no such address.
        Unavailable: The port is taken or cannot be used.
    """
    from api.app import create_app
    from api.counts import RequestCounts
    from api.limits import Limits
    from infra.cmds.doctor_access import closed_paths
    from infra.host import http_server, logs
    from infra.host.private import warn_if_open
    from infra.node.api_metrics import api_metrics_served

    chosen = parts.settings.api
    with listen(address, port) as listening:
        hosts = frozenset({address.lower(), *chosen.hosts})
        limits = Limits(
            hosts,
            body_bytes=chosen.body_limit,
            read_within=chosen.read_within,
            picture_bytes=chosen.picture_limit,
            behind_proxy=chosen.behind_proxy,
            requests_per_minute=chosen.requests_per_minute,
            bytes_per_hour=chosen.bytes_per_hour,
            sign_ins_per_minute=chosen.sign_ins_per_minute,
        )
        counts = RequestCounts()
        app = create_app(parts.services(), limits, counts)
        print(f"listening on {_url(listening)}", flush=True)
        if not parts.accounts.people():
            print("nobody can sign in yet: `footage users add` adds the first person", flush=True)
        # Uvicorn ends in order and raises the signal anew: then this command ends in order too.
        signal.signal(signal.SIGTERM, _exit)
        with (
            logs.configured(parts.settings.logs.level),
            api_metrics_served(counts, chosen.metrics_listen, parts.clock, parts.proxies.counted),
            parts.job_runner().running(),
        ):
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
