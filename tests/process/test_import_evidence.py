"""An import is entered and held before it is stored, and a dry run tells what it does."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from footage.action import Action
from footage.digest import Digest
from footage.errors import Unavailable
from footage.hold import Hold, covering
from footage.ids import CameraId, HoldId, PlanId
from footage.import_run import import_run
from footage.instant import Elapsed, Instant, Interval
from footage.ports import Tombstone
from infra.media.ffmpeg_tool import find
from infra.registers.memory_register import MemoryRegister
from recorder.imports.holding import HoldFirst
from recorder.imports.plan import Why
from tests.common.builders import a_camera, a_district, a_site
from tests.common.import_films import TEN, a_folder
from tests.common.import_surroundings import PURPOSE, DyingStore, ImportSurroundings
from tests.common.recording import Studio

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from recorder.imports.intake import Outcome

ONE, TWO = CameraId("camera-1"), CameraId("camera-2")
TWELVE = TEN + Elapsed.parse("2h")


@pytest.fixture(scope="module")
def films(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three films in a row."""
    folder = tmp_path_factory.mktemp("films")
    a_folder(folder, 3, seconds=2)
    return folder


@pytest.fixture
def surroundings(tmp_path: Path) -> ImportSurroundings:
    return ImportSurroundings(Studio(tmp_path / "spool", find()))


def test_the_intent_names_each_file_before_anything_is_stored(
    surroundings: ImportSurroundings, films: Path
) -> None:
    custody, entered = surroundings.studio.custody, []
    surroundings.launcher.then = lambda: entered.append(
        (len(custody.intents), len(list(surroundings.studio.store.list())))
    )
    surroundings.take(films)
    assert entered[0] == (1, 0)
    assert len(custody.intents) == len(custody.outcomes) == 1, "three files, one entry"
    (deed,), ((_, ok, result),) = custody.intents, custody.outcomes
    assert (deed.action, deed.purpose, deed.what["camera"], ok) == (
        *(Action.IMPORT, PURPOSE, ONE, True),
    )
    named = _files(deed.what)
    for path, before in zip(sorted(films.iterdir()), named, strict=True):
        assert before["sha256"] == Digest.of_file(path).hex
        assert (before["file"], before["bytes"]) == (str(path), path.stat().st_size)
        assert (before["stated_by"], before["uncertainty_us"]) == ("date and time", 1_000_000)
        assert "contradicts" not in before
    done = _files(result)
    assert [(one["segments"], one["stored"]) for one in done] == [(1, 1)] * 3
    assert all("mp4" in one["container"] for one in done)
    runs = [import_run(one.run) for one in surroundings.studio.segments(ONE)]
    assert all(run and run.at for run in runs)


def test_where_nothing_is_stored_nothing_is_entered(
    surroundings: ImportSurroundings, films: Path
) -> None:
    surroundings.take(films)
    surroundings.take(films)
    surroundings.take(films, dry=True)
    assert len(surroundings.studio.custody.intents) == 1


def test_no_entry_no_import(surroundings: ImportSurroundings, films: Path) -> None:
    surroundings.studio.custody.refuses = True
    outcomes = surroundings.take(films)
    assert {one.why for one in outcomes.values()} == {Why.NOT_REACHED}
    assert isinstance(surroundings.stopped, Unavailable)
    assert list(surroundings.studio.store.list()) == []


def test_an_import_cut_short_says_how_far(surroundings: ImportSurroundings, films: Path) -> None:
    surroundings.studio.store = DyingStore(surroundings.studio.store)
    surroundings.take(films)
    ((_, ok, result),) = surroundings.studio.custody.outcomes
    assert not ok
    done = _files(result)
    assert [(one["stored"], one.get("why", "")) for one in done] == [
        (1, ""),
        (0, "not reached: the store is down"),
    ]


def test_the_same_bytes_elsewhere_are_entered_as_a_contradiction(
    surroundings: ImportSurroundings, films: Path, tmp_path: Path
) -> None:
    surroundings.take(films)
    moved = tmp_path / "camera-2_20261122T120000Z.mp4"
    shutil.copy(films / "camera-1_20261122T100000Z.mp4", moved)
    (kept,) = surroundings.take(moved, again=True).values()
    (before,) = _files(surroundings.studio.custody.intents[-1].what)
    assert before["contradicts"] == [f"the same bytes were taken in as camera-1 from {TEN}"]
    assert before["contradicts"][0] in kept.notes


def test_both_of_one_import_are_entered_as_contradicting_each_other(
    surroundings: ImportSurroundings, films: Path, tmp_path: Path
) -> None:
    for name in ("camera-1_20261122T100000Z.mp4", "camera-2_20261122T120000Z.mp4"):
        shutil.copy(films / "camera-1_20261122T100000Z.mp4", tmp_path / name)
    (tmp_path / "spool").mkdir()
    surroundings.take(*tmp_path.glob("*.mp4"), again=True)
    for deed in surroundings.studio.custody.intents:
        (before,) = _files(deed.what)
        assert any("the same bytes" in one for one in before["contradicts"])


def test_what_a_plan_deleted_is_told_by_the_plan(
    surroundings: ImportSurroundings, films: Path
) -> None:
    register = _register()
    surroundings.deletions = register
    film = films / "camera-1_20261122T100000Z.mp4"
    first = surroundings.take(film)[film.name].segments
    _delete(surroundings, register, first)
    foretold, again = (surroundings.take(film, dry=dry)[film.name] for dry in (True, False))
    for one in (foretold, again):
        assert (one.why, again.stored) == (None, 1)
        assert (
            "imported before, deleted since by plan-1 (policy 'all': keep 10d): stored again"
            in (again.notes)
        )
    (elsewhere,) = surroundings.take(film, camera=TWO, dry=True).values()
    assert elsewhere.why is Why.MISDATED
    at = [run.at for one in (*first, *again.segments) if (run := import_run(one.run))]
    assert at[0] is not None
    assert at[-1] is not None
    assert at[0] < at[-1], "what is stored again counts from now"


