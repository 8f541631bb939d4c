"""Showing footage: one custody intent and one outcome for each request (invariant 7)."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import anyio
from anyio import to_thread
from fastapi.responses import StreamingResponse

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from starlette.types import Receive, Scope, Send

    from footage.custody import Deed
    from footage.ports import Custody


class View:
    """A view whose intent is entered; `end` enters its outcome, once."""

    def __init__(self, custody: Custody, deed: Deed, intent: int) -> None:
        self._custody, self._deed, self._intent = custody, deed, intent
        self._open = True

    def end(self, *, ok: bool, result: Mapping[str, object]) -> None:
        """Enter how it ended; only the first call counts."""
        if self._open:
            self._open = False
            self._custody.outcome(self._intent, self._deed, ok=ok, result=result)


@contextmanager
def viewing(custody: Custody, deed: Deed) -> Iterator[View]:
    """Enter the intent, and the outcome too when what happens inside fails.

    Otherwise the outcome is left to what is inside, or to the `ViewStream` it hands the view to.

    Raises:
        FootageError: The entry cannot be written; then nothing inside happens.
    """
    view = View(custody, deed, custody.intent(deed))
    try:
        yield view
    except Exception as exc:
        view.end(ok=False, result={"error": type(exc).__name__})
        raise


class ViewStream(StreamingResponse):
    """Footage given out in chunks.

    The last chunk leaves only after the outcome is entered: whoever received all of it stands in
    the log. When reading fails midway or the client goes, the outcome says how much was given, and
    the connection breaks before `Content-Length` bytes, so a client never takes a part for all.

    Args:
        view: Whose outcome it enters.
        chunks: The body.
        facts: Added to the outcome.
        status: HTTP status.
        headers: `Content-Length` among them.
    """

    def __init__(
        self,
        view: View,
        chunks: Iterator[bytes],
        *,
        facts: Mapping[str, object],
        status: int,
        headers: Mapping[str, str],
    ) -> None:
        super().__init__(self._given(chunks), status, headers)
        self._view, self._facts = view, facts
        self._bytes = 0

    def _given(self, chunks: Iterator[bytes]) -> Iterator[bytes]:
        held = b""
        for chunk in chunks:
            if held:
                self._bytes += len(held)
                yield held
            held = chunk
        self._bytes += len(held)
        self._view.end(ok=True, result=self._result)
        yield held

    @property
    def _result(self) -> dict[str, object]:
        return {**self._facts, "bytes": self._bytes}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send it, and see to it that the view ends whatever happens."""
        try:
            await super().__call__(scope, receive, send)
        finally:
            with anyio.CancelScope(shield=True):
                await to_thread.run_sync(self._break_off)

    def _break_off(self) -> None:
        self._view.end(ok=False, result=self._result)
