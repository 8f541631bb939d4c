"""The name of an import's run tells the bytes, the start and the instant of the import."""

from __future__ import annotations

import pytest

from footage.digest import Digest
from footage.import_run import ImportRun, import_run, run_of, run_prefix
from footage.instant import Elapsed, Instant
from tests.common.builders import START, at

MINUTE = Elapsed.parse("1m")
FILM = Digest.of(b"film")


@pytest.mark.parametrize("track", [1, 2, 17])
@pytest.mark.parametrize("start", [START, Instant(-5)])
def test_a_run_is_read_as_written(track: int, start: Instant) -> None:
    run = run_of(FILM, start, track, MINUTE, at(7))
    assert import_run(run) == ImportRun(FILM.hex[:16], start, MINUTE, track, at(7))
    assert run.startswith(run_prefix(FILM, start, track))
    assert not run.startswith(run_prefix(FILM, start, track + 1))


def test_runs_of_earlier_versions_tell_no_instant_of_the_import() -> None:
    old = f"{run_prefix(FILM, START, 1)}60"
    for run in (old, f"{old}-0123abcd"):
        found = import_run(run)
        assert found is not None
        assert found.at is None


@pytest.mark.parametrize("run", ["run-1", "import-", "import-xyz-1-2", "20261122T100823.5Z-ab", ""])
def test_other_runs_are_of_no_import(run: str) -> None:
    assert import_run(run) is None
