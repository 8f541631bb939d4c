"""Values of `footage.case` as rows of `sql_models`, and back. Pure."""

from __future__ import annotations

import json
from hashlib import sha256
from typing import TYPE_CHECKING

from footage.case import (
    Case,
    CaseDocument,
    CaseState,
    Exhibit,
    ExhibitKind,
    Member,
    Turn,
    Words,
    reference_key,
)
from footage.digest import Digest
from footage.hold import OrderPaper
from footage.ids import CameraId, CaseId
from footage.instant import Instant, Interval
from footage.keyframe import Box
from infra.registers.sql_rows import instant_from, us_of

if TYPE_CHECKING:
    from sqlalchemy import RowMapping

    from infra.registers.sql_rows import Values


def reference_digest(reference: str) -> str:
    """The key by which a case's reference is unique; a key of one length, whatever the text's."""
    return sha256(reference_key(reference).encode("utf-8", "surrogatepass")).hexdigest()


def case_row(case: Case) -> Values:
    """A case as a row, without its words."""
    turn = case.turned
    return {
        "id": case.id,
        "reference": case.reference,
        "reference_digest": reference_digest(case.reference),
        "purpose": case.purpose,
        "opened_by": case.opened_by,
        "opened_us": case.opened.us,
        "state": case.state.value,
        "version": case.version,
        "words_version": case.words.version,
        "exhibits": case.exhibits,
        "turned_us": us_of(turn.at) if turn else None,
        "turned_by": turn.by if turn else "",
        "turn_reason": turn.reason if turn else "",
    }


def member_row(case: CaseId, member: Member) -> Values:
    """A member of a case as a row."""
    return {
        "case_id": case,
        "person": member.person,
        "added_by": member.by,
        "added_us": member.at.us,
    }


def exhibit_row(exhibit: Exhibit) -> Values:
    """An exhibit as a row, without its words."""
    return {
        "case_id": exhibit.case,
        "number": exhibit.number,
        "kind": exhibit.kind.value,
        "cameras": json.dumps(exhibit.cameras),
        "start_us": exhibit.interval.start.us,
        "end_us": exhibit.interval.end.us,
        "moment": exhibit.moment,
        "best_us": us_of(exhibit.best),
        "picture": exhibit.picture,
        "box": str(exhibit.box or ""),
        "added_by": exhibit.added_by,
        "added_us": exhibit.added.us,
        "version": exhibit.words.version,
    }


def document_row(document: CaseDocument) -> Values:
    """An authority document as a row."""
    return {
        "case_id": document.case,
        "number": document.number,
        "authority": document.authority,
        "name": document.paper.name,
        "size_bytes": document.paper.size,
        "sha256": str(document.paper.sha256),
        "added_by": document.by,
        "added_us": document.at.us,
    }


def document_from(row: RowMapping) -> CaseDocument:
    """Read an authority document."""
    return CaseDocument(
        case=CaseId(row["case_id"]),
        authority=row["authority"],
        paper=OrderPaper(row["name"], row["size_bytes"], Digest.parse(row["sha256"])),
        by=row["added_by"],
        at=Instant(row["added_us"]),
        number=row["number"],
    )


def words_row(case: CaseId, exhibit: int, words: Words) -> Values:
    """A version of words as a row; `exhibit` is 0 for words about the case."""
    return {
        "case_id": case,
        "exhibit": exhibit,
        "version": words.version,
        "title": words.title,
        "text": words.text,
        "written_by": words.by,
        "written_us": words.at.us,
    }


def case_from(row: RowMapping) -> Case:
    """Read a case from a row of `cases` joined with its newest words."""
    turned = instant_from(row["turned_us"])
    return Case(
        id=CaseId(row["id"]),
        reference=row["reference"],
        purpose=row["purpose"],
        opened_by=row["opened_by"],
        opened=Instant(row["opened_us"]),
        words=Words(
            row["words_version"],
            row["title"],
            row["text"],
            row["written_by"],
            Instant(row["written_us"]),
        ),
        state=CaseState(row["state"]),
        version=row["case_version"],
        exhibits=row["exhibits"],
        turned=Turn(row["turned_by"], turned, row["turn_reason"]) if turned else None,
    )


def member_from(row: RowMapping) -> Member:
    """Read a member."""
    return Member(row["person"], row["added_by"], Instant(row["added_us"]))


def exhibit_from(row: RowMapping) -> Exhibit:
    """Read an exhibit from a row of `case_exhibits` joined with its newest words."""
    return Exhibit(
        case=CaseId(row["case_id"]),
        kind=ExhibitKind(row["kind"]),
        cameras=tuple(map(CameraId, json.loads(row["cameras"]))),
        interval=Interval(Instant(row["start_us"]), Instant(row["end_us"])),
        added_by=row["added_by"],
        added=Instant(row["added_us"]),
        words=words_from(row),
        number=row["number"],
        moment=row["moment"],
        best=instant_from(row["best_us"]),
        picture=row["picture"],
        box=Box.parse(row["box"]) if row["box"] else None,
    )


def words_from(row: RowMapping) -> Words:
    """Read a version of words."""
    return Words(
        row["version"], row["title"], row["text"], row["written_by"], Instant(row["written_us"])
    )
