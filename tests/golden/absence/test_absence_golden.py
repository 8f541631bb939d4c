"""A certificate of absence made once must verify for every later version."""

from __future__ import annotations

import json

import pytest

from evidence import verify
from evidence.canonical import canonical
from tests.golden.absence.make_golden import GOLDEN, KEY


@pytest.mark.process
def test_the_golden_certificate_is_proven_for_every_later_verifier() -> None:
    report = verify.check(GOLDEN, ledger_keys=[KEY.read_text("ascii").strip()])
    assert (report.findings, report.absence, report.exit_code) == ([], "proven", 0)
    assert "a key you gave" in report.ledger
    words = report.words()
    for said in ("nothing was entered (proven)", "was stored, and is gone", "late (import)"):
        assert said in words


def test_its_documents_are_canonical() -> None:
    for name in ("MANIFEST.json", "certificate.json"):
        data = (GOLDEN / name).read_bytes()
        assert canonical(json.loads(data)) == data
    assert json.loads((GOLDEN / "MANIFEST.json").read_bytes())["schema"] == verify.ABSENCE
