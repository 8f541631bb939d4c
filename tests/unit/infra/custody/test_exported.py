"""The custody entry of an export is found, and a log that cannot be read is not called empty."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from evidence import custody
from evidence.custody import Head
from footage.action import Action, Deed
from footage.errors import DataLoss, FootageError, Misconfigured, NotFound
from infra.custody import exported
from infra.custody.exported import find_export
from tests.common.builders import START
from tests.common.custody_logs import LIAISON

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.slow

BUNDLE = "0199-bundle"
DEED = Deed(Action.EXPORT, LIAISON)


@pytest.fixture(params=[Action.EXPORT, Action.ABSENCE])
def log(tmp_path: Path, request: pytest.FixtureRequest) -> Path:
    """A log of one export, or of one certificate of absence."""
    deed = Deed(request.param, LIAISON)
    begun = custody.intent_entry(deed, Head(), START)
    result = {"bundle_id": BUNDLE, "manifest": "sha256:aa"}
    done = custody.outcome_entry(deed, 1, begun.head, START, ok=True, result=result)
    path = tmp_path / "custody.jsonl"
    path.write_bytes(begun.line + done.line)
    return path


def test_the_outcome_that_names_the_bundle_is_found(log: Path) -> None:
    found = find_export(log, BUNDLE)
    assert found is not None
    assert (found.entry, found.manifest) == (2, "sha256:aa")
    assert find_export(log, "another") is None


def test_no_log_is_not_an_empty_one(log: Path) -> None:
    with pytest.raises(NotFound, match="no custody log"):
        find_export(log.with_name("absent"), BUNDLE)
    log.write_bytes(b"")
    assert find_export(log, BUNDLE) is None


def test_a_log_that_may_not_be_read_is_told(log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def forbidden(*_: object, **__: object) -> object:
        raise PermissionError(13, "Permission denied")

    with pytest.raises(FootageError, match="File name too long"):
        find_export(log.with_name("x" * 300) / "custody.jsonl", BUNDLE)
    monkeypatch.setattr("pathlib.Path.stat", forbidden)  # as in another user's folder
    monkeypatch.setattr("pathlib.Path.open", forbidden)
    with pytest.raises(Misconfigured, match="not allowed"):
        find_export(log, BUNDLE)


@pytest.mark.parametrize("damage", [b"sha256:ab", b""])
def test_a_damaged_line_about_the_bundle_is_told(log: Path, damage: bytes) -> None:
    lines = log.read_bytes().splitlines(keepends=True)
    lines[1] = lines[1].replace(b"sha256:aa", damage) if damage else lines[1][:-1]
    log.write_bytes(b"".join(lines))
    with pytest.raises(DataLoss, match="line 2"):
        find_export(log, BUNDLE)


def test_no_more_is_read_than_was_entered_while_the_export_ran(
    log: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun = custody.intent_entry(DEED, Head(40_000, "sha256:" + "a" * 64), START)
    result = {"bundle_id": BUNDLE, "manifest": "sha256:bb"}
    done = custody.outcome_entry(DEED, 40_001, begun.head, START, ok=True, result=result)
    head, before = Head(), []
    for _ in range(2_000):
        entry = custody.intent_entry(DEED, head, START)
        before.append(entry.line)
        head = entry.head
    head, after = done.head, []
    for _ in range(1_000):
        entry = custody.intent_entry(DEED, head, START)
        after.append(entry.line)
        head = entry.head
    log.write_bytes(b"".join([*before, begun.line, done.line, *after]))
    looked: list[bytes] = []
    real = exported._of

    def looking(line: bytes, bundle: str) -> exported.Exported | None:
        looked.append(line)
        return real(line, bundle)

    monkeypatch.setattr(exported, "_of", looking)
    found = find_export(log, BUNDLE, 40_001)
    assert found is not None
    assert (found.manifest, len(looked)) == ("sha256:bb", 2)
    assert find_export(log, BUNDLE, 7) == find_export(log, BUNDLE, 90_000) == found
    assert find_export(log, "another", 40_001) is None
