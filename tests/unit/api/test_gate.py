"""The gate before the application: bodies with an example picture have limits of their own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import anyio
import pytest

from api.gate import Gate
from api.limits import PICTURE_PATH, PICTURES_AT_ONCE, Limits

if TYPE_CHECKING:
    from starlette.types import Message, Receive, Scope, Send

LIMITS = Limits(body_bytes=10, picture_bytes=100)
SEARCH = "/api/v1/search"


async def sent_back(path: str, size: int, gate: Gate, *, announced: bool = True) -> int:
    """Send a body of `size` bytes through the gate; return the status of the answer."""
    said: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.request", "body": bytes(size), "more_body": False}

    async def send(message: Message) -> None:
        said.append(message)

    await gate(a_request(path, size if announced else 0), receive, send)
    return int(said[0]["status"])


def a_request(path: str, size: int) -> dict[str, Any]:
    headers = [(b"host", b"localhost"), (b"content-length", str(size).encode())]
    return {"type": "http", "path": path, "headers": headers}


async def application(_scope: Scope, receive: Receive, send: Send) -> None:
    await receive()
    await send({"type": "http.response.start", "status": 200})


@pytest.mark.parametrize("announced", [True, False])
@pytest.mark.parametrize(
    ("path", "size", "status"),
    [
        (SEARCH, 10, 200),
        (SEARCH, 11, 413),
        (PICTURE_PATH, 11, 200),
        (PICTURE_PATH, 100, 200),
        (PICTURE_PATH, 101, 413),
        (f"{PICTURE_PATH}/more", 11, 413),
    ],
)
def test_a_body_with_a_picture_may_be_larger(
    path: str, size: int, status: int, *, announced: bool
) -> None:
    async def ask() -> int:
        return await sent_back(path, size, Gate(application, LIMITS), announced=announced)

    assert anyio.run(ask) == status


def test_few_pictures_are_in_memory_at_once_and_places_come_free_again() -> None:
    async def ask() -> list[int]:
        reading, all_reading, go_on = 0, anyio.Event(), anyio.Event()
        gate = Gate(application, LIMITS)

        async def slowly() -> Message:
            nonlocal reading
            reading += 1
            if reading == PICTURES_AT_ONCE:
                all_reading.set()
            await go_on.wait()
            return {"type": "http.disconnect"}

        async def nowhere(_message: Message) -> None:
            raise AssertionError

        async with anyio.create_task_group() as group:
            for _ in range(PICTURES_AT_ONCE):
                group.start_soon(gate, a_request(PICTURE_PATH, 50), slowly, nowhere)
            await all_reading.wait()
            told = [await sent_back(path, 5, gate) for path in (PICTURE_PATH, SEARCH)]
            go_on.set()
        return [*told, await sent_back(PICTURE_PATH, 5, gate)]

    assert anyio.run(ask) == [503, 200, 200]
