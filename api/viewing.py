"""Streaming response that gives out footage within a single custody bracket (invariant 7)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import anyio
from anyio import to_thread
from fastapi.responses import StreamingResponse
from starlette.requests import ClientDisconnect

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from contextlib import ExitStack

    from starlette.types import Receive, Scope, Send

    from footage.custody import Act

CHECK_EVERY: Final = 64 << 20
"""Bytes after which `checked` asks again: some seconds of a fast network."""


class ViewStream(StreamingResponse):
    """Response that gives out footage in chunks and enters the view in the custody log.

    The last chunk leaves only after the outcome is entered, so the log names everyone who received
    all of the footage. When reading fails midway or the client disconnects, the outcome says how
    many bytes were given, and the connection breaks before `Content-Length` bytes, so a client
    never takes a part for the whole. A response that is dropped before being sent ends its view
    too.

    Args:
        view: Exit stack with the open custody bracket, which the response takes over and closes.
        act: The view being entered; its result gets the number of `bytes` given.
        chunks: Body of the response.
        status: HTTP status.
        headers: Response headers, `Content-Length` among them.
    """

    def __init__(
        self,
        view: ExitStack,
        act: Act,
        chunks: Iterator[bytes],
        *,
        status: int,
        headers: Mapping[str, str],
    ) -> None:
        act.result["bytes"] = 0
        self._view = view.pop_all()
        # The body refers to the view, not to this response: no reference cycle keeps a dropped
        # response alive.
        super().__init__(_given(self._view, act, chunks), status, headers)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the response, and end the view whatever happens."""
        try:
            await super().__call__(scope, receive, send)
        except BaseException as exc:
            await self._end(exc)
            raise
        await self._end(ClientDisconnect())

    async def _end(self, exc: BaseException) -> None:
        """End the view with `exc`, unless the end of the view is entered already."""
        with anyio.CancelScope(shield=True):
            await to_thread.run_sync(self._view.__exit__, type(exc), exc, exc.__traceback__)


def _given(view: ExitStack, act: Act, chunks: Iterator[bytes]) -> Iterator[bytes]:
    """Yield `chunks`; closes the view before the last chunk is yielded."""
    given, held = 0, b""
    for chunk in chunks:
        if held:
            given += len(held)
            act.result["bytes"] = given
            yield held
        held = chunk
    act.result["bytes"] = given + len(held)
    view.close()
    yield held


def checked(chunks: Iterable[bytes], check: Callable[[], None]) -> Iterator[bytes]:
    """Yield `chunks`, and call `check` again after each `CHECK_EVERY` bytes.

    What `check` raises ends the view: for footage that takes hours to send, while grants end.
    """
    since = 0
    for chunk in chunks:
        if since >= CHECK_EVERY:
            check()
            since = 0
        since += len(chunk)
        yield chunk
