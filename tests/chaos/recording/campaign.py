"""A campaign: start the world, do the planned faults, undo all, let everything settle, end."""

from __future__ import annotations

import heapq
import json
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from threading import Lock
from typing import TYPE_CHECKING, Final

from footage.errors import Unavailable
from footage.instant import Elapsed, Instant, Interval
from tests.chaos.recording import fault_actions
from tests.chaos.recording.causes import Done
from tests.common.camera.model import Condition

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tests.chaos.recording.plan import Fault
    from tests.chaos.recording.scene import Scene
    from tests.chaos.recording.world import World

_TICK: Final = Elapsed.parse("100ms")
_WARM_WITHIN: Final = Elapsed.parse("3m")
_SETTLE: Final = Elapsed.parse("6s")
_DRAIN_ROUNDS: Final = 3
_DRAIN: Final = Elapsed.parse("12s")
_SAY_EVERY: Final = Elapsed.parse("30s")


@dataclass(slots=True)
class Diary:
    """The log of faults done: in memory for the judge, and on disk for later examination."""

    scene: Scene
    say: Callable[[str], None]
    done: list[Done] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    _lock: Lock = field(default_factory=Lock)

    def write(self, what: str, **details: str) -> Instant:
        """Write an entry and return the entry's instant."""
        now = self.scene.clock.now()
        line = json.dumps({"at": str(now), "what": what, **details})
        with self._lock, (self.scene.folder / "events.jsonl").open("a", encoding="utf-8") as file:
            file.write(f"{line}\n")
        return now

    def note(self, text: str) -> None:
        """Record an unplanned event."""
        self.write("note", text=text)
        if text not in self.notes:
            self.notes.append(text)


def run(world: World, faults: Sequence[Fault], diary: Diary) -> Interval:
    """Run the whole campaign; returns the window in which every frame must be accounted for."""
    for node in world.nodes.values():
        node.start()
    wait_recording(world, diary)
    world.clock.sleep(_SETTLE)
    start = diary.write("start")
    diary.say(f"all cameras are recorded; {len(faults)} faults follow")
    _trouble(world, faults, diary)
    _mend(world)
    diary.write("mended")
    wait_recording(world, diary)
    world.clock.sleep(_SETTLE)
    tend(world, diary)
    # What is captured after this instant may or may not get into the last segment.
    end = diary.write("end") - Elapsed.parse("1s")
    stop_recorders(world, diary)
    return Interval(start, end)


def _trouble(world: World, faults: Sequence[Fault], diary: Diary) -> None:
    """Begin and end every fault on time; a slow fault delays no other fault."""
    begun = world.clock.monotonic()
    spoken = begun
    agenda = [(fault.at, number, fault) for number, fault in enumerate(faults)]
    heapq.heapify(agenda)
    with ThreadPoolExecutor(16) as pool:
        running: list[Future[None]] = []
        while agenda or any(not future.done() for future in running):
            passed = world.clock.monotonic() - begun
            while agenda and agenda[0][0] <= passed:
                _, _, fault = heapq.heappop(agenda)
                running.append(pool.submit(_one, world, fault, diary))
            tend(world, diary)
            world.clock.sleep(_TICK)
            if world.clock.monotonic() - spoken >= _SAY_EVERY:
                spoken = world.clock.monotonic()
                diary.say(f"{len(diary.done)} of {len(faults)} faults done")
        for future in running:
            future.result()


def _one(world: World, fault: Fault, diary: Diary) -> None:
    began = diary.write("begin", kind=fault.kind, target=fault.target, lasts=str(fault.lasts))
    told = fault_actions.begin(world, fault)
    world.clock.sleep(fault.lasts)
    fault_actions.end(world, fault)
    ended = diary.write("end", kind=fault.kind, target=fault.target, told=told)
    diary.done.append(Done(fault, began, ended))


def tend(scene: Scene, diary: Diary) -> None:
    for node in scene.nodes.values():
        if said := node.tend():
            diary.note(f"{node.name} {said}")


def _mend(world: World) -> None:
    """Undo the effects of all faults: start and resume every server and recorder."""
    for name in world.servers:
        world.restart_server(name)
    for node in world.nodes.values():
        node.resume()
        node.start()
    for number in world.numbers.values():
        world.cameras.feel(number, Condition.WELL)


def wait_recording(scene: Scene, diary: Diary) -> None:
    """Wait until every recorder records and every camera has a recorder.

    Raises:
        Unavailable: A recorder is not ready in time: a recorder that hangs is a finding by itself.
    """
    deadline = scene.clock.monotonic() + _WARM_WITHIN
    while True:
        tend(scene, diary)
        lonely = [
            name
            for name, number in scene.numbers.items()
            if not scene.cameras.state(number)["playing"]
        ]
        lonely += [node.name for node in scene.nodes.values() if not node.ready]
        if not lonely:
            return
        if scene.clock.monotonic() > deadline:
            raise Unavailable(f"not recorded, or not recording: {', '.join(lonely)}")
        scene.clock.sleep(_TICK)


def stop_recorders(scene: Scene, diary: Diary) -> None:
    """Stop every recorder; run recorders once more while a segment stays in a spool."""
    left: dict[str, str] = {}
    for _ in range(_DRAIN_ROUNDS):
        for node in scene.nodes.values():
            diary.write("stopped", node=node.name, code=str(node.stop()))
        left = {node.name: ", ".join(node.left_in_spool()) for node in scene.nodes.values()}
        if not any(left.values()):
            return
        diary.write("left in spool", **left)
        for node in scene.nodes.values():
            node.start()
        wait_recording(scene, diary)
        scene.clock.sleep(_DRAIN)
    diary.note(f"still in a spool: {left}")
