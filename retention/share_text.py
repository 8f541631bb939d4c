"""The sums of a retention plan in a sentence: a person decides by it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from footage.bytesize import show_size
from footage.count_text import count_text

if TYPE_CHECKING:
    from retention.shares import Shares

_NAMED: Final = 10
"""Cameras named at most of those of which all would go."""


def summed_up(shares: Shares) -> str:
    """Return what a plan deletes, in a sentence that names the cameras of which all goes."""
    total, cameras = shares.total, shares.cameras
    going = [camera for camera, share in cameras.items() if share.due]
    if not going:
        return "nothing"
    said = (
        f"{count_text(total.due, 'segment')} ({show_size(total.due_bytes)}) of "
        f"{count_text(len(going), 'camera')}"
    )
    if total.held:
        held = count_text(total.held, "segment")
        said += f"; {held} ({show_size(total.held_bytes)}) due but held"
    emptied = shares.emptied
    if emptied:
        more = f" and {len(emptied) - _NAMED} more" if len(emptied) > _NAMED else ""
        named = ", ".join(emptied[:_NAMED])
        with_footage = sum(1 for share in cameras.values() if share.stored)
        said += (
            f"; ALL that is stored of {len(emptied)} of {count_text(with_footage, 'camera')}: "
            f"{named}{more}"
        )
    return said
