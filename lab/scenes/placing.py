"""Place movers on a street in view of a camera, for the stills of the training set."""

import random

from lab.scenes.movers import Mover, Pose, seen_box
from lab.scenes.palette import COLOURS, KINDS, Kind
from lab.scenes.shapes import SIZES
from lab.scenes.street import Lane, Street
from lab.scenes.view import View

LEAST_SHARE = {Kind.PERSON: 0.004, Kind.BICYCLE: 0.004, Kind.MOTORCYCLE: 0.005}
USUAL_LEAST = 0.008
MOST_SHARE = 0.30
TRIES = 40
TURNING = 0.15
KIND_WEIGHTS = tuple({Kind.PERSON: 2.2, Kind.MOTORCYCLE: 1.3}.get(kind, 1.0) for kind in KINDS)
"""Weights of the classes: small movers fail more often to get a place in view, so count more."""


def strewn(
    rng: random.Random, street: Street, view: View, count: int
) -> tuple[tuple[Mover, Pose], ...]:
    """Return up to `count` movers with poses in view, none inside another."""
    placed: list[tuple[Mover, Pose]] = []
    for number in range(count):
        mover = random_mover(rng, number)
        pose = _pose(rng, street, view, mover, placed)
        if pose is not None:
            placed.append((mover, pose))
    return tuple(placed)


def random_mover(rng: random.Random, number: int) -> Mover:
    """Draw a mover with id `number`: class, colour, tint and extras; all colours equally often."""
    shade = rng.gauss(0, 0.025)
    tint = (
        shade + rng.gauss(0, 0.015),
        shade + rng.gauss(0, 0.015),
        shade + rng.gauss(0, 0.015),
    )
    kind = rng.choices(KINDS, KIND_WEIGHTS)[0]
    return Mover(number, kind, rng.choice(COLOURS), tint, rng.randrange(12))


def _pose(
    rng: random.Random,
    street: Street,
    view: View,
    mover: Mover,
    placed: list[tuple[Mover, Pose]],
) -> Pose | None:
    on_foot = mover.kind is Kind.PERSON
    lanes = [lane for lane in street.lanes if lane.on_foot == on_foot]
    for _ in range(TRIES):
        lane = rng.choice(lanes)
        pose = _drawn(rng, view, lane)
        box, depth = seen_box(view, mover.kind, pose)
        inside = box.clipped()
        least = LEAST_SHARE.get(mover.kind, USUAL_LEAST)
        clear = all(_apart(mover, pose, other, there) for other, there in placed)
        kept = rng.uniform(0.45, 1.0)
        if (
            clear
            and depth > SIZES[mover.kind][0] * 0.7
            and least < inside.share < MOST_SHARE
            and inside.share > kept * box.share
        ):
            return pose
    return None


def _drawn(rng: random.Random, view: View, lane: Lane) -> Pose:
    heading = 0.0 if lane.direction > 0 else 180.0
    turned = rng.uniform(-90, 90) if rng.random() < TURNING else rng.gauss(0, 4)
    x = view.target[0] + rng.gauss(0, 9)
    return Pose(x, lane.y + rng.gauss(0, 0.25), heading + turned, rng.random())


def _apart(mover: Mover, pose: Pose, other: Mover, there: Pose) -> bool:
    reach = (SIZES[mover.kind][0] + SIZES[other.kind][0]) / 2 + 0.4
    side = (SIZES[mover.kind][1] + SIZES[other.kind][1]) / 2 + 0.2
    return abs(pose.x - there.x) > reach or abs(pose.y - there.y) > side
