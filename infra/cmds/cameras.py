"""`footage cameras`: import, list and add the cameras of the register."""

from pathlib import Path
from typing import Annotated

import typer

from footage.scope import Scope
from infra.cmds.options import AsJson, Districts, Near, Sites
from infra.cmds.output import emit, table

app = typer.Typer(help="Districts, sites and cameras.", no_args_is_help=True)


@app.command("import")
def import_(
    file: Annotated[Path, typer.Argument(help="CSV; see docs/cameras.md for its columns.")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Check only.")] = False,
) -> None:
    """Add or replace cameras from a CSV file.

    Nothing is imported unless every row is right.
    """
    from infra.config import camera_csv
    from infra.wiring import wired

    read = camera_csv.read(file)
    if not dry_run:
        with wired() as parts:
            read.save(parts.register)
    verb = "would import" if dry_run else "imported"
    print(
        f"{verb} {len(read.cameras)} cameras at {len(read.sites)} sites "
        f"in {len(read.districts)} districts"
    )


@app.command("list")
def list_(
    sites: Sites = None, districts: Districts = None, near: Near = None, as_json: AsJson = False
) -> None:
    """List cameras, all or those of a place."""
    from infra.wiring import wired

    with wired() as parts:
        cameras = parts.register.cameras(Scope.parse(None, sites, districts, near))
    if as_json:
        emit(
            [
                {
                    "camera": camera.id,
                    "name": camera.name,
                    "site": camera.site,
                    "district": camera.district,
                    "lat": camera.place.lat,
                    "lon": camera.place.lon,
                    "retention_class": camera.retention_class,
                    "recorded": bool(camera.source),
                }
                for camera in cameras
            ]
        )
        return
    table(
        f"{len(cameras)} cameras",
        ("camera", "name", "site", "district", "place", "class"),
        (
            (
                c.id,
                c.name,
                c.site,
                c.district,
                f"{c.place.lat:.5f}, {c.place.lon:.5f}",
                c.retention_class,
            )
            for c in cameras
        ),
    )


@app.command()
def add(
    camera: Annotated[str, typer.Argument(metavar="ID", help="The camera's id.")],
    site: Annotated[str, typer.Option(help="The camera's site; made when unknown.")],
    district: Annotated[str, typer.Option(help="The camera's district; made when unknown.")],
    lat: Annotated[float, typer.Option(help="Latitude, degrees.")],
    lon: Annotated[float, typer.Option(help="Longitude, degrees.")],
    name: Annotated[str, typer.Option(help="Name for people.")] = "",
    source: Annotated[str, typer.Option("--source", help="RTSP URL, or a file.")] = "",
    retention_class: Annotated[str, typer.Option("--class", help="Retention class.")] = "standard",
    zone: Annotated[
        str, typer.Option("--zone", help="Time zone of a new site; else the setting's.")
    ] = "",
) -> None:
    """Add or replace a camera."""
    from infra.config import camera_csv
    from infra.wiring import wired

    row = {
        "camera": camera,
        "camera_name": name,
        "site": site,
        "district": district,
        "lat": str(lat),
        "lon": str(lon),
        "source": source,
        "retention_class": retention_class,
        "zone": zone,
    }
    read = camera_csv.parse([(1, row)], name="camera")
    with wired() as parts:
        known_sites = {s.id for s in parts.register.sites()}
        known_districts = {d.id for d in parts.register.districts()}
        camera_csv.Cameras(
            tuple(d for d in read.districts if d.id not in known_districts),
            tuple(s for s in read.sites if s.id not in known_sites),
            read.cameras,
        ).save(parts.register)
    print(f"added {camera}")
