"""`footage status`: show which cameras are recorded, and which are not, and why."""

from typing import Annotated, Final

import typer

from footage.errors import BadInput
from footage.instant import Elapsed
from footage.scope import Scope
from infra.cmds.options import AsJson, Cameras, Districts, Near, Sites
from infra.cmds.output import emit

_REFRESH: Final = Elapsed.parse("2s")


def status(
    cameras: Cameras = None,
    sites: Sites = None,
    districts: Districts = None,
    near: Near = None,
    everything: Annotated[bool, typer.Option("--all", help="Also what is well.")] = False,
    watch: Annotated[bool, typer.Option("--watch", help="Again every 2 s, until Ctrl-C.")] = False,
    as_json: AsJson = False,
) -> None:
    """Show what is recorded, the worst cameras first.

    Asks every recording node. Exit code 0 when all is well, 1 when a camera is lost, not recorded
    by anybody, damaged or alarmed, when no recorder or a node does not answer, or is in trouble, or
    when data of the catalogue, the register or the custody log was lost.
    """
    from infra.cmds import status_view
    from infra.node.city_status import city_status, slow_facts
    from infra.wiring import wired

    if watch and as_json:
        raise BadInput("--watch is for people, --json for programs", hint="give one of them")
    within = Scope.parse(cameras, sites, districts, near)
    with wired() as parts:
        slow = slow_facts(parts)
        while True:
            found = city_status(parts, within, slow)
            if as_json:
                emit(found.document() | {"originals": slow.originals})
            else:
                if watch:
                    _clear()
                status_view.show(found.city, found.index, found.notes, everything=everything)
            if not watch:
                break
            parts.clock.sleep(_REFRESH)
    if not (found.city.well and found.sure and slow.whole):
        raise typer.Exit(1)


def _clear() -> None:
    from rich.console import Console

    Console().clear()
