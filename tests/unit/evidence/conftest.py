"""A bundle to mutate for the suites of the stand-alone verifier; a service of holds."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from evidence.hold_marks import HoldMarks
from evidence.holds import HoldService
from footage.clock import SimulatedClock
from footage.ids import CameraId
from footage.ports import SeenGuarantees
from footage.span import GapReason
from tests.common.builders import START, a_gap, during, segments_in_a_row
from tests.common.custody_logs import LIAISON
from tests.common.evidence_parts import Parts, exporter, the_parts
from tests.common.holding import Away, Failing

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="session")
def good(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A bundle of three minutes of camera-1, with a gap of one minute between, and camera-2."""
    folder = tmp_path_factory.mktemp("bundle")
    parts = the_parts(folder)
    first, _, third = segments_in_a_row(3)
    parts.stored([first, third])
    parts.a_minute_each(3, "camera-2")
    parts.catalogue.add_gaps([a_gap("camera-1", during(60, 120), GapReason.CAMERA_LOST)])
    service = exporter(parts)
    service.export(
        [CameraId("camera-1"), CameraId("camera-2")], during(0, 180), folder / "out", LIAISON
    )
    return folder / "out"


@pytest.fixture
def complete(tmp_path: Path) -> Path:
    """A bundle of two minutes of camera-1 without a gap."""
    parts = the_parts(tmp_path)
    parts.a_minute_each(2)
    exporter(parts).export([CameraId("camera-1")], during(0, 120), tmp_path / "whole", LIAISON)
    return tmp_path / "whole"


@pytest.fixture
def bundle(good: Path, tmp_path: Path) -> Path:
    return shutil.copytree(good, tmp_path / "copy")


@pytest.fixture
def parts(tmp_path: Path) -> Parts:
    """Evidence parts whose store and catalogue can be cut off."""
    made = the_parts(tmp_path, store=Failing(SimulatedClock(START)))
    made.catalogue = Away()
    return made


@pytest.fixture
def store(parts: Parts) -> Failing:
    assert isinstance(parts.store, Failing)
    return parts.store


@pytest.fixture
def marks(parts: Parts) -> HoldMarks:
    return HoldMarks(parts.register, parts.catalogue, parts.store, parts.clock)


@pytest.fixture
def service(parts: Parts, marks: HoldMarks) -> HoldService:
    seen = SeenGuarantees(parts.store.guarantees(), START)
    return HoldService(parts.register, parts.custody, parts.clock, lambda: marks, lambda: seen)
