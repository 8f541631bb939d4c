"""Recorders sharing cameras in simulated time; a test can cut, pause, kill and restart nodes.

Everything runs on one event loop and no real time passes. The nodes recording a camera are counted
at every change, so that a second recorder of a camera is noticed the microsecond it begins.
"""

from __future__ import annotations

import asyncio
import heapq
from dataclasses import dataclass, field
from itertools import count
from typing import TYPE_CHECKING, TypeVar

from footage.errors import Unavailable
from footage.ids import CameraId, NodeId
from footage.instant import ZERO, Elapsed, Instant
from infra.registers.memory_leases import MemoryLeases
from recorder.leases.identity import NodeIdentity, Ports
from recorder.leases.lease_keeper import LeaseKeeper
from recorder.leases.peers import Answer
from tests.common.builders import START, a_camera

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence

    from footage.camera import Camera
    from footage.membership import Heartbeat, Membership, Node
    from recorder.events import Event

T = TypeVar("T")
TTL = Elapsed.parse("10s")
ENDING = Elapsed.parse("700ms")
"""Time an FFmpeg takes to end when asked politely."""


class Time:
    """The simulated time of all nodes, which moves on when every task waits."""

    def __init__(self) -> None:
        self.now = ZERO
        self._waiting: list[tuple[Elapsed, int, asyncio.Future[None]]] = []
        self._order = count()

    async def pause(self, elapsed: Elapsed) -> None:
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        due = self.now + max(elapsed, Elapsed(1))
        heapq.heappush(self._waiting, (due, next(self._order), future))
        await future

    async def run(self, elapsed: Elapsed) -> None:
        """Let `elapsed` pass."""
        end = self.now + elapsed
        ready = vars(asyncio.get_running_loop())["_ready"]  # what asyncio would run next
        while True:
            for _ in range(12):  # every task gets as far as the next wait
                await asyncio.sleep(0)
                if not ready:
                    break
            if not self._waiting or self._waiting[0][0] > end:
                break
            self.now, _, future = heapq.heappop(self._waiting)
            if not future.done():
                future.set_result(None)
        self.now = end


class NodeClock:
    """A node's clock; while the node is paused no wait of the node ends, though time goes on."""

    def __init__(self, time: Time) -> None:
        self._time = time
        self.running = asyncio.Event()
        self.running.set()

    def now(self) -> Instant:
        return START + self._time.now

    def monotonic(self) -> Elapsed:
        return self._time.now

    def boottime(self) -> Elapsed:
        return self._time.now

    def sleep(self, elapsed: Elapsed) -> None:
        raise AssertionError(
            f"a node must wait by its event loop, not block the loop for {elapsed}"
        )

    async def pause(self, elapsed: Elapsed) -> None:
        await self._time.pause(elapsed)
        await self.running.wait()


@dataclass(slots=True)
class Air:
    """Record of the nodes recording each camera; two nodes on a camera are noted in `doubles`."""

    time: Time
    on: dict[CameraId, set[str]] = field(default_factory=dict)
    doubles: list[str] = field(default_factory=list)
    starts: int = 0

    def begin(self, node: str, camera: CameraId) -> None:
        self.starts += 1
        nodes = self.on.setdefault(camera, set())
        nodes.add(node)
        if len(nodes) > 1:
            self.doubles.append(f"{self.time.now}: {camera} by {sorted(nodes)}")

    def end(self, node: str, camera: CameraId) -> None:
        self.on.get(camera, set()).discard(node)

    def covered(self) -> set[CameraId]:
        return {camera for camera, nodes in self.on.items() if nodes}


