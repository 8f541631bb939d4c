"""Gathers the judge's evidence: truth logs, catalogue, objects decoded frame by frame."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.chaos.recording.causes import (
    Done,
    of_camera,
    of_pauses,
    of_recorder,
    of_returns,
    unwritten,
)
from tests.chaos.recording.judge import Case, Cause, Frame, Seen, Stored
from tests.common.camera.strip import frames_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from footage.ids import CameraId
    from footage.instant import Interval
    from footage.ports import ObjectStore
    from footage.segment import Segment
    from tests.chaos.recording.world import World


def cases(world: World, window: Interval, done: Sequence[Done]) -> list[Case]:
    """A case for each camera."""
    catalogue = world.catalogue()
    try:
        segments, gaps = list(catalogue.segments()), list(catalogue.gaps())
    finally:
        catalogue.close()
    store = world.store()
    return [
        Case(
            camera=camera,
            window=window,
            truth=_truth(world, camera),
            stored=[_stored(store, one) for one in segments if one.camera == camera],
            gaps=[gap for gap in gaps if gap.camera == camera],
            causes=_causes(world, camera, window, done),
        )
        for camera in world.camera_ids()
    ]


def _causes(world: World, camera: CameraId, window: Interval, done: Sequence[Done]) -> list[Cause]:
    losses = of_camera(camera, done)
    nodes = world.nodes.values()
    downs = [one for node in nodes for one in of_recorder(node.name, node.lives, window.end)]
    returns = [one for node in nodes for one in of_returns(node.name, node.lives)]
    return [*losses, *downs, *returns, *of_pauses(done), *unwritten(losses, downs)]


def strays(world: World) -> list[str]:
    """Objects without a row in the catalogue, and rows without an object."""
    catalogue = world.catalogue()
    try:
        rows = {segment.key for segment in catalogue.segments()}
    finally:
        catalogue.close()
    objects = {one.key for one in world.store().list()}
    return [
        *(f"object without a row: {key}" for key in sorted(objects - rows)),
        *(f"row without an object: {key}" for key in sorted(rows - objects)),
    ]


def _truth(world: World, camera: CameraId) -> list[Frame]:
    truth = world.cameras.truth(world.numbers[camera])
    return [Frame(one.counter, one.captured) for one in truth if one.sent]


def _stored(store: ObjectStore, segment: Segment) -> Stored:
    shown = frames_of(store.get(segment.key))
    first = min((one.media for one in shown), default=None)
    seen = [
        Seen(
            Frame(one.stamp.counter, one.stamp.captured) if one.stamp else None,
            segment.interval.start + (one.media - first),
        )
        for one in sorted(shown, key=lambda one: one.media)
        if first is not None
    ]
    return Stored(segment, tuple(seen))
