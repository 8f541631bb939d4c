"""The balancer before a cluster, tested with small real servers as upstreams."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack, asynccontextmanager, closing
from typing import TYPE_CHECKING

from footage.clock import SystemClock
from footage.instant import Elapsed
from lab.servers import balancer_script as balancer
from lab.servers.balancer_script import HOST, Ring, Upstream
from lab.servers.loopback import free_ports

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

HEALTH = "/alive"
PATIENCE_S = 20.0


class Backend:
    """A server that answers each line with `name` and health checks with `status`.

    While `silent`, nothing is answered.
    """

    def __init__(self, name: str) -> None:
        self.name, self.status, self.silent = name, 200, False

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with closing(writer):
            while line := await reader.readline():
                if self.silent:
                    continue
                if line.startswith(b"GET"):
                    writer.write(f"HTTP/1.0 {self.status} Whatever\r\n\r\n".encode())
                    return
                writer.write(f"{self.name} {line.decode()}".encode())


@asynccontextmanager
async def behind(*backends: Backend) -> AsyncIterator[tuple[int, list[Upstream]]]:
    """Run a balancer before `backends`, each watched; yield the port and the upstreams' states."""
    async with AsyncExitStack() as stack:
        upstreams, servers = [], []
        for backend in backends:
            server = await asyncio.start_server(backend.serve, HOST, 0)
            servers.append(await stack.enter_async_context(server))
            upstreams.append(Upstream(HOST, server.sockets[0].getsockname()[1]))
        ring = Ring(upstreams)
        front = await asyncio.start_server(lambda r, w: balancer.serve(ring, r, w), HOST, 0)
        watching = [asyncio.create_task(balancer.watch(each, HEALTH)) for each in upstreams]
        try:
            yield front.sockets[0].getsockname()[1], upstreams
        finally:
            for server in (front, *servers):
                server.close()
            await cancel_other_tasks()
            assert all(task.done() for task in watching)


async def cancel_other_tasks() -> None:
    """Cancel all other tasks, so that connections are closed before the event loop.

    An open connection would be reported as leaked. No server accepts any more, and connections
    just accepted get a turn first: asyncio loses the socket of a connection whose task is cancelled
    before the task has begun.
    """
    await SystemClock().pause(Elapsed.parse("20ms"))
    others = asyncio.all_tasks() - {asyncio.current_task()}
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)
    await SystemClock().pause(Elapsed.parse("20ms"))


class Talk:
    """A client's connection through the balancer."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer

    @classmethod
    async def begin(cls, port: int) -> Talk:
        return cls(*await asyncio.open_connection(HOST, port))

    async def ask(self, text: str = "hello") -> str:
        """Send a line and return the answer; "" where the connection was cut."""
        try:
            self._writer.write(f"{text}\n".encode())
            async with asyncio.timeout(PATIENCE_S):
                return (await self._reader.readline()).decode().strip()
        except ConnectionError:
            return ""

    def end(self) -> None:
        self._writer.close()


async def until(ready: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while not ready():
            await SystemClock().pause(Elapsed.parse("20ms"))


async def answers(port: int, count: int) -> list[str]:
    """Return the answers of `count` connections, made in turn."""
    said = []
    for _ in range(count):
        talk = await Talk.begin(port)
        said.append(await talk.ask())
        talk.end()
    return said


def test_turns_pass_over_the_dead() -> None:
    one, two, three = (Upstream(HOST, port) for port in (1, 2, 3))
    ring = Ring([one, two, three])
    assert ring.turns() == [one, two, three]
    two.alive = False
    assert ring.turns() == [three, one]
    assert ring.turns() == [three, one]
    assert ring.turns() == [one, three]


def test_connections_go_round_and_a_long_talk_stays_where_it_began() -> None:
    async def story() -> None:
        async with behind(Backend("a"), Backend("b")) as (port, _):
            assert await answers(port, 4) == ["a hello", "b hello"] * 2
            talk = await Talk.begin(port)
            assert [await talk.ask(word) for word in ("x", "y")] == ["a x", "a y"]
            talk.end()

    asyncio.run(story())


def test_one_that_says_it_is_unwell_is_left_out_until_it_is_well() -> None:
    async def story() -> None:
        sick = Backend("a")
        async with behind(sick, Backend("b")) as (port, upstreams):
            sick.status = 503
            await until(lambda: not upstreams[0].alive)
            assert await answers(port, 3) == ["b hello"] * 3
            sick.status = 200
            await until(lambda: upstreams[0].alive)
            assert set(await answers(port, 2)) == {"a hello", "b hello"}

    asyncio.run(story())


def test_connections_to_one_that_hangs_are_cut_so_that_clients_ask_elsewhere() -> None:
    async def story() -> None:
        hanging = Backend("a")
        async with behind(hanging, Backend("b")) as (port, _):
            talk = await Talk.begin(port)
            assert await talk.ask() == "a hello"
            hanging.silent = True
            assert await talk.ask() == ""
            talk.end()
            assert await answers(port, 2) == ["b hello"] * 2

    asyncio.run(story())


def test_one_that_refuses_is_passed_over_before_any_check_has_noticed() -> None:
    async def story() -> None:
        async with behind(Backend("b")) as (_, (living,)):
            ring = Ring([Upstream(HOST, free_ports(1)[0]), living])
            front = await asyncio.start_server(lambda r, w: balancer.serve(ring, r, w), HOST, 0)
            async with front:
                assert await answers(front.sockets[0].getsockname()[1], 2) == ["b hello"] * 2

    asyncio.run(story())


def test_where_none_is_left_the_client_is_told_at_once() -> None:
    async def story() -> None:
        async with behind(Backend("a")) as (port, (only,)):
            only.lost()
            talk = await Talk.begin(port)
            assert await talk.ask() == ""
            talk.end()

    asyncio.run(story())