class SimCameras:
    """A `recorder.ports.CameraControl` whose simulated FFmpegs record until ended."""

    def __init__(self, node: str, air: Air, time: Time) -> None:
        self._node, self._air, self._time = node, air, time
        self.recording: set[CameraId] = set()
        self._ending: dict[CameraId, asyncio.Task[None]] = {}
        self._wanted: frozenset[CameraId] = frozenset()
        self.deadline: Elapsed | None = None
        self.paused = False

    @property
    def working(self) -> frozenset[CameraId]:
        return frozenset(self.recording) | self._wanted

    def assign(self, cameras: Sequence[Camera]) -> None:
        self._wanted = frozenset(camera.id for camera in cameras)
        for camera in self._wanted - self.recording:
            self._start(camera)
        for camera in self.recording - self._wanted - self._ending.keys():
            self._ending[camera] = asyncio.create_task(self._end_politely(camera))

    def cut(self, cameras: Collection[CameraId]) -> None:
        self._wanted -= frozenset(cameras)
        self._kill(cameras)

    def _kill(self, cameras: Collection[CameraId]) -> None:
        for camera in sorted(cameras):
            if task := self._ending.pop(camera, None):
                task.cancel()
            if camera in self.recording:
                self.recording.discard(camera)
                self._air.end(self._node, camera)

    def watchdog(self) -> None:
        """Act as the watchdog: end all FFmpegs when the deadline has passed."""
        if self.deadline is None or self._time.now >= self.deadline:
            self._kill(self.working)

    def tend(self) -> None:
        """Act as the recorder: start FFmpegs again that ended unasked."""
        for camera in self._wanted - self.recording:
            self._start(camera)

    def _start(self, camera: CameraId) -> None:
        self.recording.add(camera)
        if not self.paused:
            self._air.begin(self._node, camera)

    async def _end_politely(self, camera: CameraId) -> None:
        await self._time.pause(ENDING)
        self._ending.pop(camera, None)
        self._kill({camera})
        if camera in self._wanted:
            self._start(camera)


@dataclass(slots=True)
class Line:
    """A node's connection to the register."""

    leases: MemoryLeases
    mode: str = "up"
    """up, down, hanging, or "deaf": the call is done, and the answer is lost."""

    @property
    def shared(self) -> bool:
        return self.leases.shared

    def beat(self, heartbeat: Heartbeat) -> Membership:
        return self._through(lambda: self.leases.beat(heartbeat))

    def take(
        self, node: NodeId, secret: str, wanted: Mapping[CameraId, int]
    ) -> frozenset[CameraId]:
        return self._through(lambda: self.leases.take(node, secret, wanted))

    def give_back(self, node: NodeId, secret: str, cameras: Mapping[CameraId, int]) -> None:
        self._through(lambda: self.leases.give_back(node, secret, cameras))

    def leave(self, node: NodeId, secret: str) -> None:
        self._through(lambda: self.leases.leave(node, secret))

    def forget(self, node: NodeId) -> Node:
        return self._through(lambda: self.leases.forget(node))

    def membership(self) -> Membership:
        return self._through(self.leases.membership)

    def _through(self, call: Callable[[], T]) -> T:
        if self.mode == "down":
            raise Unavailable("the register is down")
        result = call()
        if self.mode == "deaf":
            raise Unavailable("the connection was lost")
        return result


