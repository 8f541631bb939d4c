"""A view ends once, whatever happens to its stream."""

from __future__ import annotations

import asyncio
from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest

from api.viewing import ViewStream
from footage.action import Action, Deed, Purpose
from footage.custody import bracket
from footage.errors import DataLoss, Unavailable
from tests.common.custody_list import CustodyList, NoOutcomes

if TYPE_CHECKING:
    from collections.abc import Iterator, MutableMapping
    from typing import Any

DEED = Deed(Action.VIEW, Purpose("amina"), {"camera": "camera-1"})


def _chunks(*, fail: bool = False) -> Iterator[bytes]:
    yield b"abc"
    yield b"def"
    if fail:
        raise DataLoss("cut short")
    yield b"gh"


def _stream(custody: CustodyList, chunks: Iterator[bytes]) -> ViewStream:
    with ExitStack() as view:
        act = view.enter_context(bracket(custody, DEED))
        act.result = {"first_byte": 0}
        return ViewStream(view, act, chunks, status=200, headers={})


async def _serve(stream: ViewStream, received: list[bytes], leaves_after: int) -> None:
    gone = asyncio.Event()

    async def send(message: MutableMapping[str, Any]) -> None:
        received.append(message.get("body", b""))
        if len(received) > leaves_after:
            gone.set()
            await asyncio.Event().wait()

    async def receive() -> MutableMapping[str, Any]:
        await gone.wait()
        return {"type": "http.disconnect"}

    await stream({"type": "http", "asgi": {"spec_version": "2.3"}}, receive, send)


def _send(stream: ViewStream, *, leaves_after: int = 99) -> bytes:
    """What a client receives that goes after the headers and so many chunks."""
    received: list[bytes] = []
    asyncio.run(_serve(stream, received, leaves_after))
    return b"".join(received)


def test_all_given() -> None:
    custody = CustodyList()
    assert _send(_stream(custody, _chunks())) == b"abcdefgh"
    assert custody.outcomes == [(1, True, {"first_byte": 0, "bytes": 8})]


def test_reading_fails_midway() -> None:
    custody = CustodyList()
    received: list[bytes] = []
    with pytest.raises(DataLoss):
        asyncio.run(_serve(_stream(custody, _chunks(fail=True)), received, 99))
    assert received == [b"", b"abc"]  # headers, a chunk, and no end of the body
    told = {"error": "DataLoss", "why": "cut short"}
    assert custody.outcomes == [(1, False, {"first_byte": 0, "bytes": 3, **told})]


@pytest.mark.parametrize(("leaves_after", "given"), [(0, 0), (1, 3)])
def test_the_client_goes(leaves_after: int, given: int) -> None:
    custody = CustodyList()
    _send(_stream(custody, _chunks()), leaves_after=leaves_after)
    result = {"first_byte": 0, "bytes": given, "error": "ClientDisconnect"}
    assert custody.outcomes == [(1, False, result)]


@pytest.mark.parametrize(("messages", "given"), [(0, 0), (1, 3)])
def test_the_request_is_cancelled(messages: int, given: int) -> None:
    custody, sent = CustodyList(), 0

    async def cancelled() -> None:
        stalled = asyncio.Event()

        async def send(_: object) -> None:
            nonlocal sent
            if sent == messages:
                stalled.set()
                await asyncio.Event().wait()
            sent += 1

        async def receive() -> MutableMapping[str, Any]:
            return await asyncio.Future()

        stream = _stream(custody, _chunks())
        spec = {"type": "http", "asgi": {"spec_version": "2.3"}}
        serving = asyncio.create_task(stream(spec, receive, send))
        await stalled.wait()
        serving.cancel()
        with pytest.raises(asyncio.CancelledError):
            await serving

    asyncio.run(cancelled())
    result = {"first_byte": 0, "bytes": given, "error": "CancelledError"}
    assert custody.outcomes == [(1, False, result)]


def test_a_response_dropped_before_it_was_sent_ends_its_view() -> None:
    custody = CustodyList()
    _stream(custody, _chunks())
    ((number, ok, result),) = custody.outcomes
    assert (number, ok, result["bytes"]) == (1, False, 0)


def test_the_last_chunk_does_not_leave_without_the_outcome() -> None:
    received: list[bytes] = []
    with pytest.raises(Unavailable):
        asyncio.run(_serve(_stream(NoOutcomes(), _chunks()), received, 99))
    assert received == [b"", b"abc", b"def"]


def test_what_fails_before_the_stream_is_entered_too() -> None:
    custody = CustodyList()

    def broken() -> ViewStream:
        with ExitStack() as view:
            view.enter_context(bracket(custody, DEED))
            raise DataLoss("unreadable")

    with pytest.raises(DataLoss):
        broken()
    assert custody.outcomes == [(1, False, {"error": "DataLoss", "why": "unreadable"})]
