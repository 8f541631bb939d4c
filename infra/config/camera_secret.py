"""The file with a camera's credentials: a file in a folder of secrets, closed to other users."""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING

from footage.errors import BadInput, Misconfigured

if TYPE_CHECKING:
    from pathlib import Path

_LONGEST = 4_096


def secret_name(name: str) -> str:
    """Return the name of a secret file unchanged, "" included.

    Raises:
        BadInput: The name is more than the name of a file, or begins with a dot.
    """
    if not name.isprintable() or "/" in name or name.startswith(".") or len(name) > 100:  # noqa: PLR2004 - said in the hint
        raise BadInput(
            f"not the name of a secret file: {name!r}",
            hint="a plain name of 100 characters at most, of a file in the folder of secrets",
        )
    return name


def camera_secret(folder: Path, name: str) -> str:
    """Read the secret in the file `name` of `folder`: the first line, without spaces around.

    Raises:
        Misconfigured: The file is missing, cannot be read, is open to other users or holds no line.
    """
    path = folder / name
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
        try:
            mode = os.fstat(descriptor).st_mode
            data = os.read(descriptor, _LONGEST)
        finally:
            os.close(descriptor)
    except OSError as exc:
        raise Misconfigured(
            f"the camera's secret file {path} cannot be read: {exc.strerror}"
        ) from exc
    if mode & 0o077:
        raise Misconfigured(
            f"other users can read the camera's secret file {path} ({stat.S_IMODE(mode):04o})",
            hint="chmod 600, and change the password",
        )
    first, *_ = data.decode(errors="surrogateescape").splitlines() or [""]
    if not first.strip() or not first.strip().isprintable():
        raise Misconfigured(f"the first line of the camera's secret file {path} is no secret")
    return first.strip()
