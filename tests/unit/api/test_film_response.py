"""The ETag of a derived film."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from api.film_response import DerivedFilm
from footage.digest import Digest
from tests.common.builders import during

if TYPE_CHECKING:
    import pytest

BYTES = bytes(range(256)) * 4_096
FILM = DerivedFilm(memoryview(BYTES), during(0, 60), "h264-1", "sha256:a")


def test_an_etag_names_what_the_film_is_made_of_and_its_bytes() -> None:
    others = [
        replace(FILM, profile="h264-2"),
        replace(FILM, source="sha256:b"),
        replace(FILM, data=FILM.data[1:]),
        replace(FILM, data=memoryview(BYTES[:-1] + b"x")),
    ]
    assert len({film.etag for film in (FILM, *others)}) == 5
    assert replace(FILM, data=memoryview(bytes(BYTES))).etag == FILM.etag


def test_a_range_does_not_cost_the_hashing_of_the_film(monkeypatch: pytest.MonkeyPatch) -> None:
    hashed: list[int] = []
    of = Digest.of

    def counting(data: bytes) -> Digest:
        hashed.append(len(data))
        return of(data)

    monkeypatch.setattr(Digest, "of", counting)
    assert FILM.etag
    assert sum(hashed) < len(BYTES) // 100
