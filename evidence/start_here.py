"""START-HERE pages of a bundle: the same facts for a reader of HTML and of plain text. Pure.

The pages say in English and Urdu what the bundle is, and of each camera place, time, gaps and clock
in local time and UTC. They have no script and load nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from html import escape
from typing import TYPE_CHECKING, Final, NamedTuple
from urllib.parse import quote

from evidence.manifest import clock_fact, master_path, places_of
from evidence.readme import VERIFY_COMMAND, VERIFY_PAGE, rounded
from evidence.start_words import (
    BY_FIRST_LETTER,
    END,
    ENGLISH,
    LEFT_TO_RIGHT,
    URDU,
    isolated,
    left_to_right,
    signer_lines,
)
from footage.asked_times import local_text, utc_text
from footage.instant import Interval
from footage.local_time import time_zone
from footage.segment import TimeSource

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from zoneinfo import ZoneInfo

    from evidence.manifest import Source, Statement
    from evidence.start_words import Words
    from footage.camera import Camera, Site
    from footage.ids import SiteId
    from footage.instant import Instant

_ELEMENTS: Final = str.maketrans(
    {LEFT_TO_RIGHT: '<bdi dir="ltr">', BY_FIRST_LETTER: "<bdi>", END: "</bdi>"}
)
_STYLE: Final = (
    "body{max-width:60rem;margin:2rem auto;padding:0 1rem;line-height:1.5;color:#111;"
    "background:#fff;font-family:Arial,'Noto Naskh Arabic',Tahoma,sans-serif}"
    "[lang=ur]{line-height:2.1;font-family:'Noto Nastaliq Urdu','Jameel Noori Nastaleeq',"
    "'Urdu Typesetting','Noto Naskh Arabic',Tahoma,sans-serif}"
    "h1{font-size:1.5rem}h2{font-size:1.2rem;margin-top:2rem;border-bottom:1px solid #999}"
    "h3{font-size:1rem}table{border-collapse:collapse;width:100%}"
    "th,td{border:1px solid #999;padding:.2rem .5rem;text-align:start;vertical-align:top;"
    "overflow-wrap:break-word}section{overflow-x:auto}"
    "bdi[dir=ltr]{white-space:nowrap}"
    "pre{background:#eee;padding:.5rem;direction:ltr;text-align:left;white-space:pre-wrap}"
)


@dataclass(frozen=True, slots=True)
class StartFacts:
    """Facts of the pages.

    Attributes:
        recipient: Who is to be given the bundle; "" where nobody said.
        sites: The sites of the register.
        zone: IANA name of the time zone of a site without its own, or that the register no longer
            has.
        reports: The report's files, in English and Urdu; none where there is no report.
    """

    statement: Statement
    recipient: str
    sites: Mapping[SiteId, Site]
    zone: str
    reports: tuple[str, ...] = ()


class Heading(NamedTuple):
    """A heading; level 1 is the page's title."""

    level: int
    text: str


class Command(NamedTuple):
    """A command line to type."""

    text: str


class FileLink(NamedTuple):
    """A file of the bundle by path."""

    path: str


class Table(NamedTuple):
    """A table; `head` is () for a list of names and values."""

    head: tuple[str, ...]
    rows: list[tuple[str | FileLink, ...]]


Block = Heading | Command | Table | str


def start_pages(facts: StartFacts) -> Mapping[str, str]:
    """Write the pages, by path in the bundle.

    Raises:
        BadInput: A site's zone is no time zone.
    """
    return {"START-HERE.html": _page(facts), "START-HERE.txt": _plain(facts)}


def _page(facts: StartFacts) -> str:
    """Write START-HERE.html: a page for any browser, without script and network."""
    parts = [
        f'<section lang="{words.code}" dir="{words.direction}">\n'
        f"{''.join(_html(block) for block in _part(facts, words))}</section>\n"
        for words in (ENGLISH, URDU)
    ]
    files = "".join(_html(block) for block in _files(facts))
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta http-equiv="Content-Security-Policy" '
        "content=\"default-src 'none'; style-src 'unsafe-inline'\">\n"
        '<meta name="viewport" content="width=device-width">\n'
        f"<title>{escape(ENGLISH.title)}</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n"
        f"{''.join(parts)}<section>\n{files}</section>\n</body>\n</html>\n"
    )


