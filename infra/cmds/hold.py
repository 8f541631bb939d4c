"""`footage hold`: nothing under a hold is ever deleted."""

from typing import Annotated

import typer

from infra.cmds.options import AsJson, Case, PurposeCode, required_interval
from infra.cmds.output import emit, local, size, table

app = typer.Typer(help="Holds: forbid deletion until released.", no_args_is_help=True)


@app.command()
def place(
    cameras: Annotated[list[str], typer.Option("--camera", metavar="ID", help="May be repeated.")],
    start: Annotated[str, typer.Option("--from", metavar="INSTANT", help="Start.")],
    end: Annotated[str, typer.Option("--to", metavar="INSTANT", help="End (not included).")],
    authority: Annotated[str, typer.Option(help="On whose authority.")],
    reason: Annotated[str, typer.Option(help="Why.")],
    case: Case = "",
    purpose: PurposeCode = "",
    as_json: AsJson = False,
) -> None:
    """Place a hold.

    When it returns, nothing it covers can be deleted.
    """
    from footage.custody import Purpose
    from footage.ids import camera_id
    from infra.wiring import wired

    with wired() as parts:
        placed = parts.holds.place(
            [camera_id(camera) for camera in cameras],
            required_interval(start, end),
            authority,
            reason,
            Purpose(parts.settings.actor, case, purpose),
        )
    if as_json:
        emit(
            {
                "hold": placed.hold.id,
                "segments": placed.segments,
                "bytes": placed.bytes,
                "strength": placed.strength.value,
            }
        )
        return
    print(
        f"{placed.hold.id}: {placed.segments} segments, {size(placed.bytes)} held; "
        f"kept by: {placed.strength.value}"
    )


@app.command()
def release(
    hold: Annotated[str, typer.Argument(metavar="HOLD", help="Its id.")],
    reason: Annotated[str, typer.Option(help="Why it is released.")],
    case: Case = "",
    purpose: PurposeCode = "",
) -> None:
    """Release a hold.

    Retention may then delete what no other hold covers.
    """
    from footage.custody import Purpose
    from footage.ids import HoldId
    from infra.wiring import wired

    with wired() as parts:
        who = Purpose(parts.settings.actor, case, purpose)
        released = parts.holds.release(HoldId(hold), reason, who)
    print(
        f"{hold} released: {released.segments} segments, {released.still_held} of them "
        "still under another hold"
    )


@app.command("list")
def list_(
    every: Annotated[bool, typer.Option("--all", help="Released ones too.")] = False,
    as_json: AsJson = False,
) -> None:
    """List holds."""
    from infra.wiring import wired

    with wired() as parts:
        holds = parts.register.holds(active_only=not every)
        zone = parts.settings.zone
    if as_json:
        emit(
            [
                {
                    "hold": hold.id,
                    "cameras": sorted(hold.cameras),
                    "start": str(hold.interval.start),
                    "end": str(hold.interval.end),
                    "authority": hold.authority,
                    "reason": hold.reason,
                    "placed_by": hold.placed_by,
                    "placed_at": str(hold.placed_at),
                    "case": hold.case,
                    "released_at": str(hold.released_at) if hold.released_at else None,
                }
                for hold in holds
            ]
        )
        return
    table(
        f"{len(holds)} holds",
        ("hold", "cameras", "from", "to", "authority", "reason", "by", "state"),
        (
            (
                hold.id,
                ", ".join(sorted(hold.cameras)),
                local(hold.interval.start, zone),
                local(hold.interval.end, zone),
                hold.authority,
                hold.reason,
                hold.placed_by,
                "stands" if hold.active else "released",
            )
            for hold in holds
        ),
    )
