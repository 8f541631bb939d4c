"""A view ends once, whatever happens to its stream."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from api.viewing import ViewStream, viewing
from footage.custody import Action, Deed, Purpose
from footage.errors import DataLoss, Unavailable
from tests.common.custody_list import CustodyList

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, MutableMapping
    from typing import Any

DEED = Deed(Action.VIEW, Purpose("amina"), {"camera": "camera-1"})


def _chunks(*, fail: bool = False) -> Iterator[bytes]:
    yield b"abc"
    yield b"def"
    if fail:
        raise DataLoss("cut short")
    yield b"gh"


def _stream(custody: CustodyList, chunks: Iterator[bytes]) -> ViewStream:
    with viewing(custody, DEED) as view:
        return ViewStream(view, chunks, facts={"first_byte": 0}, status=200, headers={})


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
    assert custody.outcomes == [(1, False, {"first_byte": 0, "bytes": 3})]


@pytest.mark.parametrize(("leaves_after", "given"), [(0, 0), (1, 3)])
def test_the_client_goes(leaves_after: int, given: int) -> None:
    custody = CustodyList()
    _send(_stream(custody, _chunks()), leaves_after=leaves_after)
    assert custody.outcomes == [(1, False, {"first_byte": 0, "bytes": given})]


class Deaf(CustodyList):
    """Takes intents and refuses outcomes."""

    def outcome(self, intent: int, deed: Deed, *, ok: bool, result: Mapping[str, object]) -> int:
        super().outcome(intent, deed, ok=ok, result=result)
        raise Unavailable("the disk is full")


def test_the_last_chunk_does_not_leave_without_the_outcome() -> None:
    received: list[bytes] = []
    with pytest.raises(Unavailable):
        asyncio.run(_serve(_stream(Deaf(), _chunks()), received, 99))
    assert received == [b"", b"abc", b"def"]


def test_what_fails_before_the_stream_is_entered_too() -> None:
    custody = CustodyList()
    with pytest.raises(DataLoss), viewing(custody, DEED):
        raise DataLoss("unreadable")
    assert custody.outcomes == [(1, False, {"error": "DataLoss"})]


def test_without_an_intent_nothing_happens() -> None:
    custody = CustodyList(refuses=True)
    done = False
    with pytest.raises(Unavailable), viewing(custody, DEED):
        done = True
    assert not done
    assert custody.outcomes == []
