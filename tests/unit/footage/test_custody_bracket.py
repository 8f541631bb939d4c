"""The bracket around every action (invariant 7): intent, act, outcome, whatever ends the act."""

from __future__ import annotations

import asyncio
import traceback
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from footage.action import Action, Deed, Purpose
from footage.custody import bracket
from footage.errors import DataLoss, Unavailable
from tests.common.custody_list import CustodyList, NoOutcomes

if TYPE_CHECKING:
    from collections.abc import Iterator

DEED = Deed(Action.EXPORT, Purpose("amina"), {"camera": "camera-1"})
ENDINGS = (
    ZeroDivisionError,
    KeyboardInterrupt,
    SystemExit,
    GeneratorExit,
    asyncio.CancelledError,
)


def test_an_act_is_entered_before_and_after() -> None:
    custody = CustodyList()
    with bracket(custody, DEED) as act:
        assert (custody.intents, custody.outcomes) == ([DEED], [])
        act.result = {"segments": 3}
    assert act.intent == 1
    assert custody.outcomes == [(1, True, {"segments": 3})]


def test_an_act_may_end_incomplete() -> None:
    custody = CustodyList()
    with bracket(custody, DEED) as act:
        act.complete = False
    assert custody.outcomes == [(1, False, {})]


@pytest.mark.parametrize("ending", ENDINGS)
def test_whatever_ends_the_act_is_entered_and_goes_on(ending: type[BaseException]) -> None:
    custody = CustodyList()

    def cut_short() -> None:
        with bracket(custody, DEED) as act:
            act.result["bytes"] = 3
            raise ending("/secret/path")

    with pytest.raises(ending):
        cut_short()
    assert custody.outcomes == [(1, False, {"bytes": 3, "error": ending.__name__})]


def test_an_error_of_ours_says_why() -> None:
    custody = CustodyList()
    with pytest.raises(DataLoss), bracket(custody, DEED):
        raise DataLoss("cut short", hint="look")
    assert custody.outcomes == [(1, False, {"error": "DataLoss", "why": "cut short (look)"})]


def _streamed(custody: CustodyList) -> Iterator[bytes]:
    with bracket(custody, DEED):
        yield b"abc"
        yield b"def"


def test_a_generator_that_is_closed_early_or_dropped_is_entered() -> None:
    custody = CustodyList()
    stream = _streamed(custody)
    with closing(stream):  # type: ignore[type-var] # a generator, which can be closed
        next(stream)
    next(_streamed(custody))
    assert [(number, ok) for number, ok, _ in custody.outcomes] == [(1, False), (2, False)]


def test_without_an_intent_nothing_is_done() -> None:
    custody, done = CustodyList(refuses=True), False
    with pytest.raises(Unavailable), bracket(custody, DEED):
        done = True
    assert not done
    assert custody.outcomes == []


def test_a_success_that_cannot_be_entered_is_an_error_and_is_tried_once() -> None:
    custody = NoOutcomes()
    with pytest.raises(Unavailable, match="disk"), bracket(custody, DEED):
        pass
    assert custody.intents == [DEED]
    assert custody.tried == 1


@pytest.mark.parametrize("ending", [KeyboardInterrupt, DataLoss])
def test_a_failure_that_cannot_be_entered_goes_on_with_a_note(
    ending: type[BaseException],
) -> None:
    with pytest.raises(ending) as caught, bracket(NoOutcomes(), DEED):
        raise ending("cut short")
    told = "".join(traceback.format_exception(caught.value))
    assert "custody entry 1 has no outcome: the disk is full" in told
