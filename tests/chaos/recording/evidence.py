"""Gathers the judge's evidence: truth logs, catalogue, objects decoded frame by frame."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Final

from footage.instant import Elapsed
from footage.mp4 import walk, wall_time
from tests.chaos.recording.causes import (
    Done,
    of_camera,
    of_pauses,
    of_recorder,
    of_returns,
    unwritten,
    widened,
)
from tests.chaos.recording.judge import Case, Cause, Frame, Seen, Stored, begun
from tests.common.camera.strip import frames_of, frames_of_run
from tests.common.stored import footage_in

if TYPE_CHECKING:
    from collections.abc import Sequence

    from footage.ids import CameraId
    from footage.instant import Interval
    from footage.mp4 import Layout
    from footage.ports import ObjectStore
    from footage.segment import Segment
    from tests.chaos.recording.scene import Scene
    from tests.common.camera.strip import Shown

USUAL_GOP_MS: Final = 1_000


def cases(scene: Scene, window: Interval, done: Sequence[Done]) -> list[Case]:
    """A case for each camera."""
    catalogue = scene.catalogue()
    try:
        segments, gaps = list(catalogue.segments()), list(catalogue.gaps())
    finally:
        catalogue.close()
    store = scene.store()
    return [
        Case(
            camera=camera,
            window=window,
            truth=_truth(scene, camera),
            stored=_stored(scene, store, [one for one in segments if one.camera == camera]),
            gaps=[gap for gap in gaps if gap.camera == camera],
            causes=_causes(scene, camera, window, done),
            estimated=bool(scene.look(camera).stamped_fps or scene.look(camera).silent_ms),
        )
        for camera in scene.camera_ids()
    ]


def _causes(scene: Scene, camera: CameraId, window: Interval, done: Sequence[Done]) -> list[Cause]:
    losses = of_camera(camera, done)
    nodes = scene.nodes.values()
    downs = [one for node in nodes for one in of_recorder(node.name, node.lives, window.end)]
    returns = [one for node in nodes for one in of_returns(node.name, node.lives)]
    causes = [*losses, *downs, *returns, *of_pauses(done), *unwritten(losses, downs)]
    look = scene.look(camera)
    return widened(causes, Elapsed(max(look.gop_ms - USUAL_GOP_MS, look.silent_ms) * 1_000))


def strays(scene: Scene) -> list[str]:
    """Objects without a row in the catalogue, and rows without an object."""
    catalogue = scene.catalogue()
    try:
        rows = {segment.key for segment in catalogue.segments()}
    finally:
        catalogue.close()
    objects = {one.key for one in footage_in(scene.store())}
    return [
        *(f"object without a row: {key}" for key in sorted(objects - rows)),
        *(f"row without an object: {key}" for key in sorted(rows - objects)),
    ]


def _truth(scene: Scene, camera: CameraId) -> list[Frame]:
    truth = scene.cameras.truth(scene.numbers[camera])
    return [Frame(one.counter, one.captured) for one in truth if one.sent]


def _stored(scene: Scene, store: ObjectStore, segments: Sequence[Segment]) -> list[Stored]:
    """All segments of a camera, decoded; those of a camera with intra refresh run by run."""
    if not segments or not (look := scene.look(segments[0].camera)).refresh:
        return [_seen(one, content := store.get(one.key), frames_of(content)) for one in segments]
    truth = {one.counter: one for one in _truth(scene, segments[0].camera)}
    runs: dict[str, list[Segment]] = {}
    for one in sorted(segments, key=lambda one: one.sequence):
        runs.setdefault(one.run, []).append(one)
    found = list[Stored]()
    for members in runs.values():
        contents = [store.get(one.key) for one in members]
        shown = frames_of_run(contents)
        decoded = [_seen(*each) for each in zip(members, contents, shown, strict=True)]
        # Where decoding begins within a sweep, some pictures of the next are damaged too.
        found += begun(decoded, truth, 2 * look.fps * look.gop_ms // 1_000)
    return found


def _seen(segment: Segment, content: bytes, shown: Sequence[Shown]) -> Stored:
    layout = walk(io.BytesIO(content))
    ordered = sorted(shown, key=lambda one: one.media)
    seen = [
        Seen(
            Frame(one.stamp.counter, one.stamp.captured) if one.stamp else None,
            wall_time(segment, layout, _ticks(one.media - ordered[0].media, layout)),
        )
        for one in ordered
    ]
    return Stored(segment, tuple(seen))


def _ticks(passed: Elapsed, layout: Layout) -> int:
    return passed.us * layout.media.timescale // 1_000_000
