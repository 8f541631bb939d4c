"""`footage cameras`: import, list, show, add and check the cameras of the register."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from footage.scope import Scope
from footage.stays import with_ends
from infra.cmds.camera_check import check
from infra.cmds.options import AsJson, Districts, Near, Sites
from infra.cmds.output import counted, emit, local, printable, table

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from footage.camera import Camera, Site
    from footage.ids import CameraId
    from footage.instant import Instant
    from footage.stays import Stay
    from infra.wiring import Parts

Since = Annotated[
    str | None,
    typer.Option(
        "--since",
        metavar="TIME",
        help="Since when a moved camera stands there: '2026-11-22 20:08', '2h ago'; else now.",
    ),
]
Correct = Annotated[
    bool, typer.Option("--correct", help="The place written down last was wrong: replace it.")
]

app = typer.Typer(help="Districts, sites and cameras.", no_args_is_help=True)
app.command()(check)


@app.command("import")
def import_(
    file: Annotated[Path, typer.Argument(help="CSV; see docs/cameras.md for its columns.")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Check only.")] = False,
    since: Since = None,
    correct: Correct = False,
) -> None:
    """Add or replace cameras from a CSV file.

    Nothing is imported unless every row is right. A camera with another place than before has
    moved: its earlier footage stays at the earlier place.
    """
    from infra.config import camera_csv
    from infra.custody.changes import save_cameras
    from infra.wiring import wired

    read = camera_csv.read(file)
    moved = 0
    if not dry_run:
        with wired() as parts:
            before = parts.register.stays()
            known = {camera.id for camera in parts.register.cameras()}
            start = _since(parts, since, "")
            save_cameras(read, parts, since=start, correct=correct)
            new = set(parts.register.stays()) - set(before)
            moved = len({stay.camera for stay in new} & known)
    verb = "would import" if dry_run else "imported"
    print(
        f"{verb} {counted(len(read.cameras), 'camera')} at {counted(len(read.sites), 'site')} "
        f"in {counted(len(read.districts), 'district')}" + (f"; moved: {moved}" if moved else "")
    )


@app.command("list")
def list_(
    sites: Sites = None, districts: Districts = None, near: Near = None, as_json: AsJson = False
) -> None:
    """List cameras, all or those of a place.

    Those that stand there today, and behind them those that stood there before.
    """
    from footage.stays import by_camera
    from infra.wiring import wired

    scope = Scope.parse(None, sites, districts, near)
    with wired() as parts:
        cameras = parts.register.cameras(scope)
        stays = by_camera(parts.register.stays())
        zone = parts.settings.zone
    if as_json:
        emit([_document(camera, stays.get(camera.id, ())) for camera in cameras])
        return
    _list(cameras, stays, zone)
    for camera in sorted(stays.keys() - {camera.id for camera in cameras}):
        if gone := _left(stays[camera], scope, zone):
            print(f"stood there before: {camera}, {'; '.join(gone)}")


@app.command()
def show(
    camera: Annotated[str, typer.Argument(metavar="ID", help="The camera's id.")],
    as_json: AsJson = False,
) -> None:
    """Show a camera and every place it stood at.

    Each place with its time; places that were said to be wrong too.
    """
    from footage.ids import camera_id
    from infra.wiring import wired

    with wired() as parts:
        known = parts.register.camera(camera_id(camera))
        stays = parts.register.stays([known.id], replaced=True)
        zone = parts.settings.zone
    counting = [stay for stay in stays if not stay.replaced]
    wrong = [stay for stay in stays if stay.replaced]
    if as_json:
        emit({**_document(known, counting), "corrected": [_stay(stay, None) for stay in wrong]})
        return
    state = "recorded" if known.source else "not recorded, since the camera has no source"
    print(f"{known.id} ({printable(known.name)}): {state}; class {known.retention_class}")
    rows = [
        (*_when(stay, until, zone), stay.site, stay.district, _point(stay), "")
        for stay, until in with_ends(counting)
    ]
    for stay in wrong:
        said = f"wrong, said {local(stay.replaced, zone)}" if stay.replaced else ""
        place = (stay.site, stay.district, _point(stay))
        rows.append((*_when(stay, None, zone), *place, said))
    table("places", ("from", "to", "site", "district", "place", "state"), rows)


@app.command()
def add(
    camera: Annotated[str, typer.Argument(metavar="ID", help="The camera's id.")],
    site: Annotated[str, typer.Option(help="The camera's site; made when unknown.")],
    district: Annotated[str, typer.Option(help="The camera's district; made when unknown.")],
    lat: Annotated[float, typer.Option(help="Latitude, degrees.")],
    lon: Annotated[float, typer.Option(help="Longitude, degrees.")],
    name: Annotated[str | None, typer.Option(help="Name for people.")] = None,
    source: Annotated[
        str | None, typer.Option("--source", help="RTSP URL, or a file; '' for none.")
    ] = None,
    secret_file: Annotated[
        str | None,
        typer.Option("--secret-file", help="Name of the file with the source's credentials."),
    ] = None,
    retention_class: Annotated[
        str | None, typer.Option("--class", help="Retention class; else standard.")
    ] = None,
    zone: Annotated[
        str, typer.Option("--zone", help="Time zone of a new site; else the setting's.")
    ] = "",
    since: Since = None,
    correct: Correct = False,
) -> None:
    """Add or change a camera.

    Name, source, secret file and class of a known camera stay where the option is left out. A
    camera with another place than before has moved: its earlier footage stays at the earlier place.
    """
    from infra.config import camera_csv
    from infra.custody.changes import save_cameras
    from infra.wiring import wired

    row = {"camera": camera, "site": site, "district": district, "lat": str(lat), "lon": str(lon)}
    with wired() as parts:
        known = _known(parts, camera)
        given = {
            "camera_name": name,
            "source": source,
            "source_secret_file": secret_file,
            "retention_class": retention_class,
        }
        row |= {key: known.get(key, "") if text is None else text for key, text in given.items()}
        read = camera_csv.parse([(1, {**row, "zone": zone})], name="camera")
        (new,) = read.cameras
        known_sites = {s.id: s for s in parts.register.sites()}
        known_districts = {d.id for d in parts.register.districts()}
        before = parts.register.stays([new.id])
        holds = {hold.id for hold in parts.register.holds() if new.id in hold.cameras}
        start = _since(parts, since, zone or _zone_of(known_sites.get(new.site)))
        made = camera_csv.Cameras(
            tuple(d for d in read.districts if d.id not in known_districts),
            tuple(s for s in read.sites if s.id not in known_sites),
            read.cameras,
        )
        save_cameras(made, parts, since=start, correct=correct)
        after = parts.register.stays([new.id])
        print(_added(before, after, parts.settings.zone))
        for hold in parts.register.holds():
            if new.id in hold.cameras and hold.id not in holds:
                print(f"{new.id} comes under {hold.id}, a hold on that place")


def _known(parts: "Parts", camera: str) -> dict[str, str]:
    """The cells of a known camera that stay where nothing else is said."""
    for one in parts.register.cameras(Scope.parse([camera])):
        return {
            "camera_name": one.name,
            "source": one.source,
            "source_secret_file": one.source_secret_file,
            "retention_class": one.retention_class,
        }
    return {}


def _since(parts: "Parts", text: str | None, zone: str) -> "Instant | None":
    from footage.local_time import time_zone
    from footage.time_text import read_time

    if text is None:
        return None
    return read_time(text, time_zone(zone or parts.settings.zone), parts.clock.now()).instant


def _zone_of(site: "Site | None") -> str:
    return site.zone if site else ""


def _added(before: "Sequence[Stay]", after: "Sequence[Stay]", zone: str) -> str:
    """Say what was written down about the camera's place."""
    now = after[-1]
    start = f"since {local(now.since, zone)}" if now.since else "all along"
    if not before:
        return f"added {now.camera}"
    if before == after:
        return f"changed {now.camera}, which stands at {now.site} {start}, as before"
    if len(after) > len(before):
        return (
            f"{now.camera} stands at {now.site} {start}; footage from before stays at "
            f"{before[-1].site}"
        )
    return f"corrected: {now.camera} stands at {now.site} {start}, not at {before[-1].site}"


