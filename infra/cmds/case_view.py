"""Tables and lines of `footage case` about cases and exhibits. Pure but for printing."""

import shlex
from typing import TYPE_CHECKING

from footage.asked_times import local_text
from footage.case import ExhibitKind
from footage.duration_text import duration_text
from footage.instant import Elapsed
from infra.cmds.output import counted, local, table

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from zoneinfo import ZoneInfo

    from footage.case import Case, CaseDocument, Exhibit, Member, Words
    from footage.instant import Instant
    from retention.outlook import Prospect

_SHORTEST_HOLD = Elapsed.parse("1s")
_NAMED = 5
"""Cameras of an exhibit that are told one by one; of more, those that are not held first."""


def cases_table(cases: "Sequence[Case]", zone: str) -> None:
    """Print a line for each case."""
    rows = [
        (
            case.reference,
            case.words.title,
            case.purpose,
            case.state.value,
            str(case.exhibits),
            case.opened_by,
            local(case.opened, zone),
        )
        for case in cases
    ]
    heads = ("reference", "title", "purpose", "state", "exhibits", "opened by", "opened")
    table(counted(len(cases), "case"), heads, rows)


def case_lines(
    case: "Case",
    members: "Sequence[Member]",
    documents: "Sequence[CaseDocument]",
    zone: "ZoneInfo",
) -> "Iterator[str]":
    """Lines about a case, without exhibits."""
    yield f"case {case.reference}: {case.words.title} ({case.state}, purpose {case.purpose})"
    yield f"opened by {case.opened_by}, {local_text(case.opened, zone)}"
    if turn := case.turned:
        word = "closed" if case.state == "closed" else "reopened"
        yield f"{word} by {turn.by}, {local_text(turn.at, zone)}: {turn.reason}"
    yield f"members: {', '.join(one.person for one in members)}"
    for one in documents:
        yield f"document {one.number}: {one.authority} ({one.paper.name}, {one.paper.sha256})"
    yield from _note(case.words.text, "")
    yield f"{counted(case.exhibits, 'exhibit')}; version {case.version}"


def exhibit_lines(
    case: "Case", exhibit: "Exhibit", keeping: "Sequence[Prospect]", zone: "ZoneInfo"
) -> "Iterator[str]":
    """Lines about an exhibit: what it is, and what is held of its footage."""
    yield f"{exhibit.number}. {exhibit.words.title} (version {exhibit.words.version})"
    cameras, interval = ", ".join(exhibit.cameras), exhibit.interval
    if exhibit.kind is ExhibitKind.BOOKMARK:
        yield f"   {cameras} at {local_text(interval.start, zone)}"
    else:
        start, end = local_text(interval.start, zone), local_text(interval.end, zone)
        yield f"   {cameras} from {start} to {end}"
    if exhibit.moment:
        best = f", best {local_text(exhibit.best, zone)}" if exhibit.best else ""
        yield f"   moment {exhibit.moment}{best}"
    yield from _note(exhibit.words.text, "   ")
    ordered = sorted(keeping, key=lambda one: one.all_held)
    for one in ordered[:_NAMED]:
        yield f"   {one.camera}: {_kept(one, zone)}"
    if len(ordered) > _NAMED:
        held = sum(one.all_held for one in ordered)
        yield f"   {counted(len(ordered), 'camera')}, {held} of them held: --json tells of each"
    if not all(one.all_held or one.whole for one in keeping):
        yield f"   {_hold(case, exhibit, zone)}"


def words_lines(words: "Words", zone: "ZoneInfo") -> "Iterator[str]":
    """Lines about a version of words."""
    yield f"version {words.version}, {words.by}, {local_text(words.at, zone)}: {words.title}"
    yield from _note(words.text, "   ")


def quoted(case: "Case") -> str:
    """The reference of a case as an argument in a shell."""
    return shlex.quote(case.reference)


def _note(text: str, indent: str) -> "Iterator[str]":
    for line in text.splitlines():
        yield f"{indent}{line}"


def _kept(prospect: "Prospect", zone: "ZoneInfo") -> str:
    if not prospect.stored:
        later = f"; what comes is held{_under(prospect)}" if prospect.whole else ""
        return f"nothing is stored of it now{later}"
    if prospect.all_held:
        return f"held{_under(prospect)}"
    part = f"{duration_text(prospect.held)} of it held{_under(prospect)}; " if prospect.held else ""
    return f"{part}not held: {_deleted(prospect, zone)}"


def _under(prospect: "Prospect") -> str:
    return f" by {', '.join(prospect.holds)}" if prospect.holds else ""


def _deleted(prospect: "Prospect", zone: "ZoneInfo") -> str:
    if prospect.unknown:
        return f"when it is deleted is not known: {prospect.unknown}"
    at: Instant | None = prospect.deleted_from
    if at is None:
        return "no policy deletes it"
    return f"policy {prospect.policy!r} deletes it from {local_text(at, zone)} on"


def _hold(case: "Case", exhibit: "Exhibit", zone: "ZoneInfo") -> str:
    """The command that holds an exhibit; authority and reason are asked for."""
    interval = exhibit.interval
    end = max(interval.end, interval.start + _SHORTEST_HOLD)
    cameras = " ".join(f"--camera {camera}" for camera in exhibit.cameras)
    start, until = (shlex.quote(local_text(one, zone)) for one in (interval.start, end))
    why = f"--case {quoted(case)} --purpose {shlex.quote(case.purpose)}"
    return f"footage hold place {cameras} --from {start} --to {until} {why}"
