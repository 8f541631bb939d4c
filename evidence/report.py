"""The report of a bundle: `report.pdf` in English and `report.ur.pdf` in Urdu. Pure.

The report says for people what the manifest states, and nothing else (invariant 11): page one; each
camera with footage, gaps, clock and digests; what to play in court; what is proven, attested and
not known, with the 21 requirements of PLD 2019 SC 675.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Final

from evidence.canonical import canonical
from evidence.manifest import clock_fact, master_path
from evidence.readme import VERIFY_COMMAND
from evidence.report_words import WORDS
from evidence.start_here import camera_name, clock_sentences, place_text, said, zone_of_source
from evidence.start_words import ENGLISH, URDU, fingerprints, isolated, left_to_right
from footage.asked_times import local_text, utc_text
from footage.camera_signature import SignedBy
from footage.document import (
    Code,
    Document,
    Facts,
    Heading,
    NewPage,
    Paragraph,
    Statements,
    Table,
)
from footage.recipient_rule import kind_of
from footage.span import GapReason

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from evidence.manifest import FileFact, Json, Source, Statement
    from evidence.report_words import ReportWords
    from evidence.start_here import StartFacts
    from evidence.start_words import Words
    from footage.case import CaseDocument
    from footage.document import Block, Cell, Language
    from footage.instant import Elapsed, Instant, Interval
    from footage.recipient import RecipientKind

FILES: Final[Mapping[Language, str]] = {"en": "report.pdf", "ur": "report.ur.pdf"}
ROLE: Final = "report"
REPORTED: Final = ("master", "original", "clip", "still", "view")
"""Roles of the files that the digest of the reported facts covers."""
MOST_FILES: Final = 200
"""Most files of a camera that are printed with their digests."""
MOST_ROWS: Final = 500
"""Most rows of any other table of a camera."""
_START: Final[Mapping[Language, Words]] = {"en": ENGLISH, "ur": URDU}


@dataclass(frozen=True, slots=True)
class Reported:
    """Facts of the report.

    Attributes:
        addressed: `recipient`, `recipient_kind` and `authority`, where somebody named them.
        keys: Fingerprints of the ledger's public keys, by name and kind.
        files: The files of the bundle so far.
        data: SHA-256 of the facts: see `facts_digest`.
    """

    start: StartFacts
    addressed: Mapping[str, str]
    keys: Sequence[tuple[str, str]]
    files: Sequence[FileFact]
    data: str

    @property
    def statement(self) -> Statement:
        """The facts of the manifest."""
        return self.start.statement


def facts_digest(manifest: Json) -> str:
    """Return the SHA-256 of the facts that a report is made from.

    The facts are the manifest without its member `report`, and of its files those that hold or show
    footage; so whoever has the manifest can compute the digest printed on the report.
    """
    files = manifest["files"]
    facts = {
        **{name: value for name, value in manifest.items() if name != "report"},
        "files": [one for one in files if one["role"] in REPORTED],  # type: ignore[attr-defined]
    }
    return hashlib.sha256(canonical(facts)).hexdigest()


def report(facts: Reported, language: Language) -> Document:
    """Return the report in a language."""
    words, say = _START[language], WORDS[language]
    statement = facts.statement
    case = statement.purpose.case
    return Document(
        id=statement.bundle_id,
        title=say.title,
        subtitle=say.subtitle.format(
            case=isolated(case) if case else words.none,
            bundle=left_to_right(statement.bundle_id),
        ),
        blocks=(
            *_first_page(facts, words, say),
            *(block for one in statement.sources for block in _camera(facts, one, words, say)),
            *_stills(facts, say),
            NewPage(),
            *_sheet(facts, words, say),
            NewPage(),
            Heading(say.proves),
            _statements(facts, say),
            Heading(say.requirements_title),
            Paragraph(say.requirements_say, small=True),
            Table(
                (say.number, say.requirement, say.served),
                tuple((str(n), *row) for n, row in enumerate(say.requirements, 1)),
                (1, 9, 9),
            ),
        ),
        data=facts.data,
    )


def _first_page(facts: Reported, words: Words, say: ReportWords) -> Iterator[Block]:
    statement, purpose = facts.statement, facts.statement.purpose
    intent, head = statement.custody
    asked = statement.interval
    cameras = ", ".join(camera_name(source) for source in statement.sources[:MOST_FILES])
    yield Facts(
        (
            (words.case, said(purpose.case, words)),
            (words.purpose, said(purpose.code, words)),
            (words.recipient, said(facts.addressed.get("recipient", ""), words)),
            *((say.recipient_kind, say.recipient_kinds[kind]) for kind in _kinds(facts)),
            (say.authority, said(facts.addressed.get("authority", ""), words)),
            *((say.document, _document(one)) for one in statement.documents[:MOST_FILES]),
            (words.made, f"{_utc(statement.created)} {words.by} {isolated(purpose.actor)}"),
            (words.asked, f"{_utc(asked.start)} {words.to} {_utc(asked.end)}"),
            (say.cameras, cameras),
            (say.software, left_to_right(f"Footage {statement.software_version}")),
            (say.custody, say.custody_at.format(intent=intent, count=head.count)),
            (say.custody_head, Code(head.hash.removeprefix("sha256:"))),
            (say.ledger, _ledger(statement, say)),
            *((say.certificate, Code(one)) for one in fingerprints(statement.crypto)),
            *((f"{say.keys} {left_to_right(name)}", Code(of)) for name, of in facts.keys),
        )
    )
    for said_of in _said_of_views(statement, words):
        yield Paragraph(said_of)
    yield Heading(say.looked_at, 2)
    yield Table((say.what, say.result), tuple(_looked_at(facts, say)), (3, 2))
    yield Paragraph(f"{words.check} {left_to_right(VERIFY_COMMAND)}", small=True)


def _document(one: CaseDocument) -> Code:
    return Code(f"{one.authority}\n{one.paper.name}\n{one.paper.sha256.hex}")


def _kinds(facts: Reported) -> Iterator[RecipientKind]:
    """Yield the kind of recipient, where somebody said which."""
    if kind := kind_of(facts.addressed):
        yield kind


def _said_of_views(statement: Statement, words: Words) -> Iterator[str]:
    if statement.views_alone:
        yield words.alone
    if statement.views:
        yield words.views
    if statement.redactions:
        yield words.redacted


def _utc(at: Instant) -> str:
    return left_to_right(utc_text(at))


def _ledger(statement: Statement, say: ReportWords) -> str:
    ledger = statement.ledger
    if ledger is None:
        return say.no_ledger
    return say.ledger_at.format(
        origin=left_to_right(str(ledger["origin"])),
        leaves=ledger["leaves"],
        signed=left_to_right(str(ledger["signed"])),
    )


def _looked_at(facts: Reported, say: ReportWords) -> Iterator[tuple[Cell, ...]]:
    statement = facts.statement
    files = len(statement.segments())
    yield say.stored_digests, say.of_files.format(n=files, of=files)
    if originals := sum(fact.role == "original" for fact in facts.files):
        yield say.original_digests, say.of_files.format(n=originals, of=originals)
    holes = sum(len(found) for one in statement.sources for found in one.holes.values())
    yield say.holes, say.holes_found.format(n=holes)
    yield say.proofs, f"{_proven(statement)} / {files}"
    signers: Sequence[Json] = statement.crypto["signers"]  # type: ignore[assignment]
    names = (left_to_right(str(one["subject"])) for one in signers)
    signed = "; ".join(say.signed_by.format(subject=name) for name in names)
    yield say.signature, signed or say.unsigned
    authority = left_to_right(str(statement.crypto.get("time_stamp", "")))
    asked = statement.crypto.get("time_stamp")
    yield say.time_stamp, say.asked_for.format(authority=authority) if asked else say.not_there
    yield say.camera_signatures, _camera_signatures(statement, say)


def _camera_signatures(statement: Statement, say: ReportWords) -> str:
    found = [one.signed.get(segment.key) for one in statement.sources for segment in one.segments]
    kinds = [kind for kind in found if kind and kind != SignedBy.NONE]
    if not all(found):
        return say.not_checked
    if not kinds:
        return say.none_found
    kind = left_to_right(", ".join(sorted(set(kinds))))
    return say.signatures_found.format(kind=kind, n=len(kinds), of=len(found))


def _unknown_of_cameras(statement: Statement, say: ReportWords) -> Iterator[str]:
    told = _camera_signatures(statement, say)
    if told == say.not_checked:
        yield say.unknown_camera_signed
    elif told != say.none_found:
        yield say.unknown_camera_valid


def _proven(statement: Statement) -> int:
    """Return the number of files with a proof of the ledger."""
    if statement.ledger is None:
        return 0
    without = statement.ledger["without"]
    return len(statement.segments()) - len(without)  # type: ignore[arg-type]


def _camera(facts: Reported, source: Source, words: Words, say: ReportWords) -> Iterator[Block]:
    zone = zone_of_source(facts.start, source)
    yield Heading(f"{words.camera}: {camera_name(source)}")
    yield Facts(
        (
            *((words.place, place) for place in place_text(facts.start, source)),
            (words.zone, left_to_right(zone.key)),
        )
    )
    show = partial(_both, local=partial(local_text, zone=zone))
    spans = [span.interval for line in source.timelines() for span in line.spans]
    yield Heading(words.footage, 2)
    if spans:
        rows = [_ends(span, show) for span in spans]
        yield from _table((say.start, say.end), rows, (1, 1), say)
    else:
        yield Paragraph(words.no_footage)
    yield Heading(words.missing, 2)
    gaps: list[tuple[Cell, ...]] = [
        (
            *_ends(gap.interval, show),
            words.reasons[gap.reason] + (f" ({isolated(gap.detail)})" if gap.detail else ""),
        )
        for gap in source.missing()
    ]
    if gaps:
        yield from _table((say.start, say.end, words.reason), gaps, (4, 4, 3), say)
    else:
        yield Paragraph(words.nothing_missing)
    if source.segments:
        yield Heading(words.clock, 2)
        yield Paragraph(" ".join(clock_sentences(source, words)))
        yield Heading(say.files, 2)
        listed = [
            (Code(f"{master_path(one)}\n{one.digest.hex}"), show(one.interval.start))
            for one in source.segments[:MOST_FILES]
        ]
        yield Table((say.file, say.start), tuple(listed), (5, 3))
        if more := len(source.segments) - len(listed):
            yield Paragraph(say.more_files.format(n=more))


def _both(at: Instant, local: Callable[[Instant], str]) -> Code:
    """Write an instant in local time and, below, in UTC."""
    return Code(f"{local(at)}\n{utc_text(at)}")


def _ends(interval: Interval, show: Callable[[Instant], Code]) -> tuple[Code, Code]:
    return show(interval.start), show(interval.end)


def _table(
    head: tuple[str, ...],
    rows: Sequence[tuple[Cell, ...]],
    widths: tuple[int, ...],
    say: ReportWords,
) -> Iterator[Block]:
    yield Table(head, tuple(rows[:MOST_ROWS]), widths)
    if len(rows) > MOST_ROWS:
        yield Paragraph(say.more_rows.format(n=len(rows) - MOST_ROWS))


def _stills(facts: Reported, say: ReportWords) -> Iterator[Block]:
    statement = facts.statement
    if not statement.stills and not statement.no_stills:
        return
    yield Heading(say.stills)
    rows: list[tuple[Cell, ...]] = [
        (
            Code(f"{still.path}\n{still.digest.hex}\n{master_path(still.wanted.segment)}"),
            Code(f"{utc_text(still.begins)}\n{still.ticks}/{still.timescale} s"),
        )
        for still in statement.stills
    ]
    if rows:
        yield Table((say.still, say.still_time), tuple(rows), (2, 1))
    for one in statement.no_stills[:MOST_ROWS]:
        camera, at = one.wanted.segment.camera, _utc(one.wanted.at)
        yield Paragraph(
            say.no_still.format(camera=left_to_right(camera), at=at, why=isolated(one.why))
        )


def _sheet(facts: Reported, words: Words, say: ReportWords) -> Iterator[Block]:
    statement = facts.statement
    yield Heading(say.sheet)
    yield Paragraph(say.sheet_says)
    if not statement.clips and not statement.views_alone:
        yield Paragraph(say.sheet_no_clip, small=True)
    zones = {one.camera.id: zone_of_source(facts.start, one) for one in statement.sources}
    rows: list[tuple[Cell, ...]] = []
    for still in statement.stills:
        wanted, zone = still.wanted, zones[still.camera]
        shows = say.begins
        if wanted.exhibit:
            shows = say.exhibit.format(number=wanted.exhibit, label=isolated(wanted.label))
        rows.append(
            (
                str(len(rows) + 1),
                f"{shows}, {words.camera} {left_to_right(still.camera)}",
                Code(still.play),
                Code(_tenths(still.position)),
                Code(local_text(still.begins, zone)),
                "",
            )
        )
    for clip in () if rows else statement.clips:
        zone = zones[clip.camera]
        shows = f"{say.begins}, {words.camera} {left_to_right(clip.camera)}"
        at = Code(local_text(clip.interval.start, zone))
        rows.append((str(len(rows) + 1), shows, Code(clip.path), Code("0.0"), at, ""))
    for view in statement.views if statement.views_alone else ():
        first = view.parts[0].interval.start
        shows = f"{say.begins}, {words.camera} {left_to_right(view.camera)}"
        at = Code(local_text(first, zones[view.camera]))
        rows.append((str(len(rows) + 1), shows, Code(view.path), Code("0.0"), at, ""))
    for segment in () if rows else statement.segments():
        shows = f"{say.begins}, {words.camera} {left_to_right(segment.camera)}"
        at = Code(local_text(segment.interval.start, zones[segment.camera]))
        rows.append((str(len(rows) + 1), shows, Code(master_path(segment)), Code("0.0"), at, ""))
    head = (say.number, say.shows, say.play, say.second, say.shown_at, say.witness)
    yield from _table(head, rows, (2, 8, 12, 4, 6, 6), say)


def _tenths(position: Elapsed) -> str:
    """Write a place in a film in seconds, rounded down: who goes there sees the picture come."""
    return f"{position.us // 100_000 / 10:.1f}"


def _statements(facts: Reported, say: ReportWords) -> Statements:
    statement = facts.statement
    files, proven = len(statement.segments()), _proven(statement)
    imported = {segment.key for one in statement.imports for segment in one.segments}
    ledger = statement.ledger
    unclear = sum(gap.reason is GapReason.UNKNOWN for gap in statement.gaps())
    no_offset = [
        left_to_right(source.camera.id)
        for source in statement.sources
        if source.segments and clock_fact(source).known < len(source.segments)
    ]
    return Statements(
        proven=(
            *(() if statement.views_alone else (say.proven_files.format(n=files),)),
            say.proven_tiles,
            *((say.proven_clips,) if statement.clips else ()),
            *(
                (
                    say.proven_ledger.format(
                        n=proven, of=files, origin=left_to_right(str(ledger["origin"]))
                    ),
                )
                if ledger is not None and proven
                else ()
            ),
        ),
        attested=(
            *((say.stated_files.format(n=files),) if statement.views_alone else ()),
            say.attested_places,
            *((say.attested_times,) if files > len(imported) else ()),
            *((say.attested_imports,) if imported else ()),
            *((say.attested_gaps,) if statement.gaps() else ()),
            say.attested_export,
        ),
        unknown=(
            say.unknown_camera,
            say.unknown_signer if statement.crypto["signers"] else say.unknown_signature,
            *_unknown_of_cameras(statement, say),
            *((say.unknown_ledger,) if not proven else ()),
            *((say.unknown_offset.format(cameras=", ".join(no_offset)),) if no_offset else ()),
            *((say.unknown_gaps.format(n=unclear),) if unclear else ()),
            *((say.unknown_views,) if statement.views else ()),
            say.unknown_persons,
        ),
    )
