"""For tests of contracts: clients of the same record, opened one by one, and races of them."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager
from threading import Barrier
from typing import TYPE_CHECKING, Protocol, TypeVar

from footage.errors import FootageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import pytest


class Closable(Protocol):
    """Something to be closed."""

    def close(self) -> None: ...


C = TypeVar("C", bound=Closable)
P = TypeVar("P")
T = TypeVar("T")
V = TypeVar("V")


def url_of(request: pytest.FixtureRequest) -> str:
    """URL of an empty register in the database that the fixture's parameter names."""
    fixture = "sqlite_register" if request.param == "sqlite" else "postgres_database"
    given = request.getfixturevalue(fixture)
    return given if isinstance(given, str) else str(given.sqlalchemy_url)


@contextmanager
def clients(url: str, client: Callable[[str], C]) -> Iterator[Callable[[], C]]:
    """Give a function that opens another client of a database at each call; closes all."""
    with ExitStack() as opened:
        yield lambda: opened.enter_context(closing(client(url)))


def raced(
    opener: Callable[[], P], values: list[V], call: Callable[[P, V], T]
) -> list[T | FootageError]:
    """Results of calls made at the same time, one for each value, each by a client of its own.

    An error is a result.
    """
    ready = Barrier(len(values))

    def made(value: V) -> T | FootageError:
        mine = opener()
        ready.wait(timeout=60)
        try:
            return call(mine, value)
        except FootageError as exc:
            return exc

    with ThreadPoolExecutor(len(values)) as pool:
        return list(pool.map(made, values))
