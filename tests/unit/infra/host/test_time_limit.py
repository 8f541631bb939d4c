"""A question to a server that may never answer."""

from __future__ import annotations

import threading

import pytest

from footage.errors import NotFound, Unavailable
from footage.instant import Elapsed
from infra.host.time_limit import within

LONG = Elapsed.parse("60s")


def test_an_answer_in_time_is_returned() -> None:
    assert within(LONG, lambda: 7) == 7


def test_an_error_in_time_is_raised() -> None:
    def look() -> None:
        raise NotFound("no such object")

    with pytest.raises(NotFound, match="no such object"):
        within(LONG, look)


def test_who_never_answers_is_waited_for_no_longer() -> None:
    answered = threading.Event()
    with pytest.raises(Unavailable, match="no answer within 10ms"):
        within(Elapsed.parse("10ms"), answered.wait)
    answered.set()
