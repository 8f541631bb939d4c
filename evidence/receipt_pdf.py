"""The receipt for an order that is preserved, as a document for a PDF, in English or Urdu. Pure."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Final

from evidence.receipt_words import WORDS
from evidence.start_words import ENGLISH, URDU, isolated, left_to_right
from footage.asked_times import local_text, utc_text
from footage.bytesize import show_size
from footage.document import Code, Document, Facts, Heading, Paragraph, Table
from footage.duration_text import duration_text
from footage.instant import Elapsed, Instant
from footage.local_time import time_zone
from footage.span import GapReason

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from evidence.receipt_words import ReceiptWords
    from evidence.start_words import Words
    from footage.document import Block, Cell, Language

FILES: Final[Mapping[Language, str]] = {"en": "{}.pdf", "ur": "{}.ur.pdf"}
"""Names of the PDF files by language; `{}` is the name of the JSON file without its ending."""
MOST_ROWS: Final = 200
"""Rows of a table; the JSON file has all."""
_BLANK: Final = "." * 40
_START: Final[Mapping[Language, Words]] = {"en": ENGLISH, "ur": URDU}
_SECOND_US: Final = 1_000_000


def receipt_document(receipt: Mapping[str, Any], language: Language, digest: str) -> Document:
    """Return the document.

    Args:
        receipt: What `evidence.preservation_receipt.receipt` returns.
        language: The language.
        digest: SHA-256 of the receipt's JSON file in hexadecimal digits, printed on each page.
    """
    words = WORDS[language]
    authority, number = isolated(receipt["authority"]), isolated(receipt["order"]["reference"])
    return Document(
        receipt["hold"],
        words.title,
        words.subtitle.format(number=number, authority=authority),
        tuple(_Receipt(receipt, words, _START[language]).blocks()),
        digest,
    )


class _Receipt:
    """The blocks of a receipt in a language."""

    def __init__(self, receipt: Mapping[str, Any], words: ReceiptWords, start: Words) -> None:
        self._receipt, self._words, self._start = receipt, words, start
        self._zone = time_zone(receipt["zone"])
        self._local = partial(local_text, zone=self._zone)

    def blocks(self) -> Iterator[Block]:
        words = self._words
        yield Facts(tuple(self._facts()))
        yield Heading(words.what_title, 2)
        for paragraph in words.what:
            yield Paragraph(paragraph)
        yield from self._cameras()
        yield from self._objects()
        yield from self._near()
        yield Facts(((words.received_by, _BLANK), (words.received_at, _BLANK)))

    def _facts(self) -> Iterator[tuple[str, Cell]]:
        told, words, start = self._receipt, self._words, self._start
        order, seconds = told["order"], told["seconds"]["order_to_hold"]
        yield words.hold, Code(told["hold"])
        yield words.state, words.states[told["state"]]
        yield start.case, isolated(told["case"])
        yield words.authority, isolated(told["authority"])
        yield words.order, isolated(order["reference"])
        yield words.given, self._time(order["given"]) if order["given"] else start.none
        if paper := order["paper"]:
            digest = left_to_right(paper["sha256"].removeprefix("sha256:"))
            yield words.document, f"{isolated(paper['name'])} {digest}"
        yield words.by, isolated(told["by"])
        yield words.asked_at, self._time(told["asked_at"])
        yield words.held_at, self._time(told["held_at"])
        if seconds is not None:
            yield words.from_order, _length(seconds)
        yield words.entry, str(told["entry"])
        if place := self._place():
            yield start.place, place
        yield f"{start.footage}, {start.local}", self._times(told, self._local)
        yield f"{start.footage}, {start.utc}", self._times(told, utc_text)
        if told["segments"] is None or told["bytes"] is None:
            yield words.amount, words.amount_unknown
        else:
            size = left_to_right(show_size(told["bytes"]))
            yield words.amount, words.amount_of.format(n=told["segments"], size=size)
        if told["marks_pending"]:
            yield words.marks_pending, isolated(told["marks_pending"])
        yield words.looked_at, self._time(told["looked_at"])

    def _place(self) -> str:
        """Return the places that the order names; "" for an order on cameras."""
        told = self._receipt
        named = [isolated(one) for one in (*told["sites"], *told["districts"])]
        if told["near"]:
            latitude, longitude, metres = told["near"]
            named.append(left_to_right(f"{latitude}, {longitude}: {metres:g} m"))
        return ", ".join(named)

    def _cameras(self) -> Iterator[Block]:
        words, start, cameras = self._words, self._start, self._receipt["cameras"]
        yield Heading(words.cameras_title, 2)
        if cameras is None:
            why = isolated(self._receipt["cameras_unknown"])
            yield Paragraph(words.cameras_unknown.format(why=why))
            return
        rows = [
            (
                self._name(one) + (f" ({words.neighbour})" if one["neighbour"] else ""),
                isolated(one["site"]),
                _length(one["stored_s"]),
            )
            for one in cameras
        ]
        yield from self._table((start.camera, start.place, words.stored), rows, (4, 3, 2))
        yield Heading(words.missing_title, 2)
        missing = [
            (self._name(one), self._times(part, self._local), self._reason(part))
            for one in cameras
            for part in one["missing"]
        ]
        if missing:
            columns = (start.camera, start.local, start.reason)
            yield from self._table(columns, missing, (3, 4, 3))
        else:
            yield Paragraph(words.nothing_missing)
        coming = [
            (self._name(one), self._times(part, self._local), isolated(part["why"]))
            for one in cameras
            for part in one["to_come"]
        ]
        if coming:
            yield Heading(words.to_come_title, 2)
            yield Paragraph(words.to_come, small=True)
            yield from self._table((start.camera, start.local, start.reason), coming, (3, 4, 3))

    def _objects(self) -> Iterator[Block]:
        missing = self._receipt["missing_objects"]
        if missing:
            yield Heading(self._words.objects_title, 2)
            rows = [(Code(key),) for key in missing]
            yield from self._table((self._words.objects,), rows, ())

    def _near(self) -> Iterator[Block]:
        words, near = self._words, self._receipt["neighbours"]
        if not near:
            return
        yield Heading(words.near_title, 2)
        yield Paragraph(words.near, small=True)
        rows = [
            (
                self._name(one),
                str(one["metres"]),
                left_to_right(one["nearest"]),
                words.yes if one["held"] else words.no,
            )
            for one in near
        ]
        columns = (self._start.camera, words.metres, words.nearest, words.held)
        yield from self._table(columns, rows, (5, 2, 3, 2))

    def _table(
        self,
        columns: tuple[str, ...],
        rows: Sequence[tuple[Cell, ...]],
        widths: tuple[int, ...],
    ) -> Iterator[Block]:
        yield Table(columns, tuple(rows[:MOST_ROWS]), widths)
        if len(rows) > MOST_ROWS:
            yield Paragraph(self._words.more.format(n=len(rows) - MOST_ROWS), small=True)

    def _name(self, one: Mapping[str, Any]) -> str:
        return f"{isolated(one['name'])} ({left_to_right(one['camera'])})"

    def _reason(self, part: Mapping[str, Any]) -> str:
        said = self._start.reasons[GapReason(part["reason"])]
        return f"{said} ({isolated(part['why'])})" if part["why"] else said

    def _time(self, text: str) -> str:
        instant = Instant.parse(text)
        local, utc = local_text(instant, self._zone), utc_text(instant)
        return f"{left_to_right(local)}, {left_to_right(utc)}"

    def _times(self, part: Mapping[str, Any], show: Callable[[Instant], str]) -> str:
        ends = (left_to_right(show(Instant.parse(part[end]))) for end in ("start", "end"))
        return f" {self._start.to} ".join(ends)


def _length(seconds: float) -> str:
    return left_to_right(duration_text(Elapsed(round(seconds * _SECOND_US))))
