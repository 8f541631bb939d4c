"""A request for a proxy that is cancelled ends its view, wherever the cancellation meets it."""

from __future__ import annotations

import asyncio
import gc
import threading
from typing import TYPE_CHECKING, Any, cast

import pytest

from api.film_response import AskedBytes
from api.routes import proxies
from footage.access import Permission
from footage.action import Purpose
from tests.common.builders import segments_in_a_row
from tests.common.custody_list import CustodyList

if TYPE_CHECKING:
    from collections.abc import Mapping

    from footage.action import Deed
    from footage.segment import Segment

(SEGMENT,) = segments_in_a_row(1)


class Custody(CustodyList):
    """A custody log that tells when an outcome was entered."""

    def __init__(self) -> None:
        super().__init__()
        self.ended = threading.Event()

    def outcome(self, intent: int, deed: Deed, *, ok: bool, result: Mapping[str, object]) -> int:
        entered = super().outcome(intent, deed, ok=ok, result=result)
        self.ended.set()
        return entered


class Services:
    """What the route asks for besides the segment and the proxy, which the tests give."""

    def __init__(self) -> None:
        self.custody, self.proxies, self.pass_secret = Custody(), self, b""
        self.profile = "h264"


@pytest.mark.parametrize("met", ["while it begins", "while it is made", "while it is given"])
def test_the_view_has_an_outcome(met: str, monkeypatch: pytest.MonkeyPatch) -> None:
    services, reached, go_on = Services(), threading.Event(), threading.Event()
    looked = iter(("while it begins", "while it is given"))

    def stored(*_: object) -> Segment:
        if next(looked) == met:
            reached.set()
            assert go_on.wait(30)
        return SEGMENT

    async def made(*_: object) -> bytes:
        if met == "while it is made":
            reached.set()
            await asyncio.Event().wait()
        return b"film"

    monkeypatch.setattr(proxies, "_stored", stored)
    monkeypatch.setattr(proxies, "_made", made)
    monkeypatch.setattr(proxies, "media_of", lambda film, **_: film)
    ask = proxies.get_proxy_media(
        cast("Any", services),
        Purpose("amina"),
        cast("Any", Permission.WATCH),
        SEGMENT.key,
        cast("Any", None),
        asked=AskedBytes(None, None),
    )

    async def cancelled() -> None:
        asking = asyncio.ensure_future(ask)
        await asyncio.to_thread(reached.wait, 30)
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking
        del asking
        go_on.set()  # the thread comes to its end though nobody waits for it
        assert await asyncio.to_thread(services.custody.ended.wait, 30)

    gc.disable()  # the end of a view must not wait for the collector
    try:
        asyncio.run(asyncio.wait_for(cancelled(), 30))
    finally:
        gc.enable()
    assert len(services.custody.intents) == 1
    assert [(of, ok) for of, ok, _ in services.custody.outcomes] == [(1, False)]
