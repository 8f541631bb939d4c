"""`footage hold`: place, release and list holds; footage under a hold is never deleted."""

from typing import TYPE_CHECKING, Annotated, Final

import typer

from footage.errors import BadInput, DataLoss, Unavailable
from infra.cmds.moment import Moment, footage_asked
from infra.cmds.options import (
    AsJson,
    Cameras,
    Case,
    Districts,
    From,
    Near,
    PurposeCode,
    Sites,
    To,
    acting,
)
from infra.cmds.output import by_kind, counted, emit, gap_json, local, printable, size, table

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from evidence.holds import PlacedHold, ReleasedHold
    from footage.hold import Hold
    from infra.objects.store_guarantees import StoreGuarantees

_RECONCILED_LATER = (
    "`footage record` and `footage run` reconcile marks once the store answers; to try now: "
    "footage hold reassert"
)

_MEANING: Final = {
    "store": "the store itself refuses deletion, whoever asks",
    "store_renewed": "the store refuses deletion until a date that Footage renews each day",
    "ours": "only Footage refuses deletion, the store would not",
}
_SHOWN: Final = 20
"""Segments of a kind that are printed; `--json` has all."""

app = typer.Typer(help="Holds: forbid deletion until released.", no_args_is_help=True)


@app.command()
def place(
    authority: Annotated[
        str, typer.Option(help="On whose authority; asked for where left out.")
    ] = "",
    reason: Annotated[str, typer.Option(help="Why; asked for where left out.")] = "",
    start: From = None,
    end: To = None,
    cameras: Cameras = None,
    sites: Sites = None,
    districts: Districts = None,
    near: Near = None,
    moment: Moment = None,
    case: Case = "",
    purpose: PurposeCode = "",
    as_json: AsJson = False,
) -> None:
    """Place a hold.

    On cameras, or on places: on each camera that stood there at some time in the interval, with all
    its footage of the interval, and on each that comes to stand there.

    When the command returns, nothing under the hold can be deleted through Footage, whether the
    store could be reached or not; marks that could not be set yet are told. Exit code 5 when the
    hold stands and some of the footage is missing from the store or damaged: it is named.
    """
    from footage.asked_times import local_text
    from footage.scope import Scope
    from infra.wiring import wired

    scope = Scope.parse(cameras, sites, districts, near)
    authority = authority or _asked("On whose authority? (e.g. Sessions Court, order 14/2026)")
    reason = reason or _asked("Why?")
    with wired() as parts:
        scope, times = footage_asked(parts, scope, start, end, moment)
        who = acting(parts, case, purpose)
        placed = parts.holds.place(
            sorted(scope.cameras), times.interval, authority, reason, who, scope
        )
        zone = times.zone
        nothing = parts.expectations.told(
            placed.hold.cameras, times.interval, lambda instant: local_text(instant, zone)
        )
    if as_json:
        emit(
            {
                **placed.hold.document(),
                "times": times.document(),
                "segments": placed.segments,
                "bytes": placed.bytes,
                "originals": placed.originals,
                "original_bytes": placed.original_bytes,
                "strength": placed.strength.value if placed.strength else None,
                "strength_seen": str(placed.strength_seen) if placed.strength_seen else None,
                "marks": _marks(placed),
                "nothing_stored": nothing,
                "already_gone": _gone(placed),
                "sound": placed.sound,
                "missing": list(placed.missing),
                "unmarked": [{"segment": key, "why": why} for key, why in placed.unmarked],
            }
        )
    else:
        print(f"{placed.hold.id} stands: {_amount(placed)}")
        if scope.by_place:
            print(
                f"cameras: {', '.join(sorted(placed.hold.cameras))}; who comes to stand there joins"
            )
        print(f"time: {times}")
        said_by = f"{printable(placed.hold.authority)}; {printable(placed.hold.reason)}"
        print(f"authority: {said_by}{f'; case {printable(case)}' if case else ''}")
        for camera, said in (nothing or {}).items():
            print(f"nothing of {camera} is stored in this time: {said}")
        for gap in placed.already_gone or ():
            start, end = (local_text(at, zone) for at in (gap.interval.start, gap.interval.end))
            print(f"had expired before: {gap.camera} {start} to {end}: {gap.detail}")
        _show_unsound(placed)
        if placed.marks_pending and not placed.unmarked:
            print(f"marks on objects could not be set yet: {placed.marks_pending}")
            print(_RECONCILED_LATER)
        print(f"strength: {_strength(placed, zone)}")
    if not placed.sound:
        raise typer.Exit(DataLoss.exit_code)


def _asked(question: str) -> str:
    """Ask the person for a text that a hold needs, on standard error; never empty.

    Raises:
        BadInput: Nobody answers.
    """
    try:
        answer = typer.prompt(question, err=True)
    except typer.Abort as exc:
        raise BadInput(
            "a hold needs an authority and a reason, and nobody is there to be asked",
            hint="give --authority TEXT and --reason TEXT",
        ) from exc
    return str(answer)


@app.command()
def release(
    hold: Annotated[str, typer.Argument(metavar="HOLD", help="Id of the hold.")],
    reason: Annotated[str, typer.Option(help="Why the hold is released.")],
    case: Case = "",
    purpose: PurposeCode = "",
    as_json: AsJson = False,
) -> None:
    """Release a hold.

    Retention may then delete what no other hold covers. Where the settings ask for a second person
    (docs/approvals.md), a first call enters a request; the same call releases the hold once another
    person approved it.
    """
    from footage.ids import HoldId
    from infra.wiring import wired

    with wired() as parts:
        who = acting(parts, case, purpose)
        parts.in_force.settings(parts.settings)  # nobody switches four eyes off unseen
        released = parts.holds.release(HoldId(hold), reason, who)
    if as_json:
        emit(
            {
                "hold": hold,
                "segments": released.segments,
                "still_held": released.still_held,
                "marks": _marks(released),
            }
        )
        return
    if released.marks_pending:
        print(f"{hold} released; marks on objects could not be removed yet, so retention spares")
        print(f"what carries them: {released.marks_pending}")
        print(_RECONCILED_LATER)
        return
    print(
        f"{hold} released: {counted(released.segments or 0, 'segment')}, "
        f"{released.still_held} of them still under another hold"
    )


