"""`footage ingest --keep-original`: the file itself is stored once, whole, held, after any kill."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from footage.digest import Digest
from footage.ids import CameraId
from footage.instant import Elapsed, Interval
from footage.originals import (
    PREFIX,
    from_stored,
    is_original_key,
    key_for,
    segments_left,
)
from infra.cmds.ingest_report import forecast, report
from infra.media.ffmpeg_tool import find
from recorder.imports.plan import Why
from tests.common.import_films import TEN, a_folder
from tests.common.import_surroundings import DyingStore, ImportSurroundings
from tests.common.purging import a_hold
from tests.common.recording import Studio

if TYPE_CHECKING:
    from pathlib import Path

    from footage.ports import StoredObject

ONE = CameraId("camera-1")


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    (film,) = a_folder(tmp_path_factory.mktemp("films"), 1, seconds=5)
    return film


@pytest.fixture
def surroundings(tmp_path: Path) -> ImportSurroundings:
    made = ImportSurroundings(Studio(tmp_path / "spool", find()))
    made.cutting = replace(made.cutting, length=Elapsed.parse("2s"), keep_original=True)
    return made


def originals(surroundings: ImportSurroundings) -> list[str]:
    return [stored.key for stored in surroundings.studio.store.list(PREFIX)]


def test_the_file_itself_is_stored_byte_for_byte_beside_its_segments(
    surroundings: ImportSurroundings, film: Path
) -> None:
    (kept,) = surroundings.take(film).values()
    studio = surroundings.studio
    segments = studio.segments(ONE)
    assert len(segments) > 1
    (key,) = originals(surroundings)
    assert {key_for(one.camera, one.run) for one in segments} == {key}
    assert is_original_key(key)
    assert studio.store.get(key) == film.read_bytes()
    original = from_stored(studio.store.head(key))
    assert original.digest == Digest.of_file(film)
    assert (original.camera, original.name) == (ONE, film.name)
    assert original.interval == Interval(segments[0].interval.start, segments[-1].interval.end)
    assert list(segments_left(studio.catalogue, original)) == segments
    assert kept.original is not None
    assert (kept.original.original, kept.original.new) == (original, True)
    (before,), (done,) = _files(surroundings)
    assert before["original"] == "to be stored"
    assert done["original"] == {
        "key": key,
        "sha256": original.digest.hex,
        "bytes": film.stat().st_size,
        "stored": "now",
    }


def test_without_the_option_no_file_is_stored(surroundings: ImportSurroundings, film: Path) -> None:
    surroundings.cutting = replace(surroundings.cutting, keep_original=False)
    (kept,) = surroundings.take(film).values()
    assert kept.original is None
    assert originals(surroundings) == []


def test_again_the_file_is_found_stored_and_is_not_cut(
    surroundings: ImportSurroundings, film: Path
) -> None:
    surroundings.take(film)
    cuts = surroundings.launcher.cuts
    (again,) = surroundings.take(film).values()
    assert again.why is Why.STORED
    assert again.original is not None
    assert not again.original.new
    assert surroundings.launcher.cuts == cuts
    assert len(surroundings.studio.custody.intents) == 1


def test_an_import_of_before_gets_its_file_later(
    surroundings: ImportSurroundings, film: Path
) -> None:
    how = surroundings.cutting
    surroundings.cutting = replace(how, keep_original=False)
    surroundings.take(film)
    before = surroundings.studio.segments(ONE)
    surroundings.cutting = how
    foretold, done = (
        next(iter(surroundings.take(film, dry=dry).values())) for dry in (True, False)
    )
    for one in (foretold, done):
        assert (one.why, one.stored) == (None, 0)
        assert "imported before, without the file itself, which is stored now" in one.notes
        assert one.original is not None
        assert one.original.new
    assert surroundings.studio.segments(ONE) == before
    assert len(originals(surroundings)) == 1


def test_a_dry_run_says_what_would_be_stored_and_stores_nothing(
    surroundings: ImportSurroundings, film: Path
) -> None:
    foretold = list(surroundings.take(film, dry=True).values())
    assert list(surroundings.studio.store.list()) == []
    said = forecast(foretold)
    assert (said.totals["originals_to_store"], said.totals["original_bytes"]) == (
        1,
        film.stat().st_size,
    )
    assert said.files[0]["original"] == "to store"
    done = report(list(surroundings.take(film).values()))
    assert done.files[0]["original"] == "stored"
    assert done.files[0]["original_key"] == said.files[0]["original_key"]
    assert done.totals["originals_stored"] == 1
    json.dumps(done.document)


def test_killed_at_any_put_the_same_command_ends_with_a_whole_import(
    surroundings: ImportSurroundings, film: Path
) -> None:
    studio = surroundings.studio
    studio.store = dying = DyingStore(studio.store)
    rounds = 0
    while not originals(surroundings):
        dying.lives, dying.down = 1, False
        surroundings.take(film)
        dying.down, rounds = False, rounds + 1
        assert rounds < 20
    segments = studio.segments(ONE)
    assert rounds == len(segments) + 1, "the file comes last"
    (key,) = originals(surroundings)
    original = from_stored(dying.head(key))
    assert list(segments_left(studio.catalogue, original)) == segments
    assert dying.get(key) == film.read_bytes()


def test_a_file_that_is_others_bytes_by_now_is_not_stored(
    surroundings: ImportSurroundings, tmp_path: Path, film: Path
) -> None:
    """The name means another file between the cut and the put."""
    mine = tmp_path / film.name
    mine.write_bytes(film.read_bytes())

    class Swapping(DyingStore):
        lives = 100

        def head(self, key: str) -> StoredObject:
            if is_original_key(key):
                mine.write_bytes(b"another film")
            return super().head(key)

    surroundings.studio.store = Swapping(surroundings.studio.store)
    (said,) = surroundings.take(mine).values()
    assert said.why is Why.FAILED
    assert originals(surroundings) == []


def test_a_file_whose_segments_were_deleted_meanwhile_does_not_stay(
    surroundings: ImportSurroundings, film: Path
) -> None:
    """Retention came while the file was uploaded, and found no file to delete."""
    catalogue = surroundings.studio.catalogue

    class Purged(DyingStore):
        lives = 100

        def head(self, key: str) -> StoredObject:
            if is_original_key(key):
                catalogue.remove_segments([one.key for one in catalogue.segments()])
            return super().head(key)

    surroundings.studio.store = Purged(surroundings.studio.store)
    (said,) = surroundings.take(film).values()
    assert said.why is Why.FAILED
    assert "were deleted while the file was stored" in said.detail
    assert originals(surroundings) == []


def test_a_hold_over_the_import_is_on_the_file_too(
    surroundings: ImportSurroundings, film: Path
) -> None:
    studio = surroundings.studio
    studio.holds.standing.append(a_hold(interval=Interval(TEN, TEN + Elapsed.parse("1s"))))
    surroundings.take(film)
    (key,) = originals(surroundings)
    assert studio.store.is_held(key)
    assert not studio.store.is_held(studio.segments(ONE)[-1].key), "it lies outside of the hold"


def test_another_start_is_another_original(surroundings: ImportSurroundings, film: Path) -> None:
    surroundings.take(film)
    late = film.with_name("camera-1_20261122T120000Z.mp4")
    late.write_bytes(film.read_bytes())
    surroundings.take(late, again=True)
    late.unlink()
    assert len(set(originals(surroundings))) == 2


def _files(surroundings: ImportSurroundings) -> tuple[list[dict[str, object]], ...]:
    (deed,), ((_, ok, result),) = (
        surroundings.studio.custody.intents,
        surroundings.studio.custody.outcomes,
    )
    assert ok
    before, done = deed.what["files"], result["files"]
    assert isinstance(before, list)
    assert isinstance(done, list)
    return before, done
