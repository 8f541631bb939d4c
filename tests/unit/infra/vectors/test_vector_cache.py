"""The least recently used value goes, and what is too large is never kept."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from threading import Barrier

from infra.vectors.vector_cache import Cache


@dataclass(frozen=True)
class Thing:
    name: str
    size_bytes: int


class Shelf:
    """A cache of 10 bytes that notes what it had to read."""

    def __init__(self) -> None:
        self.read: list[str] = []
        self._cache: Cache[Thing] = Cache(10)

    def get(self, name: str, size_bytes: int = 4) -> Thing:
        def read() -> Thing:
            self.read.append(name)
            return Thing(name, size_bytes)

        return self._cache.get(name, read)


def test_what_is_kept_is_not_read_again() -> None:
    shelf = Shelf()
    assert shelf.get("a") == shelf.get("a") == Thing("a", 4)
    assert shelf.read == ["a"]


def test_the_least_recently_used_goes_first() -> None:
    shelf = Shelf()
    for name in ("a", "b", "a", "c", "a", "b"):
        shelf.get(name)
    assert shelf.read == ["a", "b", "c", "b"]


def test_many_threads_at_once_read_a_value_once() -> None:
    cache: Cache[Thing] = Cache(10)
    together = Barrier(4)
    read: list[int] = []

    def slow() -> Thing:
        read.append(1)
        return Thing("a", 4)

    def ask(_: int) -> Thing:
        together.wait(10)
        return cache.get("a", slow)

    with ThreadPoolExecutor(4) as pool:
        assert set(pool.map(ask, range(4))) == {Thing("a", 4)}
    assert len(read) == 1


def test_what_is_too_large_is_handed_out_and_displaces_nothing() -> None:
    shelf = Shelf()
    shelf.get("a")
    assert shelf.get("whale", 11).name == "whale"
    shelf.get("whale", 11)
    shelf.get("a")
    assert shelf.read == ["a", "whale", "whale"]
