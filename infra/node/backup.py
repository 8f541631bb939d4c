"""Backup of register and custody log together (`footage backup`).

A backup is a folder: `register.db` (all rows, an SQLite file), `custody.jsonl` (the log up to the
entry that these rows have anchored) and `BACKUP.json` with both digests, written last. The register
is copied before the log, which only grows, so the pair always fits.
"""

from __future__ import annotations

import json
import re
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from evidence import custody_check
from evidence.custody import Head
from footage import durable
from footage.action import Action, Deed
from footage.custody import bracket
from footage.digest import Digest
from footage.errors import BadInput, Conflict, DataLoss, Misconfigured, NotFound
from footage.instant import Instant
from infra.custody.custody_file import LOG
from infra.custody.log_file import Lines, offset_of
from infra.registers import sql_copy
from infra.registers.sql_register import SqlRegister

if TYPE_CHECKING:
    from pathlib import Path

    from footage.action import Purpose
    from footage.clock import Clock
    from footage.ports import Custody

MANIFEST: Final = "BACKUP.json"
ROWS: Final = "register.db"
FORMAT: Final = 1
_PERSONAL: Final = re.compile(rb'"personal":"[^"]*"')
_PURGED: Final = b'"personal":"purged-'
_CHUNK: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class Backup:
    """A backup as its manifest describes it.

    Attributes:
        made: When the rows were copied.
        head: Last entry of the custody log in the backup.
        rows: Number of rows by table.
    """

    folder: Path
    made: Instant
    head: Head
    rows: dict[str, int]


def back_up(
    url: str, home: Path, folder: Path, log: Custody, clock: Clock, purpose: Purpose
) -> Backup:
    """Write a backup into `folder`, which is absent or empty before; recording may go on.

    Args:
        url: Database of the register; holds its password.
        home: The home folder with the custody log.
        folder: For the backup: passwords of cameras lie in it, so only its owner may read it.
        log: The custody log, in which the backup is entered.
        clock: Tells the instant.
        purpose: Who asks.

    Raises:
        Conflict: The folder is not empty.
        NoSpace: The disk is full.
        DataLoss: Register or log is damaged.
        Unavailable: The register cannot be reached.
    """
    with durable.seam(folder):
        if folder.exists() and any(folder.iterdir()):
            raise Conflict(f"{folder} is there already and not empty", hint="name a new folder")
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    with bracket(log, Deed(Action.BACKUP, purpose, {"folder": folder.name})) as act:
        try:
            backup, manifest = _written(url, home, folder, clock)
        except BaseException:
            for path in folder.iterdir():  # empty before
                path.unlink()
            raise
        act.result = {"entries": backup.head.count, "manifest": str(manifest)}
    return backup


def _written(url: str, home: Path, folder: Path, clock: Clock) -> tuple[Backup, Digest]:
    made = clock.now()
    rows = sql_copy.save(url, folder / ROWS)
    with closing(SqlRegister(f"sqlite:///{folder / ROWS}")) as copied:
        head = Head(*copied.custody_head())
    _copy_log(home / "custody" / LOG, folder / LOG, head)
    files = {name: _fact(folder / name) for name in (ROWS, LOG)}
    document = {
        "format": FORMAT,
        "made": str(made),
        "custody": {"entries": head.count, "head": head.hash},
        "rows": rows,
        "files": files,
    }
    sealed = {**document, "digest": str(_digest(document))}
    data = json.dumps(sealed, indent=2).encode() + b"\n"
    with durable.seam(folder):
        for name in files:
            (folder / name).chmod(0o600)
            durable.sync_file(folder / name)
        durable.replace(folder / MANIFEST, data, mode=0o600)
    return Backup(folder, made, head, rows), Digest.of(data)


