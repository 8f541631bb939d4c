"""Fixtures: every adapter of catalogue and register, for the contract suites."""

from __future__ import annotations

import secrets
import shutil
from typing import TYPE_CHECKING

import pytest

from footage.clock import SystemClock
from footage.instant import Elapsed
from infra.catalogues.memory_catalog import MemoryCatalogue
from infra.catalogues.sqlite_catalog import SqliteCatalogue
from infra.host.file_lock import WAIT
from infra.registers.memory_register import MemoryRegister
from infra.registers.sql_register import SqlRegister
from tests.common.registers import Place

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from footage.ports import Catalogue, Register
    from lab.servers.postgres import Database

    Opener = Callable[[], Catalogue]


@pytest.fixture(params=["memory", "sqlite", pytest.param("elastic", marks=pytest.mark.server)])
def opener(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Opener]:
    """Function that opens another client of the same catalogue at each call."""
    if request.param == "memory":
        shared = MemoryCatalogue()
        yield lambda: shared
    elif request.param == "sqlite":
        opened: list[SqliteCatalogue] = []

        def another() -> Catalogue:
            opened.append(SqliteCatalogue(tmp_path / "catalogue.sqlite"))
            return opened[-1]

        yield another
        for catalogue in opened:
            catalogue.close()
    else:
        yield from _elastic(request)


def _elastic(request: pytest.FixtureRequest) -> Iterator[Opener]:
    from infra.catalogues.elastic_catalog import ElasticCatalogue  # noqa: PLC0415 - only where it is tested

    url = request.getfixturevalue("elastic_server").url
    prefix = f"contract-{secrets.token_hex(6)}"
    opened: list[ElasticCatalogue] = []

    def another() -> Catalogue:
        opened.append(ElasticCatalogue(url, prefix=prefix, clock=SystemClock()))
        return opened[-1]

    yield another
    for catalogue in opened:
        catalogue.close()


@pytest.fixture
def catalogue(opener: Opener) -> Catalogue:
    return opener()


@pytest.fixture(scope="session")
def migrated_register(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty register on SQLite, to copy: migrating one takes longer than any of these tests."""
    path = tmp_path_factory.mktemp("register") / "register.db"
    SqlRegister(f"sqlite:///{path}").close()
    return path


@pytest.fixture
def sqlite_register(tmp_path: Path, migrated_register: Path) -> str:
    """The URL of an empty register on SQLite, for one test."""
    return f"sqlite:///{shutil.copy(migrated_register, tmp_path / 'register.db')}"


@pytest.fixture(params=["memory", "sqlite", pytest.param("postgresql", marks=pytest.mark.server)])
def place(request: pytest.FixtureRequest) -> Iterator[Place]:
    url = ""
    if request.param == "sqlite":
        url = request.getfixturevalue("sqlite_register")
    if request.param == "postgresql":
        database: Database = request.getfixturevalue("postgres_database")
        url = database.sqlalchemy_url
    shared = MemoryRegister(wait=Elapsed.parse("50ms"))
    opened: list[SqlRegister] = []

    def open_client(wait: Elapsed = WAIT) -> Register:
        if not url:
            return shared
        opened.append(SqlRegister(url, clock=SystemClock(), wait=wait))
        return opened[-1]

    yield Place(open_client, url)
    for register in opened:
        register.close()


@pytest.fixture
def register(place: Place) -> Register:
    return place.open()
