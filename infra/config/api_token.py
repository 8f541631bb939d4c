"""The API's token: made at first start, kept in a file that other users cannot read."""

from __future__ import annotations

import contextlib
import os
import secrets
from typing import TYPE_CHECKING, Final

from api.auth import Token
from footage.durable import make_folder, seam, sync_folder, write_new
from footage.errors import Misconfigured

if TYPE_CHECKING:
    from pathlib import Path

FILE_NAME: Final = "api-token"
_BYTES: Final = 32


def token_of(path: Path) -> Token:
    """Read the API token from a file; make the file, with mode 0600, when absent.

    Raises:
        Misconfigured: Other users may read the file, or the file holds no token.
        Unavailable: The file cannot be read or made.
    """
    with seam(path):
        if not path.exists():
            _make(path)
        if path.stat().st_mode & 0o077:
            raise Misconfigured(f"others may read {path}", hint="remove it: a new one is made")
        secret = path.read_bytes().strip()
    if len(secret) < _BYTES or not secret.isascii():
        raise Misconfigured(f"no token in {path}", hint="remove it: a new one is made")
    return Token(secret.decode("ascii"))


def _make(path: Path) -> None:
    make_folder(path.parent)
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    write_new(draft, f"{secrets.token_urlsafe(_BYTES)}\n".encode("ascii"), mode=0o600)
    # A link never replaces a file: of two first starts the first token stays, and both read it.
    with contextlib.suppress(FileExistsError):
        os.link(draft, path)
    draft.unlink()
    sync_folder(path.parent)