class SimNode:
    """A simulated recorder: process, FFmpegs and watchdog."""

    def __init__(self, city: City, name: str) -> None:
        self.city, self.name = city, name
        self.id = NodeId(name)
        self.clock = NodeClock(city.time)
        self.line = Line(city.leases)
        self.control = SimCameras(name, city.air, city.time)
        self.events: list[Event] = []
        self.life = 0
        self.task: asyncio.Task[None] | None = None
        self.host_up = True
        self.keeper = self._keeper()

    def start(self) -> None:
        """Start a new process; FFmpegs of an earlier process are ended first, as in recovery."""
        self.life += 1
        self.control.assign([])
        self.control.cut(self.control.working)
        self.keeper = self._keeper()
        self.task = asyncio.create_task(self.keeper.work(self.control))

    @property
    def alive(self) -> bool:
        return self.task is not None

    async def kill(self) -> None:
        """Kill the process by SIGKILL: FFmpegs and watchdog go on."""
        await self.keeper._end_tasks()
        if self.task is not None:
            self.task.cancel()
            await asyncio.gather(self.task, return_exceptions=True)
        self.task = None

    async def lose_power(self) -> None:
        """Cut the whole machine's power, for ever or until `start`."""
        await self.kill()
        self.control.cut(self.control.working)
        self.host_up = False

    async def stop(self) -> None:
        """End cleanly, as the recorder does: no more assignments, end FFmpegs, release leases."""
        assert self.task is not None
        self.task.cancel()
        await asyncio.gather(self.task, return_exceptions=True)
        self.task = None
        self.control.assign([])
        while self.control.working:
            await self.city.time.pause(Elapsed.parse("100ms"))
        await self.keeper.release()

    def freeze(self) -> None:
        """Send SIGSTOP to recorder, watchdog and FFmpegs: nothing is recorded meanwhile."""
        self.clock.running.clear()
        self.control.paused = True
        for camera in self.control.recording:
            self.city.air.end(self.name, camera)

    def thaw(self) -> None:
        """Send SIGCONT: FFmpegs go on until watchdog or recorder act, which happens at once."""
        self.control.paused = False
        self.control.watchdog()
        for camera in self.control.recording:
            self.city.air.begin(self.name, camera)
        self.clock.running.set()

    def said(self) -> str:
        return "\n".join(f"{type(event).__name__}: {event}" for event in self.events)

    def _keeper(self) -> LeaseKeeper:
        identity = NodeIdentity(
            node=self.id,
            home=f"home of {self.name}",
            secret=f"{self.name}-{self.life}",
            group="all",
            ttl=TTL,
            address=lambda: self.name,
        )
        ports = Ports(
            leases=self.line,
            cameras=lambda: self.city.cameras,
            peers=_Phone(self.city, self),
            extend=self._extend,
            blocking_calls=self._blocking_call,
        )
        return LeaseKeeper(identity, ports, self.clock, self.events.append)

    def _extend(self, until: Elapsed) -> None:
        self.control.deadline = until

    async def _blocking_call(self, call: Callable[[], T]) -> T:
        if self.line.mode == "hanging" and "Line" in repr(call):
            await self.city.never.wait()
        await self.city.time.pause(Elapsed.parse("2ms"))
        await self.clock.running.wait()
        return call()


@dataclass(slots=True)
class _Phone:
    """Asks other nodes for promises, over links that can be cut."""

    city: City
    caller: SimNode

    def ask(self, peer: Node, me: NodeId, secret: str, within: Elapsed) -> Answer:
        del within
        there = self.city.nodes.get(peer.id)
        if there is None or not there.host_up or (me, peer.id) in self.city.cut_links:
            return Answer.SILENT
        if not there.alive:
            return Answer.GONE
        if there.control.paused:
            return Answer.SILENT
        return Answer.PROMISED if there.keeper.promise(me, secret) else Answer.ALIVE


class City:
    """Simulated recorders, a register and the simulated time."""

    def __init__(self, cameras: int) -> None:
        self.time = Time()
        self.air = Air(self.time)
        self.leases = MemoryLeases(NodeClock(self.time))
        self.cameras = [a_camera(f"camera-{n}", source="film.mp4") for n in range(cameras)]
        self.nodes: dict[NodeId, SimNode] = {}
        self.cut_links: set[tuple[NodeId, NodeId]] = set()
        self.never = asyncio.Event()

    def node(self, name: str) -> SimNode:
        """Make a recorder and start the recorder's process."""
        made = SimNode(self, name)
        self.nodes[made.id] = made
        made.start()
        return made

    async def run(self, seconds: float) -> None:
        """Let time pass; watchdogs look at the deadline every 100 ms."""
        for _ in range(round(seconds * 10)):
            await self.time.run(Elapsed.parse("100ms"))
            for node in self.nodes.values():
                if not node.control.paused:
                    node.control.watchdog()
                    if node.alive and node.clock.running.is_set():
                        node.control.tend()

    def cut(self, one: SimNode, *others: SimNode) -> None:
        """Cut the links between node `one` and `others`, both ways."""
        for other in others:
            self.cut_links |= {(one.id, other.id), (other.id, one.id)}

    def counts(self) -> dict[str, int]:
        return {str(node.id): len(node.control.recording) for node in self.nodes.values()}

    def all_covered(self) -> bool:
        return self.air.covered() == {camera.id for camera in self.cameras}

    async def close(self) -> None:
        for node in self.nodes.values():
            node.clock.running.set()
            await node.kill()


def play(story: Callable[[City], Awaitable[None]], cameras: int = 12) -> City:
    """Run a story and return the city; fail where a camera ever had two recorders."""

    async def whole() -> City:
        city = City(cameras)
        try:
            await story(city)
        finally:
            await city.close()
        assert city.air.doubles == []
        return city

    return asyncio.run(whole())
