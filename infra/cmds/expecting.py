"""For commands that find nothing stored: whether footage is to be expected, camera by camera."""

from typing import TYPE_CHECKING

from footage.errors import FootageError

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from footage.asked_times import AskedTimes
    from footage.ids import CameraId, NodeId
    from infra.wiring import Parts


def expectations(
    parts: "Parts", cameras: "Collection[CameraId]", times: "AskedTimes"
) -> dict[str, str]:
    """What is to be expected of each camera of which nothing is stored in `times`, by camera.

    Empty where catalogue or register cannot be read: which cameras have footage is not known then.
    """
    from evidence.expected import expected, without_footage
    from footage.asked_times import local_text
    from footage.instant import DAY, Instant, Interval

    now = parts.clock.now()
    always = Interval(Instant(0), max(now, times.interval.end) + DAY)
    try:
        known = {camera.id: camera for camera in parts.register.cameras()}
        recorders = _recorders(parts)
        found: dict[str, str] = {}
        for camera in sorted(set(cameras) & known.keys()):
            here = list(parts.catalogue.days([camera], times.interval))
            if without_footage(here, times.interval):
                found[camera] = expected(
                    known[camera],
                    times.interval,
                    parts.catalogue.days([camera], always),
                    recorders.get(camera),
                    now,
                    lambda instant: local_text(instant, times.zone),
                )
    except FootageError:
        return {}
    return found


def _recorders(parts: "Parts") -> "Mapping[CameraId, NodeId]":
    """The live recorder of each camera that one records now."""
    membership = parts.leases.membership()
    live = {node.id for node in membership.nodes if node.live}
    return {lease.camera: lease.node for lease in membership.leases if lease.node in live}