@app.command()
def reassert(as_json: AsJson = False) -> None:
    """Bring the hold marks on objects in line with the register.

    Sets missing marks of active holds and removes marks that no active hold asks for, after a store
    or a process was away. Asks about objects of active holds, and of released holds whose marks are
    not all removed. Exit code 4 when some marks could not be changed yet: run the command again.
    Exit code 5 when a held object is missing from the store.
    """
    from footage.action import Purpose
    from infra.wiring import wired

    with wired() as parts:
        done = parts.holds.reassert(Purpose(parts.settings.actor))
        strength = _strength_of(parts.guarantees)
    if as_json:
        emit(
            {
                "marked": done.marked,
                "lifted": done.lifted,
                "missing": list(done.missing),
                "unmarked": [{"segment": key, "why": why} for key, why in done.unmarked],
                "unfinished": [{"hold": hold, "why": why} for hold, why in done.unfinished],
                "strength": strength,
            }
        )
    else:
        carry = "held object carries its" if done.marked == 1 else "held objects carry their"
        lifted = counted(done.lifted, "mark")
        print(f"{done.marked} {carry} mark; {lifted} removed")
        for key in done.missing:
            print(f"held, but not in the store: {key}")
        for line in by_kind("mark", done.unmarked):
            print(f"cannot be changed: {line}")
        for line in by_kind("hold", done.unfinished):
            print(f"not finished: {line}")
        print(f"strength: {strength or 'not known yet, the store was never tried: footage doctor'}")
    if done.unfinished:
        raise typer.Exit(Unavailable.exit_code)
    if done.missing:
        raise typer.Exit(DataLoss.exit_code)


@app.command("list")
def list_(
    every: Annotated[bool, typer.Option("--all", help="Released holds too.")] = False,
    as_json: AsJson = False,
) -> None:
    """List holds."""
    from infra.wiring import wired

    with wired() as parts:
        holds = parts.register.holds(active_only=not every)
        pending = {due.hold.id for due in parts.register.marks_due() if not due.passes}
        zone = parts.settings.zone
    if as_json:
        emit(
            [
                {**hold.document(), "marks": "pending" if hold.id in pending else "done"}
                for hold in holds
            ]
        )
        return
    table(
        counted(len(holds), "hold"),
        ("hold", "cameras", "from", "to", "authority", "reason", "by", "state"),
        (
            (
                hold.id,
                _about(hold),
                local(hold.interval.start, zone),
                local(hold.interval.end, zone),
                hold.authority,
                hold.reason,
                hold.placed_by,
                ("stands" if hold.active else "released")
                + (", marks pending" if hold.id in pending else ""),
            )
            for hold in holds
        ),
    )


def _about(hold: "Hold") -> str:
    """The places and cameras of a hold."""
    named = [*sorted(hold.places.sites), *sorted(hold.places.districts)]
    if circle := hold.places.circle:
        named.append(f"{circle.radius_m:g} m around {circle.centre.lat}, {circle.centre.lon}")
    cameras = ", ".join(sorted(hold.cameras))
    return f"{', '.join(named)}: {cameras}" if named else cameras


def _marks(done: "PlacedHold | ReleasedHold") -> str:
    return "pending" if done.marks_pending else "done"


def _amount(placed: "PlacedHold") -> str:
    if placed.segments is None or placed.bytes is None:
        return "how much the hold covers is not known yet, the catalogue was not reachable"
    if not placed.segments:
        return "nothing that it covers is stored"
    said = f"{counted(placed.segments, 'segment')}, {size(placed.bytes)} held"
    if placed.originals and placed.original_bytes is not None:
        files = counted(placed.originals, "original file")
        said += f", and {files} of imports, {size(placed.original_bytes)}"
    return said


def _gone(placed: "PlacedHold") -> list[dict[str, str]] | None:
    return None if placed.already_gone is None else [gap_json(gap) for gap in placed.already_gone]


def _show_unsound(placed: "PlacedHold") -> None:
    """Print what the hold covers and the store no longer has, or could not mark."""
    for title, lines in (
        ("missing from the store, so nothing is left to hold", list(placed.missing)),
        (
            "not marked, so only Footage protects it",
            [f"{key}: {why}" for key, why in placed.unmarked],
        ),
    ):
        if lines:
            print(f"{counted(len(lines), 'segment')} {title}:")
            for line in lines[:_SHOWN]:
                print(f"  {printable(line)}")
            if len(lines) > _SHOWN:
                print(f"  and {len(lines) - _SHOWN} more: --json lists all")


def _strength(placed: "PlacedHold", zone: "ZoneInfo") -> str:
    from footage.asked_times import local_text
    from footage.instant import Elapsed

    if placed.strength and placed.strength_seen:
        seen = local_text(placed.strength_seen.floor(Elapsed.seconds(1)), zone)
        return f"{placed.strength.value} ({_MEANING[placed.strength]}), as seen at {seen}"
    if placed.marks_pending:
        return "not known yet, the store was not reachable"
    return "not known yet, the store was never tried: footage doctor"


def _strength_of(guarantees: "StoreGuarantees") -> str | None:
    seen = guarantees.seen()
    return seen.guarantees.hold_strength.value if seen else None
