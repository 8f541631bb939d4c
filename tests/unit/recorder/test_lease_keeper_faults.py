"""Recorders that share cameras, cut off, paused and killed at random: by seed, and in no time."""

from __future__ import annotations

import random

import pytest

from footage.ids import NodeId
from tests.common.lease_city import City, SimNode, play

SEEDS = [*range(3), *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(3, 40))]


@pytest.mark.slow
@pytest.mark.parametrize("seed", SEEDS)
def test_whatever_is_cut_paused_or_killed(seed: int) -> None:
    """Then all is mended, and everything must be recorded evenly again."""
    dice = random.Random(seed)  # noqa: S311 - a repeatable campaign

    async def story(city: City) -> None:
        names = ["a", "b", "c", "d"]
        for name in names[:3]:
            city.node(name)
        await city.run(dice.uniform(1, 20))
        for _ in range(40):
            await mischief(city, dice, names)
            await city.run(dice.choice([0.3, 1, 2.5, 6, 13]))
            assert city.air.doubles == [], seed
        await mend(city)
        await city.run(90)
        assert city.all_covered(), [node.said() for node in city.nodes.values()]
        counts = [len(node.control.recording) for node in city.nodes.values() if node.alive]
        assert max(counts) - min(counts) <= 1

    play(story)


async def mischief(city: City, dice: random.Random, names: list[str]) -> None:
    name = dice.choice(names)
    node = city.nodes.get(NodeId(name)) or city.node(name)
    other = city.nodes[dice.choice(sorted(city.nodes))]
    what = dice.choice(["line", "line", "link", "links", "freeze", "kill", "power", "mend", "all"])
    if what in {"kill", "power"} and not node.control.paused:
        await (node.lose_power() if what == "power" else kill_or_start(node))
    elif what == "freeze":
        (node.thaw if node.control.paused else node.freeze)()
    elif what == "line":
        node.line.mode = dice.choice(["up", "up", "down", "hanging", "deaf"])
    elif what == "all":
        mode = dice.choice(["up", "down"])
        for each in city.nodes.values():
            each.line.mode = mode
    else:
        cut_or_mend(city, what, node, other)


def cut_or_mend(city: City, what: str, node: SimNode, other: SimNode) -> None:
    if what == "link":
        city.cut_links ^= {(node.id, other.id)}
    elif what == "links":
        city.cut(node, *city.nodes.values())
    else:
        city.cut_links.clear()


async def kill_or_start(node: SimNode) -> None:
    if node.alive:
        await node.kill()
    else:
        node.host_up = True
        node.start()


async def mend(city: City) -> None:
    city.cut_links.clear()
    for node in city.nodes.values():
        node.line.mode = "up"
        if node.control.paused:
            node.thaw()
        if not node.alive or (node.task is not None and node.task.done()):
            await node.kill()
            node.host_up = True
            node.start()
