"""Work for a client that may go: what nobody waits for is given up."""

from __future__ import annotations

import asyncio
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, TypeVar

import anyio
from anyio import to_thread

from api.problems import Problem

if TYPE_CHECKING:
    from collections.abc import Coroutine
    from contextlib import ExitStack

    from fastapi import Request

_T = TypeVar("_T")


async def while_connected(request: Request, work: Coroutine[Any, Any, _T]) -> _T:
    """Return what `work` returns; cancel `work` once the client has gone.

    Raises:
        Problem: 408, the client has gone; nobody reads that.
    """
    working, leaving = asyncio.ensure_future(work), asyncio.ensure_future(_until_gone(request))
    try:
        await asyncio.wait({working, leaving}, return_when=asyncio.FIRST_COMPLETED)
        if not working.done():
            raise Problem(HTTPStatus.REQUEST_TIMEOUT, "request-timeout", "the client has gone")
        return working.result()
    finally:
        for task in (working, leaving):
            task.cancel()
        await asyncio.gather(working, leaving, return_exceptions=True)


async def end_view(view: ExitStack, exc: BaseException) -> None:
    """End an open view with `exc`, also where the request was cancelled."""
    with anyio.CancelScope(shield=True):
        await to_thread.run_sync(view.__exit__, type(exc), exc, exc.__traceback__)


async def _until_gone(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass
