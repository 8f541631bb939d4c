"""Recorders that share cameras by leases: nobody records what another does, and all is recorded."""

from __future__ import annotations

import asyncio

import pytest

from footage.errors import Refused
from footage.ids import NodeId
from footage.membership import Heartbeat
from recorder.events import Alarm, Trouble, TroubleBegan, TroubleEnded, TroubleSource
from recorder.leases.fence import Fence
from tests.common.lease_city import TTL, City, SimNode, play

MODES = ("down", *(pytest.param(mode, marks=pytest.mark.slow) for mode in ("hanging", "deaf")))
"""Ways in which the register does not answer."""


async def three(city: City) -> tuple[SimNode, SimNode, SimNode]:
    """Three nodes, each with its share, that know each other."""
    made = [city.node(name) for name in ("a", "b", "c")]
    await city.run(30)
    assert city.all_covered()
    assert set(city.counts().values()) == {len(city.cameras) // 3}
    return made[0], made[1], made[2]


def test_one_node_records_all_within_a_second() -> None:
    async def story(city: City) -> None:
        city.node("a")
        await city.run(1)
        assert city.all_covered()

    play(story)


def test_three_nodes_share_and_then_nothing_moves() -> None:
    async def story(city: City) -> None:
        await three(city)
        starts = city.air.starts
        await city.run(60)
        assert city.air.starts == starts

    play(story)


def test_a_killed_node_is_taken_over_when_its_lease_is_over() -> None:
    async def story(city: City) -> None:
        a, _, _ = await three(city)
        await a.kill()
        await city.run(12)
        assert city.all_covered()
        assert city.counts() == {"a": 0, "b": 6, "c": 6}

    play(story)


def test_a_machine_that_loses_power_is_taken_over() -> None:
    async def story(city: City) -> None:
        a, _, _ = await three(city)
        await a.lose_power()
        await city.run(12)
        assert city.all_covered()

    play(story)


def test_a_paused_node_ends_all_on_waking_and_comes_back() -> None:
    async def story(city: City) -> None:
        a, _, _ = await three(city)
        a.freeze()
        await city.run(20)
        assert city.all_covered()
        assert city.counts()["b"] == 6
        a.thaw()
        await city.run(0.5)
        assert city.all_covered()
        await city.run(30)
        assert set(city.counts().values()) == {4}

    play(story)


def test_a_process_paused_without_its_ffmpegs_loses_them_to_the_watchdog() -> None:
    async def story(city: City) -> None:
        a, _, _ = await three(city)
        a.clock.running.clear()  # the recorder alone
        await city.run(20)
        assert city.all_covered()
        assert city.counts()["a"] == 0
        a.clock.running.set()
        await city.run(30)
        assert set(city.counts().values()) == {4}

    play(story)


@pytest.mark.parametrize("mode", MODES)
def test_all_record_on_without_the_register(mode: str) -> None:
    async def story(city: City) -> None:
        nodes = await three(city)
        starts = city.air.starts
        for node in nodes:
            node.line.mode = mode
        await city.run(120)
        assert city.all_covered()
        for node in nodes:
            node.line.mode = "up"
        await city.run(30)
        assert city.air.starts == starts, "a recording was interrupted"
        assert "recording goes on" in nodes[0].said()
        register = Trouble(TroubleSource.REGISTER)
        assert nodes[0].events[-1] == TroubleEnded(register, "the register answers again")

    play(story)


@pytest.mark.parametrize("mode", MODES)
def test_a_node_cut_off_from_the_register_alone_records_on(mode: str) -> None:
    async def story(city: City) -> None:
        a, _, _ = await three(city)
        starts = city.air.starts
        a.line.mode = mode
        await city.run(120)
        a.line.mode = "up"
        await city.run(30)
        assert city.all_covered()
        assert city.air.starts == starts

    play(story)


def test_a_node_cut_off_from_everything_ends_and_is_taken_over() -> None:
    async def story(city: City) -> None:
        a, b, c = await three(city)
        a.line.mode = "hanging"
        city.cut(a, b, c)
        await city.run(13)
        assert city.counts() == {"a": 0, "b": 6, "c": 6}
        assert any(isinstance(e, Alarm) and "lease over" in str(e) for e in a.events)
        a.line.mode = "up"
        await city.run(30)
        assert set(city.counts().values()) == {4}

    play(story)


def test_one_mute_node_is_reason_enough_to_end() -> None:
    async def story(city: City) -> None:
        a, b, _ = await three(city)
        a.line.mode = "down"
        city.cut(a, b)
        await city.run(40)
        assert city.counts()["a"] == 0
        assert city.all_covered()
        assert "no promise of b" in a.said()
        begun = [e for e in a.events if isinstance(e, TroubleBegan)]
        assert begun[-1].trouble == Trouble(TroubleSource.REGISTER)
        assert begun[-1].text.endswith("recording ends")

    play(story)


def test_nodes_that_are_gone_need_not_promise() -> None:
    async def story(city: City) -> None:
        a, b, c = await three(city)
        for node in (a, b, c):
            node.line.mode = "down"
        await b.kill()
        await city.run(60)
        assert city.counts() == {"a": 4, "b": 0, "c": 4}

    play(story)


def test_a_node_alone_goes_on_for_ever_even_after_a_pause() -> None:
    async def story(city: City) -> None:
        a = city.node("a")
        await city.run(5)
        a.line.mode = "down"
        await city.run(300)
        assert city.all_covered()
        a.freeze()
        await city.run(60)
        a.thaw()
        await city.run(5)
        assert city.all_covered()

    play(story)


def test_who_joins_while_others_are_cut_off_takes_nothing_of_theirs() -> None:
    """The register and a newcomer on one side, two nodes that promise each other on the other."""

    async def story(city: City) -> None:
        a, b = city.node("a"), city.node("b")
        await city.run(30)
        a.line.mode = b.line.mode = "hanging"
        d = SimNode(city, "d")
        city.nodes[d.id] = d
        city.cut(d, a, b)
        d.start()
        await city.run(120)
        assert city.counts() == {"a": 6, "b": 6, "d": 0}
        assert any(isinstance(e, Alarm) and "forget" in str(e) for e in d.events)

    play(story)


def test_a_newcomer_takes_over_from_the_dead_once_their_machine_says_so() -> None:
    async def story(city: City) -> None:
        a = city.node("a")
        await city.run(5)
        await a.kill()
        await city.run(20)
        city.node("d")
        await city.run(5)
        assert city.counts()["d"] == 0, "a's FFmpegs may run for one lease more"
        await city.run(10)
        assert city.all_covered()

    play(story)


def test_an_operators_word_frees_what_cannot_be_asked() -> None:
    async def story(city: City) -> None:
        a = city.node("a")
        await city.run(5)
        await a.lose_power()
        await city.run(20)
        city.node("d")
        await city.run(60)
        assert city.counts()["d"] == 0
        city.leases.forget(NodeId("a"))
        await city.run(4)
        assert city.all_covered()

    play(story)


def test_a_restart_within_the_lease_loses_nothing_to_others() -> None:
    async def story(city: City) -> None:
        a, _, _ = await three(city)
        starts = city.air.starts
        await a.kill()
        await city.run(3)
        a.start()
        await city.run(30)
        assert set(city.counts().values()) == {4}
        assert city.air.starts == starts + 4, "more than its own cameras began anew"

    play(story)


def test_a_clean_stop_hands_over_within_seconds() -> None:
    async def story(city: City) -> None:
        a, _, _ = await three(city)
        stopping = asyncio.create_task(a.stop())
        await city.run(4)
        assert stopping.done()
        assert city.counts() == {"a": 0, "b": 6, "c": 6}
        assert [node.id for node in city.leases.membership().nodes] == ["b", "c"]

    play(story)


def test_a_newcomer_gets_its_share_without_any_camera_recorded_twice() -> None:
    async def story(city: City) -> None:
        city.node("a")
        await city.run(5)
        city.node("b")
        await city.run(60)
        assert city.counts() == {"a": 20, "b": 20}
        assert city.all_covered()

    play(story, cameras=40)


def test_a_camera_added_or_removed_is_noticed() -> None:
    async def story(city: City) -> None:
        await three(city)
        gone = city.cameras.pop()
        await city.run(5)
        assert city.air.covered() == {camera.id for camera in city.cameras}
        city.cameras.append(gone)
        await city.run(5)
        assert city.all_covered()

    play(story)


def test_two_of_one_name_are_noticed_and_the_first_ends() -> None:
    async def story(city: City) -> None:
        a = city.node("a")
        await city.run(5)
        heartbeat = Heartbeat(a.id, "home of a", "another", TTL, group="all")
        city.leases.beat(heartbeat)
        await city.run(3)
        assert city.counts() == {"a": 0}
        assert a.task is not None
        assert isinstance(a.task.exception(), Refused)

    play(story)


def test_a_recorder_whose_place_is_taken_does_not_start() -> None:
    async def story(city: City) -> None:
        city.node("a")
        await city.run(1)
        twin = SimNode(city, "a")
        object.__setattr__(twin.keeper._identity, "home", "elsewhere")
        with pytest.raises(Refused, match="recorder named a"):
            twin.keeper.join()

    play(story)


def test_promises_are_made_only_to_those_who_prove_themselves() -> None:
    async def story(city: City) -> None:
        a, b, _ = await three(city)
        assert b.keeper.promise("a", a.keeper._identity.secret)
        for node, token in (("a", ""), ("a", "guess"), ("x", ""), ("b", "a-1")):
            assert not b.keeper.promise(node, token)

    play(story)


def test_an_answer_that_is_no_promise_does_not_count_as_one() -> None:
    async def story(city: City) -> None:
        a, b, _ = await three(city)
        b.keeper.promise = lambda *_: False  # type: ignore[method-assign]  # it does not know a
        a.line.mode = "down"
        await city.run(22)  # c promised as long as a asked
        assert city.counts()["a"] == 0
        assert city.all_covered()

    play(story)


def test_what_was_ours_before_the_fence_passed_is_ended_before_a_new_lease_counts() -> None:
    """The guard looks five times a second; a round that comes first must not outrun it."""

    async def story(city: City) -> None:
        a, _, _ = await three(city)
        a.keeper._fence = Fence(TTL, until=city.time.now)
        assert a.control.recording
        a.keeper._renew(city.time.now)
        assert not a.control.recording

    play(story)
