"""`footage backup` and `footage restore`: register and custody log together."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from infra.cmds.options import AsJson
from infra.cmds.output import emit

if TYPE_CHECKING:
    from footage.ids import CameraId
    from infra.node.restore import Restored
    from infra.wiring import Parts

Folder = Annotated[Path, typer.Argument(metavar="FOLDER", help="Folder of the backup.")]


def backup(folder: Folder, as_json: AsJson = False) -> None:
    """Back up register and custody log.

    Cameras, sites, holds, plans and deletions, with the custody log up to the entry that they have
    anchored, as of one instant; recording goes on. Passwords of cameras lie in the backup. Footage,
    catalogue and vectors are not in it: `footage catalogue rebuild` and `footage index` bring the
    latter back from the object store.
    """
    from footage.action import Purpose
    from infra.config.register_url import register_url
    from infra.node.backup import back_up
    from infra.wiring import wired

    with wired() as parts:
        made = back_up(
            register_url(parts.settings.database, parts.home),
            parts.home,
            folder,
            parts.custody,
            parts.clock,
            Purpose(parts.settings.actor),
        )
        keys = _keys_kept(parts)
    if as_json:
        emit(
            {
                "folder": str(folder),
                "made": str(made.made),
                "custody_entries": made.head.count,
                "head": made.head.hash,
                "rows": made.rows,
                "keys": keys,
            }
        )
        return
    rows = sum(made.rows.values())
    print(f"backed up {rows} rows of the register and {made.head.count} custody entries: {folder}")
    print(f"head of the custody log, to be noted elsewhere: {made.head.hash}")
    if keys["private_keys_here"]:
        print(f"private keys are not in it: keep a copy of {keys['folder']} apart, locked away")


def _keys_kept(parts: "Parts") -> dict[str, object]:
    """Advice on keeping the ledger's private keys, which no backup holds."""
    return {
        "folder": parts.ledger_keys.where,
        "sets": len({one.valid for one in parts.ledger_keys.log_keys()}),
        "private_keys_here": parts.ledger_keys.private_here(),
        "private_keys_in_backup": False,
    }


def restore(
    folder: Annotated[
        Path | None, typer.Argument(metavar="FOLDER", help="Folder of the backup.")
    ] = None,
    replace: Annotated[
        bool, typer.Option("--replace", help="Also over a register that is not empty.")
    ] = False,
    log_only: Annotated[
        bool, typer.Option("--log-only", help="The custody log was lost: keep the register.")
    ] = False,
    from_log: Annotated[
        bool, typer.Option("--from-log", help="No backup: the holds, from the custody log.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Restore register and custody log from a backup.

    A custody log of this home that goes on after the backup is kept, and holds placed or released
    since are placed or released again. Where no log tells of that time, a hold over all footage is
    placed, so that retention deletes nothing until a person has looked and releases it. What is
    replaced is kept beside.
    """
    from footage.action import Purpose
    from footage.errors import BadInput
    from infra.config.register_url import register_url
    from infra.node.restore import Restore
    from infra.wiring import wired

    if (folder is None) != from_log or (log_only and from_log):
        raise BadInput("name the folder of a backup, or give --from-log where there is none")
    with wired() as parts:
        if not log_only:
            _set_aside_damaged(parts, replace=replace)
        service = Restore(
            register_url(parts.settings.database, parts.home),
            parts.home,
            parts.clock,
            parts.custody,
            Purpose(parts.settings.actor),
            replace=replace,
        )
        if folder is not None and log_only:
            done = service.log_alone(folder)
        else:
            done = service.whole(folder, _with_footage(parts))
    if as_json:
        emit(
            {
                "made": str(done.backup.made) if done.backup else None,
                "rows": done.rows,
                "custody_log": "kept" if done.log_kept else "restored",
                "lost_entries": done.lost_entries,
                "torn": None if done.torn is None else str(done.torn),
                "placed": done.placed,
                "released": done.released,
                "precaution": done.precaution,
                "aside": None if done.aside is None else str(done.aside),
            }
        )
    else:
        _show(done)


def _show(done: "Restored") -> None:
    if done.rows:
        print(f"register: {done.rows} rows restored" + _as_of(done))
    kept = "kept, it goes on after the backup" if done.backup else "kept"
    entries = f"restored, {done.backup.head.count} entries" if done.backup else ""
    print(f"custody log: {kept if done.log_kept else entries}")
    if done.lost_entries:
        print(f"lost: {done.lost_entries} custody entries that the register had anchored")
    if done.torn is not None:
        print(f"the last line of the custody log was cut short, and lies in {done.torn}")
    for hold in done.placed:
        print(f"hold placed again: {hold}")
    for hold in done.released:
        print(f"hold released again: {hold}")
    if done.precaution:
        print(
            f"some holds may be lost: {done.precaution} holds all footage until "
            "you have placed them again and release it (footage hold release)"
        )
    if done.backup is None:
        print("cameras are not in the custody log: footage cameras import FILE.csv")
    if done.aside is not None:
        print(f"what was replaced lies in {done.aside}")
    if done.rows:
        print("then, before anything is recorded: footage ledger recover")
    print("check with: footage doctor")


def _as_of(done: "Restored") -> str:
    return f", as of {done.backup.made}" if done.backup else ""


def _with_footage(parts: "Parts") -> "list[CameraId]":
    """The cameras that the catalogue knows; none where the catalogue cannot be read."""
    from footage.errors import FootageError
    from footage.instant import DAY, Instant, Interval

    try:
        now = parts.clock.now()
        ever = Interval(Instant(0), now + DAY)
        return sorted({times.camera for times in parts.catalogue.day_times(None, ever)})
    except FootageError:
        return []


def _set_aside_damaged(parts: "Parts", *, replace: bool) -> None:
    """Rename the damaged file of an embedded register, with `replace` alone."""
    from footage.errors import DataLoss
    from infra.host.sqlite_damage import damage, set_aside

    path = parts.register_file
    if path is None or not (found := damage(path)):
        return
    if not replace:
        raise DataLoss(f"{path} is damaged: {found}", hint="--replace sets it aside")
    aside = set_aside(path, parts.clock)
    print(f"the damaged register was set aside as {aside}", file=sys.stderr)
