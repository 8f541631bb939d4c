"""A TCP balancer: `PORT PATH HOST:PORT...`. A program of its own, started by `balancer.start`.

New connections go round the living upstreams. One lives while GET of PATH answers 200; one that
does not is left out at once, and its connections are cut, so that clients try elsewhere instead of
waiting for a host that will never answer.
"""

from __future__ import annotations

import asyncio
import sys
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from footage.clock import SystemClock
from footage.instant import Elapsed

if TYPE_CHECKING:
    from collections.abc import Iterator

HOST: Final = "127.0.0.1"
PAUSE: Final = Elapsed.parse("250ms")
PATIENCE_S: Final = 1.0
"""Silence of a check that makes a host a dead one, and the longest wait for a connection."""

_CHUNK: Final = 1 << 18
_OK: Final = b"200"
_FAILURES: Final = (OSError, TimeoutError, asyncio.IncompleteReadError)


@dataclass(slots=True, eq=False)
class Upstream:
    """One server behind the balancer."""

    host: str
    port: int
    alive: bool = True
    open: set[asyncio.StreamWriter] = field(default_factory=set, repr=False)

    def lost(self) -> None:
        """Leave it out, and cut what is open to it, at both ends."""
        self.alive = False
        for writer in self.open:
            writer.transport.abort()


@dataclass(slots=True)
class Ring:
    """Whose turn it is."""

    members: list[Upstream]
    _next: int = 0

    def turns(self) -> list[Upstream]:
        """The living ones, beginning with the one whose turn it is; the turn passes on."""
        first, self._next = self._next, (self._next + 1) % len(self.members)
        order = self.members[first:] + self.members[:first]
        return [member for member in order if member.alive]


async def check(upstream: Upstream, path: str) -> bool:
    """Whether it answers with 200, within `PATIENCE_S`."""
    try:
        async with asyncio.timeout(PATIENCE_S):
            reader, writer = await asyncio.open_connection(upstream.host, upstream.port)
            with closing(writer):
                writer.write(f"GET {path} HTTP/1.0\r\nHost: {upstream.host}\r\n\r\n".encode())
                status = await reader.readuntil(b"\n")
    except _FAILURES:
        return False
    return _OK in status.split()


async def watch(upstream: Upstream, path: str) -> None:
    """Check one upstream for ever."""
    clock = SystemClock()
    while True:
        alive = await check(upstream, path)
        if alive != upstream.alive:
            _say(f"{upstream.host}:{upstream.port} {'is back' if alive else 'is lost'}")
        if alive:
            upstream.alive = True
        else:
            upstream.lost()
        await clock.pause(PAUSE)


async def serve(ring: Ring, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Carry one client's connection to the first upstream that takes it, until either ends it."""
    with _closing(writer):
        for upstream in ring.turns():
            try:
                async with asyncio.timeout(PATIENCE_S):
                    back, forth = await asyncio.open_connection(upstream.host, upstream.port)
            except _FAILURES:
                continue  # the next check tells what became of it
            with _closing(forth), _counted(upstream, {writer, forth}):
                await asyncio.gather(_carry(reader, forth), _carry(back, writer))
            return


async def _carry(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
    """Copy until the source ends: its end is passed on, a cut cuts the other side too."""
    try:
        while data := await source.read(_CHUNK):
            target.write(data)
            await target.drain()
        if target.can_write_eof():
            target.write_eof()
    except _FAILURES:
        target.transport.abort()


@contextmanager
def _counted(upstream: Upstream, ends: set[asyncio.StreamWriter]) -> Iterator[None]:
    upstream.open |= ends
    try:
        yield
    finally:
        upstream.open -= ends


@contextmanager
def _closing(writer: asyncio.StreamWriter) -> Iterator[None]:
    try:
        yield
    finally:
        writer.close()


async def main(port: int, path: str, upstreams: list[str]) -> None:
    """Serve until killed."""
    members = []
    for each in upstreams:
        host, _, number = each.rpartition(":")
        members.append(Upstream(host, int(number)))
    ring = Ring(members)
    server = await asyncio.start_server(lambda r, w: serve(ring, r, w), HOST, port)
    async with server, asyncio.TaskGroup() as tasks:
        for member in members:
            tasks.create_task(watch(member, path))
        _say(f"{len(members)} behind {HOST}:{port}")


def _say(text: str) -> None:
    sys.stdout.write(f"{SystemClock().now()} {text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    with suppress(KeyboardInterrupt):
        asyncio.run(main(int(sys.argv[1]), sys.argv[2], sys.argv[3:]))