def test_holds_stand_before_the_first_segment_is_stored(
    surroundings: ImportSurroundings, films: Path
) -> None:
    studio, stored = surroundings.studio, []

    def place(camera: CameraId, interval: Interval) -> Hold:
        stored.append(len(list(studio.store.list())))
        hold = _hold(len(stored), camera, interval)
        studio.holds.standing.append(hold)
        return hold

    surroundings.hold_first = HoldFirst(place)
    surroundings.take(films)
    assert stored == [0], "files in a row share a hold"
    assert all(covering(studio.holds.holds(), one) for one in studio.segments(ONE))
    assert all(studio.store.is_held(one.key) for one in studio.segments(ONE))


def test_no_hold_no_import(surroundings: ImportSurroundings, films: Path) -> None:
    def place(_camera: CameraId, _interval: Interval) -> Hold:
        raise Unavailable("the register is away")

    surroundings.hold_first = HoldFirst(place)
    surroundings.take(films)
    assert surroundings.stopped is not None
    assert list(surroundings.studio.store.list()) == []
    assert surroundings.studio.custody.intents == []


def _files(what: Mapping[str, object]) -> list[dict[str, Any]]:
    files = what["files"]
    assert isinstance(files, list)
    return files


STEPS = st.one_of(
    st.tuples(st.just("import"), st.sampled_from([0, 1]), st.sampled_from([ONE, TWO])),
    st.tuples(st.just("delete"), st.sampled_from([0, 1]), st.sampled_from([ONE, TWO])),
)


@given(
    st.lists(STEPS, min_size=1, max_size=3),
    st.sampled_from([ONE, TWO]),
    st.sampled_from([TEN, TEN + Elapsed.parse("1s"), TWELVE]),
    st.booleans(),
)
@settings(max_examples=5, deadline=None)
def test_a_dry_run_says_what_the_run_does(
    films: Path,
    history: list[tuple[str, int, CameraId]],
    camera: CameraId,
    start: Instant,
    again: bool,  # noqa: FBT001 - drawn by the test
) -> None:
    """A dry run after imports, deletions and other starts foretells each file's fate."""
    home = Path(tempfile.mkdtemp(prefix="foretold-"))
    try:
        surroundings = ImportSurroundings(Studio(home, find()))
        surroundings.deletions = register = _register()
        named = sorted(films.iterdir())
        for what, number, of in history:
            if what == "import":
                surroundings.take(named[number], camera=of, again=True)
            else:
                there = surroundings.studio.segments(of)
                _delete(surroundings, register, there[:1])
        for path in (named[0], named[1]):
            shutil.copy(path, home / path.name)
        (home / "camera-1_20261122T140000Z.mp4").write_bytes(b"\0\0\0\x18ftypmp42 no film")
        moved = home / f"{camera}_{start.to_datetime():%Y%m%dT%H%M%SZ}.mp4"
        if not moved.exists():
            shutil.copy(named[0], moved)
        files = sorted(home.glob("*.mp4"))
        before = _state(surroundings)
        foretold = surroundings.take(*files, again=again, dry=True)
        assert _state(surroundings) == before, "a dry run changes nothing"
        done = surroundings.take(*files, again=again)
        assert {name: _told(one) for name, one in foretold.items()} == {
            name: _told(one) for name, one in done.items()
        }
    finally:
        shutil.rmtree(home)


def _told(one: Outcome) -> tuple[object, ...]:
    segments = [(each.camera, each.interval, each.digest) for each in one.segments]
    return one.why, one.detail, segments, one.stored, one.notes


def _state(surroundings: ImportSurroundings) -> tuple[object, ...]:
    studio = surroundings.studio
    return (
        [one.key for one in studio.store.list()],
        list(studio.catalogue.segments()),
        list(studio.catalogue.gaps()),
        len(studio.custody.intents),
    )


def _register() -> MemoryRegister:
    register = MemoryRegister()
    register.add_districts([a_district()])
    register.add_sites([a_site()])
    register.add_cameras([a_camera(ONE), a_camera(TWO)])
    return register


def _delete(
    surroundings: ImportSurroundings, register: MemoryRegister, segments: Sequence[object]
) -> None:
    """Delete segments as a plan does."""
    gone = [one for one in surroundings.studio.catalogue.segments() if one in segments]
    if not gone:
        return
    keys = [one.key for one in gone]
    plan = PlanId(f"plan-{len(register.tombstones()) + 1}")
    tombstone = Tombstone(plan, tuple(gone), "policy 'all': keep 10d")
    register.add_tombstones([tombstone])
    surroundings.studio.store.delete(keys)
    surroundings.studio.catalogue.remove_segments(keys)
    now = surroundings.studio.clock.now()
    register.settle_tombstone(plan, tombstone.first, purged=keys, spared={}, at=now)


def _hold(number: int, camera: CameraId, interval: Interval) -> Hold:
    return Hold(
        id=HoldId(f"hold-{number}"),
        cameras=frozenset({camera}),
        interval=interval,
        authority="Sessions Court",
        reason="theft",
        placed_by="liaison",
        placed_at=TEN,
    )
