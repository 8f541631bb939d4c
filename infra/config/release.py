"""The release of Footage that is installed."""

from __future__ import annotations

from functools import cache
from importlib import metadata


@cache
def version() -> str:
    """The installed version of Footage."""
    return metadata.version("footage")
