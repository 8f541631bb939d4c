"""Every adapter of the catalogue, for the suites that state its contract."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

import pytest

from footage.clock import SystemClock
from infra.catalogues.memory_catalog import MemoryCatalogue
from infra.catalogues.sqlite_catalog import SqliteCatalogue

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from footage.ports import Catalogue

    Opener = Callable[[], Catalogue]


@pytest.fixture(params=["memory", "sqlite", pytest.param("elastic", marks=pytest.mark.server)])
def opener(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Opener]:
    """Opens one more client of the same catalogue each time it is called."""
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
