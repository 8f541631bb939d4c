"""One camera's task: a fault in its paperwork ends it, so that it is told and begun again."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, NoReturn

import pytest

from footage.ids import CameraId
from recorder.channel import Channel
from recorder.spool.spool import CameraSpool
from tests.common.builders import a_camera
from tests.common.kits import a_kit

if TYPE_CHECKING:
    from pathlib import Path

    from footage.span import Gap

LONG_S = 30.0


class Faulty(CameraSpool):
    """A spool with a fault of ours in it: what it raises is none of our errors."""

    def keep_gap(self, gap: Gap, *, instead_of: str = "") -> NoReturn:
        del instead_of
        raise RuntimeError(f"a fault of ours: {gap.reason}")


def test_a_fault_in_the_paperwork_ends_the_camera_rather_than_hang_it(tmp_path: Path) -> None:
    spool = Faulty(tmp_path, CameraId("camera-1"))

    async def record() -> None:
        with ThreadPoolExecutor(2) as pool:
            channel = Channel(a_camera("camera-1"), spool, a_kit(pool))
            await asyncio.wait_for(channel.work(), LONG_S)

    with pytest.raises(RuntimeError, match="a fault of ours"):
        asyncio.run(record())
    spool.close()
