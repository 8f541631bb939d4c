"""A camera's port, reserved also while the camera is dead, so that no other process binds there."""

from __future__ import annotations

import asyncio
import socket
from typing import TYPE_CHECKING, Any

from tests.common.camera.rtsp import HOST, Connection

if TYPE_CHECKING:
    from footage.clock import Clock
    from tests.common.camera.device import Device


class Port:
    """A camera on a separate port.

    A bound socket that never listens reserves the number: connecting is refused unless a second
    socket, bound to the same number, listens.
    """

    def __init__(self, device: Device, clock: Clock) -> None:
        self.device = device
        self._clock = clock
        self._holder = _bound(0)
        self.number: int = self._holder.getsockname()[1]
        self._bytes_a_second = 0
        self._accepting: asyncio.Task[None] | None = None
        self._serving: set[asyncio.Task[None]] = set()

    def open(self) -> None:
        """Accept connections; harmless twice."""
        if self._accepting is None:
            listener = _bound(self.number)
            listener.listen(64)
            self._accepting = asyncio.create_task(self._accept(listener))

    def close(self) -> None:
        """Refuse connections from now on."""
        if self._accepting is not None:
            self._accepting.cancel()
            self._accepting = None

    def slow(self, bytes_a_second: int) -> None:
        """Limit the speed of sending to every client; 0 removes the limit."""
        self._bytes_a_second = bytes_a_second
        for client in self.device.clients:
            client.bytes_a_second = bytes_a_second

    def state(self) -> dict[str, Any]:
        """Return port, frame counter, condition, and numbers of connected and playing clients."""
        return {
            "port": self.number,
            "counter": self.device.counter,
            "condition": str(self.device.condition),
            "clients": len(self.device.clients),
            "playing": sum(client.playing for client in self.device.clients),
        }

    async def _accept(self, listener: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        with listener:
            while True:
                connection, _ = await loop.sock_accept(listener)
                task = asyncio.create_task(self._serve(connection))
                self._serving.add(task)
                task.add_done_callback(self._serving.discard)

    async def _serve(self, connection: socket.socket) -> None:
        reader, writer = await asyncio.open_connection(sock=connection)
        await Connection(self.device, self._clock, self._bytes_a_second).serve(reader, writer)


def _bound(port: int) -> socket.socket:
    made = socket.socket()
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    made.bind((HOST, port))
    made.setblocking(False)  # noqa: FBT003  the standard library's own signature
    return made
