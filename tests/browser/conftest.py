"""Fixtures of a browser on a served Footage.

`browser` and `served` live as long as a test file, `context` and `watched` as long as a test. A
file with another home has a fixture `home` of its own, with an account `amina` whose password is
`PASSWORD`.
"""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from tests.common import browsing
from tests.common.browsing import Served, Watched
from tests.common.played_city import record_played

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, BrowserContext


@pytest.fixture(scope="session")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with the cameras of `tests.common.played_city`, never served itself."""
    home = tmp_path_factory.mktemp("recorded") / "home"
    record_played(home)
    return home


@pytest.fixture(scope="module")
def home(recorded: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the recorded home, which the server of a test file writes to."""
    return shutil.copytree(recorded, tmp_path_factory.mktemp("served") / "home")


@pytest.fixture(scope="module")
def served(home: Path) -> Iterator[Served]:
    """Footage, served on a free port."""
    with browsing.served(home) as served:
        yield served


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium without a window."""
    with browsing.started() as browser:
        yield browser


@pytest.fixture
def context(browser: Browser, served: Served) -> Iterator[BrowserContext]:
    """A context of the browser in which amina, who has every role, has signed in."""
    with browsing.signed_in(browser, served, "amina") as context:
        yield context


@pytest.fixture
def watched(context: BrowserContext) -> Iterator[Watched]:
    """A page; the test fails where anything is left in `faults`."""
    watched = Watched(context.new_page())
    yield watched
    assert watched.faults == []
