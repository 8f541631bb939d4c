"""Questions asked at the same time are answered as each is answered alone (invariants 7, 11)."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Barrier, Lock
from typing import TYPE_CHECKING, Any

import pytest

from footage.ids import CameraId, SiteId
from footage.instant import ZERO, Elapsed, Interval
from footage.scope import EVERYWHERE, Scope
from infra.vectors.memory_vectors import MemoryVectors
from search.answer import to_json
from search.coverage import Coverage, Looked
from search.day_facts import AfterScan, Days
from search.query import Query
from tests.common.builders import START, at, segments_in_a_row
from tests.common.custody_list import CustodyList
from tests.common.small_city import PURPOSE, SmallCity

if TYPE_CHECKING:
    from pathlib import Path

    from footage.action import Deed
    from footage.ports import VectorAnswer
    from search.answer import SearchAnswer
    from search.service import SearchService

pytestmark = pytest.mark.slow

HOUR = Interval(START, START + Elapsed.parse("1h"))
CAMERA = CameraId("camera-2")


class NumberedCustody(CustodyList):
    """Numbers intents also where several threads enter them."""

    def __init__(self) -> None:
        super().__init__()
        self._lock = Lock()

    def intent(self, deed: Deed) -> int:
        with self._lock:
            return super().intent(deed)


def told(answer: SearchAnswer) -> object:
    """Return the answer without the number of its custody entry."""
    found = to_json(answer)
    moments = found["moments"]
    assert isinstance(moments, list)
    rest = {name: value for name, value in found.items() if name != "custody_entry"}
    return rest | {"moments": [{**moment, "moment": ""} for moment in moments]}


def questions() -> list[Query]:
    scopes = [
        EVERYWHERE,
        Scope(cameras=frozenset({CAMERA})),
        Scope(sites=frozenset({SiteId("site-1")})),
    ]
    times = [HOUR, Interval(at(30), at(100)), Interval(START, START + Elapsed.parse("26h"))]
    return [
        Query(text, interval, scope, limit=limit)
        for text in ("red", "blue")
        for interval in times
        for scope in scopes
        for limit in (1, 20)
    ]


def all_at_once(service: SearchService, asked: list[Query]) -> list[SearchAnswer]:
    together = Barrier(len(asked))

    def ask(query: Query) -> SearchAnswer:
        together.wait(30)
        return service.search(query, PURPOSE)

    with ThreadPoolExecutor(len(asked)) as pool:
        return list(pool.map(ask, asked))


def test_questions_at_once_are_answered_as_each_alone(city: SmallCity) -> None:
    city.custody = NumberedCustody()
    service, asked = city.search, questions()
    alone = [told(service.search(query, PURPOSE)) for query in asked]
    assert len({str(one) for one in alone}) > len(asked) // 2, "the questions differ"
    for _ in range(3):
        city.custody.intents.clear()
        city.custody.outcomes.clear()
        answers = all_at_once(service, asked)
        assert [told(answer) for answer in answers] == alone
        entries = sorted(answer.entry for answer in answers)
        assert entries == list(range(1, len(asked) + 1)), "an intent for each, and before"
        assert sorted(intent for intent, _, _ in city.custody.outcomes) == entries


def test_what_is_kept_between_questions_ends_with_a_change(tmp_path: Path) -> None:
    city = SmallCity(tmp_path)
    city.custody = NumberedCustody()
    row = segments_in_a_row(2, CAMERA, START)
    city.catalogue.add_segments(row)
    service, asked = city.search, [Query("red", HOUR, EVERYWHERE)] * 6
    length = row[0].interval.length

    def searched() -> list[Elapsed]:
        return [answer.coverage.searched for answer in all_at_once(service, asked)]

    def recorded() -> list[Elapsed]:
        return [answer.coverage.recorded for answer in all_at_once(service, asked)]

    assert searched() == [ZERO] * len(asked)
    for number, segment in enumerate(row, start=1):
        city.catalogue.mark_indexed([segment.key], city.encoder.identity.digest)
        assert searched() == [length * number] * len(asked)
    city.catalogue.remove_segments([row[0].key])
    assert searched() == recorded() == [length] * len(asked)


def test_time_indexed_during_the_scan_is_not_searched_and_shared_with_nobody(
    tmp_path: Path,
) -> None:
    """Of two questions alike, the second began after the mark (invariant 6)."""
    city = SmallCity(tmp_path)
    city.custody = NumberedCustody()
    (segment,) = segments_in_a_row(1, CAMERA, START)
    city.catalogue.add_segments([segment])
    marked: list[int] = []

    class Marking(MemoryVectors):
        """Ends its first scan with the mark of an indexer that did not wait."""

        def search(self, *args: Any, **named: Any) -> VectorAnswer:  # noqa: ANN401 - passed on
            answer = super().search(*args, **named)
            if not marked:
                marked.append(1)
                city.catalogue.mark_indexed([segment.key], city.encoder.identity.digest)
            return answer

    service = replace(city.search, vectors=Marking())
    first, second = (service.search(Query("red", HOUR, EVERYWHERE), PURPOSE) for _ in range(2))
    assert first.coverage.searched == ZERO
    assert second.coverage.searched == segment.interval.length


def test_a_coverage_is_told_once_to_those_who_share_what_was_read() -> None:
    days, before = (Days((), Looked()) for _ in range(2))
    after, calls = AfterScan(days, (), {}, {}), list[int]()

    def tell() -> Coverage:
        calls.append(1)
        return Coverage(asked=Elapsed(len(calls)))

    assert after.coverage(days, "day", tell) is after.coverage(days, "day", tell)
    assert len(calls) == 1
    for count, (read, asked) in enumerate([(days, "hour"), (days, None), (days, None)], start=2):
        assert after.coverage(read, asked, tell).asked.us == count
    for count in (5, 6):
        assert after.coverage(before, "day", tell).asked.us == count, "changed during the scan"
