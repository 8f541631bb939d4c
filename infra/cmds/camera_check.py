"""`footage cameras check`: find recordings of places that the register knows nothing of."""

from typing import TYPE_CHECKING, Final

import typer

from footage.errors import DataLoss
from footage.instant import DAY, Instant, Interval
from infra.cmds.options import AsJson, From, To, times_of
from infra.cmds.output import counted, emit, local, table

if TYPE_CHECKING:
    from footage.elsewhere import Elsewhere
    from infra.wiring import Parts

_DAYS: Final = 30


def check(start: From = None, end: To = None, as_json: AsJson = False) -> None:
    """Find recordings of places the register does not know.

    A register that was upgraded, or made anew from a list of cameras, knows the places of today
    only: a search by place misses what a camera recorded elsewhere. Without --from: the last 30
    days. Exit code 1 when there is any.
    """
    from footage.scope import EVERYWHERE
    from infra.wiring import wired

    with wired() as parts:
        times = times_of(parts, EVERYWHERE, start, end)
        asked = times.interval
        if start is None:
            asked = Interval(asked.end - DAY * _DAYS, asked.end)
        found = _elsewhere(parts, asked)
    if as_json:
        emit([_document(each) for each in found])
    else:
        _show(found, times.zone.key)
    if found:
        raise typer.Exit(1)


def places_known(parts: "Parts", now: Instant) -> str:
    """Finding of `footage doctor` about the places of the last 30 days' recordings.

    Raises:
        DataLoss: A camera recorded where the register does not know that it stood.
    """
    found = _elsewhere(parts, Interval(now - DAY * _DAYS, now))
    if found:
        cameras = {each.camera for each in found}
        raise DataLoss(
            f"{counted(len(cameras), 'camera')} recorded elsewhere than the register knows, "
            f"such as {found[0].camera} at {found[0].site}: a search by place misses that",
            hint="footage cameras check",
        )
    return f"every camera recorded where the register knows it stood, {_DAYS} days back"


def _elsewhere(parts: "Parts", asked: Interval) -> "list[Elsewhere]":
    from footage.elsewhere import elsewhere
    from footage.stays import by_camera

    return elsewhere(parts.catalogue.days(None, asked), by_camera(parts.register.stays()))


def _document(found: "Elsewhere") -> dict[str, object]:
    return {
        "camera": found.camera,
        "site": found.site,
        "district": found.district,
        "start": str(found.interval.start),
        "end": str(found.interval.end),
        "known_site": found.known,
    }


def _show(found: "list[Elsewhere]", zone: str) -> None:
    if not found:
        print("every camera recorded where the register knows it stood")
        return
    table(
        "recorded elsewhere than the register knows",
        ("camera", "from", "to", "recorded at", "register says"),
        (
            (
                each.camera,
                local(each.interval.start, zone),
                local(each.interval.end, zone),
                f"{each.site} ({each.district})",
                each.known or "camera not known",
            )
            for each in found
        ),
    )
    print("a search by place misses these; tell the register, by footage cameras add, the place of")
    print("the recordings with --correct, and then the place of today with --since TIME")
