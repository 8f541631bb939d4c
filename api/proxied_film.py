"""MP4 of an interval put together from the proxies that are kept of its segments.

A proxied film is derived and never passes for the footage: whoever gives one out says so.
"""

from __future__ import annotations

import io
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

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
        for piece in self.film.cut(start, end):
            data = _kept(self.proxies, self.segments[piece.key])
            for offset in range(piece.offset, piece.offset + piece.length, CHUNK):
                yield data[offset : min(offset + CHUNK, piece.offset + piece.length)]


def same_init(proxies: Proxies, segments: Sequence[Segment]) -> list[list[Segment]]:
    """Group neighbouring segments whose proxies are decoded alike: a group plays as a film.

    Raises:
        Refused: A proxy was given up meanwhile.
    """
    groups: list[list[Segment]] = []
    before = b""
    for segment in segments:
        data = _kept(proxies, segment)
        init = _decoding(data[: walk(io.BytesIO(data)).init_bytes])
        if not groups or init != before:
            groups.append([])
        groups[-1].append(segment)
        before = init
    return groups


def film_of(proxies: Proxies, segments: Sequence[Segment], interval: Interval) -> ProxiedFilm:
    """Return the film of `interval`, made of groups of pictures that together cover the interval.

    Args:
        proxies: Keeps the proxies.
        segments: Segments of one span that overlap `interval`, in order, a group of `same_init`.
        interval: Wall time that the film must cover.

    Raises:
        Refused: A proxy was given up meanwhile.
    """
    pieces, covered, digests = list[Piece](), list[Interval](), list[str]()
    for segment in segments:
        data = _kept(proxies, segment)
        layout = walk(io.BytesIO(data))
        if not pieces:
            pieces.append(Piece(segment.key, 0, layout.init_bytes))
        piece, shown = touched(segment, layout, interval)
        pieces.append(piece)
        covered.append(shown)
        digests.append(Digest.of(data).hex)
    film = Film(tuple(pieces), Interval(covered[0].start, covered[-1].end))
    etag = f'"{Digest.of(repr((film.pieces, digests)).encode()).hex[:32]}"'
    return ProxiedFilm(proxies, {one.key: one for one in segments}, film, etag)


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
