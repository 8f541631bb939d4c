"""A camera that cannot be recorded here is in trouble for as long as it is wanted here."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, NoReturn

from footage.clock import SystemClock
from footage.ids import CameraId
from footage.instant import Elapsed
from recorder.cameras import CameraTasks
from recorder.events import Trouble, TroubleBegan, TroubleEnded, TroubleSource
from recorder.spool.spool import CameraSpool
from tests.common.builders import a_camera
from tests.common.kits import a_kit

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

    from footage.span import Gap
    from recorder.events import Event

ONE = CameraId("camera-1")
LONG_S = 30.0


class Faulty(CameraSpool):
    """A spool with a fault of ours in it."""

    def keep_gap(self, gap: Gap, *, instead_of: str = "") -> NoReturn:
        del instead_of
        raise RuntimeError(f"a fault of ours: {gap.reason}")


def tell_story(
    root: Path, use: Callable[[CameraTasks, list[Event]], Awaitable[None]]
) -> list[TroubleBegan | TroubleEnded]:
    """Troubles that a set of camera tasks tells of while `use` assigns cameras."""
    events: list[Event] = []

    async def story() -> None:
        with ThreadPoolExecutor(2) as pool:
            cameras = CameraTasks(root, a_kit(pool, events.append))
            await use(cameras, events)
            await cameras.close()
            for spool in cameras.spools.values():
                spool.close()

    asyncio.run(asyncio.wait_for(story(), LONG_S))
    return [one for one in events if isinstance(one, TroubleBegan | TroubleEnded)]


def test_a_spool_that_another_recorder_has_is_a_trouble_while_the_camera_is_wanted(
    tmp_path: Path,
) -> None:
    other = CameraSpool(tmp_path, ONE)

    async def use(cameras: CameraTasks, _: list[Event]) -> None:
        cameras.assign([a_camera()])
        cameras.assign([a_camera()])  # tried again, told once
        cameras.assign([])

    began, ended = tell_story(tmp_path, use)
    other.close()
    trouble = Trouble(TroubleSource.SPOOL_FOLDER, ONE)
    assert (began.trouble, ended) == (trouble, trouble.ended())
    assert "another recorder" in began.text


def test_a_fault_of_ours_in_a_camera_ends_when_it_is_not_wanted_any_more(tmp_path: Path) -> None:
    async def use(cameras: CameraTasks, events: list[Event]) -> None:
        cameras.spools[ONE] = Faulty(tmp_path, ONE)
        cameras.assign([a_camera()])
        while not any(isinstance(one, TroubleBegan) for one in events):
            await SystemClock().pause(Elapsed.parse("10ms"))
        cameras.assign([])

    began, ended = tell_story(tmp_path, use)
    trouble = Trouble(TroubleSource.RECORDING_TASK, ONE)
    assert (began.trouble, ended) == (trouble, trouble.ended())
    assert "a fault of ours" in began.text
