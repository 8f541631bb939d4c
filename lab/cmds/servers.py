"""`footage servers`: real servers on this machine, for development, tests and the demonstration."""

from __future__ import annotations

import json
import os
import sys
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from footage.errors import FootageError

if TYPE_CHECKING:
    from lab.servers.fleet import Fleet, Report

app = typer.Typer(
    help="Real servers for tests and the demo.",
    no_args_is_help=True,
)

Names = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="[NAME]...",
        help="minio, versitygw, elasticsearch, postgres, rtsp, toxiproxy; all when left out.",
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]
Fresh = Annotated[
    bool, typer.Option("--fresh", help="Begin anew: remove the data of an earlier run.")
]


@app.command()
def install(names: Names = None) -> None:
    """Install servers into the cache.

    Servers that are installed already are left alone.

    MinIO is compiled, for six minutes on two cores. As root on Debian, missing packages of the
    operating system are installed too; otherwise the command to get them is told.
    """
    from footage.clock import SystemClock
    from infra.config.loading import load
    from lab.servers.roster import choose

    cache, failures = load().cache, []
    for server in choose(names or ()):
        try:
            server.install(cache, uid=os.geteuid(), clock=SystemClock(), say=_say)
        except FootageError as exc:  # one missing server must not keep the others away
            failures.append(exc)
            _say(f"{server.name}: FAILED: {exc}")
    if failures:
        raise failures[0]


@app.command()
def up(names: Names = None, fresh: Fresh = False, as_json: AsJson = False) -> None:
    """Start servers on free ports of 127.0.0.1.

    They run on until `footage servers down`.

    One that ran before comes back with its data, ports and credentials. Credentials stand in
    `servers/credentials.json` in the home folder, closed to others.
    """
    _show(_fleet().up(names or (), say=_say, fresh=fresh), as_json=as_json)


@app.command()
def down(names: Names = None) -> None:
    """Stop the servers that `up` started.

    And nothing else; their data stays for the next `up`.
    """
    _fleet().down(names or (), say=_say)


@app.command()
def status(as_json: AsJson = False) -> None:
    """Say how each started server is.

    And where it listens.
    """
    _show(_fleet().status(), as_json=as_json)


def main() -> None:
    """Run `footage servers` as a separate program, `python -m lab.servers`."""
    try:
        app()
    except FootageError as exc:
        _say(f"error: {exc}")
        sys.exit(exc.exit_code)


def _fleet() -> Fleet:
    from footage.clock import SystemClock
    from infra.config.loading import load
    from lab.servers.fleet import Fleet, data_folder

    settings = load()
    home, cache = settings.home, settings.cache
    data = data_folder(home, cache, os.geteuid())
    return Fleet(home / "servers", data=data, cache=cache, clock=SystemClock())


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def _show(reports: list[Report], *, as_json: bool) -> None:
    if as_json:
        print(
            json.dumps([asdict(report) | {"state": report.state} for report in reports], indent=2)
        )
        return
    if not reports:
        print("no server was started here")
    for report in reports:
        print(f"{report.name:14} {report.state:10} pid {report.pid:<8} {report.facts['url']}")
