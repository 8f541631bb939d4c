"""The receipt of an order that is preserved, as plain values. Pure.

A receipt says what was seen at the hours it names, and no more (invariant 11): the hold stands in
the register; what of it is stored is as the catalogue had it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

    from evidence.holds import PlacedHold
    from evidence.preservation import CameraHeld, Missing, Preserved
    from footage.camera import Camera

FORMAT: Final = "footage.preservation/1"


def receipt(done: Preserved, cameras: Iterable[Camera], zone: str) -> dict[str, Any]:
    """Return the receipt.

    Args:
        done: The order, with what was held.
        cameras: Cameras of the register, for names and sites.
        zone: Time zone of the city, for whoever shows the receipt.
    """
    hold, order = done.held.hold, done.order
    known = {camera.id: camera for camera in cameras}
    around = done.around.hold.cameras if done.around else frozenset()
    from_order = done.from_order
    return {
        "receipt": FORMAT,
        "zone": zone,
        "hold": hold.id,
        "state": "stood before" if done.held.stood else "placed now",
        "entry": done.held.entry,
        "case": hold.case,
        "authority": hold.authority,
        "reason": hold.reason,
        "order": order.document(),
        "by": hold.placed_by,
        "asked_at": str(order.asked),
        "held_at": str(hold.placed_at),
        "seen_standing_at": str(done.held.stands_at),
        "looked_at": str(done.looked),
        "seconds": {
            "order_to_hold": from_order.in_seconds if from_order is not None else None,
            "asked_to_hold": done.from_asking.in_seconds,
        },
        "start": str(hold.interval.start),
        "end": str(hold.interval.end),
        "sites": [],
        "districts": [],
        "near": None,
        **hold.places.places(),
        "segments": done.held.segments,
        "bytes": done.held.bytes,
        "strength": done.held.strength.value if done.held.strength else None,
        "marks_pending": done.held.marks_pending,
        "sound": done.sound,
        "missing_objects": list(done.held.missing),
        "unmarked": [{"segment": key, "why": why} for key, why in done.held.unmarked],
        "cameras": None
        if done.cameras is None
        else [
            {**_camera(one, known.get(one.camera)), "neighbour": one.camera in around}
            for one in done.cameras
        ],
        "cameras_unknown": done.unknown,
        "neighbours_hold": _around(done.around) if done.around else None,
        "neighbours": [
            {
                "camera": one.camera,
                "name": known[one.camera].name if one.camera in known else "",
                "metres": round(one.metres),
                "nearest": one.nearest,
                "held": one.camera in around,
            }
            for one in done.neighbours
        ],
    }


def _camera(held: CameraHeld, camera: Camera | None) -> dict[str, Any]:
    return {
        "camera": held.camera,
        "name": camera.name if camera else "",
        "site": camera.site if camera else "",
        "stored_s": held.stored.in_seconds,
        "missing": [_missing(one) for one in held.missing if not one.may_come],
        "to_come": [_missing(one) for one in held.missing if one.may_come],
    }


def _missing(one: Missing) -> dict[str, Any]:
    return {
        "start": str(one.interval.start),
        "end": str(one.interval.end),
        "reason": one.reason.value if one.reason else None,
        "why": one.why,
    }


def _around(placed: PlacedHold) -> dict[str, Any]:
    order = placed.hold.order
    return {
        "hold": placed.hold.id,
        "entry": placed.entry,
        "metres": order.neighbours_m if order else 0,
        "cameras": sorted(placed.hold.cameras),
        "segments": placed.segments,
        "bytes": placed.bytes,
        "marks_pending": placed.marks_pending,
        "sound": placed.sound,
    }
