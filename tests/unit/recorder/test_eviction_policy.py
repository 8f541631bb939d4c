"""Which unstored segments go when the spool is full."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from footage.errors import BadInput
from recorder.store.eviction_policy import Candidate, KeepReason, SpoolLimit, decide
from tests.common.builders import a_segment, at

if TYPE_CHECKING:
    from pathlib import Path

MB = 1_000_000
ORDER = ("low", "standard", "high")


def waiting(minute: int, kind: str = "standard", kept: KeepReason | None = None) -> Candidate:
    segment = a_segment(start=at(60 * minute), retention_class=kind, size_bytes=10 * MB)
    return Candidate(segment, kept)


def evicted(waits: list[Candidate], used_mb: int, limit_mb: int) -> list[Candidate]:
    chosen = decide(waits, used_mb * MB, limit_mb * MB, ORDER).evicted
    by_segment = {one.segment: one for one in waits}
    return [by_segment[chosen.segment] for chosen in chosen]


def test_nothing_goes_while_there_is_room() -> None:
    assert evicted([waiting(0)], 100, 100) == []


def test_the_first_class_goes_first_and_in_it_the_oldest() -> None:
    low_new, low_old, high = waiting(9, "low"), waiting(8, "low"), waiting(0, "high")
    unknown, standard = waiting(2, "never heard of"), waiting(1)
    waits = [low_new, high, unknown, standard, low_old]
    assert evicted(waits, 200, 150) == [low_old, low_new, standard, unknown, high]
    assert evicted(waits, 200, 185) == [low_old, low_new]
    assert evicted(waits, 200, 199) == [low_old]


@pytest.mark.parametrize("kept", list(KeepReason))
def test_some_never_go(kept: KeepReason) -> None:
    decision = decide([waiting(0, "low", kept), waiting(1, "high")], 100 * MB, 1, ORDER)
    assert [chosen.segment for chosen in decision.evicted] == [waiting(1, "high").segment]
    assert decision.kept == {kept: 1}
    assert decision.over == 90 * MB - 1


def test_each_says_why_it_and_no_other() -> None:
    (chosen,) = decide([waiting(0, "low")], 2, 1, ORDER).evicted
    assert chosen.reason == "of class 'low' the oldest goes first"


@pytest.mark.parametrize(
    ("waits", "stuck"),
    [
        ([], True),  # what grows is alone too much
        ([waiting(0, kept=KeepReason.HELD)], True),
        ([waiting(0, kept=KeepReason.HELD), waiting(1, kept=KeepReason.UPLOADING)], True),
        ([waiting(0, kept=KeepReason.STORED)], True),
        ([waiting(0, kept=KeepReason.UPLOADING)], False),  # it is just being helped
        (
            [waiting(0, kept=KeepReason.HELD), waiting(1, kept=KeepReason.YOUNG)],
            False,
        ),  # that one will go
        ([waiting(0, kept=KeepReason.HELD), waiting(1)], False),
    ],
)
def test_stuck_is_what_waiting_does_not_mend(waits: list[Candidate], stuck: bool) -> None:  # noqa: FBT001
    assert decide(waits, 100 * MB, 1, ORDER).stuck is stuck
    assert not decide(waits, 1, 1, ORDER).stuck


@pytest.mark.parametrize("order", [(), ("low",), ("standard", "low", "low")])
def test_an_order_says_where_every_class_stands(tmp_path: Path, order: tuple[str, ...]) -> None:
    with pytest.raises(BadInput):
        SpoolLimit(tmp_path, order=order)


def test_without_a_limit_a_tenth_of_the_disk_stays_free(tmp_path: Path) -> None:
    spool_limit = SpoolLimit(tmp_path)
    assert spool_limit.allowed(used=20, disk_free=30, disk_taken=70) == 40
    assert spool_limit.allowed(used=20, disk_free=10, disk_taken=90) == 20
    assert spool_limit.allowed(used=20, disk_free=4, disk_taken=96) == 14
    assert SpoolLimit(tmp_path, 7).allowed(used=20, disk_free=4, disk_taken=96) == 7
