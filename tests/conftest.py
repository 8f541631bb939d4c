"""Fixtures every test may ask for."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest_plugins = [
    "tests.common.tiers",
    "tests.common.servers",
    "tests.common.clusters",
    "tests.common.seal_keys",
]

ROOT = Path(__file__).resolve().parent.parent
CLIPS = ROOT.parent / "shared" / "clips"


@pytest.fixture(scope="session")
def clips() -> Path:
    """The folder of real footage beside the checkout; skipped by name where it is absent."""
    if not CLIPS.is_dir():
        pytest.skip("needs the real footage in ../shared/clips")
    return CLIPS
