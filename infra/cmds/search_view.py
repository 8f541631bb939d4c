"""Printing of an answer for people: warnings, moments with their commands, coverage in words."""

import shlex
from collections import Counter
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from footage.asked_times import local_text, utc_text
from footage.duration_text import duration_text
from infra.cmds.output import counted, printable
from search.answer_words import (
    asked_for,
    bands_line,
    encoder_line,
    example_line,
    hours_line,
    method_line,
    warnings,
)
from search.coverage_words import coverage_words

if TYPE_CHECKING:
    from collections.abc import Iterator

    from footage.action import Purpose
    from footage.instant import Instant, Interval
    from search.answer import RankedMoment, SearchAnswer


def show(answer: "SearchAnswer", zone: ZoneInfo, now: "Instant", purpose: "Purpose") -> None:
    """Print warnings, moments, what was looked at, and the encoder."""
    for line in lines(answer, zone, now, purpose):
        print(printable(line))


def lines(
    answer: "SearchAnswer", zone: ZoneInfo, now: "Instant", purpose: "Purpose"
) -> "Iterator[str]":
    """Yield the lines of an answer.

    Args:
        answer: The answer.
        zone: Time zone of local times.
        now: The present instant, for the age of the newest footage.
        purpose: Case and purpose of the search, which the printed commands repeat.
    """
    if line := hours_line(answer):
        yield line
    yield from warnings(answer)
    text = asked_for(answer)
    if answer.found:
        yield f"{counted(len(answer.found), 'moment')} for {text}, answer {answer.entry}"
        for found in answer.found:
            yield ""
            yield from _moment(answer, found, zone, purpose)
        yield ""
        if line := example_line(answer):
            yield line
        yield bands_line(answer)
        yield from _not_shown(answer)
    else:
        yield f"nothing found for {text}, answer {answer.entry}"
        yield _newest(answer, zone, now)
    yield from _partly(answer, zone)
    yield from coverage_words(answer.coverage, answer.names, answer.windows, zone)
    yield method_line(answer)
    yield encoder_line(answer)


def _partly(answer: "SearchAnswer", zone: ZoneInfo) -> "Iterator[str]":
    partly = answer.asked.partly
    if answer.query.hours:
        for camera, number in Counter(camera for camera, _ in partly).items():
            yield (
                f"{camera} was asked for {counted(number, 'time')} of its own: it stood elsewhere "
                "otherwise, or its site has other clocks"
            )
        return
    for camera, part in partly:
        times = f"{local_text(part.start, zone)} to {local_text(part.end, zone)}"
        yield f"{camera} was asked for {times} only: it stood elsewhere otherwise"


def _moment(
    answer: "SearchAnswer", found: "RankedMoment", zone: ZoneInfo, purpose: "Purpose"
) -> "Iterator[str]":
    moment, whole = found.moment, found.moment.whole
    camera = f"{found.camera.name} ({found.camera.id})"
    band = "" if answer.query.example else f"{answer.band(found).value}: "
    yield (
        f"{found.rank}. {band}{camera}, site {found.site_text}, moment {answer.entry}.{found.rank}"
    )
    if moment.still:
        seen = counted(moment.hits, "picture")
        yield (
            f"   matches alike since {local_text(whole.start, zone)}, "
            f"still there {duration_text(whole.length)} later ({seen})"
        )
    for word, instant in (
        ("from", whole.start),
        ("to  ", whole.end),
        ("best", moment.best.row.instant),
    ):
        sure = f"  {found.uncertainty_text}" if word == "best" else ""
        yield f"   {word} {local_text(instant, zone)}  {utc_text(instant)}{sure}"
    for command in commands(found, answer.entry, zone, purpose):
        yield f"   {command}"


def commands(
    found: "RankedMoment", entry: int, zone: ZoneInfo, purpose: "Purpose"
) -> tuple[str, ...]:
    """Return the commands that play, hold and export a moment, each to be pasted into a shell.

    A hold needs authority and reason besides, which nobody but the person can state: `footage hold
    place` asks for both where the command does not name them.
    """
    camera, where = found.moment.camera, _where(found.moment.whole, zone)
    given = {"--case": purpose.case, "--purpose": purpose.code}
    why = "".join(f" {name} {shlex.quote(text)}" for name, text in given.items() if text)
    return (
        f"footage play {camera} {where}{why}",
        f"footage hold place --camera {camera} {where}{why}",
        f"footage export --camera {camera} {where} --out moment-{entry}.{found.rank}{why}",
    )


def _where(interval: "Interval", zone: ZoneInfo) -> str:
    start, end = (local_text(at, zone) for at in (interval.start, interval.end))
    return f"--from {shlex.quote(start)} --to {shlex.quote(end)}"


def _not_shown(answer: "SearchAnswer") -> "Iterator[str]":
    if answer.beyond_limit:
        yield f"{counted(answer.beyond_limit, 'moment')} more: --limit"
    if answer.below_cut:
        yield f"{counted(answer.below_cut, 'moment')} weaker, not shown: --threshold -1 shows all"


def _newest(answer: "SearchAnswer", zone: ZoneInfo, now: "Instant") -> str:
    if answer.newest is None:
        return "how old the newest footage is, is not known"
    age = duration_text(now - answer.newest)
    return f"the newest footage is {age} old: {local_text(answer.newest, zone)}"
