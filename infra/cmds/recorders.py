"""`footage recorders`: who shares the cameras."""

from collections import Counter
from typing import Annotated

import typer

from footage.ids import node_id
from infra.cmds.options import AsJson
from infra.cmds.output import emit, table

app = typer.Typer(help="The recorders that share the cameras.", no_args_is_help=True)


@app.command("list")
def list_(as_json: AsJson = False) -> None:
    """List recorders and how many cameras each has.

    Those that lapsed more than a day ago and have no camera are left out.
    """
    from infra.wiring import wired

    with wired() as parts:
        membership = parts.leases.membership()
    cameras = Counter(lease.node for lease in membership.leases)
    if as_json:
        emit(
            [
                {
                    "node": node.id,
                    "live": node.live,
                    "cameras": cameras[node.id],
                    "address": node.address.partition("#")[0],
                }
                for node in membership.nodes
            ]
        )
        return
    table(
        "recorders",
        ("recorder", "state", "cameras", "address"),
        (
            (
                node.id,
                "live" if node.live else "lapsed",
                str(cameras[node.id]),
                node.address.partition("#")[0],
            )
            for node in membership.nodes
        ),
    )


@app.command("forget")
def forget(node: Annotated[str, typer.Argument(help="A lapsed recorder.")]) -> None:
    """Strike a lapsed recorder off and free its cameras.

    Only when the recorder is gone for good, or certainly records nothing: others begin at once.
    Needed where all recorders were lost together and new ones took their place.
    """
    from infra.wiring import wired

    with wired() as parts:
        parts.leases.forget(node_id(node))
    print(f"{node} is removed from membership; its cameras are free")
