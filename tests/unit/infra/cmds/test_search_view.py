from __future__ import annotations

import shlex
from dataclasses import replace
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest

from footage.time_text import read_interval
from infra.cmds.search_view import commands, lines
from search.query import Query
from tests.common.builders import START, at, during
from tests.common.small_city import PURPOSE, RED, SmallCity

if TYPE_CHECKING:
    from search.answer import SearchAnswer

KARACHI = ZoneInfo("Asia/Karachi")


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> SmallCity:
    city = SmallCity(tmp_path_factory.mktemp("city"))
    city.film("camera-1", START, [RED])
    city.indexer.run_once()
    return city


def said(city: SmallCity, answer: SearchAnswer) -> list[str]:
    return list(lines(answer, KARACHI, city.clock.now(), PURPOSE))


def test_a_moment_is_shown_with_band_times_and_commands_but_no_score(city: SmallCity) -> None:
    answer = city.search.search(Query("red", during(0, 60)), PURPOSE)
    shown = said(city, answer)
    found = answer.found[0]
    band, name = answer.band(found).value, found.camera.name
    first = shown.index(f"1. {band}: {name} (camera-1), site site-1, moment {answer.entry}.1")
    moment = answer.found[0].moment
    start, end, best = shown[first + 1 : first + 4]
    assert start.startswith("   from 2026-11-22 20:08:3")
    assert start.split("  ")[-1] == str(moment.interval.start).rstrip("0Z") + "Z"
    assert end.startswith("   to   2026-11-22 20:08:")
    assert best.endswith(f"  {answer.found[0].uncertainty_text}")
    assert f"{moment.score:.3f}" not in "\n".join(shown)
    assert f"{moment.score:.2f}" not in "\n".join(shown)


def test_printed_commands_paste_back_to_the_moment(city: SmallCity) -> None:
    answer = city.search.search(Query("red", during(0, 60)), PURPOSE)
    for found in answer.found:
        for command in commands(found, answer.entry, KARACHI, PURPOSE):
            words = shlex.split(command)
            start, end = (words[words.index(name) + 1] for name in ("--from", "--to"))
            # In another zone than the one printed for: the text itself says which instant.
            read = read_interval(start, end, ZoneInfo("America/Sao_Paulo"), at(600))
            assert read == found.moment.whole
            assert found.moment.camera in words
            assert words[words.index("--case") + 1] == PURPOSE.case
            assert words[words.index("--purpose") + 1] == PURPOSE.code


def test_a_word_that_the_encoder_never_learned_is_named_above_the_answer(city: SmallCity) -> None:
    answer = city.search.search(Query("red gun -knife", during(0, 60)), PURPOSE)
    warning, *_ = (line for line in said(city, answer) if line.startswith("WARNING"))
    assert "never learned 'gun', 'knife'" in warning
    assert said(city, answer).index(warning) < said(city, answer).index("")


def test_an_unfit_encoder_is_a_warning_above_the_answer(city: SmallCity) -> None:
    answer = city.search.search(Query("red", during(0, 60)), PURPOSE)
    unfit = replace(answer, encoder=replace(answer.encoder, unfit=True))
    assert said(city, unfit)[0] == (
        "WARNING: encoder colours is unfit for real footage: knows seven colours"
    )
    assert not said(city, answer)[0].startswith("WARNING")


def test_nothing_found_says_how_old_the_newest_footage_is(city: SmallCity) -> None:
    answer = city.search.search(Query("red", during(300, 360)), PURPOSE)
    shown = said(city, answer)
    assert f"nothing found for 'red', answer {answer.entry}" in shown
    assert "the newest footage is 9 min 30 s old: 2026-11-22 20:08:53.547 +05:00" in shown
    bare = replace(answer, newest=None)
    assert "how old the newest footage is, is not known" in said(city, bare)
