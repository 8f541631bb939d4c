"""A hold over segments of an import is on the file that the segments were cut from, too."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from footage.digest import Digest
from footage.errors import BadInput, DataLoss
from footage.import_run import run_of
from footage.instant import Elapsed
from footage.originals import Original, from_stored, key_of, stored_original, to_metadata
from recorder.imports.originals import Originals
from tests.common.builders import START, at, during, segments_in_a_row
from tests.common.custody_logs import LIAISON
from tests.common.holding import COURT, ONE, WHY, Failing

if TYPE_CHECKING:
    from evidence.hold_marks import HoldMarks
    from evidence.holds import HoldService
    from tests.common.evidence_parts import Parts

FILM = b"the whole film"
KEY = key_of(ONE, Digest.of(FILM), START, 1)


def an_import(parts: Parts, count: int = 3) -> None:
    """Store an import of a minute each, and the file itself."""
    run = run_of(Digest.of(FILM), START, 1, Elapsed.parse("60s"), at(0))
    parts.stored(segments_in_a_row(count, run=run))
    film = parts.folder / "film.mp4"
    film.write_bytes(FILM)
    whole = during(0, 60 * count)
    original = Original(KEY, ONE, whole, Digest.of(FILM), len(FILM), film.name)
    parts.store.put(KEY, film, original.digest, to_metadata(original))


def test_a_hold_over_any_segment_is_on_the_file_until_no_hold_is(
    parts: Parts, service: HoldService
) -> None:
    an_import(parts)
    first = service.place([ONE], during(0, 30), COURT, WHY, LIAISON)
    assert (first.segments, first.originals, first.original_bytes) == (1, 1, len(FILM))
    assert parts.store.is_held(KEY)
    last = service.place([ONE], during(150, 160), COURT, WHY, LIAISON)
    service.release(first.hold.id, "closed", LIAISON)
    assert parts.store.is_held(KEY), "another hold covers another segment"
    service.release(last.hold.id, "closed", LIAISON)
    assert not parts.store.is_held(KEY)


def test_a_hold_elsewhere_is_not_on_the_file(parts: Parts, service: HoldService) -> None:
    an_import(parts)
    parts.stored(segments_in_a_row(1, start=at(600)))
    placed = service.place([ONE], during(600, 660), COURT, WHY, LIAISON)
    assert (placed.segments, placed.originals) == (1, 0)
    assert not parts.store.is_held(KEY)


def test_marks_are_set_again_with_those_of_the_segments(
    parts: Parts, service: HoldService, marks: HoldMarks
) -> None:
    service.place([ONE], during(0, 600), COURT, WHY, LIAISON)
    an_import(parts)
    assert marks.reassert(everything=True).marked == 4
    assert parts.store.is_held(KEY)


def test_a_file_that_cannot_be_marked_is_named_and_the_segments_are_held(
    parts: Parts, service: HoldService, store: Failing
) -> None:
    an_import(parts)
    store.damaged, store.error = KEY, DataLoss
    placed = service.place([ONE], during(0, 600), COURT, WHY, LIAISON)
    assert not placed.sound
    assert [key for key, _ in placed.unmarked] == [KEY]
    assert placed.segments == 3


def test_the_file_is_looked_at_once_however_many_its_segments(
    parts: Parts, service: HoldService, store: Failing
) -> None:
    an_import(parts, 250)
    service.place([ONE], during(0, 60 * 250), COURT, WHY, LIAISON)
    assert store.asked == 251


def test_a_hold_into_a_hole_of_the_file_leaves_no_mark_that_no_release_removes(
    parts: Parts, service: HoldService
) -> None:
    """Retention would keep the last segments for ever: nobody could take the mark away."""
    an_import(parts)
    (_, middle, _) = parts.catalogue.segments()
    parts.catalogue.remove_segments([middle.key])  # as where a file's clock leapt
    placed = service.place([ONE], middle.interval, COURT, WHY, LIAISON)
    film = parts.folder / "film.mp4"
    original = from_stored(parts.store.head(KEY))
    Originals(parts.store, parts.catalogue, parts.register).keep(film, original)
    service.release(placed.hold.id, "closed", LIAISON)
    assert not parts.store.is_held(KEY)


def test_a_file_stored_beside_a_held_segment_is_marked(parts: Parts, service: HoldService) -> None:
    an_import(parts)
    original = from_stored(parts.store.head(KEY))
    parts.store.delete([KEY])
    service.place([ONE], during(0, 30), COURT, WHY, LIAISON)
    Originals(parts.store, parts.catalogue, parts.register).keep(
        parts.folder / "film.mp4", original
    )
    assert parts.store.is_held(KEY)


def test_a_file_whose_segments_went_meanwhile_stays_under_a_hold_alone(
    parts: Parts, service: HoldService
) -> None:
    an_import(parts)
    keeper = Originals(parts.store, parts.catalogue, parts.register)
    film, original = parts.folder / "film.mp4", from_stored(parts.store.head(KEY))
    parts.catalogue.remove_segments([one.key for one in parts.catalogue.segments()])
    placed = service.place([ONE], during(0, 30), COURT, WHY, LIAISON)
    with pytest.raises(BadInput, match="were deleted"):
        keeper.keep(film, original)
    assert stored_original(parts.store, KEY) == original
    service.release(placed.hold.id, "closed", LIAISON)
    with pytest.raises(BadInput, match="were deleted"):
        keeper.keep(film, original)
    assert stored_original(parts.store, KEY) is None
