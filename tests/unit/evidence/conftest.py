"""A bundle to mutate, for the suites of the stand-alone verifier."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from evidence.export import ExportService
from footage.ids import CameraId
from footage.span import GapReason
from tests.common.builders import a_gap, during, segments_in_a_row
from tests.common.custody_logs import LIAISON
from tests.common.evidence_parts import the_parts

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
    service = ExportService(
        parts.register, parts.catalogue, parts.store, parts.custody, parts.clock, "0.1.0"
    )
    service.export(
        [CameraId("camera-1"), CameraId("camera-2")], during(0, 180), folder / "out", LIAISON
    )
    return folder / "out"


@pytest.fixture
def bundle(good: Path, tmp_path: Path) -> Path:
    return shutil.copytree(good, tmp_path / "copy")