def read(folder: Path) -> Backup:
    """Read and check a backup.

    Raises:
        NotFound: The folder holds no backup, or one that was not finished.
        DataLoss: A file is not what the manifest says, or the log does not fit the rows.
    """
    path = folder / MANIFEST
    if not path.exists():
        raise NotFound(f"{folder} holds no finished backup: no {MANIFEST}")
    with durable.seam(path):
        text = path.read_text(encoding="utf-8")
    try:
        found = json.loads(text)
        stated = str(found.pop("digest"))
        form = int(found["format"])
        head = Head(int(found["custody"]["entries"]), str(found["custody"]["head"]))
        told = {name: dict(found["files"][name]) for name in (ROWS, LOG)}
        backup = Backup(folder, Instant.parse(str(found["made"])), head, dict(found["rows"]))
    except (KeyError, TypeError, ValueError, BadInput) as exc:
        raise DataLoss(f"{path} is unreadable: {exc}", hint="use another backup") from exc
    if stated != str(_digest(found)):
        raise DataLoss(f"{path} is not what was backed up", hint="use another backup")
    if form != FORMAT:
        raise Misconfigured(
            f"{path} is of format {form}, this version reads {FORMAT}",
            hint="use the version of Footage that made the backup",
        )
    for name, fact in told.items():
        if not (folder / name).exists() or _fact(folder / name) != fact:
            raise DataLoss(f"{folder / name} is not what was backed up", hint="use another backup")
    require_whole(folder / LOG, Head(), head)
    return backup


def require_whole(path: Path, begin: Head, end: Head) -> None:
    """Check the chain of a custody log, from the entry `begin` on, to the last entry `end`.

    Raises:
        DataLoss: The log was altered or cut.
    """
    with durable.seam(path):
        size = path.stat().st_size
    at = offset_of(path, begin.count, size) if begin.count > 1 else 0
    with closing(Lines(path, at, size)) as lines:
        found = custody_check.verify(lines, end, begin)
    if bad := [one for one in found if one.kind.proves_tampering]:
        raise DataLoss(f"{path}, line {bad[0].line}: {bad[0].message}", hint="use another backup")


def agree(one: Path, other: Path, size: int) -> bool:
    """Return whether the first `size` bytes of two logs are the same but for personal parts."""
    return not size or _same_bytes(one, other, size) or _same_but_purged(one, other, size)


def _same_but_purged(one: Path, other: Path, size: int) -> bool:
    """Whether lines differ by personal parts alone, which a purge overwrites in place."""
    with durable.seam(one), one.open("rb") as mine, other.open("rb") as theirs:
        while left := size - mine.tell():
            lines = mine.readline(left), theirs.readline(left)
            bare = {_PERSONAL.sub(b"", line, count=1) for line in lines}
            purged = any(_PURGED in line for line in lines)
            same = lines[0] == lines[1] or (purged and len(bare) == 1)
            if not same or len(lines[0]) != len(lines[1]) or not lines[0]:
                return False
    return True


def _same_bytes(one: Path, other: Path, size: int) -> bool:
    with durable.seam(one), one.open("rb") as mine, other.open("rb") as theirs:
        while left := size - mine.tell():
            piece = mine.read(min(left, _CHUNK))
            if not piece or piece != theirs.read(len(piece)):
                return False
    return True


def _copy_log(source: Path, target: Path, head: Head) -> None:
    """Copy the log up to the entry `head`; raises DataLoss where the log ends before."""
    with durable.seam(source):
        size = source.stat().st_size if source.exists() else 0
        end = offset_of(source, head.count + 1, size) if size else 0
        target.touch(mode=0o600)
        if end:
            with source.open("rb") as file, target.open("wb") as to:
                while piece := file.read(min(end - to.tell(), _CHUNK)):
                    to.write(piece)
    require_whole(target, Head(), head)


def _digest(document: dict[str, object]) -> Digest:
    """Return the digest of a manifest without its own digest: damage is found, no forger."""
    return Digest.of(json.dumps(document, sort_keys=True).encode())


def _fact(path: Path) -> dict[str, object]:
    with durable.seam(path):
        return {"size": path.stat().st_size, "digest": str(Digest.of_file(path))}
