"""Strict reading of a media playlist by the rules of RFC 8216; whatever breaks a rule fails."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final

from footage.instant import Instant

ONCE: Final = {
    "EXT-X-VERSION",
    "EXT-X-TARGETDURATION",
    "EXT-X-MEDIA-SEQUENCE",
    "EXT-X-PLAYLIST-TYPE",
    "EXT-X-INDEPENDENT-SEGMENTS",
    "EXT-X-START",
}
"""Tags of the whole playlist: at most once, before the first segment."""
_ATTRIBUTE: Final = re.compile(r'([A-Z0-9-]+)=("[^"\r\n]*"|[^",\s]+)(?:,|$)')


@dataclass(frozen=True, slots=True)
class Entry:
    """A media segment of a playlist, with the tags that apply to it."""

    uri: str
    seconds: float
    date: Instant
    init: str
    discontinuity: bool


@dataclass(slots=True)
class ReadPlaylist:
    """What a playlist says; `ranges` are of gaps, `streams` of stretches of equal coding."""

    whole: dict[str, str] = field(default_factory=dict)
    ranges: list[dict[str, str]] = field(default_factory=list)
    streams: list[dict[str, str]] = field(default_factory=list)
    entries: list[Entry] = field(default_factory=list)


def attributes(text: str) -> dict[str, str]:
    """Read an attribute list; quotes are taken off."""
    assert "".join(match.group() for match in _ATTRIBUTE.finditer(text)) == text
    pairs = [(match[1], match[2].strip('"')) for match in _ATTRIBUTE.finditer(text)]
    assert len(dict(pairs)) == len(pairs)
    return dict(pairs)


def read_playlist(text: str) -> ReadPlaylist:
    """Read a VOD playlist, or fail at the first line that breaks a rule."""
    assert text.endswith("\n")
    lines = text.removesuffix("\n").split("\n")
    assert lines[0] == "#EXTM3U"
    assert lines[-1] == "#EXT-X-ENDLIST"
    found, init, pending = ReadPlaylist(), "", dict[str, str]()
    for line in lines[1:-1]:
        assert line
        assert line.isascii()
        if not line.startswith("#"):
            date = Instant.parse(pending.pop("EXT-X-PROGRAM-DATE-TIME"))
            seconds = pending.pop("EXTINF")
            assert re.fullmatch(r"\d+\.\d+,", seconds)
            broken = pending.pop("EXT-X-DISCONTINUITY", None) is not None
            assert init
            assert not pending
            entry = Entry(line, float(seconds[:-1]), date, init, broken)
            found.entries.append(entry)
            continue
        tag, _, value = line.removeprefix("#").partition(":")
        if tag in ONCE:
            assert tag not in found.whole
            assert not found.entries
            found.whole[tag] = value
        elif tag == "EXT-X-MAP":
            init = attributes(value)["URI"]
        elif tag == "EXT-X-DATERANGE":
            told = attributes(value)
            kind = found.streams if told["CLASS"] == "footage.stream" else found.ranges
            kind.append(told)
        else:
            assert tag in {"EXTINF", "EXT-X-PROGRAM-DATE-TIME", "EXT-X-DISCONTINUITY"}
            assert tag not in pending
            pending[tag] = value
    assert not pending
    _keeps_the_rules(found)
    return found


def _keeps_the_rules(found: ReadPlaylist) -> None:
    assert int(found.whole["EXT-X-VERSION"]) >= 6  # EXT-X-MAP beside ordinary segments
    assert found.whole["EXT-X-PLAYLIST-TYPE"] == "VOD"
    assert found.entries
    assert not found.entries[0].discontinuity
    target = int(found.whole["EXT-X-TARGETDURATION"])
    assert max(int(entry.seconds + 0.5) for entry in found.entries) <= target
    ranges = [*found.ranges, *found.streams]
    names = [one["ID"] for one in ranges]
    assert len(set(names)) == len(names)
    for one in ranges:
        assert Instant.parse(one["START-DATE"]) <= Instant.parse(one["END-DATE"])
