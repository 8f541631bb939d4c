"""Faults that the control channel causes at a running camera."""

from __future__ import annotations

import asyncio
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from footage.instant import Elapsed
from tests.common.camera.model import Condition, Look

if TYPE_CHECKING:
    from collections.abc import Mapping

    from footage.clock import Clock
    from tests.common.camera.port import Port


class Faults:
    """Carries out the commands of the control channel at a camera."""

    def __init__(self, port: Port, clock: Clock) -> None:
        self._port = port
        self._clock = clock
        self._flapping: asyncio.Task[None] | None = None

    def do(self, command: Mapping[str, Any]) -> dict[str, Any]:
        """Carry out a command and return the camera's state.

        Raises:
            ValueError: There is no such command.
        """
        device = self._port.device
        match command["do"]:
            case "condition":
                self._stop_flapping()
                self.feel(Condition(command["condition"]))
            case "flap":
                self._stop_flapping()
                up, down = Elapsed(command["up_us"]), Elapsed(command["down_us"])
                self._flapping = asyncio.create_task(self._flap(up, down))
            case "jitter":
                device.jitter_ms = int(command["ms"])
            case "slow":
                self._port.slow(int(command["bytes_a_second"]))
            case "step":
                device.clock = device.clock.stepped(Elapsed(command["us"]))
            case "drift":
                device.clock = device.clock.drifting(self._clock.now(), int(command["ppm"]))
            case "look":
                look = Look.of({**asdict(device.look), **command["changes"]})
                device.change(look, disconnect=bool(command["disconnect"]))
            case "hang_up":
                device.hang_up()
            case "state":
                pass
            case other:
                raise ValueError(f"no such command: {other}")
        return self._port.state()

    def feel(self, condition: Condition) -> None:
        """Set the camera's condition; while dead, the port refuses connections too."""
        self._port.device.feel(condition)
        if condition is Condition.DEAD:
            self._port.close()
        else:
            self._port.open()

    def _stop_flapping(self) -> None:
        if self._flapping is not None:
            self._flapping.cancel()
            self._flapping = None

    async def _flap(self, up: Elapsed, down: Elapsed) -> None:
        while True:
            self.feel(Condition.DEAD)
            await self._clock.pause(down)
            self.feel(Condition.WELL)
            await self._clock.pause(up)
