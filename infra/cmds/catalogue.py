"""`footage catalogue`: rebuild the catalogue from the object store, check its day summaries."""

from typing import TYPE_CHECKING, Annotated, Final

import typer

from footage.errors import UnreadableObjects
from infra.cmds.options import AsJson

if TYPE_CHECKING:
    from pathlib import Path

    from indexer.rebuild import Rebuilt
    from infra.wiring import Parts

_ALONE: Final = "the catalogue has no segment cut from this file"
"""Said of a file of which segments may be stored and unreadable."""
_LISTED: Final = 1_000
"""Objects of a kind that `--json` names at most; all are counted."""

app = typer.Typer(help="The searchable record of segments.", no_args_is_help=True)


@app.command()
def rebuild(as_json: AsJson = False) -> None:
    """Make the catalogue anew.

    Reads key and metadata of every stored segment, the gaps copied beside them and the deletions in
    the register, and derives all day summaries from the segments; changes no footage. A catalogue
    file of the version before is converted first, with its gaps, keyframes and index marks; a
    damaged file is set aside, and afterwards `footage index --once` brings the keyframes back. Exit
    code 5 when some objects cannot be read: all others are in the catalogue.
    """
    from indexer.rebuild import rebuild_catalogue
    from infra.cmds.output import emit, kinds_json, progress
    from infra.wiring import wired
    from retention.expired import restore_expired

    with wired() as parts, progress("rebuilding") as bar:
        converted = parts.convert_catalogue()
        damaged = _set_aside_damaged(parts)
        done = rebuild_catalogue(parts.store, parts.catalogue, bar)
        expired = restore_expired(parts.register, parts.catalogue)
    if as_json:
        emit(
            {
                "converted": converted,
                "set_aside": str(damaged) if damaged else None,
                "expired_gaps": expired,
                "segments": done.segments,
                "gaps": done.gaps,
                "mended": done.mended,
                "originals": done.originals,
                "lone": list(done.lone[:_LISTED]),
                "passed_over": [list(one) for one in done.passed_over[:_LISTED]],
                "unreadable": [list(one) for one in done.unreadable[:_LISTED]],
                "totals": {
                    "lone": kinds_json([(key, _ALONE) for key in done.lone]),
                    "passed_over": kinds_json(done.passed_over),
                    "unreadable": kinds_json(done.unreadable),
                },
            }
        )
    else:
        if converted:
            print("the catalogue of the version before was converted")
        if damaged:
            print(f"the damaged catalogue was set aside as {damaged}")
        _show_rebuilt(done, expired)
    if done.unreadable:
        raise UnreadableObjects.among(done.unreadable)


def _show_rebuilt(done: "Rebuilt", expired: int) -> None:
    """Print what a rebuild found; of many objects at fault a line for each kind of fault."""
    from infra.cmds.output import by_kind, counted

    read = f"{counted(done.segments, 'segment')} and {counted(done.gaps, 'gap')}"
    print(f"{read} read into the catalogue")
    if done.originals:
        print(f"{counted(done.originals, 'original file')} of imports in the store")
    for line in by_kind("original file", [(key, _ALONE) for key in done.lone]):
        print(line)
    if expired:
        print(f"{counted(expired, 'gap')} of deleted footage restored from the register")
    if done.mended:
        print(f"{done.mended} day summaries were wrong and are derived anew")
    for line in by_kind("object", done.passed_over):
        print(f"passed over: {line}")
    for line in by_kind("object", done.unreadable):
        print(f"unreadable: {line}")


def _set_aside_damaged(parts: "Parts") -> "Path | None":
    """Set a damaged embedded catalogue aside; None for a sound one, and for a server's."""
    from infra.node.lost_parts import set_aside_damaged

    path = parts.catalogue_file
    return set_aside_damaged(path, lambda: parts.catalogue, parts.clock) if path else None


@app.command()
def check(
    repair: Annotated[
        bool, typer.Option("--repair", help="Derive wrong summaries anew from their segments.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Compare every day summary with the segments of its day.

    Timelines, coverage and retention read day summaries; segments stay as they are. Exit code 1
    when a summary was wrong, also when it was repaired.
    """
    from indexer.summaries import check_summaries
    from infra.cmds.output import counted, emit, progress
    from infra.wiring import wired

    with wired() as parts:
        with progress("comparing") as bar:
            cameras = [camera.id for camera in parts.register.cameras()]
            done = check_summaries(parts.catalogue, cameras, repair=repair, progress=bar)
        if as_json:
            wrong = [{"camera": camera, "day": str(day)} for camera, day in done.wrong]
            emit({"days": done.days, "wrong": wrong, "repaired": done.repaired})
        else:
            for camera, day in done.wrong:
                state = "derived anew" if done.repaired else "wrong"
                print(f"{state}: {camera} {str(day)[:10]}")
            print(f"{counted(done.days, 'day')} compared; wrong summaries: {len(done.wrong)}")
    if done.wrong:
        raise typer.Exit(1)
