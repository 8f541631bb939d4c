"""Vectors that are gone: never called searched, told, and looked at again."""

from __future__ import annotations

import shutil
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from footage.day import day_of
from footage.errors import Unavailable
from footage.ids import CameraId
from footage.instant import Elapsed
from indexer.lost import look_again, lost
from infra.vectors.faiss_index import FaissIndex
from search.query import Query
from tests.common.builders import START, at, during
from tests.common.marks import marked
from tests.common.small_city import BLUE, PURPOSE, RED, SmallCity

if TYPE_CHECKING:
    from collections.abc import Callable, Collection
    from pathlib import Path

    from footage.ids import SegmentKey
    from search.answer import SearchAnswer

pytestmark = pytest.mark.slow

HOUR = during(0, 600)


class Filmed:
    """Two cameras, indexed into files."""

    def __init__(self, folder: Path) -> None:
        self.city = SmallCity(folder)
        self.root = folder / "vectors"
        self.city.film("camera-1", START, [RED])
        self.city.film("camera-1", at(30))
        self.city.film("camera-2", at(60), [BLUE])
        self.index()

    def index(self) -> int:
        indexer = replace(self.city.indexer, vectors=FaissIndex(self.root))
        return indexer.run_once().segments

    def ask(self) -> SearchAnswer:
        service = replace(self.city.search, vectors=FaissIndex(self.root))
        return service.search(Query("red", HOUR), PURPOSE)

    def reasons(self) -> set[str]:
        return {missing.reason for missing in self.ask().coverage.missing}

    @property
    def day(self) -> Path:
        (folder,) = (f for f in self.root.glob("*/*") if f.is_dir())
        return folder


@pytest.fixture
def filmed(tmp_path: Path) -> Filmed:
    return Filmed(tmp_path)


def whole_index(filmed: Filmed) -> None:
    shutil.rmtree(filmed.root)


def a_day(filmed: Filmed) -> None:
    shutil.rmtree(filmed.day)


def the_list_of_what_counts(filmed: Filmed) -> None:
    (filmed.day / "current").unlink()


@pytest.mark.slow
@pytest.mark.parametrize("lose", [whole_index, a_day, the_list_of_what_counts])
def test_what_was_looked_at_is_not_called_searched_once_its_vectors_are_gone(
    filmed: Filmed, lose: Callable[[Filmed], None]
) -> None:
    whole = filmed.ask()
    assert whole.coverage.searched == Elapsed.seconds(90)
    assert whole.exhaustive
    lose(filmed)
    answer = filmed.ask()
    assert answer.coverage.searched == Elapsed(0)
    assert "index_missing" in filmed.reasons()
    assert not answer.exhaustive

    city, identity = filmed.city, filmed.city.encoder.identity
    gone = lost(city.catalogue, FaissIndex(filmed.root), identity)
    assert gone == [("camera-1", day_of(START)), ("camera-2", day_of(START))]
    again = sum(look_again(city.catalogue, identity, camera, day) for camera, day in gone)
    assert again == filmed.index()
    answer = filmed.ask()
    assert answer.coverage.searched == whole.coverage.searched
    assert {f.moment.best.row for f in answer.found} == {f.moment.best.row for f in whole.found}
    assert lost(city.catalogue, FaissIndex(filmed.root), identity) == []


def test_a_crash_while_marks_are_taken_back_hides_no_loss(
    filmed: Filmed, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole_index(filmed)
    catalogue, identity = filmed.city.catalogue, filmed.city.encoder.identity
    taken_back = catalogue.unmark_indexed

    def crashing(segments: Collection[SegmentKey], encoder: str) -> None:
        taken_back(list(segments)[:1], encoder)
        raise Unavailable("the process dies")

    monkeypatch.setattr(catalogue, "unmark_indexed", crashing)
    with pytest.raises(Unavailable):
        look_again(catalogue, identity, CameraId("camera-1"), day_of(START))
    answer = filmed.ask()
    assert answer.coverage.searched == Elapsed(0)
    assert {m.reason for m in answer.coverage.missing} >= {"index_missing", "not_indexed"}


def test_a_camera_without_vectors_is_told_beside_one_with(filmed: Filmed) -> None:
    city, identity = filmed.city, filmed.city.encoder.identity
    index = FaissIndex(filmed.root)
    segments = city.catalogue.segments(interval=HOUR)
    index.remove([segment.key for segment in segments if segment.camera == "camera-2"])
    missing = [m for m in filmed.ask().coverage.missing if m.reason == "index_missing"]
    assert [(m.camera, m.interval.length) for m in missing] == [("camera-2", Elapsed.seconds(30))]
    assert lost(city.catalogue, index, identity) == [("camera-2", day_of(START))]


def test_one_segment_of_a_camera_and_day_bears_the_promise(filmed: Filmed) -> None:
    """A mark for each segment would double what the catalogue writes for an encoder."""
    city = filmed.city
    promised = marked(
        city.catalogue,
        city.encoder.identity.vectors_mark,
        ["camera-1", "camera-2"],  # type: ignore[list-item]
        HOUR,
    )
    assert len(promised) == 2


def test_a_segment_that_is_purged_is_no_loss(filmed: Filmed) -> None:
    city = filmed.city
    keys = [segment.key for segment in city.catalogue.segments(interval=HOUR)]
    FaissIndex(filmed.root).remove(keys)
    city.catalogue.remove_segments(keys)
    assert lost(city.catalogue, FaissIndex(filmed.root), city.encoder.identity) == []
