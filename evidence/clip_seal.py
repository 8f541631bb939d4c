"""Seals clips by the ONVIF Export File Format 26.06, so that a clip stands by itself. Pure.

A clip gets two boxes, and nothing else of the film changes:

moov/udta/loci   where the camera stood (ETSI TS 126 244)
meta             at the end of the file: `suep` names camera, exporting unit, operator and time of
                 the export; `ipro` holds the time of the first picture, the signature (RSASSA-PSS
                 with SHA-256 and a salt of 20 bytes) and the certificate of the key that signed

The signature is over all bytes of the file with those of the signature itself set to zero, so that
players that know the format tell whether the file is as exported, without the bundle around it.
"""

from __future__ import annotations

import hashlib
import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from footage.instant import Instant
    from footage.place import Point

FORMAT: Final = "onvif-export-26.06"
_FROM_1904_S: Final = 2_082_844_800
"""Seconds from 1904, where times of ISO/IEC 14496-12 begin, to 1970."""
_FROM_1601: Final = 116_444_736_000_000_000
"""Intervals of 100 ns from 1601, where the start time begins, to 1970."""
_SCHEME: Final = b"oeff"
_VERSION: Final = 0x0001_0000
_REAL: Final = 1
_ANY_LANGUAGE: Final = 0x55C4  # "und", packed as ISO/IEC 14496-12 says


@dataclass(frozen=True, slots=True)
class ExportFacts:
    """Facts that the seal of a clip states.

    Attributes:
        unit: Name of the node that exports.
        exported: When the export was begun.
        operator: Who exports.
        camera: Name of the camera.
        begin: Wall time of media time 0 in the clip.
        tracks: Numbers of the clip's tracks.
    """

    unit: str
    exported: Instant
    operator: str
    camera: str
    begin: Instant
    tracks: Sequence[int]


@dataclass(frozen=True, slots=True)
class ClipSigner:
    """Certificate and signing call that seal clips.

    Attributes:
        unit: Name of the node that exports.
        certificate: Certificate of the signing key, DER.
        length: Length of a signature in bytes.
        sign: Returns the signature (RSASSA-PSS) over a message with this SHA-256.
    """

    unit: str
    certificate: bytes
    length: int
    sign: Callable[[bytes], bytes]


def sealed(
    film: Iterable[bytes], facts: Callable[[], ExportFacts], signer: ClipSigner
) -> Iterator[bytes]:
    """Yield the bytes of a film and of the seal behind them.

    Args:
        film: The film, which is a row of whole boxes.
        facts: Gives what the seal states; called behind the last piece of the film.
        signer: Signs.
    """
    digest = hashlib.sha256()
    for piece in film:
        digest.update(piece)
        yield piece
    stated = facts()
    digest.update(seal_box(stated, signer.certificate, bytes(signer.length)))
    yield seal_box(stated, signer.certificate, signer.sign(digest.digest()))


def seal_box(facts: ExportFacts, certificate: bytes, signature: bytes) -> bytes:
    """Return the box `meta` of a sealed clip."""
    start = facts.begin.us * 10 + _FROM_1601
    times = [struct.pack(">IQ", track, start) for track in facts.tracks]
    scheme = _full_box(b"schm", _SCHEME, struct.pack(">I", _VERSION))
    inside = _box(b"schi", _box(b"sibo", signature), _box(b"cert", certificate))
    count = struct.pack(">I", len(facts.tracks))
    protection = _box(b"sinf", _box(b"cstb", count, *times), scheme, inside)
    return _full_box(
        b"meta",
        _full_box(b"hdlr", bytes(4), b"null", bytes(13)),
        _export_box(facts),
        _full_box(b"ipro", struct.pack(">H", 1), protection),
    )


def location_box(name: str, place: Point) -> bytes:
    """Return the box `loci` of a place; degrees are rounded to a 65 536th, some 2 m."""
    lon, lat = (round(float(degrees) * 65_536) for degrees in (place.lon, place.lat))
    language = struct.pack(">H", _ANY_LANGUAGE)
    where = struct.pack(">Biii", _REAL, lon, lat, 0)
    return _full_box(b"loci", language, _text(name), where, _text("earth"), _text(""))


def _export_box(facts: ExportFacts) -> bytes:
    """Return the box `suep`; addresses stay empty, since they lead to cameras and machines."""
    none = _text("")
    exported = struct.pack(">Q", facts.exported.us // 1_000_000 + _FROM_1904_S)
    tracks = [struct.pack(">H", track) + _text(facts.camera) + none * 3 for track in facts.tracks]
    count = struct.pack(">I", len(tracks))
    unit = _text(facts.unit) + none * 2
    return _full_box(b"suep", unit, exported, _text(facts.operator), count, *tracks, version=1)


def _box(kind: bytes, *parts: bytes) -> bytes:
    body = b"".join(parts)
    return struct.pack(">I4s", 8 + len(body), kind) + body


def _full_box(kind: bytes, *parts: bytes, version: int = 0) -> bytes:
    return _box(kind, struct.pack(">I", version << 24), *parts)


def _text(text: str) -> bytes:
    return text.replace("\0", "").encode("utf-8", "replace") + b"\0"
