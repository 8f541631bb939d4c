"""Derived files given again where kept, made where not.

Where the keeping cannot be used now, files are made anew: nobody goes without a picture.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Final

from api import derived as derived_files
from footage.errors import DataLoss, Misconfigured, Unavailable

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from footage.ids import SegmentKey
    from footage.ports import Catalogue, DerivedFiles

_UNUSABLE: Final = (Unavailable, Misconfigured, DataLoss)  # a full disk is Unavailable too
_log = logging.getLogger(__name__)


def kept(
    derived: DerivedFiles,
    catalogue: Catalogue,
    name: str,
    segments: Collection[SegmentKey],
    make: Callable[[], bytes],
) -> bytes:
    """Return the derived file of a name, made and kept where it is not there.

    Args:
        derived: Keeps the file.
        catalogue: Tells whether the segments are still there once the file is kept.
        name: Name of the file, which tells all that its bytes depend on.
        segments: The segments that the file is derived from, found and in reach.
        make: Makes the file.
    """
    found = find(derived, name)
    if found is None:
        found = make()
        keep(derived, catalogue, name, found, segments)
    return found


def find(derived: DerivedFiles, name: str) -> bytes | None:
    """Return the derived file of a name, or None; a warning is logged where it cannot be read."""
    try:
        return derived.get(name)
    except _UNUSABLE as exc:
        _log.warning("a derived file cannot be read: %s", exc)
        return None


def keep(
    derived: DerivedFiles,
    catalogue: Catalogue,
    name: str,
    data: bytes,
    segments: Collection[SegmentKey],
) -> None:
    """Keep a derived file, as `api.derived.keep`; a warning is logged where it cannot be kept."""
    try:
        derived_files.keep(derived, catalogue, name, data, segments)
    except _UNUSABLE as exc:
        _log.warning("a derived file cannot be kept: %s", exc)