def _plain(facts: StartFacts) -> str:
    """Write START-HERE.txt: what START-HERE.html says, as plain text."""
    blocks = [*_part(facts, ENGLISH), *_part(facts, URDU), *_files(facts)]
    return "\n".join(_text(block) for block in blocks)


def _part(facts: StartFacts, words: Words) -> Iterator[Block]:
    """Yield what the pages say in a language."""
    statement, purpose = facts.statement, facts.statement.purpose
    yield Heading(1, words.title)
    yield from (words.what_alone, words.alone) if statement.views_alone else words.what
    if facts.reports:
        yield words.report.format(*(left_to_right(name) for name in facts.reports))
    if statement.stills:
        yield words.stills
    if statement.clips:
        yield words.clips
    if statement.views:
        yield words.views
    if statement.redactions:
        yield words.redacted
    made = f"{left_to_right(utc_text(statement.created))} {words.by} {isolated(purpose.actor)}"
    asked = statement.interval
    yield Table(
        (),
        [
            (words.bundle, left_to_right(statement.bundle_id)),
            (words.case, said(purpose.case, words)),
            (words.purpose, said(purpose.code, words)),
            (words.recipient, said(facts.recipient, words)),
            (words.made, made),
            (words.asked, _utc(asked, words)),
            *_signers(statement, words),
        ],
    )
    for source in statement.sources:
        yield from _camera(facts, source, words)
    yield Heading(2, words.check_title)
    yield words.check
    yield Command(VERIFY_COMMAND)
    yield Table((), [(words.check_page, FileLink(VERIFY_PAGE))])
    yield from words.checked


def _signers(statement: Statement, words: Words) -> Iterator[tuple[str, str]]:
    """Yield the fingerprints of who signs, to be compared with those noted elsewhere."""
    for line in signer_lines(statement.crypto, words.compare, words.unsigned):
        yield words.signature, line


def _camera(facts: StartFacts, source: Source, words: Words) -> Iterator[Block]:
    zone, lines = zone_of_source(facts, source), source.timelines()
    spans = [span.interval for line in lines for span in line.spans]
    yield Heading(2, f"{words.camera}: {camera_name(source)}")
    yield Table(
        (),
        [
            *((words.place, place) for place in place_text(facts, source)),
            (words.zone, left_to_right(zone.key)),
        ],
    )
    yield Heading(3, words.footage)
    times = [(_local(part, zone, words), _utc(part, words)) for part in spans]
    yield Table((words.local, words.utc), [*times]) if times else words.no_footage
    yield Heading(3, words.missing)
    gaps = [
        (
            _local(gap.interval, zone, words),
            _utc(gap.interval, words),
            words.reasons[gap.reason] + (f" ({isolated(gap.detail)})" if gap.detail else ""),
        )
        for line in lines
        for gap in line.gaps
    ]
    if gaps:
        yield Table((words.local, words.utc, words.reason), [*gaps])
    else:
        yield words.nothing_missing
    if source.segments:
        yield Heading(3, words.clock)
        yield " ".join(clock_sentences(source, words))


def clock_sentences(source: Source, words: Words) -> Iterator[str]:
    """Yield sentences about a camera's clock; nothing surer than was measured (invariant 11)."""
    clock = clock_fact(source)
    uncertainty = left_to_right(rounded(clock.uncertainty))
    if TimeSource.STATED in clock.sources:
        yield words.stated.format(uncertainty)
        return
    yield words.uncertain.format(uncertainty)
    if clock.offsets is None:
        yield words.offset_unknown
    else:
        least, greatest = (left_to_right(rounded(offset)) for offset in clock.offsets)
        yield words.offset.format(least=least, greatest=greatest)
        if clock.known < len(source.segments):
            yield words.offset_partly.format(known=clock.known, files=len(source.segments))


