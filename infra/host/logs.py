"""Logs: a record a line, JSON for programs, readable on a terminal, no credential in either.

Configured once, at the start of a long-running process. What libraries log by the standard library
goes the same way. Masking is the last step before a record is written, over every value and every
traceback, so that nobody has to remember it.
"""

from __future__ import annotations

import json
import logging
import re
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final, TextIO

import structlog

from api.request_context import current
from infra.host.log_writer import UnhurriedHandler
from recorder.capture.messages import mask
from recorder.capture.state_machine import Phase
from recorder.events import (
    Alarm,
    ClockStepped,
    GapRecorded,
    KeyframesFarApart,
    Note,
    PhaseChanged,
    SegmentDamaged,
    SegmentEvicted,
    SegmentSetAside,
    SegmentSpooled,
    SegmentStored,
    TroubleBegan,
    TroubleEnded,
    WorkFailed,
    WrongRate,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from structlog.typing import EventDict, Processor, WrappedLogger

    from footage.segment import Segment
    from footage.span import Gap
    from recorder.events import Event

_KEYS: Final = (
    r"pass(?:word|wd|phrase)?|pwd|token|secret|signature|credentials?|authorization|cookie"
    r"|(?:api|access|secret|private)[-_]?key"
)
_SECRET_NAME: Final = re.compile(rf"(?i)(?:^|[^a-z])(?:{_KEYS})$")
_HEADER: Final = re.compile(
    r"(?i)((?:proxy-)?authorization|(?:set-)?cookie)([\"']?\s*[:=]\s*)(?!\*\*\*)[^\r\n]+"
)
_NAMED: Final = re.compile(
    rf"(?i)([\w-]*(?:{_KEYS}))([\"']?\s*[:=]\s*)"
    r"(?!\*\*\*)(\"(?:[^\"\\]|\\.)*\"|'(?:[^'\\]|\\.)*'|[^\s\"'&,;]+)"
)
_BEARER: Final = re.compile(r"(?i)\b(bearer|basic)\s+[\w.~+/-]{6,}=*")
_NOISY: Final = (
    *("apscheduler", "urllib3", "elastic_transport", "asyncio", "PIL", "faiss"),
    *("httpx2", "httpcore2"),
)
"""Below a warning these tell of every request or tick."""


def _with_request(_logger: WrappedLogger, _method: str, record: EventDict) -> EventDict:
    """Name the request of the HTTP API on whose behalf a record is written."""
    asking = current()
    return {**record, "request": asking.id} if asking else record


_SHARED: Final[list[Processor]] = [
    structlog.stdlib.add_logger_name,
    structlog.stdlib.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True, key="at"),
    structlog.stdlib.ExtraAdder(),
    _with_request,
]
KINDS: Final[Mapping[type[Event], tuple[str, int]]] = {
    SegmentStored: ("stored", logging.DEBUG),
    SegmentSpooled: ("spooled", logging.DEBUG),
    GapRecorded: ("gap", logging.INFO),
    PhaseChanged: ("phase", logging.INFO),
    Note: ("note", logging.INFO),
    TroubleEnded: ("note", logging.INFO),
    ClockStepped: ("clock", logging.WARNING),
    TroubleBegan: ("trouble", logging.WARNING),
    WorkFailed: ("trouble", logging.WARNING),
    SegmentEvicted: ("evicted", logging.ERROR),
    Alarm: ("alarm", logging.ERROR),
    SegmentDamaged: ("alarm", logging.ERROR),
    SegmentSetAside: ("alarm", logging.ERROR),
    WrongRate: ("alarm", logging.ERROR),
    KeyframesFarApart: ("alarm", logging.ERROR),
}
"""Each event's name in the log, and how loud it is.

A city stores 16 segments a second: whoever wants each in the log asks for it.
"""


def masked(text: str) -> str:
    """`text` without credentials, from any source; masks too much rather than too little."""
    hidden = _HEADER.sub(r"\1\2***", mask(text))
    return _BEARER.sub(r"\1 ***", _NAMED.sub(r"\1\2***", hidden))


