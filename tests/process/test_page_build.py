"""The committed build of the page is that of its sources, which are sound."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.common.servers import is_required

ROOT = Path(__file__).resolve().parent.parent.parent
SCRIPT = ROOT / "scripts" / "page"


@pytest.fixture
def node() -> None:
    """Let the test run where Node is installed; without Node, CI fails and others skip."""
    if shutil.which("node") is None:
        if is_required(os.environ):
            pytest.fail("needs Node 20.19 or newer, and npm", pytrace=False)
        pytest.skip("needs Node 20.19 or newer, and npm")


def run(what: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([SCRIPT, what], capture_output=True, text=True, check=False)


def test_the_script_prints_the_digest_that_was_noted_at_the_build() -> None:
    noted = (ROOT / "api" / "page" / "sources.sha256").read_text()
    assert run("digest").stdout == noted


@pytest.mark.timeout(600)
@pytest.mark.usefixtures("node")
def test_building_anew_gives_the_committed_page() -> None:
    made = run("compare")
    assert made.returncode == 0, made.stdout + made.stderr


@pytest.mark.timeout(600)
@pytest.mark.usefixtures("node")
def test_types_formatting_and_tests_of_the_sources_pass() -> None:
    checked = run("check")
    assert checked.returncode == 0, checked.stdout + checked.stderr
