"""`footage timeline`: show spans and gaps of a camera, and the reason of each gap."""

from typing import Annotated

import typer

from infra.cmds.options import AsJson, From, To, times_of
from infra.cmds.output import counted, emit, gap_json, length, local, table


def timeline(
    camera: Annotated[str, typer.Option("--camera", metavar="ID", help="The camera.")],
    start: From = None,
    end: To = None,
    as_json: AsJson = False,
) -> None:
    """Show spans and gaps of a camera.

    Every second of the window is in a span or a gap, and each gap has a reason.
    """
    from footage.camera_timeline import camera_timeline, explained
    from footage.ids import camera_id
    from footage.scope import Scope
    from footage.stays import stays_within
    from infra.wiring import wired

    with wired() as parts:
        known = parts.register.camera(camera_id(camera))
        times = times_of(parts, Scope(cameras=frozenset({known.id})), start, end)
        line = camera_timeline(parts.catalogue, known.id, times.interval)
        stays = stays_within(parts.register.stays([known.id]), times.interval)
        now = parts.clock.now()
        line = explained(line, parts.catalogue, parts.store, parts.register, now)
    if as_json:
        emit(
            {
                "camera": line.camera,
                "times": times.document(),
                "spans": [
                    {
                        "start": str(span.interval.start),
                        "end": str(span.interval.end),
                        "segments": span.segments,
                    }
                    for span in line.spans
                ],
                "gaps": [gap_json(gap) for gap in line.gaps],
                "places": [
                    {
                        "site": stay.site,
                        "district": stay.district,
                        "lat": stay.place.lat,
                        "lon": stay.place.lon,
                        "start": str(part.start),
                        "end": str(part.end),
                    }
                    for stay, part in stays
                ],
            }
        )
        return
    rows = [(s.interval, f"recorded, {counted(s.segments, 'segment')}", "") for s in line.spans]
    rows += [(g.interval, f"gap: {g.reason.value}", g.detail) for g in line.gaps]
    zone = times.zone.key
    print(f"time: {times}")
    table(
        f"{known.name} ({known.id})",
        ("from", "to", "length", "state", "why"),
        (
            (local(i.start, zone), local(i.end, zone), length(i.length), state, why)
            for i, state, why in sorted(rows)
        ),
    )
    for stay, part in stays if len(stays) > 1 else ():
        print(f"stood at {stay.site} from {local(part.start, zone)} to {local(part.end, zone)}")
