"""A city for each test, recorded once."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from tests.common.api_city import ApiCity, parts_of, record_city, serving

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(scope="session")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("recorded")
    record_city(home)
    return home


@pytest.fixture
def home(recorded: Path, tmp_path: Path) -> Path:
    return shutil.copytree(recorded, tmp_path / "home")


@pytest.fixture
def city(home: Path) -> Iterator[ApiCity]:
    with serving(parts_of(home)) as city:
        yield city


@pytest.fixture
def working(city: ApiCity) -> Iterator[ApiCity]:
    """A city whose jobs are run, by the machine's clock."""
    with city.parts.job_runner().running():
        yield city
