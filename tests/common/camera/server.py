"""Process of the simulator: cameras, and a control channel of JSON lines on loopback."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any, Final

from tests.common.camera.device import Device
from tests.common.camera.faults import Faults
from tests.common.camera.model import Look
from tests.common.camera.port import Port
from tests.common.camera.rtsp import HOST

if TYPE_CHECKING:
    from pathlib import Path

    from footage.clock import Clock

READY: Final = "ready.json"


class Simulator:
    """Many cameras in a process, with a truth log of each in `folder`."""

    def __init__(self, folder: Path, clock: Clock) -> None:
        self._folder = folder
        self._clock = clock
        self._cameras: dict[int, Faults] = {}
        self._tasks: list[asyncio.Task[None]] = []
        self._ended = asyncio.Event()

    def add(self, number: int, look: Look) -> dict[str, Any]:
        """Switch a camera on; return the camera's state, with the port."""
        # Line by line: every frame a client can have received is in the log, also after a kill.
        truth = truth_log(self._folder, number).open("a", encoding="ascii", buffering=1)
        port = Port(Device(number, look, truth, self._clock), self._clock)
        port.open()
        self._cameras[number] = Faults(port, self._clock)
        self._tasks.append(asyncio.create_task(port.device.work()))
        return port.state()

    def do(self, command: dict[str, Any]) -> dict[str, Any]:
        """Carry out a command of the control channel; return the state of the camera."""
        if command["do"] == "add":
            return self.add(command["camera"], Look.of(command["look"]))
        return self._cameras[command["camera"]].do(command)

    async def work(self, *, watchdog: bool) -> None:
        """Serve until cancelled; with `watchdog`, until the first control connection ends."""
        server = await asyncio.start_server(
            lambda reader, writer: self._control(reader, writer, watchdog=watchdog), HOST, 0
        )
        port = server.sockets[0].getsockname()[1]
        draft = self._folder / f"{READY}.new"
        draft.write_text(json.dumps({"control": port}), encoding="ascii")
        draft.rename(self._folder / READY)
        ended = asyncio.create_task(self._ended.wait())
        while not ended.done():
            await asyncio.wait({ended, *self._tasks}, timeout=1, return_when="FIRST_COMPLETED")
            for task in self._tasks:
                if task.done():
                    task.result()  # a camera that broke ends the simulator: no test may miss it

    async def _control(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, watchdog: bool
    ) -> None:
        while line := await reader.readline():
            try:
                answer = self.do(json.loads(line))
            except (KeyError, TypeError, ValueError, OSError) as exc:
                answer = {"error": f"{type(exc).__name__}: {exc}"}
            writer.write(json.dumps(answer).encode() + b"\n")
            await writer.drain()
        writer.close()
        if watchdog:
            self._ended.set()


def truth_log(folder: Path, number: int) -> Path:
    """Return the path of a camera's truth log: per frame the counter, µs, keyframe?, sent?"""
    return folder / f"camera-{number}.truth"
