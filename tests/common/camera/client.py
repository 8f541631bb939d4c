"""A client's connection to a simulated camera: data to send, with delay and speed."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import TYPE_CHECKING, Final

from footage.instant import ZERO, Elapsed

if TYPE_CHECKING:
    from footage.clock import Clock
    from tests.common.camera.rtp import Sender

_TOO_MUCH: Final = 4_000_000
"""Bytes waiting for a client that does not read, beyond which the camera ends the connection."""


class Client:
    """A client's connection, from the first request to the end."""

    def __init__(self, writer: asyncio.StreamWriter, clock: Clock) -> None:
        self.senders: dict[str, Sender] = {}
        """RTP senders by track, "video" or "audio", in the order of SETUP."""
        self.channels: dict[str, int] = {}
        self.playing = False
        self.bytes_a_second = 0
        self.report_due = ZERO
        self._writer = writer
        self._clock = clock
        self._waiting: deque[tuple[Elapsed, bytes]] = deque()
        self._size = 0
        self._due = ZERO
        self._more = asyncio.Event()

    def offer(self, data: bytes, delay: Elapsed = ZERO) -> None:
        """Queue `data` to be sent after `delay`, never before data that was offered earlier."""
        self._due = max(self._due, self._clock.monotonic() + delay)
        self._waiting.append((self._due, data))
        self._size += len(data)
        self._more.set()
        if self._size > _TOO_MUCH:
            self.abort()

    def answer(self, data: bytes) -> None:
        """Send `data` at once: an answer to a request does not wait for pictures."""
        self._writer.write(data)

    def abort(self) -> None:
        """End the connection at once, without sending what waits."""
        self.playing = False
        self._writer.transport.abort()

    async def work(self) -> None:
        """Send the offered data until cancelled or the peer has gone."""
        while True:
            while not self._waiting:
                self._more.clear()
                await self._more.wait()
            due, data = self._waiting.popleft()
            if (early := due - self._clock.monotonic()) > ZERO:
                await self._clock.pause(early)
            if self.bytes_a_second:
                await self._clock.pause(Elapsed(len(data) * 1_000_000 // self.bytes_a_second))
            self._writer.write(data)
            await self._writer.drain()
            self._size -= len(data)
