"""Whether a stored segment is in reach of a person's grants, told alike of a segment that is not.

Apart from `footage.access`, which asks no register.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from footage.errors import NotFound
from footage.instant import Interval
from footage.objectkey import MILLISECOND, ObjectKey

if TYPE_CHECKING:
    from footage.access import Reach
    from footage.ids import SegmentKey
    from footage.ports import Catalogue, Register


def reaches(register: Register, catalogue: Catalogue, reach: Reach, key: SegmentKey) -> bool:
    """Return whether some part of a stored segment is in reach.

    A segment that the catalogue does not list is out of reach where its start is, so that nobody
    learns which segments exist out of reach.

    Raises:
        NotFound: The catalogue lists no such segment, and its start is in reach.
        BadInput: The key is none.
    """
    if not reach.limited:
        return True
    missing = None
    try:
        segment = catalogue.segment(key)
        camera, interval = segment.camera, segment.interval
    except NotFound as exc:
        named = ObjectKey.parse(key)
        camera, interval = named.camera, Interval(named.start, named.start + MILLISECOND)
        missing = exc
    inside = camera in reach.windows(register.stays([camera]), interval)
    if inside and missing:
        raise missing
    return inside
