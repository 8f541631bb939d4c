"""Access in `footage doctor`: files that other users of the machine can read, and mending."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from footage.errors import Misconfigured

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from infra.wiring import Parts

_MOVABLE: Final = (
    "api-token", "camera-secrets", "catalogue.db", "custody", "exports", "plans", "register.db",
    "spool", "store", "vectors",
)  # fmt: skip
"""Entries of the home folder that may be links to what lies on another disk."""
_BESIDE: Final = ("", "-wal", "-shm", "-journal")
"""Ends of the files that SQLite keeps beside a database, the database included."""


def private(parts: Parts) -> str:
    """Say that other users can read nothing of this home.

    Raises:
        Misconfigured: Others can read the home folder, a part of Footage's data that the settings
            or a link put elsewhere, or a file with a secret that the settings name.
    """
    from infra.host.private import wider

    closed = closed_paths(parts)
    open_ones = [found for path in closed if (found := wider(path))]
    if open_ones:
        raise Misconfigured(
            f"other users of this machine can reach {'; '.join(map(str, open_ones))}",
            hint="footage doctor --make-private",
        )
    return f"closed to other users: {', '.join(map(str, closed))}"


def make_private(parts: Parts) -> int:
    """Close to other users what `private` names; return how many modes were changed.

    Raises:
        Misconfigured: A file belongs to another user.
        Unavailable: The disk cannot be used.
    """
    from infra.host.private import mend

    return sum(mend(path) for path in closed_paths(parts))


def closed_paths(parts: Parts) -> list[Path]:
    """The folders and files that must be closed to other users: the home folder first.

    Nothing is named twice: what lies in the home folder is not named beside the home folder.
    """
    found = [parts.home]
    inside = parts.home.resolve()
    for path in _outside(parts):
        if path.exists() and not path.resolve().is_relative_to(inside) and path not in found:
            found.append(path)
    return found


def _outside(parts: Parts) -> Iterator[Path]:
    """Paths that the settings, or links in the home folder, may put outside the home folder."""
    chosen = parts.settings
    named = [
        chosen.store.path if chosen.store.kind == "directory" else None,
        chosen.recording.secrets,
        chosen.store.access_key_file,
        chosen.store.secret_key_file,
        chosen.catalogue.password_file,
        chosen.database.password_file,
    ]
    yield from (path for path in named if path)
    for database in (parts.register_file, parts.catalogue_file):
        if database:
            yield from (database.with_name(database.name + end) for end in _BESIDE)
    for name in _MOVABLE:
        if (link := parts.home / name).is_symlink():
            yield link.resolve()
