"""A certificate of absence as a document for a PDF, in English or Urdu. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from evidence.absence_parts import State
from evidence.absence_words import (
    ENGLISH,
    NOTED_COMMAND,
    URDU,
    ledger_line,
    local_times,
    part_lines,
    place_lines,
    shown_times,
    sight_lines,
    utc_times,
)
from evidence.readme import VERIFY_COMMAND
from evidence.start_words import fingerprints, isolated, left_to_right
from footage.asked_times import utc_text
from footage.document import (
    Code,
    Document,
    Facts,
    Heading,
    Paragraph,
    Statements,
    Table,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from evidence.absence_document import Certificate, OfCamera
    from evidence.absence_words import AbsenceWords
    from footage.document import Block, Cell, Language

PATHS: Final[Mapping[Language, str]] = {"en": "certificate.pdf", "ur": "certificate.ur.pdf"}
"""Names of the PDF files, by language."""
_WORDS: Final[Mapping[Language, AbsenceWords]] = {"en": ENGLISH, "ur": URDU}


def certificate_document(made: Certificate, language: Language, digest: str) -> Document:
    """Return the document.

    Args:
        made: The certificate.
        language: The language.
        digest: SHA-256 of certificate.json in hexadecimal digits, printed on each page.
    """
    words = _WORDS[language]
    return Document(
        made.bundle_id,
        words.title,
        isolated(made.purpose.case) if made.purpose.case else words.start.none,
        tuple(_blocks(made, words)),
        digest,
    )


def _blocks(made: Certificate, words: AbsenceWords) -> Iterator[Block]:
    start, purpose = words.start, made.purpose
    yield Facts(
        (
            (words.certificate, Code(made.bundle_id)),
            (start.case, isolated(purpose.case) if purpose.case else start.none),
            (start.purpose, isolated(purpose.code) if purpose.code else start.none),
            (start.made, Code(utc_text(made.created))),
            (start.by, isolated(purpose.actor)),
            (start.asked, utc_times(made.interval, words)),
            *_signed(made, words),
        )
    )
    yield Paragraph(ledger_line(made, words))
    for paragraph in words.what:
        yield Paragraph(paragraph, small=True)
    for one in made.cameras:
        yield from _camera(one, made, words)
    yield Heading(words.limits_title)
    for limit in words.limits:
        yield Paragraph(limit)
    yield Heading(start.check_title)
    for text, command in ((words.check, VERIFY_COMMAND), (words.noted, NOTED_COMMAND)):
        yield Paragraph(text)
        yield Paragraph(left_to_right(command))


def _signed(made: Certificate, words: AbsenceWords) -> Iterator[tuple[str, Cell]]:
    found = fingerprints(made.crypto)
    yield words.start.signature, words.signed if found else words.unsigned
    yield from (("SHA-256", Code(one)) for one in found)


def _camera(one: OfCamera, made: Certificate, words: AbsenceWords) -> Iterator[Block]:
    start, camera = words.start, one.camera
    yield Heading(f"{start.camera}: {isolated(camera.name)} ({isolated(camera.id)})")
    yield Facts(tuple((start.place, line) for line in place_lines(one, made, words)))
    rows = tuple(
        (
            local_times(part.interval, made, words),
            utc_times(part.interval, words),
            next(part_lines(one, part, words)),
        )
        for part in one.parts
    )
    yield Table((start.local, start.utc, words.found), rows, (4, 4, 5))
    proven: list[str] = []
    unknown: list[str] = []
    attested: list[str] = []
    for part in one.parts:
        first, *reasons = part_lines(one, part, words)
        times = local_times(part.interval, made, words)
        if part.state is State.ABSENT:
            (unknown if one.unproven(part) else proven).append(f"{times}: {first}")
        attested += [f"{times}: {reason}" for reason in reasons]
    yield Statements(tuple(proven), tuple(attested), tuple(unknown))
    for line in sight_lines(one, made, words):
        yield Paragraph(line)
    ends = [*one.leaves.chain[:1], *one.leaves.chain[-1:]]
    named = {leaf.index: leaf.leaf.draft for leaf in ends}
    rows_of_leaves: list[tuple[str, Cell]] = []
    for index, draft in sorted(named.items()):
        times = shown_times(draft.interval, made, words)
        rows_of_leaves += [
            (f"{words.leaf} {left_to_right(str(index))}", times),
            ("SHA-256", Code(draft.digest.hex)),
        ]
    if rows_of_leaves:
        yield Facts(tuple(rows_of_leaves))
