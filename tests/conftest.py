"""Fixtures every test may ask for."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import settings

# A busy machine makes any example slow: speed is measured in tests/bench, never here.
settings.register_profile("footage", deadline=None)
settings.load_profile("footage")

pytest_plugins = ["tests.common.servers", "tests.common.clusters"]

ROOT = Path(__file__).resolve().parent.parent
CLIPS = ROOT.parent / "shared" / "clips"


@pytest.fixture(scope="session")
def clips() -> Path:
    """The folder of real footage beside the checkout; skipped by name where it is absent."""
    if not CLIPS.is_dir():
        pytest.skip("needs the real footage in ../shared/clips")
    return CLIPS
