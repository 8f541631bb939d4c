"""The pure parts of `lab.scenes`: projection, paths, traffic, regions, the stamp."""

from itertools import pairwise

import numpy as np
import pytest

from lab.scenes.crops import crops_of, loosened, subjects_in
from lab.scenes.mesh import MeshBuilder, Slab
from lab.scenes.movers import Knot, Mover, Path
from lab.scenes.palette import KINDS, Colour, Kind
from lab.scenes.placing import MOST_SHARE, strewn
from lab.scenes.seeds import seeded
from lab.scenes.shapes import SIZES, body_of
from lab.scenes.sight import intervals, sights_at
from lab.scenes.stamp import burn, read
from lab.scenes.street import Lane, make_street, make_view
from lab.scenes.traffic import Flow, Track, filled
from lab.scenes.truth import Seen
from lab.scenes.view import Box, View
from lab.scenes.weather import compressed

AHEAD = View((0.0, -10.0, 2.0), (0.0, 0.0, 2.0), 60.0)


def test_the_target_lies_in_the_middle_and_the_right_is_right() -> None:
    x, y, depth = AHEAD.project((0.0, 0.0, 2.0))
    assert (x, y, depth) == pytest.approx((0.5, 0.5, 10.0))
    assert AHEAD.project((1.0, 0.0, 2.0))[0] > 0.5
    assert AHEAD.project((0.0, 0.0, 3.0))[1] < 0.5


def test_the_field_of_view_ends_at_the_border() -> None:
    edge = 10.0 * np.tan(np.radians(30.0))
    assert AHEAD.project((float(edge), 0.0, 2.0))[0] == pytest.approx(1.0)


def test_a_box_has_outward_normals() -> None:
    builder = MeshBuilder()
    builder.box(Slab(-1, 1, -1, 1, 0), 1.0, (1, 1, 1))
    mesh = builder.build()
    outward = (mesh.vertices["p"] - (0.0, 0.0, 0.5)) * mesh.vertices["n"]
    assert outward.sum(axis=1).min() > 0


@pytest.mark.parametrize("kind", KINDS)
def test_shapes_fill_the_size_their_boxes_are_computed_from(kind: Kind) -> None:
    body = body_of(kind, Mover(1, kind, Colour.RED).look)
    points = [body.solid.vertices["p"]]
    points += [limb.mesh.vertices["p"] + limb.pivot for limb in body.limbs]
    extent = np.ptp(np.concatenate(points), axis=0)
    length, width, height = SIZES[kind]
    assert extent[2] == pytest.approx(height, abs=0.25)
    assert extent[1] == pytest.approx(width, abs=0.25)
    if kind is not Kind.PERSON:  # a walker's box leaves room for the stride
        assert extent[0] == pytest.approx(length, abs=0.25)


def test_a_path_moves_stops_and_ends() -> None:
    path = Path((Knot(0, 0, 0), Knot(1000, 10, 0), Knot(2000, 10, 0), Knot(3000, 10, 5)))
    moving, standing, turned = path.pose(500), path.pose(1500), path.pose(3000)
    assert moving is not None
    assert standing is not None
    assert turned is not None
    assert (moving.x, moving.heading_deg) == (5.0, 0.0)
    assert (standing.x, standing.heading_deg) == (10.0, 0.0)
    assert turned.heading_deg == pytest.approx(90.0)
    assert path.pose(-1) is None
    assert path.pose(3001) is None


def test_movers_of_a_lane_keep_apart() -> None:
    rng = seeded(4)
    flow = Flow(Lane(0.0, 1, on_foot=False), 4.0, (0.5, 6.0))
    fixed = flow.track(Mover(0, Kind.BUS, Colour.RED), 20_000)
    added = filled(rng, flow, 60_000, [fixed], lambda _: Mover(1, Kind.TRUCK, Colour.BLUE))
    assert len(added) > 3
    for ms in range(0, 60_000, 500):
        poses = [p for t in (fixed, *added) if (p := t.path.pose(ms)) is not None]
        xs = sorted(p.x for p in poses)
        gaps = [b - a for a, b in pairwise(xs)]
        assert all(gap > (SIZES[Kind.TRUCK][0] * 2) / 2 for gap in gaps)


def test_a_nearer_mover_covers_a_farther_one() -> None:
    def parked(number: int, kind: Kind, y: float) -> Track:
        return Track(Mover(number, kind, Colour.RED), Path((Knot(0, 0, y), Knot(10, 0.1, y))))

    sights = sights_at(AHEAD, [parked(1, Kind.CAR, 8.0), parked(2, Kind.TRUCK, 2.0)], 5)
    assert sights[1].covered > 0.9
    assert not sights[1].visible
    assert sights[2].covered == 0.0
    assert sights[1].gap < 0


def test_intervals_join_neighbours_only() -> None:
    assert intervals([0, 200, 400, 1000], 200) == ((0, 400), (1000, 1000))


def test_strewn_movers_are_in_view() -> None:
    rng = seeded(11)
    street = make_street(rng)
    view = make_view(rng, street)
    placed = strewn(rng, street, view, 5)
    assert placed
    for mover, pose in placed:
        track = Track(mover, Path((Knot(0, pose.x, pose.y), Knot(10, pose.x, pose.y))))
        box = sights_at(view, [track], 5)[mover.id].box
        assert 0 < box.share <= MOST_SHARE


def _seen(index: int, box: Box) -> Seen:
    return Seen(index, Mover(index, Kind.CAR, Colour.RED), box, 2000, 0.7)


def test_loosening_encloses_the_box_and_stays_in_the_picture() -> None:
    rng = seeded(1)
    for _ in range(50):
        loose = loosened(Box(0.0, 0.5, 0.2, 0.7), rng)
        assert loose.x0 == 0.0
        assert loose.y0 < 0.5
        assert 0.2 < loose.x1 < 0.26
        assert 0.7 < loose.y1 <= 0.76


def test_subjects_are_those_mostly_inside_largest_first() -> None:
    near, far = _seen(0, Box(0.1, 0.1, 0.2, 0.2)), _seen(1, Box(0.19, 0.1, 0.4, 0.2))
    assert [i for i, _ in subjects_in(Box(0.05, 0.05, 0.25, 0.25), [near, far])] == [0]


def test_hidden_movers_get_no_crop() -> None:
    hidden = Seen(0, Mover(0, Kind.CAR, Colour.RED), Box(0.4, 0.4, 0.5, 0.5), 2000, 0.1)
    crops = crops_of([hidden], seeded(3))
    assert all(not crop.subjects for crop in crops)


@pytest.mark.parametrize("media_ms", [0, 1, 12_345, (1 << 48) - 1])
def test_the_stamp_survives_compression(media_ms: int) -> None:
    picture = np.full((360, 640, 3), 120, np.uint8)
    burn(picture, media_ms, "camera-1")
    assert read(compressed(picture, 30)) == media_ms
    assert read(picture.mean(axis=2)) == media_ms


def test_the_stamp_refuses_what_does_not_fit() -> None:
    with pytest.raises(ValueError, match="48 bits"):
        burn(np.zeros((360, 640, 3), np.uint8), 1 << 48, "x")
