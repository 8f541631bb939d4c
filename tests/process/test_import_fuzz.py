"""Imports of files with any bytes: each file is taken or refused as the dry run foretold."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from footage.digest import Digest
from infra.media.ffmpeg_tool import find
from tests.common.import_fuzz import contents
from tests.common.import_surroundings import ImportSurroundings
from tests.common.recording import Studio
from tests.common.tiny_films import small_film

if TYPE_CHECKING:
    from recorder.imports.intake import Outcome


@given(st.lists(contents, min_size=1, max_size=3))
@settings(max_examples=4, deadline=None)
def test_any_bytes_are_taken_or_refused_with_a_reason(found: list[bytes]) -> None:
    home = Path(tempfile.mkdtemp(prefix="fuzz-"))
    try:
        with pytest.MonkeyPatch.context() as patched:
            told: list[str] = []
            patched.setattr("recorder.imports.intake._log.exception", lambda *a: told.append(a))
            _take_all(home, [*found, small_film(2)])
            assert told == [], "an error nobody thought of"
    finally:
        shutil.rmtree(home)


def _take_all(home: Path, found: list[bytes]) -> None:
    surroundings = ImportSurroundings(Studio(home / "spool", find()))
    usb = home / "usb"
    usb.mkdir()
    for number, data in enumerate(found):
        (usb / f"camera-1_20261122T1{number}0000Z.mp4").write_bytes(data)
    foretold = surroundings.take(usb, dry=True)
    done = surroundings.take(usb)
    assert surroundings.stopped is None
    assert len(done) == len(found)
    assert {name: _told(one) for name, one in foretold.items()} == {
        name: _told(one) for name, one in done.items()
    }
    entered = [file for deed in surroundings.studio.custody.intents for file in _files(deed.what)]
    for name, one in done.items():
        assert one.segments or (one.why and one.why.value)
        if one.stored:
            assert Digest.of_file(usb / name).hex in entered
    kept = [segment for one in done.values() for segment in one.segments]
    stored = {segment.key for segment in surroundings.studio.catalogue.segments()}
    assert {segment.key for segment in kept} == stored
    assert done[f"camera-1_20261122T1{len(found) - 1}0000Z.mp4"].stored, "the sound one is taken"


def _told(one: Outcome) -> tuple[object, ...]:
    return one.why, one.detail, one.stored, [each.interval for each in one.segments], one.notes


def _files(what: object) -> list[str]:
    assert isinstance(what, dict)
    return [str(file["sha256"]) for file in what["files"]]
