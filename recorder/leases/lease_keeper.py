"""The lease keeper: keeps a recorder's share of the cameras by leases in the register.

Rounds of: heartbeat → decide → take → assign cameras → give back cameras whose recording has ended.
A camera is given back only when nothing of it runs any more, and recorded only once it was taken.
Beside the rounds, and waiting for nobody, a guard task ends all recording when the fence has
passed.

Without the register a node asks every other node that was live at its last contact to promise not
to take its cameras. While all promise, the node records on; otherwise recording ends before the
lease does. See docs/recorders.md for why no camera has two recorders.
"""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING, Final, TypeVar

from footage.errors import FootageError, Refused, Unavailable
from footage.instant import ZERO, Elapsed
from footage.lease_balance import Facts, decide
from footage.membership import Heartbeat
from recorder.events import Alarm, Note, Trouble, TroubleBegan, TroubleEnded, TroubleSource
from recorder.leases.blocking_call import answer_within
from recorder.leases.fence import Fence
from recorder.leases.identity import ChangeNotifier
from recorder.leases.peer_check import PeerCheck
from recorder.leases.peers import Promises

if TYPE_CHECKING:
    from collections.abc import Callable

    from footage.camera import Camera
    from footage.clock import Clock
    from footage.ids import CameraId
    from footage.membership import Membership, Node
    from recorder.events import Event
    from recorder.leases.identity import NodeIdentity, Ports
    from recorder.ports import CameraControl

T = TypeVar("T")
_LOOK: Final = Elapsed.parse("200ms")
"""How often the fence is checked: a timer would sleep on for as long as the machine did."""
_SOON: Final = Elapsed.parse("100ms")
_NO_REGISTER: Final = Trouble(TroubleSource.REGISTER)
_OTHERS_RECORD: Final = Trouble(TroubleSource.LEASES)


