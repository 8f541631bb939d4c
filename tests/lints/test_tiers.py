"""A test of the fast tier fails at the line that starts a process or imports a heavy package."""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import suppress
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

from tests.common.tiers import FOLDERS, Guard, examples

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).resolve().parent.parent.parent


def _run() -> None:
    subprocess.run([sys.executable, "-c", "pass"], check=True)


def _fork() -> None:
    if os.fork() == 0:
        os._exit(0)


def _spawn() -> None:
    os.posix_spawn(sys.executable, [sys.executable, "-c", "pass"], {})


def _multiply() -> None:
    get_context("spawn").Process(target=int).start()


def _system() -> None:
    os.system("true")  # noqa: S605, S607 - never comes to be run


@pytest.mark.parametrize("start", [_run, _fork, _spawn, _multiply, _system])
def test_a_fast_test_that_starts_a_process_fails(start: Callable[[], None]) -> None:
    with pytest.raises(pytest.fail.Exception, match="tests/process"):
        start()


def test_catching_every_exception_does_not_hide_it() -> None:
    with pytest.raises(pytest.fail.Exception), suppress(Exception):
        _run()


@pytest.mark.process
def test_a_test_of_another_tier_may_start_one() -> None:
    _run()


def test_heavy_imports_are_refused_in_the_fast_tier_alone() -> None:
    with pytest.raises(ImportError, match="torch"):
        Guard(fast=True).audit("import", ("torch.nn", None))
    Guard(fast=False).audit("import", ("torch.nn", None))
    Guard(fast=True).audit("import", ("torchlike", None))


def test_the_folders_of_the_other_tiers_exist() -> None:
    assert {path.name for path in (ROOT / "tests").iterdir()} >= FOLDERS


def test_every_suite_in_the_folder_of_servers_needs_one() -> None:
    suites = sorted((ROOT / "tests" / "server").glob("test_*.py"))
    texts = {path.name: path.read_text(encoding="utf-8") for path in suites}
    marked = ("pytestmark = pytest.mark.server", "pytestmark = [pytest.mark.server")
    assert [name for name, text in texts.items() if not any(m in text for m in marked)] == []


def test_make_test_tries_at_least_twice_as_many_examples_as_asked_for() -> None:
    profile = settings.get_profile("full")
    assert profile.max_examples == 200
    assert settings.get_profile("fast").max_examples < 100
    current = settings.get_profile(settings.get_current_profile_name()).max_examples
    assert examples(300).max_examples == 3 * current
