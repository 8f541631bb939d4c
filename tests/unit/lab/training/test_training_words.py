"""The pure parts of `lab.training`, without torch: captions, facts, plan and measures."""

from itertools import product
from pathlib import Path
from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from footage.errors import Misconfigured
from footage.instant import Elapsed
from lab.scenes.palette import COLOURS, KINDS, LIGHTS, Colour, Kind, Light
from lab.training.captions import describe, query
from lab.training.evaluate import average_precision
from lab.training.facts import Seen, Subject, fact_rows, fits
from lab.training.plan import TrainingPlan
from lab.training.samples import load_samples
from lab.training.vocabulary import train_vocabulary

SUBJECTS = st.builds(Subject, st.sampled_from(KINDS), st.sampled_from(COLOURS))
SEEN = st.builds(
    Seen, st.lists(SUBJECTS, max_size=4).map(tuple), st.sampled_from(LIGHTS), st.just(2)
)


@given(seen=SEEN, seed=st.integers(0, 1 << 30))
def test_a_caption_fits_its_picture(seen: Seen, seed: int) -> None:
    caption = describe(seen, Random(seed))  # noqa: S311  repeatable, no secret
    assert fits(fact_rows([seen.facts()]), fact_rows([caption.claims])).all()
    assert caption == describe(seen, Random(seed))  # noqa: S311  repeatable, no secret


def test_a_caption_names_only_what_is_clear() -> None:
    far = Subject(Kind.BUS, Colour.RED)
    seen = Seen((Subject(Kind.CAR, Colour.BLUE), far), Light.DAY, clear=1)
    claims = {claim for seed in range(300) for claim in describe(seen, Random(seed)).claims}  # noqa: S311
    assert not claims & {"bus", "red", "red bus"}


def test_the_colour_of_one_is_not_the_colour_of_the_other() -> None:
    seen = Seen((Subject(Kind.CAR, Colour.RED), Subject(Kind.BUS, Colour.BLUE)), Light.NIGHT)
    right, wrong = query(Kind.CAR, Colour.RED), query(Kind.BUS, Colour.RED)
    fitting = fits(fact_rows([seen.facts()]), fact_rows([right.claims, wrong.claims]))
    assert fitting.tolist() == [[True, False]]


def test_every_question_is_asked_differently() -> None:
    texts = {query(kind, colour).text for kind, colour in product(KINDS, COLOURS)}
    assert len(texts) == len(KINDS) * len(COLOURS)
    assert query(Kind.PERSON, Colour.RED).text == "a person in a red shirt"


def test_average_precision_by_hand() -> None:
    scores = np.array([0.9, 0.8, 0.7, 0.6], dtype=np.float32)
    right = np.array([True, False, True, False])
    assert average_precision(scores, right) == pytest.approx((1 + 2 / 3) / 2)
    assert np.isnan(average_precision(scores, np.zeros(4, dtype=np.bool_)))


def test_the_rate_rises_then_falls_to_nothing() -> None:
    plan = TrainingPlan(budget=Elapsed(100), rate=2.0)
    rates = [plan.rate_at(done) for done in (0.0, 0.02, 0.5, 1.0)]
    assert rates[0] < rates[1] == pytest.approx(2.0, rel=0.01)
    assert rates[2] == pytest.approx(1.0)
    assert rates[3] == pytest.approx(0.0)


def test_steps_go_before_the_budget() -> None:
    assert TrainingPlan(budget=Elapsed(100)).done(7, Elapsed(50)) == 0.5
    assert TrainingPlan(budget=Elapsed(100), steps=10).done(7, Elapsed(500)) == 0.7


@pytest.mark.slow
def test_the_vocabulary_repeats_and_spells_what_it_never_saw() -> None:
    first, second = train_vocabulary(3), train_vocabulary(3)
    assert first.to_str() == second.to_str()
    assert first.get_vocab_size() <= 1536
    assert len(first.encode("a red car").ids) == 4
    strange = {tuple(first.encode(text).ids) for text in ("zebra 7 ژ", "zebra 8 ژ", "zebra 7 ڙ")}
    assert len(strange) == 3


def test_what_is_no_file_of_pictures_is_named(tmp_path: Path) -> None:
    np.savez(tmp_path / "other.npz", a=np.zeros(1))
    for path in (tmp_path / "other.npz", tmp_path / "none.npz"):
        with pytest.raises(Misconfigured, match=path.name):
            load_samples(path)
