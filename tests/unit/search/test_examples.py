"""Searches by example: a moment of an earlier answer, or a picture from outside."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from datetime import UTC
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from PIL import Image

from footage.access import Grant, Reach, Role
from footage.digest import Digest
from footage.encoder import Vectors
from footage.errors import BadInput, NotFound, NotPermitted
from footage.ids import DistrictId, SegmentKey
from footage.keyframe import WHOLE, Box
from indexer.extract import look
from infra.media.picture_file import decode_file
from search.answer import to_json
from search.answer_words import asked_for, bands_line, example_line
from search.cutoff import Band, Chance
from search.example import PictureExample, StoredExample
from search.query import Query
from search.sheet import contact_sheet
from search.strategy import weighed
from tests.common.builders import START, at, during
from tests.common.colour_encoder import ColourEncoder
from tests.common.small_city import PURPOSE, RED, SmallCity

if TYPE_CHECKING:
    from footage.encoder import EncoderIdentity
    from search.answer import RankedMoment, SearchAnswer

HOUR = during(0, 600)
DISTRICT_2 = Reach((Grant(Role.INVESTIGATOR, districts=frozenset({DistrictId("district-2")})),))


def first(city: SmallCity, text: str) -> RankedMoment:
    return city.search.search(Query(text, HOUR), PURPOSE).found[0]


def stored(found: RankedMoment, moment: str = "1.1") -> StoredExample:
    row = found.moment.best.row
    return StoredExample(row.segment, row.offset, row.box, moment)


def from_file(data: bytes, box: Box = WHOLE) -> PictureExample:
    cut = look(decode_file(data, "car.png", 10**6), box, ColourEncoder().input_size)
    return PictureExample("car.png", Digest.of(data), len(data), box, cut)


def saved(city: SmallCity, found: RankedMoment) -> bytes:
    """Return the keyframe of a moment as PNG."""
    row = found.moment.best.row
    picture = city.pictures.picture(row.segment, row.offset)
    out = io.BytesIO()
    Image.frombytes("RGB", (picture.width, picture.height), picture.rgb).save(out, "PNG")
    return out.getvalue()


def cameras(answer: SearchAnswer) -> list[str]:
    return [found.camera.id for found in answer.found]


@pytest.mark.slow
def test_a_moment_finds_itself_and_its_like_and_says_which_is_itself(city: SmallCity) -> None:
    red = first(city, "red")
    answer = city.search.search(Query("", HOUR, example=stored(red)), PURPOSE)
    assert set(cameras(answer)[:2]) == {"camera-1", "camera-2"}
    best = answer.found[0]
    assert best.moment.best.row.instant == red.moment.best.row.instant
    assert best.moment.score > 0.9999
    assert [answer.shows_example(found) for found in answer.found[:2]] == [True, False]
    assert example_line(answer) == "moment 1 is the one that the example shows itself"
    told = to_json(answer)
    json.dumps(told)
    assert told["query"]["example"]["moment"] == "1.1"  # type: ignore[index]
    assert [m["example"] for m in told["moments"]][:2] == [True, False]  # type: ignore[attr-defined]


def test_an_example_outside_of_what_is_asked_is_said_not_to_be_among_the_answers(
    city: SmallCity,
) -> None:
    red = first(city, "red")
    query = Query("", during(60, 90), example=stored(red))
    answer = city.search.search(query, PURPOSE)
    if red.camera.id == "camera-2":
        query = replace(query, interval=during(0, 30))
        answer = city.search.search(query, PURPOSE)
    assert answer.found[0].moment.score > 0.9
    assert example_line(answer) == "the moment that the example shows is not among those above"


def test_a_saved_keyframe_with_its_box_is_treated_as_the_indexer_treated_it(
    city: SmallCity,
) -> None:
    blue = first(city, "blue")
    example = from_file(saved(city, blue), blue.moment.best.row.box)
    answer = city.search.search(Query("", HOUR, example=example), PURPOSE)
    best = answer.found[0].moment
    assert best.best.row == blue.moment.best.row
    assert best.score > 0.9999
    assert "was taken from" in example_line(answer)
    assert asked_for(answer).startswith("what looks like picture car.png, box 0.")
    assert to_json(answer)["query"]["example"]["name"] == "car.png"  # type: ignore[index]


def test_an_example_has_ranks_but_neither_bands_nor_a_cut_off(city: SmallCity) -> None:
    """The very picture of the example would be called weak: pictures of a street are alike."""
    red = first(city, "red")
    query = Query("", HOUR, example=stored(red))
    answer = city.search.search(query, PURPOSE)
    assert {answer.band(found) for found in answer.found} == {Band.UNJUDGED}
    assert (answer.cut_off, answer.below_cut) == (-1, 0)
    assert "by rank alone" in bands_line(answer)
    few = city.search.search(replace(query, threshold=0.99), PURPOSE)
    assert city.custody.intents[-1].what["threshold"] == 0.99
    assert 0 < len(few.found) < len(answer.found)
    assert few.below_cut > 0


@pytest.mark.slow
def test_a_sheet_of_likes_has_ranks_without_bands(city: SmallCity) -> None:
    example = stored(first(city, "red"))
    answer = city.search.search(Query("red", HOUR, example=example), PURPOSE, sheet=True)
    answer = replace(answer, found=answer.found[:3])
    banded = replace(answer, chance=Chance.of([0.01 * n for n in range(9)]))
    assert banded.band(answer.found[0]) is Band.STRONG
    plain, same = (
        contact_sheet(one, city.pictures, UTC, PURPOSE, at(600)) for one in (answer, banded)
    )
    assert plain == same


def test_a_box_takes_another_part_of_the_moments_picture(city: SmallCity) -> None:
    red = first(city, "red")
    whole = replace(stored(red), box=WHOLE)
    corner = replace(stored(red), box=Box(0.8, 0.0, 0.2, 0.2))
    found = [
        city.search.search(Query("", HOUR, example=example, limit=1), PURPOSE).found[0]
        for example in (whole, corner)
    ]
    assert [f.moment.best.row.box for f in found] == [WHOLE, WHOLE]
    assert found[0].moment.score > found[1].moment.score


def test_a_text_weighs_against_the_example(city: SmallCity) -> None:
    red = stored(first(city, "red"))

    def best(weight: float | None) -> RankedMoment:
        query = Query("blue", HOUR, example=red, text_weight=weight)
        return city.search.search(query, PURPOSE).found[0]

    alone = first(city, "blue")
    assert best(1.0).moment.best == alone.moment.best
    assert best(0.0).moment.score > 0.9999
    both = best(None)
    assert both == best(0.5)
    assert alone.moment.score != both.moment.score < 0.9999


@pytest.mark.parametrize("weight", [0.0, 0.3, 1.0])
def test_what_is_weighed_has_length_1_and_lies_between(weight: float) -> None:
    text, example = (Vectors(2, np.array(row, "<f4").tobytes()) for row in ([1, 0], [0, 1]))
    row = np.frombuffer(weighed(text, example, weight).data, "<f4")
    assert np.linalg.norm(row) == pytest.approx(1)
    assert row[0] * (1 - weight) == pytest.approx(row[1] * weight)


def test_a_text_that_is_the_example_reversed_leaves_the_example() -> None:
    text, example = (Vectors(2, np.array(row, "<f4").tobytes()) for row in ([1, 0], [-1, 0]))
    assert weighed(text, example, 0.5) == example


def test_the_custody_entry_names_the_example_and_never_the_picture(city: SmallCity) -> None:
    red = first(city, "red")
    data = saved(city, red)
    city.custody.intents.clear()
    city.custody.outcomes.clear()
    city.search.search(Query("", HOUR, example=from_file(data)), PURPOSE)
    answer = city.search.search(Query("red", HOUR, example=stored(red)), PURPOSE)
    by_picture, by_moment = (deed.what for deed in city.custody.intents)
    assert by_picture["example"] == {
        "sha256": str(Digest.of(data)),
        "bytes": len(data),
        "box": WHOLE.shares,
    }
    assert by_picture["text_weight"] is None
    row = red.moment.best.row
    assert by_moment["example"] == {
        "moment": "1.1",
        "segment": row.segment,
        "offset": row.offset,
        "box": row.box.shares,
    }
    assert by_moment["text_weight"] == 0.5
    best = city.custody.outcomes[-1][2]["best"]
    assert isinstance(best, list)
    assert best[0] == str(stored(answer.found[0]))


def test_an_example_out_of_reach_is_refused_and_the_refusal_entered(city: SmallCity) -> None:
    red, blue = stored(first(city, "red")), first(city, "blue")
    with pytest.raises(NotPermitted, match="example"):
        city.search.search(Query("", HOUR, example=red), PURPOSE, reach=DISTRICT_2)
    assert city.custody.outcomes[-1][1] is False
    if blue.camera.id == "camera-2":
        blue = city.search.search(Query("blue", during(120, 150)), PURPOSE).found[0]
    answer = city.search.search(Query("", HOUR, example=stored(blue)), PURPOSE, reach=DISTRICT_2)
    assert set(cameras(answer)) == {"camera-3"}


def test_an_example_that_is_gone_is_not_found(city: SmallCity) -> None:
    red = first(city, "red")
    for gone in (replace(stored(red), offset=7), StoredExample(SegmentKey("site-1/none.mp4"), 7)):
        with pytest.raises(NotFound):
            city.search.search(Query("", HOUR, example=gone), PURPOSE)


class Backwards(ColourEncoder):
    """Another version: each vector is written backwards."""

    @property
    def identity(self) -> EncoderIdentity:
        return replace(super().identity, digest=str(Digest.of(b"backwards")))

    def encode_pictures(self, pictures: object) -> Vectors:
        rows = super().encode_pictures(pictures)  # type: ignore[arg-type]
        numbers = np.frombuffer(rows.data, "<f4").reshape(-1, rows.dimension)[:, ::-1]
        return Vectors(rows.dimension, np.ascontiguousarray(numbers).tobytes())


def test_a_moment_of_another_encoder_is_encoded_anew(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    """Invariant 9: a row of the encoder before would be orthogonal to those of the new one."""
    city = SmallCity(tmp_path_factory.mktemp("two"))
    city.film("camera-1", START, [RED])
    city.indexer.run_once()
    red = first(city, "red")
    city.encoder = Backwards()
    city.indexer.run_once()
    answer = city.search.search(Query("", HOUR, example=stored(red)), PURPOSE)
    assert answer.encoder == city.encoder.identity
    assert answer.found[0].moment.score > 0.9999
    assert answer.found[0].moment.best.row == red.moment.best.row


def test_a_question_needs_text_or_example_and_a_weight_needs_both() -> None:
    example = StoredExample(SegmentKey("any"), 0)
    assert Query("", HOUR, example=example).weighed is None
    assert Query("red", HOUR, example=example).weighed == 0.5
    wrong: list[dict[str, Any]] = [
        {"text": ""},
        {"text": "  ", "example": example},
        {"text": "red", "text_weight": 0.5},
        {"text": "", "example": example, "text_weight": 0.5},
        {"text": "red", "example": example, "text_weight": 1.5},
        {"text": "red", "example": example, "text_weight": float("nan")},
    ]
    for arguments in wrong:
        with pytest.raises(BadInput):
            Query(interval=HOUR, **arguments)


KEY = "site-1/2026-11-22/camera-1/15/08-23.547Z.0.mp4"


def test_a_stored_example_is_read_as_written() -> None:
    for box in (WHOLE, Box(0.125, 1 / 3, 0.1, 0.2)):
        read = StoredExample.parse(str(StoredExample(SegmentKey(KEY), 900, box)))
        assert (read.segment, read.offset) == (KEY, 900)
        assert read.box.x == pytest.approx(box.x, abs=1e-9)
        assert read.box.y == pytest.approx(box.y, abs=1e-9)
    assert StoredExample.parse(f"{KEY}#7").box == WHOLE
    for wrong in (KEY, f"{KEY}#", f"{KEY}#-1", f"{KEY}#{'9' * 30}", "x#7", f"{KEY}#7 1,2"):
        with pytest.raises(BadInput):
            StoredExample.parse(wrong)
    for box_text in ("", "1", "0,0,1", "0,0,0,1", "0.5,0.5,0.6,0.1", "nan,0,1,1", "a,b,c,d"):
        with pytest.raises(BadInput):
            Box.parse(box_text)