def _list(
    cameras: "Sequence[Camera]", stays: "Mapping[CameraId, Sequence[Stay]]", zone: str
) -> None:
    before = {camera.id: _before(stays.get(camera.id, ()), zone) for camera in cameras}
    moved = any(before.values())
    columns = ("camera", "name", "site", "district", "place", "class")
    table(
        counted(len(cameras), "camera"),
        (*columns, "before") if moved else columns,
        (
            (c.id, c.name, c.site, c.district, _point(c), c.retention_class)
            + ((before[c.id],) if moved else ())
            for c in cameras
        ),
    )


def _document(camera: "Camera", stays: "Sequence[Stay]") -> dict[str, object]:
    return {
        "camera": camera.id,
        "name": camera.name,
        "site": camera.site,
        "district": camera.district,
        "lat": camera.place.lat,
        "lon": camera.place.lon,
        "retention_class": camera.retention_class,
        "recorded": bool(camera.source),
        "places": [_stay(stay, until) for stay, until in with_ends(stays)],
    }


def _stay(stay: "Stay", until: "Instant | None") -> dict[str, object]:
    return {
        "site": stay.site,
        "district": stay.district,
        "lat": stay.place.lat,
        "lon": stay.place.lon,
        "since": str(stay.since) if stay.since else None,
        "until": str(until) if until else None,
        "told": str(stay.told) if stay.told else None,
    } | ({"replaced": str(stay.replaced)} if stay.replaced else {})


def _when(stay: "Stay", until: "Instant | None", zone: str) -> tuple[str, str]:
    return (
        local(stay.since, zone) if stay.since else "",
        local(until, zone) if until else "",
    )


def _before(stays: "Sequence[Stay]", zone: str) -> str:
    return "; ".join(reversed(_left(stays, Scope(), zone)))


def _left(stays: "Sequence[Stay]", scope: Scope, zone: str) -> list[str]:
    """The stays of a camera in `scope` that ended, in words."""
    return [
        _until(stay, until, zone)
        for stay, until in with_ends(stays)
        if until is not None
        and scope.admits(
            camera=stay.camera, site=stay.site, district=stay.district, place=stay.place
        )
    ]


def _until(stay: "Stay", until: "Instant", zone: str) -> str:
    return f"{stay.site} until {local(until, zone)}"


def _point(where: "Camera | Stay") -> str:
    return f"{where.place.lat:.5f}, {where.place.lon:.5f}"
