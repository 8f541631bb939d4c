from __future__ import annotations

import base64
import hashlib
import json
from dataclasses import replace

import pytest

from evidence.canonical import canonical, parse
from evidence.custody import (
    EMPTY,
    NEED_CASE,
    Head,
    intent_entry,
    outcome_entry,
    read_line,
    require_purpose,
    true_hash,
)
from evidence.custody_check import Finding, Kind, verify
from footage.action import Action, Purpose
from footage.errors import BadInput, CaseRequired
from tests.common.builders import at, during
from tests.common.custody_logs import a_deed, a_log, head_of, lines_of

OF_THE_MACHINE = {
    Action.PURGE,
    Action.REASSERT,
    Action.BACKUP,
    Action.RESTORE,
    Action.LEDGER,
    Action.ERASE,
}
"""Actions that look after the machine, for no case."""


def kinds(found: list[Finding]) -> list[Kind]:
    return [finding.kind for finding in found]


def test_the_bytes_of_an_entry_are_pinned() -> None:
    deed = a_deed(what={"cameras": ["camera-1"], "text": "سرخ"})
    entry = intent_entry(deed, EMPTY, at(0), "0a")
    personal = base64.b64encode(
        b'{"actor":"liaison","salt":"0a","what":{"text":"\xd8\xb3\xd8\xb1\xd8\xae"}}'
    )
    digest = hashlib.sha256(personal).hexdigest().encode()
    assert entry.line == (
        b'{"action":"search","case":"FIR-4711","code":"robbery","commitment":"sha256:'
        + (digest + b'","hash":"')
        + (entry.hash.encode() + b'",')
        + b'"instant":"2026-11-22T15:08:23.547000Z","number":1,"personal":"'
        + (personal + b'","phase":"intent","previous":"","v":2,')
        + b'"what":{"cameras":["camera-1"]}}\n'
    )
    assert (entry.actor, entry.what) == ("liaison", deed.what)
    assert read_line(entry.line) == entry


def test_entries_of_the_first_version_are_read_and_checked() -> None:
    document: dict[str, object] = {
        "action": "search",
        "actor": "liaison",
        "case": "FIR-4711",
        "code": "robbery",
        "instant": "2026-11-22T15:08:23.547000Z",
        "number": 1,
        "phase": "intent",
        "previous": "",
        "v": 1,
        "what": {"text": "red pickup"},
    }
    digest = "sha256:" + hashlib.sha256(canonical(document)).hexdigest()
    line = canonical(document | {"hash": digest}) + b"\n"
    entry = read_line(line)
    assert (entry.actor, entry.what, entry.line) == ("liaison", {"text": "red pickup"}, line)
    assert kinds(verify([line], entry.head)) == [Kind.OPEN]
    personal = canonical(document | {"hash": digest, "personal": "x"}) + b"\n"
    assert Kind.UNREADABLE in kinds(verify([personal], entry.head))
    assert Kind.ALTERED in kinds(verify([line.replace(b"liaison", b"another")], entry.head))


def test_the_hash_can_be_computed_without_our_code() -> None:
    first, second = a_log(1)
    document = json.loads(second.line)
    stated = document.pop("hash")
    personal = document.pop("personal")
    assert document["commitment"] == "sha256:" + hashlib.sha256(personal.encode()).hexdigest()
    text = json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    assert stated == "sha256:" + hashlib.sha256(text.encode()).hexdigest()
    assert document["previous"] == first.hash


def test_facts_are_written_in_one_way() -> None:
    what = {"score": 0.25, "interval": during(0, 1), "set": {"b", "a"}, "big": 2**60, "no": None}
    entry = intent_entry(a_deed(what=what), EMPTY, at(0))
    assert entry.what == {
        "score": "0.25",
        "interval": str(during(0, 1)),
        "set": ["a", "b"],
        "big": str(2**60),
        "no": None,
    }
    assert read_line(entry.line) == entry


@pytest.mark.parametrize("what", [{"x": object()}, {"schlüssel": 1}, {"x": "\ud800"}, {"x": b""}])
def test_facts_that_are_no_json_are_refused(what: dict[str, object]) -> None:
    with pytest.raises(BadInput):
        intent_entry(a_deed(what=what), EMPTY, at(0))


def test_an_outcome_needs_an_intent_before_it() -> None:
    with pytest.raises(BadInput, match="no entry 5"):
        outcome_entry(a_deed(), 5, Head(4, "x"), at(0), ok=True, result={})


@pytest.mark.parametrize("action", sorted(NEED_CASE))
@pytest.mark.parametrize(
    "purpose", [Purpose("liaison"), Purpose("liaison", case="C"), Purpose("liaison", " ", "theft")]
)
def test_what_people_do_needs_a_case_where_it_is_required(action: Action, purpose: Purpose) -> None:
    with pytest.raises(CaseRequired, match=action.value):
        require_purpose(purpose, action, require_case=True)
    require_purpose(purpose, action, require_case=False)
    require_purpose(Purpose("liaison", "C", "theft"), action, require_case=True)
    require_purpose(purpose, Action.PURGE, require_case=True)


def test_searches_views_exports_holds_and_releases_need_a_case() -> None:
    changes = {Action.CAMERAS, Action.POLICIES, Action.SETTINGS, Action.PEOPLE, Action.KEYS}
    # Whoever works on a case names the case, and whoever exports the log looks at all cases.
    others = {Action.IMPORT, Action.SIGN_IN, Action.CASE, Action.AUDIT}
    # Only for acts of which each needs a case itself.
    second = {Action.REQUEST, Action.APPROVAL}
    assert set(Action) - NEED_CASE == changes | others | second | OF_THE_MACHINE


