"""Ids of cameras, sites, nodes and the like: distinct types, the same grammar.

An id is 1 to 64 characters of A-Z a-z 0-9 _ - and starts with a letter or digit, so that every id
is safe in a path, an object key, a URL and a file name on any system.
"""

from __future__ import annotations

import re
from typing import Final, NewType

from footage.errors import BadInput

CameraId = NewType("CameraId", str)
SiteId = NewType("SiteId", str)
DistrictId = NewType("DistrictId", str)
RunId = NewType("RunId", str)
HoldId = NewType("HoldId", str)
PlanId = NewType("PlanId", str)
NodeId = NewType("NodeId", str)
JobId = NewType("JobId", str)
CaseId = NewType("CaseId", str)
"""A case's id, which sorts by the time of opening; people say the reference."""
SegmentKey = NewType("SegmentKey", str)
"""A segment's object key and id everywhere: deterministic and unique (see `objectkey`)."""

_GRAMMAR: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")


def _checked(what: str, text: str) -> str:
    if not _GRAMMAR.fullmatch(text):
        raise BadInput(
            f"not a {what} id: {text!r}",
            hint="use 1 to 64 of A-Z a-z 0-9 _ -, starting with a letter or digit",
        )
    return text


def camera_id(text: str) -> CameraId:
    """Check `text` and return a camera id; raises BadInput."""
    return CameraId(_checked("camera", text))


def site_id(text: str) -> SiteId:
    """Check `text` and return a site id; raises BadInput."""
    return SiteId(_checked("site", text))


def district_id(text: str) -> DistrictId:
    """Check `text` and return a district id; raises BadInput."""
    return DistrictId(_checked("district", text))


def node_id(text: str) -> NodeId:
    """Check `text` and return a recorder's node id; raises BadInput."""
    return NodeId(_checked("node", text))
