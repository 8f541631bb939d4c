"""A time limit for a question to a server that may never answer."""

from __future__ import annotations

from concurrent.futures import Future
from threading import Thread
from typing import TYPE_CHECKING, TypeVar

from footage.errors import Unavailable

if TYPE_CHECKING:
    from collections.abc import Callable

    from footage.instant import Elapsed

T = TypeVar("T")


def within(limit: Elapsed, look: Callable[[], T]) -> T:
    """Return what `look` returns, or raise what `look` raises.

    After the limit `look` goes on in a thread that nobody waits for, and that ends with the
    process.

    Raises:
        Unavailable: `look` has not returned within `limit`.
    """
    answer: Future[T] = Future()

    def run() -> None:
        try:
            answer.set_result(look())
        except BaseException as exc:  # noqa: BLE001 - raised again by whoever waits
            answer.set_exception(exc)

    Thread(target=run, name="within a limit", daemon=True).start()
    try:
        return answer.result(limit.in_seconds)
    except TimeoutError as exc:
        raise Unavailable(f"no answer within {limit}") from exc