def _files(facts: StartFacts) -> Iterator[Block]:
    """Yield the list of files with their times, once for both languages."""
    for source in facts.statement.sources:
        if not source.segments:
            continue
        zone = zone_of_source(facts, source)
        mine = [one for one in facts.statement.clips if one.camera == source.camera.id]
        timed = [(clip.path, clip.interval) for clip in mine]
        timed += [
            (view.path, Interval(view.parts[0].interval.start, view.parts[-1].interval.end))
            for view in facts.statement.views
            if view.camera == source.camera.id
        ]
        if not facts.statement.views_alone:
            timed += [(master_path(segment), segment.interval) for segment in source.segments]
        rows: list[tuple[str | FileLink, ...]] = [
            (
                FileLink(path),
                _range(interval, partial(local_text, zone=zone), "-"),
                _range(interval, utc_text, "-"),
            )
            for path, interval in timed
        ]
        rows += [
            (
                FileLink(still.path),
                left_to_right(local_text(still.begins, zone)),
                left_to_right(utc_text(still.begins)),
            )
            for still in facts.statement.stills
            if still.camera == source.camera.id
        ]
        yield Heading(2, f"Files / فائلیں: {camera_name(source)}")
        yield Table(("File / فائل", f"{ENGLISH.local} / {URDU.local}", ENGLISH.utc), rows)


def camera_name(source: Source) -> str:
    """Return name and id of a camera, each kept in its own direction."""
    return f"{isolated(source.camera.name)} ({left_to_right(source.camera.id)})"


def zone_of_source(facts: StartFacts, source: Source) -> ZoneInfo:
    """Return the zone in which a camera's times are told: that of the first place recorded."""
    places = places_of(source)
    first = places[0][0] if places else source.camera
    site = facts.sites.get(first.site)
    return time_zone((site and site.zone) or facts.zone)


def place_text(facts: StartFacts, source: Source) -> list[str]:
    """Return the places at which the footage of a camera was recorded; else the camera's own."""
    stood = list(dict.fromkeys(then for then, _ in places_of(source))) or [source.camera]
    return [_place(facts, camera) for camera in stood]


def _place(facts: StartFacts, camera: Camera) -> str:
    site = facts.sites.get(camera.site)
    name = f"{isolated(site.name)} " if site else ""
    where = f"{camera.site}, {camera.district}, {camera.place.lat}, {camera.place.lon}"
    return f"{name}({isolated(where)})"


def said(text: str, words: Words) -> str:
    """Return what somebody typed, or the words for nothing."""
    return isolated(text) if text else words.none


def _local(interval: Interval, zone: ZoneInfo, words: Words) -> str:
    return _range(interval, partial(local_text, zone=zone), words.to)


def _utc(interval: Interval, words: Words) -> str:
    return _range(interval, utc_text, words.to)


def _range(interval: Interval, show: Callable[[Instant], str], to: str) -> str:
    ends = interval.start, interval.end
    return f" {to} ".join(left_to_right(show(end)) for end in ends)


def _html(block: Block) -> str:
    match block:
        case Heading(level, text):
            return f"<h{level}>{_marked(text)}</h{level}>\n"
        case Command(text):
            return f"<pre>{escape(text)}</pre>\n"
        case Table(head, rows):
            top = "".join(f"<th>{_marked(name)}</th>" for name in head)
            body = "".join(f"<tr>{_cells(row, named=not head)}</tr>\n" for row in rows)
            return f"<table>\n{f'<tr>{top}</tr>' if head else ''}\n{body}</table>\n"
        case str():
            return f"<p>{_marked(block)}</p>\n"


def _cells(row: tuple[str | FileLink, ...], *, named: bool) -> str:
    tags = ["th" if named and not number else "td" for number in range(len(row))]
    return "".join(f"<{tag}>{_cell(cell)}</{tag}>" for tag, cell in zip(tags, row, strict=True))


def _cell(cell: str | FileLink) -> str:
    if isinstance(cell, FileLink):
        return f'<a dir="ltr" href="{escape(quote(cell.path))}">{escape(cell.path)}</a>'
    return _marked(cell)


def _marked(text: str) -> str:
    """Escape a text for HTML, with elements in place of the direction marks."""
    return escape(text).translate(_ELEMENTS)


def _text(block: Block) -> str:
    match block:
        case Heading(level, text):
            return f"{text}\n{('=' if level == 1 else '-') * len(text)}\n"
        case Command(text):
            return f"    {text}\n"
        case Table(head, rows):
            named = [f"  {' | '.join(head)}\n"] if head else []
            return "".join([*named, *(f"  {_row(row)}\n" for row in rows)])
        case str():
            return f"{block}\n"


def _row(row: tuple[str | FileLink, ...]) -> str:
    return " | ".join(cell.path if isinstance(cell, FileLink) else cell for cell in row)
