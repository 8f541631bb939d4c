"""Inputs of `../shared/cases`, conditions from public reports; a named skip where absent."""

from __future__ import annotations

from pathlib import Path

import pytest

FOLDER = Path(__file__).resolve().parents[3] / "shared" / "cases"


def case(name: str) -> Path:
    """Return the path of an input, or skip the test."""
    path = FOLDER / name
    if not path.is_file():
        pytest.skip(f"needs {name} of ../shared/cases")
    return path
