"""`footage recorders`: list the recorders that share the cameras, and forget a lost recorder."""

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

    Recorders that lapsed more than a day ago and have no camera are left out.
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
    """Remove a lapsed recorder and free the recorder's cameras.

    Only when the recorder is gone for good, or certainly records nothing: others begin at once.
    Needed where all recorders were lost together and new recorders took their place.
    """
    from infra.wiring import wired

    with wired() as parts:
        parts.leases.forget(node_id(node))
    print(f"{node} is no longer a member; its cameras are free")
