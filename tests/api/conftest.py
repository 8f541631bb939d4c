"""A city for each test, recorded once."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from footage.access import Grant, Role
from footage.ids import district_id
from tests.common.api_city import ApiCity, parts_of, record_city, serving
from tests.common.builders import a_camera, a_district, a_site, at

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import httpx


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


@pytest.fixture
def far(city: ApiCity) -> Iterator[httpx.Client]:
    """A client whose grants reach another district, to which camera-2 moved at 20 s."""
    register = city.parts.register
    register.add_districts([a_district("district-2")])
    register.add_sites([a_site("site-2", district="district-2")])
    moved = a_camera("camera-2", site="site-2", district="district-2")
    register.add_cameras([moved], since=at(20))
    there = frozenset([district_id("district-2")])
    roles = (Role.INVESTIGATOR, Role.COURT_LIAISON)
    with city.client_of("far", *[Grant(role, districts=there) for role in roles]) as client:
        yield client