def clean(value: object) -> object:
    """A value fit for the log: of plain types, with credentials masked in every text."""
    match value:
        case None | bool() | int() | float():
            return value
        case str():
            return _said(value)
        case dict():
            return {str(key): _clean_named(str(key), inner) for key, inner in value.items()}
        case list() | tuple() | set() | frozenset():
            return [clean(inner) for inner in value]
        case bytes():
            return _said(value.decode(errors="replace"))
    return _said(str(value))


def _said(text: str) -> str:
    """`text` without credentials, and without what the present request searched for."""
    asking = current()
    return masked(asking.hide(text) if asking else text)


def _clean_named(name: str, value: object) -> object:
    return "***" if _SECRET_NAME.search(name) and value else clean(value)


def _mask(_logger: WrappedLogger, _method: str, record: EventDict) -> EventDict:
    """The last step before a record is rendered."""
    return {name: _clean_named(name, value) for name, value in record.items()}


@contextmanager
def configured(level: str = "info", *, stream: TextIO | None = None) -> Iterator[None]:
    """Send all logs of this process to `stream` (standard error), until the end.

    Args:
        level: The least that is written: debug, info, warning, error.
        stream: JSON lines unless it is a terminal.
    """
    out = stream or sys.stderr
    handler = UnhurriedHandler(out, _lost)
    handler.setFormatter(_formatter(terminal=out.isatty()))
    root = logging.getLogger()
    former, former_level = root.handlers[:], root.level
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    for name in _NOISY:
        logging.getLogger(name).setLevel(max(logging.WARNING, root.level))
    structlog.configure(
        processors=[*_SHARED, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
    try:
        yield
    finally:
        root.handlers[:] = former
        root.setLevel(former_level)
        handler.close()


def _formatter(*, terminal: bool) -> logging.Formatter:
    renderer: Processor = (
        structlog.dev.ConsoleRenderer(pad_event_to=0)
        if terminal
        else structlog.processors.JSONRenderer(ensure_ascii=False)
    )
    last = structlog.stdlib.ProcessorFormatter
    return last(
        foreign_pre_chain=_SHARED,
        processors=[
            last.remove_processors_meta,
            structlog.processors.format_exc_info,
            _mask,
            renderer,
        ],
    )


def _lost(lines: int) -> str:
    return json.dumps({"event": f"{lines} log lines were dropped: nobody read them in time"})


def record_event(event: Event) -> None:
    """Log what the recorder tells: for a `listener`."""
    logger = structlog.stdlib.get_logger("recorder")
    logger.log(_level(event), str(event), **_facts(event))


def _level(event: Event) -> int:
    match event:
        case GapRecorded(final=False):
            return logging.DEBUG  # it grows every 10 s
        case PhaseChanged(phase=Phase.BACKOFF):
            return logging.WARNING
    return KINDS[type(event)][1]


def _facts(event: Event) -> dict[str, object]:
    facts: dict[str, object] = {"kind": KINDS[type(event)][0]}
    if event.camera:
        facts["camera"] = event.camera
    match event:
        case SegmentSpooled() | SegmentStored() | SegmentDamaged():
            facts |= _segment_facts(event.segment)
        case SegmentEvicted() | SegmentSetAside():
            facts |= _segment_facts(event.segment) | _gap_facts(event.gap, final=True)
        case WrongRate(stamped=stamped, delivered=delivered):
            facts |= {"stamped_rate": stamped, "delivered_rate": delivered}
        case KeyframesFarApart(every=every):
            facts["keyframe_every_s"] = every.in_seconds
        case GapRecorded():
            facts |= _gap_facts(event.gap, final=event.final)
    return facts


def _segment_facts(segment: Segment) -> dict[str, object]:
    return {
        "segment": segment.key,
        "run": segment.run,
        "start": str(segment.interval.start),
        "end": str(segment.interval.end),
        "bytes": segment.size_bytes,
    }


def _gap_facts(gap: Gap, *, final: bool) -> dict[str, object]:
    return {
        "reason": gap.reason.value,
        "detail": gap.detail,
        "start": str(gap.interval.start),
        "end": str(gap.interval.end),
        "final": final,
    }