def test_nobody_cannot_act() -> None:
    with pytest.raises(BadInput, match="nobody"):
        require_purpose(Purpose(" "), Action.PURGE, require_case=False)


# ---------------------------------------------------------------- canonical JSON


@pytest.mark.parametrize(
    "other",
    [
        b'{"a": 1}',
        b'{"b":1,"a":2}',
        b'{"a":1,"a":1}',
        b'{"a":1.0}',
        b'{"a":NaN}',
        b'{"a":"\\u0061"}',
        b'{"a":1}\n',
        b"[" * 5000,
        b"\xff",
        b"",
    ],
)
def test_any_other_spelling_is_refused(other: bytes) -> None:
    with pytest.raises(BadInput, match="canonical"):
        parse(other)


def test_canonical_json_is_read_back() -> None:
    value = {"b": [1, True, None, "ü\n"], "a": {"z": -5}}
    assert canonical(value) == '{"a":{"z":-5},"b":[1,true,null,"ü\\n"]}'.encode()
    assert parse(canonical(value)) == value


# ---------------------------------------------------------------- findings


def test_a_sound_log_has_no_findings() -> None:
    entries = a_log(3)
    assert verify(lines_of(entries), head_of(entries)) == []
    assert verify([], EMPTY) == []


def test_an_edited_entry_is_found_where_it_is() -> None:
    entries = a_log(3)
    lines = lines_of(entries)
    lines[2] = lines[2].replace(b"FIR-4711", b"FIR-4712")
    assert [(f.kind, f.line) for f in verify(lines, head_of(entries))] == [(Kind.ALTERED, 3)]


def test_an_entry_edited_and_hashed_anew_breaks_the_next() -> None:
    entries = a_log(3)
    forged = replace(entries[2], case="another")
    forged = replace(forged, hash=true_hash(forged))
    lines = lines_of([*entries[:2], forged, *entries[3:]])
    assert [(f.kind, f.line) for f in verify(lines, head_of(entries))] == [(Kind.BROKEN, 4)]


def test_a_log_written_anew_is_found_by_its_anchor() -> None:
    entries = a_log(3)
    anew = [replace(e, case="another") for e in entries]
    chained: list[bytes] = []
    previous = ""
    for entry in anew:
        linked = replace(entry, previous=previous)
        linked = replace(linked, hash=true_hash(linked))
        chained.append(linked.line)
        previous = linked.hash
    assert [(f.kind, f.line) for f in verify(chained, head_of(entries))] == [(Kind.REPLACED, 6)]


def test_a_removed_entry_is_found_where_it_was() -> None:
    entries = a_log(3)
    found = verify(lines_of(entries[:1] + entries[2:]), head_of(entries))
    assert (found[0].kind, found[0].line) == (Kind.OPEN, 1)
    assert (found[1].kind, found[1].line) == (Kind.BROKEN, 2)
    assert "3 stands where 2 belongs" in found[1].message


def test_a_cut_tail_is_found_by_its_anchor() -> None:
    entries = a_log(3)
    found = verify(lines_of(entries[:4]), head_of(entries))
    assert [(f.kind, f.line) for f in found] == [(Kind.TRUNCATED, 5)]
    assert kinds(verify([], head_of(entries))) == [Kind.TRUNCATED]


def test_what_a_crash_leaves_is_told_but_is_no_tampering() -> None:
    entries = a_log(3)
    late = verify(lines_of(entries), entries[-2].head)
    assert kinds(late) == [Kind.LATE]
    torn = verify([*lines_of(entries), b'{"acti'], head_of(entries))
    assert [(f.kind, f.line) for f in torn] == [(Kind.TORN, 7)]
    unfinished = verify(lines_of(entries[:-1]), entries[-2].head)
    assert [(f.kind, f.line) for f in unfinished] == [(Kind.OPEN, 5)]
    assert not any(f.kind.proves_tampering for f in [*late, *torn, *unfinished])


def test_more_entries_than_a_crash_can_leave_are_tampering() -> None:
    entries = a_log(3)
    found = verify(lines_of(entries), entries[-3].head)
    assert kinds(found) == [Kind.UNANCHORED]
    assert found[0].kind.proves_tampering


def test_a_clock_that_went_back_is_told() -> None:
    first = intent_entry(a_deed(), EMPTY, at(10))
    second = outcome_entry(a_deed(), 1, first.head, at(5), ok=True, result={})
    assert kinds(verify(lines_of([first, second]), second.head)) == [Kind.CLOCK]


def test_foreign_lines_are_unreadable() -> None:
    entries = a_log(1)
    lines = lines_of(entries)
    for foreign in (b"\n", b"{}\n", b"null\n", b'{"v":1}\n', lines[0].replace(b'"v":2', b'"v":3')):
        assert Kind.UNREADABLE in kinds(verify([*lines, foreign], head_of(entries)))


@pytest.mark.parametrize(
    "change",
    [
        {"number": "1"},
        {"what": []},
        {"instant": "yesterday"},
        {"action": "dance"},
        {"case": 7},
        {"extra": 1},
        {"personal": None},
        {"actor": "liaison"},
        {"what": {"text": "not apart"}},
    ],
)
def test_a_line_with_fields_of_another_kind_is_no_entry(change: dict[str, object]) -> None:
    document = json.loads(a_log(1)[0].line) | change
    with pytest.raises(BadInput, match="not an entry"):
        read_line(canonical(document) + b"\n")


def test_a_line_without_one_of_its_fields_is_no_entry() -> None:
    document = json.loads(a_log(1)[0].line)
    for name in document:
        rest = {key: value for key, value in document.items() if key != name}
        with pytest.raises(BadInput, match="not an entry"):
            read_line(canonical(rest) + b"\n")
