"""The URL of the register's database, with the password from the password file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit, urlunsplit

from infra.config import loading

if TYPE_CHECKING:
    from infra.config.sections.stores import Database


def register_url(chosen: Database, home: Path) -> str:
    """The URL to connect to the register's database with; the URL holds the password.

    Raises:
        Misconfigured: The password cannot be read.
    """
    url = chosen.url or f"sqlite:///{home / 'register.db'}"
    if not chosen.password_file:
        return url
    password = loading.secret(chosen.password_file, what="password of the register")
    parts = urlsplit(url)
    user, at, host = parts.netloc.rpartition("@")
    return urlunsplit(parts._replace(netloc=f"{user}:{quote(password, safe='')}{at}{host}"))


def register_file(chosen: Database, home: Path) -> Path | None:
    """The file of the register's database; None where the register is on a server."""
    if not chosen.url:
        return home / "register.db"
    scheme, _, path = chosen.url.partition(":///")
    return Path(path) if scheme == "sqlite" else None