class LeaseKeeper:
    """Keeps `recorder.ports.Assignment` by leases. `promise` may be called from any thread."""

    def __init__(
        self, identity: NodeIdentity, ports: Ports, clock: Clock, tell: Callable[[Event], None]
    ) -> None:
        self._identity = identity
        self._ports = ports
        self._clock = clock
        self._notifier = ChangeNotifier(tell)
        self._peer_check = PeerCheck(identity, ports, clock, self._notifier)
        self._promises = Promises(clock, identity.ttl)
        self._fence = Fence(identity.ttl)
        self._membership: Membership | None = None
        self._cameras: dict[CameraId, Camera] = {}
        self._releasing: set[CameraId] = set()
        self._leaving = False
        self._control: CameraControl | None = None
        self._tasks: list[asyncio.Task[None]] = []

    def promise(self, node: str, token: str) -> bool:
        """Promise to take no cameras of `node` for a TTL; False where `token` is wrong."""
        return self._promises.promise(node, token)

    def join(self) -> None:
        """Register this node before anything is recorded; if the register is down, `work` retries.

        Raises:
            Refused: Another recorder has registered under this name, or is live on a register that
                takes a single recorder; the message names that recorder.
        """
        asked = self._clock.boottime()
        try:
            membership = self._ports.leases.beat(self._heartbeat())
        except Unavailable as exc:
            self._no_cameras(exc)
            return
        self._heard(asked, membership)

    async def work(self, control: CameraControl) -> None:
        """Assign cameras until cancelled; background tasks then give back cameras as each ends."""
        await self._end_tasks()
        self._control = control
        self._tasks = [
            asyncio.create_task(self._rounds(control)),
            asyncio.create_task(self._guard()),
        ]
        try:
            await asyncio.wait(self._tasks, return_when=asyncio.FIRST_COMPLETED)
        except asyncio.CancelledError:
            # The tasks go on: until the recordings have ended, their leases must be kept.
            self._leaving = True
            raise
        faults = [task.exception() for task in self._tasks if task.done()]
        await self._end_tasks()
        control.cut(control.working)  # nothing keeps the leases now
        for fault in filter(None, faults):
            raise fault

    async def release(self) -> None:
        """Free the remaining cameras and remove this node from the membership."""
        await self._end_tasks()
        leave = partial(self._ports.leases.leave, self._identity.node, self._identity.secret)
        try:
            await self._asked(leave)
        except FootageError as exc:
            text = f"other recorders wait {self._identity.ttl} before taking over: {exc}"
            self._notifier.say("leave", Note(None, text))

    # ---------------------------------------------------------------- rounds

    async def _rounds(self, control: CameraControl) -> None:
        while True:
            began = self._clock.boottime()
            due = began + await self._round(control)
            await self._clock.pause(max(due - self._clock.boottime(), _SOON))

    async def _round(self, control: CameraControl) -> Elapsed:
        """Do a round; returns the time from the round's beginning to the next round's."""
        self._check()  # before anything else: this process may have been paused
        asked = self._clock.boottime()
        beat = partial(self._ports.leases.beat, self._heartbeat())
        try:
            membership = await self._asked(beat, 5, late=lambda _: self._renew(asked))
            self._heard(asked, membership)
            again = TroubleEnded(_NO_REGISTER, "the register answers again")
            self._notifier.over("register", again)
            self._notifier.over("promises")
            return await self._act(control, membership)
        except Refused:
            control.cut(control.working)
            raise
        except FootageError as exc:
            await self._go_on_without(exc)
            return self._identity.part(4)

    async def _act(self, control: CameraControl, membership: Membership) -> Elapsed:
        me = membership.node(self._identity.node)
        if me is None:
            raise Unavailable("the register does not list this recorder after its heartbeat")
        mine = {lease.camera: lease.token for lease in membership.leases if lease.node == me.id}
        self._give_up_lost(control, membership)
        await self._look_up_cameras()
        wanted = frozenset(() if self._leaving else self._cameras)
        self._releasing &= mine.keys()
        off_limits = self._promises.standing() | await self._peer_check.excluded(
            membership, me, wanted
        )
        moves = decide(Facts(me.id, membership, wanted, frozenset(self._releasing), off_limits))
        self._releasing |= moves.give
        if moves.take and not self._leaving:
            take = partial(self._ports.leases.take, me.id, self._identity.secret, moves.take)
            mine |= dict.fromkeys(await self._asked(take), 0)
        if not self._leaving:
            kept = sorted(mine.keys() - self._releasing)
            control.assign([self._cameras[camera] for camera in kept])
        await self._give_back(control, mine)
        return self._pace(membership, busy=moves.below_share or bool(self._releasing))

    async def _give_back(self, control: CameraControl, mine: dict[CameraId, int]) -> None:
        ended = self._releasing - control.working
        if ended:
            back = {camera: mine[camera] for camera in ended}
            give = partial(self._ports.leases.give_back, self._identity.node, self._identity.secret)
            await self._asked(partial(give, back))
            self._releasing -= ended

    def _give_up_lost(self, control: CameraControl, membership: Membership) -> None:
        """End at once the recording of cameras that another node has by now."""
        live = {
            node.id for node in membership.nodes if node.live and node.id != self._identity.node
        }
        lost = {lease.camera for lease in membership.leases if lease.node in live} & control.working
        if lost:
            text = f"others record {', '.join(sorted(lost))}"
            self._notifier.say("lost", TroubleBegan(_OTHERS_RECORD, text))
            control.cut(lost)
        else:
            self._notifier.over("lost", _OTHERS_RECORD.ended())

    async def _look_up_cameras(self) -> None:
        try:
            found = await self._asked(self._ports.cameras)
        except FootageError:
            if not self._cameras:
                raise
            return  # the last known cameras will do
        self._cameras = {camera.id: camera for camera in found if camera.source}

    # ---------------------------------------------------------------- without the register

    async def _go_on_without(self, why: FootageError) -> None:
        if self._membership is None:
            self._no_cameras(why)
            return
        others, asked = self._others(), self._clock.boottime()
        if others and self._fence.passed(asked):
            return  # the others need not wait for this node any longer
        if unpromised := await self._peer_check.unpromised(others):
            left = max((self._fence.until or ZERO) - self._clock.boottime(), ZERO)
            text = f"{why}; and no promise of {', '.join(unpromised)}: recording ends in {left}"
            self._notifier.say("promises", Alarm(None, text), key=str(unpromised))
            ends = TroubleBegan(_NO_REGISTER, f"{why}; recording ends")
            self._notifier.say("register", ends, key="ends")
            return
        self._notifier.over("promises")
        shortest = min((node.ttl for node in others), default=self._identity.ttl)
        now = self._clock.boottime()
        self._fence = self._fence.promised(asked, shortest, now, alone=not others)
        self._extend()
        goes_on = TroubleBegan(_NO_REGISTER, f"{why}; recording goes on")
        self._notifier.say("register", goes_on, key="on")

    def _no_cameras(self, why: FootageError) -> None:
        self._notifier.say("register", TroubleBegan(_NO_REGISTER, f"no cameras yet: {why}"))

    # ---------------------------------------------------------------- the fence

    async def _guard(self) -> None:
        while True:
            self._check()
            await self._clock.pause(_LOOK)

    def _check(self) -> None:
        """End all recording at once when the fence has passed: others may record from now on.

        Nothing ends when no other node was live at the last contact; see
        `recorder.leases.fence.Fence.promised`.
        """
        if self._control is None or not self._control.working or not self._others():
            return
        if self._fence.passed(self._clock.boottime()):
            self._notifier.say("fence", Alarm(None, "lease over: recording ends"), key="")
            self._control.cut(self._control.working)

    def _heard(self, asked: Elapsed, membership: Membership) -> None:
        self._renew(asked)
        self._membership = membership
        self._promises.learn(membership)
        self._notifier.over("fence")

    def _renew(self, asked: Elapsed) -> None:
        self._check()  # cameras held when the heartbeat was sent may be another's by now
        self._fence = self._fence.renewed(asked)
        self._extend()

    def _extend(self) -> None:
        if self._fence.last is not None:
            self._ports.extend(self._fence.last)

    # ---------------------------------------------------------------- helpers

    def _others(self) -> list[Node]:
        """The other nodes that were live at the last contact with the register."""
        nodes = self._membership.nodes if self._membership else ()
        return [node for node in nodes if node.live and node.id != self._identity.node]

    def _heartbeat(self) -> Heartbeat:
        identity = self._identity
        return Heartbeat(
            node=identity.node,
            home=identity.home,
            secret=identity.secret,
            ttl=identity.ttl,
            seen=self._membership.serial if self._membership else 0,
            address=identity.address(),
            group="" if self._leaving else identity.group,
        )

    def _pace(self, membership: Membership, *, busy: bool) -> Elapsed:
        """Time until the next round: short while cameras move or before another node lapses."""
        if busy or self._leaving:
            return self._identity.part(20)
        holders = {lease.node for lease in membership.leases} - {self._identity.node}
        holding = [node for node in membership.nodes if node.live and node.id in holders]
        lapses = [node.left + _SOON for node in holding]
        return min([self._identity.part(4), *lapses])

    async def _asked(
        self, call: Callable[[], T], part: int = 10, late: Callable[[T], None] | None = None
    ) -> T:
        """Call the register; raises Unavailable without an answer within a TTL by `part`."""
        running = self._ports.blocking_calls(call)
        return await answer_within(running, self._clock, self._identity.part(part), late)

    async def _end_tasks(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks = []
