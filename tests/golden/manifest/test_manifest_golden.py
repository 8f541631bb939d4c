"""The bytes of a bundle's statements are pinned: old bundles must stay verifiable for ever.

`golden/*` holds a whole small bundle. To make it anew after a wanted change of the schema, copy it
to `former/`, run `python -m tests.golden.manifest.make_golden` and read the difference.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from evidence import manifest, verify
from evidence.canonical import canonical
from tests.golden.manifest.make_golden import GOLDEN, make

if TYPE_CHECKING:
    from pathlib import Path


FORMER = sorted(GOLDEN.with_name("former").iterdir())


@pytest.mark.parametrize("bundle", [GOLDEN, *FORMER], ids=lambda path: path.name)
def test_a_golden_bundle_is_intact_for_every_later_verifier(bundle: Path) -> None:
    report = verify.check(bundle)
    assert report.verdicts["intact"] == "proven"
    assert report.verdicts["complete"] == "no"
    assert [finding.kind for finding in report.findings] == ["gap", "gap"]


def test_what_is_made_is_byte_for_byte_the_golden_one(tmp_path: Path) -> None:
    out = make(tmp_path)
    names = {path.relative_to(GOLDEN) for path in GOLDEN.rglob("*") if path.is_file()}
    assert names == {path.relative_to(out) for path in out.rglob("*") if path.is_file()}
    for name in sorted(names):
        assert (out / name).read_bytes() == (GOLDEN / name).read_bytes(), name


def test_the_golden_manifest_is_canonical() -> None:
    data = (GOLDEN / verify.MANIFEST).read_bytes()
    assert canonical(json.loads(data)) == data
    assert json.loads(data)["schema"] == manifest.SCHEMA
