"""A TCP balancer: `PORT PATH HOST:PORT...`. A separate program, started by `balancer.start`.

New connections go to the living upstreams in turn. An upstream is alive while GET of PATH answers
200. A dead upstream is left out at once and its connections are cut, so that clients try elsewhere
instead of waiting for a host that will never answer.
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
"""Seconds after which an unanswered check means a dead host; also the longest wait to connect."""

_CHUNK: Final = 1 << 18
_OK: Final = b"200"
_FAILURES: Final = (OSError, TimeoutError, asyncio.IncompleteReadError)


@dataclass(slots=True, eq=False)
class Upstream:
    """A server behind the balancer, with the open connections to that server."""

    host: str
    port: int
    alive: bool = True
    open: set[asyncio.StreamWriter] = field(default_factory=set, repr=False)

    def lost(self) -> None:
        """Mark the upstream as dead, and cut all open connections at both ends."""
        self.alive = False
        for writer in self.open:
            writer.transport.abort()


@dataclass(slots=True)
class Ring:
    """The upstreams, and the place of the upstream that gets the next connection."""

    members: list[Upstream]
    _next: int = 0

    def turns(self) -> list[Upstream]:
        """Return the living upstreams, the next in turn first, and pass the turn on."""
        first, self._next = self._next, (self._next + 1) % len(self.members)
        order = self.members[first:] + self.members[:first]
        return [member for member in order if member.alive]


async def check(upstream: Upstream, path: str) -> bool:
    """Whether the upstream answers GET of `path` with 200, within `PATIENCE_S`."""
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
    """Check an upstream for ever, every `PAUSE`; mark the upstream as alive or dead."""
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
    """Carry a client's connection to the first upstream that accepts, until either side ends.

    Without an upstream that accepts, the connection is closed.
    """
    with _closing(writer):
        for upstream in ring.turns():
            try:
                async with asyncio.timeout(PATIENCE_S):
                    back, forth = await asyncio.open_connection(upstream.host, upstream.port)
            except _FAILURES:
                continue  # the next check tells whether the upstream is dead
            with _closing(forth), _counted(upstream, {writer, forth}):
                await asyncio.gather(_carry(reader, forth), _carry(back, writer))
            return


async def _carry(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
    """Copy from `source` to `target` until `source` ends; an end is passed on, so is a cut."""
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
    """Serve and check the upstreams until killed."""
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
