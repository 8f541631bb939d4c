"""What `footage doctor` says of access: what other users of the machine can read, and mending."""

from __future__ import annotations

from typing import TYPE_CHECKING

from footage.errors import Misconfigured

if TYPE_CHECKING:
    from pathlib import Path

    from infra.wiring import Parts


def private(parts: Parts) -> str:
    """Say that other users can read nothing of this home.

    Raises:
        Misconfigured: Others can read the home folder, a store outside the home folder, or a file
            with a secret that the settings name.
    """
    from infra.host.private import wider

    open_ones = [found for folder in _closed(parts) if (found := wider(folder))]
    if open_ones:
        raise Misconfigured(
            f"other users of this machine can reach {'; '.join(map(str, open_ones))}",
            hint="footage doctor --make-private",
        )
    return f"{parts.home}, closed to other users"


def make_private(parts: Parts) -> int:
    """Close to other users what `private` names; return how many modes were changed.

    Raises:
        Misconfigured: A file belongs to another user.
        Unavailable: The disk cannot be used.
    """
    from infra.host.private import mend

    return sum(mend(folder) for folder in _closed(parts))


def _closed(parts: Parts) -> list[Path]:
    """The folders and files that must be closed to other users, none inside another."""
    chosen = parts.settings
    outside = [
        chosen.store.path if chosen.store.kind == "directory" else None,
        chosen.catalogue.path if chosen.catalogue.kind == "sqlite" else None,
        chosen.store.access_key_file,
        chosen.store.secret_key_file,
        chosen.catalogue.password_file,
        chosen.database.password_file,
    ]
    named = [path for path in outside if path and not path.is_relative_to(parts.home)]
    return [parts.home, *named]
