"""Default folders, used where no setting names a folder."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from footage.errors import Misconfigured

if TYPE_CHECKING:
    from collections.abc import Mapping


def default_home(environ: Mapping[str, str]) -> Path:
    """The platform's folder for user data.

    Args:
        environ: The environment; XDG_DATA_HOME is read.
    """
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Application Support" / "footage"
    return Path(environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share") / "footage"


def default_cache(environ: Mapping[str, str], uid: int) -> Path:
    """The cache folder, for files that can be built or fetched again.

    Args:
        environ: The environment; XDG_CACHE_HOME and HOME are read.
        uid: The user's number. Root's home is closed to the users that Elasticsearch and
            PostgreSQL run as, so root's cache lies elsewhere.

    Raises:
        Misconfigured: Neither XDG_CACHE_HOME nor HOME is set for a user other than root.
    """
    if uid == 0:
        return Path("/var/cache/footage")
    if base := environ.get("XDG_CACHE_HOME"):
        return Path(base) / "footage"
    if home := environ.get("HOME"):
        return Path(home) / ".cache" / "footage"
    raise Misconfigured("no cache folder: HOME is not set", hint="set FOOTAGE_CACHE")
