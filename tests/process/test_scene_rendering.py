"""The renderer against the geometry, and the training pictures: one tiny engine per process."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from lab.scenes.dataset import Wanted, generate, packed, render_scene
from lab.scenes.movers import Mover, Pose, seen_box
from lab.scenes.palette import PAINT, Colour, Kind, Light
from lab.scenes.panda_renderer import PandaRenderer, Shown
from lab.scenes.seeds import seeded
from lab.scenes.street import make_street
from lab.scenes.street_mesh import street_parts
from lab.scenes.truth import seen_movers
from lab.scenes.view import View
from lab.scenes.weather import sky_of

VIEW = View((0.0, -12.0, 4.0), (0.0, 0.0, 0.8), 55.0)
POSE = Pose(0.0, 0.0, 20.0)


@pytest.fixture(scope="module")
def engine() -> Iterator[PandaRenderer]:
    opened = PandaRenderer()
    yield opened
    opened.close()


@pytest.fixture
def renderer(engine: PandaRenderer) -> PandaRenderer:
    street = make_street(seeded(5))
    engine.set_scene(street_parts(street, lamps_on=False), VIEW, sky_of(Light.DAY))
    return engine


def _shown(kind: Kind, colour: Colour, pose: Pose = POSE, number: int = 0) -> Shown:
    return Shown(Mover(number, kind, colour), pose)


@pytest.mark.parametrize("kind", list(Kind))
def test_the_drawn_box_is_the_computed_one(renderer: PandaRenderer, kind: Kind) -> None:
    """The films' truth is computed from geometry alone: the pixels must agree with it."""
    shown = _shown(kind, Colour.RED)
    (seen,) = seen_movers(renderer.ids([shown]), [(shown.mover, shown.pose)], VIEW)
    box = seen_box(VIEW, kind, POSE)[0].clipped()
    shared = box.overlap(seen.box)
    assert shared / (box.share + seen.box.share - shared) > 0.6
    assert shared / seen.box.share > (0.8 if kind is Kind.PERSON else 0.93)  # strides reach out
    assert seen.clear


@pytest.mark.parametrize("colour", [Colour.RED, Colour.BLUE, Colour.GREEN, Colour.YELLOW])
def test_paint_shows_in_its_colour(renderer: PandaRenderer, colour: Colour) -> None:
    shown = [_shown(Kind.VAN, colour)]
    picture, mask = renderer.picture(shown), renderer.ids(shown) == 1
    mean = picture[mask].mean(axis=0)
    paint = np.array(PAINT[colour])
    distances = {c: float(np.abs(mean / mean.max() - np.array(PAINT[c]) / max(PAINT[c])).sum())
                 for c in (Colour.RED, Colour.BLUE, Colour.GREEN, Colour.YELLOW)}  # fmt: skip
    assert min(distances, key=lambda c: distances[c]) is colour
    assert paint.max() > 0.4


def test_a_hidden_mover_counts_as_hidden(renderer: PandaRenderer) -> None:
    shown = [
        _shown(Kind.MOTORCYCLE, Colour.RED, Pose(0.0, 3.0, 0.0)),
        _shown(Kind.TRUCK, Colour.BLUE, Pose(0.0, 0.0, 0.0), 1),
    ]
    seen = seen_movers(renderer.ids(shown), [(s.mover, s.pose) for s in shown], VIEW)
    assert [s.index for s in seen if s.clear] == [1]


def test_an_empty_street_has_no_ids(renderer: PandaRenderer) -> None:
    assert not renderer.ids([]).any()
    assert renderer.picture([]).shape == (360, 640, 3)


def test_training_pictures_repeat_and_are_labelled(renderer: PandaRenderer) -> None:
    wanted = Wanted(frames=8, seed=3, split="train", size=48)
    first, second = (packed(render_scene(renderer, wanted, 0)) for _ in range(2))
    assert first["pictures"].shape[1:] == (48, 48, 3)
    labels = [name for name in first if name != "pictures"]
    assert all(np.array_equal(first[name], second[name]) for name in labels)
    apart = np.abs(first["pictures"].astype(int) - second["pictures"])
    assert apart.max() <= 16  # the order of two overlapping shadows is the engine's
    assert apart.mean() < 0.05
    assert first["subject_kind"][:, 0].tolist() == first["kind"].tolist()
    shares = first["subject_share"]
    assert (np.diff(shares, axis=1) <= 0).all()
    assert shares.max() <= 1.0


def test_train_and_test_streets_differ(renderer: PandaRenderer) -> None:
    pictures = [
        packed(render_scene(renderer, Wanted(frames=8, seed=3, split=split), 0))["pictures"]
        for split in ("train", "test")
    ]
    assert pictures[0].shape != pictures[1].shape or not np.array_equal(*pictures)


@pytest.mark.slow
def test_the_dataset_is_written_whole(tmp_path: Path) -> None:
    out = tmp_path / "small.npz"
    count = generate(Wanted(frames=16, seed=9, split="test"), out, workers=2)
    with np.load(out) as arrays:
        assert len(arrays["pictures"]) == len(arrays["light"]) == count > 16
        assert set(arrays["scene"].tolist()) == {0, 1}
        assert arrays["kinds"][int(Kind.CAR is not None) - 1] == "car"
    assert [p.name for p in tmp_path.iterdir()] == ["small.npz"]
