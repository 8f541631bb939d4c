"""MP4 of an interval put together from the proxies that are kept of its segments.

A proxied film is derived and never passes for the footage: whoever gives one out says so.
"""

from __future__ import annotations

import io
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple

from api.playback import CHUNK, Film, Piece, touched
from footage.digest import Digest
from footage.errors import Refused
from footage.instant import Interval
from footage.mp4 import walk

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from api.proxies import Proxies
    from footage.segment import Segment

_RATES: Final = re.compile(rb"(btrt).{12}|(@\x15.{3}).{8}", re.DOTALL)
"""The box `btrt`, and most and mean bit rate in the `esds` of AAC (ISO/IEC 14496-1, 7.2.6.6)."""


@dataclass(frozen=True, slots=True)
class ProxiedFilm:
    """A film made of proxies, which are read anew as the film is given out.

    Attributes:
        film: Byte ranges of the proxies, by the keys of their segments.
        etag: ETag that names the bytes.
    """

    proxies: Proxies
    segments: Mapping[str, Segment]
    film: Film
    etag: str

    @property
    def profile(self) -> str:
        """Name of how the proxies were made."""
        return self.proxies.profile

    @property
    def size_bytes(self) -> int:
        """Length in bytes."""
        return self.film.size_bytes

    @property
    def interval(self) -> Interval:
        """Wall time that the film shows."""
        return self.film.interval

    def read(self, start: int, end: int) -> Iterator[bytes]:
        """Yield the bytes [start, end), at most 1 MiB at a time; one proxy is in memory at a time.

        Raises:
            Refused: A proxy was given up meanwhile.
        """
        key, data = "", b""
        for piece in self.film.cut(start, end):
            if piece.key != key:
                key, data = piece.key, _kept(self.proxies, self.segments[piece.key])
            for offset in range(piece.offset, piece.offset + piece.length, CHUNK):
                yield data[offset : min(offset + CHUNK, piece.offset + piece.length)]


def films_of(
    proxies: Proxies, segments: Sequence[Segment], interval: Interval
) -> list[ProxiedFilm]:
    """Return films, of groups of pictures, that together cover `interval`; each proxy is read once.

    Neighbouring segments whose proxies are decoded alike are one film.

    Args:
        proxies: Keeps the proxies.
        segments: Segments of one span that overlap `interval`, in order.
        interval: Wall time that the films must cover.

    Raises:
        Refused: A proxy was given up meanwhile.
    """
    films: list[list[_Part]] = []
    before = b""
    for segment in segments:
        data = _kept(proxies, segment)
        layout = walk(io.BytesIO(data))
        init = _decoding(data[: layout.init_bytes])
        if not films or init != before:
            films.append([])
        piece, shown = touched(segment, layout, interval)
        films[-1].append(_Part(segment, layout.init_bytes, piece, shown, Digest.of(data).hex))
        before = init
    return [_film(proxies, parts) for parts in films]


class _Part(NamedTuple):
    """The part of a proxy that a film takes: fragments, and the wall time these show."""

    segment: Segment
    init_bytes: int
    piece: Piece
    shown: Interval
    digest: str


def _film(proxies: Proxies, parts: Sequence[_Part]) -> ProxiedFilm:
    init = Piece(parts[0].segment.key, 0, parts[0].init_bytes)
    pieces = (init, *(part.piece for part in parts))
    film = Film(pieces, Interval(parts[0].shown.start, parts[-1].shown.end))
    digests = [part.digest for part in parts]
    etag = f'"{Digest.of(repr((film.pieces, digests)).encode()).hex[:32]}"'
    return ProxiedFilm(proxies, {one.segment.key: one.segment for one in parts}, film, etag)


def _decoding(init: bytes) -> bytes:
    """Return an init without the bit rates told, which no decoder needs and each proxy has anew."""
    return _RATES.sub(lambda found: found[1] or found[2], init)


def _kept(proxies: Proxies, segment: Segment) -> bytes:
    data = proxies.kept(segment)
    if data is None:
        raise Refused(
            f"the proxy of {segment.key} is not kept any more",
            hint="ask again, or set api.derived_limit higher",
        )
    return data
