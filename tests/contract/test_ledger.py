"""The contract of `footage.ports.Ledger`, on every adapter."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from itertools import pairwise
from threading import Barrier
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import insert, text

from footage.digest import Digest
from footage.errors import Conflict, NotFound, Unavailable
from footage.ids import SegmentKey
from footage.instant import Elapsed
from footage.leaf import Late, Leaf, draft_of, placed
from footage.ports.ledger import Backlog
from infra.registers.memory_ledger import MemoryLedger
from infra.registers.sql_ledger import SqlLedger
from infra.registers.sql_ledger_rows import draft_row
from infra.registers.sql_models import LEDGER_WAITING
from tests.common.builders import a_segment, at, during, segments_in_a_row
from tests.common.clients import clients, url_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from footage.leaf import Draft
    from footage.ports import Ledger

    Opener = Callable[[], Ledger]

WRITERS, NODES = 100, 4
"""Writers at once, and the clients that writers share: a server takes some hundred connections."""


@pytest.fixture(params=["memory", "sqlite", pytest.param("postgresql", marks=pytest.mark.server)])
def opener(request: pytest.FixtureRequest) -> Iterator[Opener]:
    """Function that opens another client of the same ledger at each call."""
    if request.param == "memory":
        shared = MemoryLedger()
        yield lambda: shared
        return
    with clients(url_of(request), SqlLedger) as another:
        yield another


@pytest.fixture
def ledger(opener: Opener) -> Ledger:
    return opener()


def drafts_of(count: int, camera: str = "camera-1") -> list[Draft]:
    return [
        draft_of(segment, stored=segment.interval.end)
        for segment in segments_in_a_row(count, camera)
    ]


def placing(ledger: Ledger, limit: int = 1_000, appended_s: float = 100) -> int:
    """Give what waits its places, as the sequencer does; return how many."""
    with ledger.sequencing():
        size, taken = ledger.state().size, ledger.waiting(limit)
        drafts = [one.draft for one in taken]
        leaves, tips = placed(drafts, size, ledger.tips({d.camera for d in drafts}), at(appended_s))
        ledger.place(size, taken, leaves, tips)
    return len(taken)


def test_drafts_wait_whole_and_in_order(opener: Opener) -> None:
    first, second = drafts_of(2)
    late = replace(drafts_of(1, "camera-2")[0], stored=None, late=Late.BACK_FILL)
    opener().append([second])
    opener().append([first, late])
    waiting = opener().waiting(10)
    assert [one.draft for one in waiting] == [second, first, late]
    assert len({one.number for one in waiting}) == len(waiting)
    assert opener().waiting(1) == waiting[:1]
    assert opener().backlog() == Backlog(3, first.stored)


def test_an_empty_ledger_has_the_same_random_name_for_all(opener: Opener) -> None:
    state = opener().state()
    assert (state.size, state.stored, state.edge, state.checkpoint) == (0, 0, b"", "")
    assert len(state.log) == 16
    assert opener().state() == state
    assert opener().backlog() == Backlog(0, None)
    assert opener().tips({drafts_of(1)[0].camera}) == {}


def test_a_draft_again_changes_nothing_before_and_after_it_has_a_place(ledger: Ledger) -> None:
    (draft,) = drafts_of(1)
    ledger.append([draft, draft])
    ledger.append([replace(draft, stored=at(999))])
    assert [one.draft for one in ledger.waiting(10)] == [draft]
    assert placing(ledger) == 1
    ledger.append([draft])
    assert ledger.waiting(10) == []
    assert ledger.state().size == 1


@pytest.mark.parametrize("limit", [1, 2, 10])
def test_a_draft_that_got_its_place_meanwhile_is_taken_off(tmp_path: Path, limit: int) -> None:
    """A process appended the draft again before it saw the place that another had given."""
    first, second, third = drafts_of(3)
    with clients(f"sqlite:///{tmp_path / 'register.db'}", SqlLedger) as another:
        ledger = another()
        ledger.append([first])
        placing(ledger)
        with ledger._database.transaction() as connection:
            connection.execute(insert(LEDGER_WAITING), [draft_row(first)])
        ledger.append([second, third])
        ready = [second, third][:limit]
        assert [one.draft for one in ledger.waiting(limit)] == ready
        assert ledger.backlog().count == 2
        assert placing(ledger) == 2
        assert ledger.backlog().count == 0


def test_a_key_stands_for_one_digest(ledger: Ledger) -> None:
    first, second = drafts_of(2)
    ledger.append([first])
    other = replace(first, digest=Digest.of(b"other"))
    with pytest.raises(Conflict, match="not with"):
        ledger.append([second, other])
    assert [one.draft for one in ledger.waiting(10)] == [first]
    placing(ledger)
    with pytest.raises(Conflict, match="not with"):
        ledger.append([second, other])
    assert ledger.waiting(10) == []


def test_footage_of_a_deleted_segment_may_be_imported_anew(opener: Opener) -> None:
    """The store had no such object any more, or it would not have taken other bytes."""
    first, second = (replace(one, late=Late.IMPORT) for one in drafts_of(2))
    opener().append([first])
    anew = replace(first, digest=Digest.of(b"anew"))
    with pytest.raises(Conflict, match="not with"):
        opener().append([anew])  # the former is not placed yet: the leaf is kept, and comes again
    placing(opener())
    opener().append([anew, second])
    opener().append([anew])
    assert [one.draft for one in opener().waiting(10)] == [anew, second]
    assert opener().lacking({anew.key}) == frozenset()
    assert placing(opener()) == 2
    place = opener().place_of(anew.key)
    assert place is not None
    assert (place.index, opener().state().size) == (1, 3)
    assert [Leaf.decode(data).draft.digest for data in opener().leaves(0, 2)] == [
        first.digest,
        anew.digest,
    ], "the former leaf stays in the tree"
    recorded = replace(anew, digest=Digest.of(b"recorded"), late=None)
    with pytest.raises(Conflict, match="not with"):
        opener().append([recorded])


def test_both_leaves_of_a_key_are_put_back_at_once(ledger: Ledger) -> None:
    """As a restored register reads them from what was published."""
    (first,) = (replace(one, late=Late.IMPORT) for one in drafts_of(1))
    anew = replace(first, digest=Digest.of(b"anew"))
    leaves, tips = placed([first], 0, {}, at(100))
    more, tips = placed([anew], 1, tips, at(200))
    with ledger.sequencing():
        ledger.place(0, [], [*leaves, *more], tips)
    place = ledger.place_of(first.key)
    assert place is not None
    assert place.index == 1


def test_lacking_names_what_neither_waits_nor_has_a_place(ledger: Ledger) -> None:
    first, second, third = drafts_of(3)
    ledger.append([first])
    placing(ledger)
    ledger.append([second])
    keys = {first.key, second.key, third.key}
    assert ledger.lacking(keys) == {third.key}
    assert ledger.lacking(set()) == frozenset()


def test_places_and_tips_are_kept(opener: Opener) -> None:
    mine, others = drafts_of(3), drafts_of(2, "camera-2")
    opener().append([*mine, *others])
    assert placing(opener(), appended_s=181) == 5
    assert opener().state().size == 5
    leaves = [Leaf.decode(data) for data in opener().leaves(0, 5)]
    assert [leaf.draft for leaf in leaves] == [*mine, *others]
    for former, later in pairwise(leaves[:3]):
        assert later.before is not None
        assert leaves[later.before.index] == former
    tips = opener().tips({mine[0].camera, others[0].camera})[mine[0].camera]
    assert tips.on_time is not None
    assert (tips.on_time[0].index, tips.late) == (2, None)
    found = opener().place_of(mine[1].key)
    assert found is not None
    assert (found.key, found.start, found.index) == (mine[1].key, mine[1].interval.start, 1)
    assert opener().place_of(SegmentKey("another")) is None
    assert [one.index for one in opener().places(mine[0].camera, during(60, 180))] == [1, 2]
    assert [one.index for one in opener().places(mine[0].camera, during(0, 180), 2)] == [0, 1]
    assert opener().places(mine[0].camera, during(180, 240)) == []


def test_a_late_leaf_is_a_tip_of_its_own(ledger: Ledger) -> None:
    (draft,) = drafts_of(1)
    ledger.append([draft])
    placing(ledger, appended_s=60)
    ledger.append([replace(drafts_of(2)[1], late=Late.IMPORT)])
    placing(ledger, appended_s=130)
    tips = ledger.tips({draft.camera})[draft.camera]
    assert tips.on_time is not None
    assert tips.late is not None
    assert (tips.on_time[0].index, tips.on_time[1], tips.late.index) == (
        0,
        draft.interval.start,
        1,
    )


def test_places_are_given_once(opener: Opener) -> None:
    """A process that lost the exclusive section finds another size, and gives no place."""
    first, second = drafts_of(2)
    opener().append([first, second])
    taken = opener().waiting(1)
    leaves, tips = placed([first], 0, {}, at(100))
    opener().place(0, taken, leaves, tips)
    with pytest.raises(Conflict, match="1 leaves"):
        opener().place(0, taken, leaves, tips)
    with pytest.raises(Conflict):
        opener().place(1, taken, leaves, tips)
    assert opener().state().size == 1
    assert [one.draft for one in opener().waiting(10)] == [second]


def test_leaves_of_full_bundles_are_let_go_once_stored(ledger: Ledger) -> None:
    drafts = [draft_of(a_segment("camera-1", at(n), seconds=1)) for n in range(300)]
    ledger.append(drafts)
    placing(ledger, appended_s=301)
    ledger.set_stored(280, b"edge")
    assert (ledger.state().stored, ledger.state().edge) == (280, b"edge")
    assert len(ledger.leaves(256, 300)) == 44
    assert ledger.leaves(256, 256) == []
    with pytest.raises(NotFound):
        ledger.leaves(255, 300)
    with pytest.raises(NotFound):
        ledger.leaves(256, 301)
    placed_at = ledger.place_of(drafts[0].key)
    assert placed_at is not None, "places stay for ever"


@pytest.mark.server
def test_an_append_does_not_hang_with_the_server(request: pytest.FixtureRequest) -> None:
    url = str(request.getfixturevalue("postgres_database").sqlalchemy_url)
    with clients(url, partial(SqlLedger, wait=Elapsed.seconds(1))) as another:
        ledger, other = another(), another()
        with other._database.transaction() as connection:
            connection.execute(text("LOCK TABLE ledger_waiting"))
            with pytest.raises(Unavailable):
                ledger.append(drafts_of(1))
        ledger.append(drafts_of(1))
        assert ledger.backlog().count == 1


def test_what_is_stored_never_goes_back(ledger: Ledger) -> None:
    """A process that lost the exclusive section is behind the process that has it."""
    ledger.append([draft_of(a_segment("camera-1", at(n), seconds=1)) for n in range(300)])
    placing(ledger, appended_s=301)
    ledger.set_stored(300, b"edge")
    ledger.set_stored(300, b"edge")
    with pytest.raises(Conflict, match="300 leaves are stored"):
        ledger.set_stored(100, b"older edge")
    assert (ledger.state().stored, ledger.state().edge) == (300, b"edge")


def test_a_checkpoint_reads_back(opener: Opener) -> None:
    opener().set_checkpoint("origin\n0\nroot\n\n\u2014 name sig\n", at(5))
    state = opener().state()
    assert (state.checkpoint, state.signed_at) == ("origin\n0\nroot\n\n\u2014 name sig\n", at(5))


@pytest.mark.slow
def test_a_hundred_writers_at_once_lose_and_double_nothing(opener: Opener) -> None:
    """Each appends its own segments and all the first one's; some give places meanwhile."""
    shared = drafts_of(1, "shared")
    mine = [[*drafts_of(3, f"camera-{n}"), *shared] for n in range(WRITERS)]
    nodes = [opener() for _ in range(NODES)]
    ready = Barrier(WRITERS)

    def write(number: int) -> None:
        ledger = nodes[number % NODES]
        ready.wait(timeout=60)
        for draft in mine[number]:
            ledger.append([draft])
        if not number % 10:
            placing(ledger)

    with ThreadPoolExecutor(WRITERS) as pool:
        list(pool.map(write, range(WRITERS)))
    ledger = opener()
    while placing(ledger):
        pass
    size = ledger.state().size
    assert size == WRITERS * 3 + 1
    leaves = [Leaf.decode(data) for data in ledger.leaves(0, size)]
    assert {leaf.draft.key for leaf in leaves} == {d.key for drafts in mine for d in drafts}
