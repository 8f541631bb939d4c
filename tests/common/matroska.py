"""Matroska files written by hand, an element at a time (RFC 9559)."""

from __future__ import annotations

EBML = b"\x1a\x45\xdf\xa3"
SEGMENT = b"\x18\x53\x80\x67"
INFO = b"\x15\x49\xa9\x66"
PREV_UID = b"\x3c\xb9\x23"
NEXT_UID = b"\x3e\xb9\x23"
NEXT_NAME = b"\x3e\x83\xbb"
CLUSTER = b"\x1f\x43\xb6\x75"
CHAPTERS = b"\x10\x43\xa7\x70"
EDITION = b"\x45\xb9"
CHAPTER = b"\xb6"
CHAPTER_UID = b"\x6e\x67"


def element(kind: bytes, content: bytes) -> bytes:
    """Write an element, its length in eight bytes."""
    return kind + (1 << 56 | len(content)).to_bytes(8, "big") + content


def film(*parts: bytes) -> bytes:
    """Write a file of one segment."""
    return element(EBML, b"") + element(SEGMENT, b"".join(parts))


def unknown_length(*parts: bytes) -> bytes:
    """Write a file of one segment whose length is not told, as a recorder that was cut off does."""
    return element(EBML, b"") + SEGMENT + b"\x01" + b"\xff" * 7 + b"".join(parts)


def chapters(kind: bytes) -> bytes:
    """Write a list of one chapter that holds an element of a kind."""
    chapter = element(CHAPTER, element(kind, bytes(16)))
    return element(CHAPTERS, element(EDITION, chapter))


def linked(data: bytes, *links: bytes) -> bytes:
    """Return a Matroska file with further elements in its description."""
    segment = data.index(SEGMENT) + len(SEGMENT)
    # What comes before the description is an index, which names the description too.
    info = data.rindex(INFO, segment, data.index(CLUSTER)) + len(INFO)
    content = info + 9 - data[info].bit_length()
    width = content - info
    end = content + (int.from_bytes(data[info:content], "big") & (1 << 7 * width) - 1)
    whole = element(INFO, data[content:end] + b"".join(links))
    begin = segment + 9 - data[segment].bit_length()
    body = data[begin : info - len(INFO)] + whole + data[end:]
    return data[: segment - len(SEGMENT)] + element(SEGMENT, body)
