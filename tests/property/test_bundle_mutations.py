"""Whatever is done to a bundle, the verifier gives the right verdict and never fails itself."""

from __future__ import annotations

import contextlib
import io
import json
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evidence import verify
from footage.ids import CameraId
from footage.span import GapReason
from tests.common.builders import a_gap, during, segments_in_a_row
from tests.common.bundles import spelled, write_sums
from tests.common.custody_logs import LIAISON
from tests.common.evidence_parts import exporter, the_parts
from tests.common.tiers import examples

if TYPE_CHECKING:
    from collections.abc import Iterator

TREES = (verify.MANIFEST, "provenance/custody.json", "provenance/gaps.json")


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A bundle with a gap: its verdicts are "proven" and "no", exit code 2."""
    folder = tmp_path_factory.mktemp("bundle")
    parts = the_parts(folder)
    first, _, third = segments_in_a_row(3)
    parts.stored([first, third], bytes_each=900)
    parts.catalogue.add_gaps([a_gap("camera-1", during(60, 120), GapReason.CAMERA_LOST)])
    exporter(parts).export([CameraId("camera-1")], during(0, 180), folder / "out", LIAISON)
    return folder / "out"


@contextlib.contextmanager
def copied(good: Path) -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as folder:
        yield shutil.copytree(good, Path(folder) / "copy")


def verdict(bundle: Path, *options: str) -> tuple[int, dict[str, Any]]:
    """Run the verifier's program, in words and as JSON; both must end with the same exit code."""
    ends, texts = [], []
    for more in ((), ("--json",)):
        out = io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(io.StringIO()):
            ends.append(verify.main([str(bundle), *options, *more]))
        texts.append(out.getvalue())
    assert ends[0] == ends[1]
    assert texts[0].isascii()
    return ends[0], json.loads(texts[1]) if texts[1] else {}


names = st.text(
    st.characters(exclude_characters="/\0", exclude_categories=["Cs"]), min_size=1, max_size=20
).filter(lambda name: name not in {".", ".."} and len(name.encode()) < 200)
texts = st.text(max_size=8)
values = st.recursive(
    st.none() | st.booleans() | st.integers() | texts,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=5,
)


@examples(40)
@given(
    st.sets(st.tuples(st.sampled_from(["", "master", "verify", "new"]), names), min_size=1),
    st.binary(max_size=9),
)
def test_files_added_are_told_and_alter_nothing(
    good: Path, added: set[tuple[str, str]], data: bytes
) -> None:
    with copied(good) as bundle:
        fresh = [path for under, name in added if not (path := bundle / under / name).exists()]
        for path in fresh:
            path.parent.mkdir(exist_ok=True)
            if not path.exists():  # two names that the file system takes for one
                path.write_bytes(data)
        code, report = verdict(bundle)
        assert code == 2
        assert report["verdicts"]["intact"] == "proven"
        kinds = {finding["kind"] for finding in report["findings"]}
        assert kinds == ({"gap", "added"} if fresh else {"gap"})
        assert len(report["added"]) == len(fresh)


@examples(40)
@given(st.data())
def test_a_member_spoilt_is_altered(good: Path, data: st.DataObject) -> None:
    with copied(good) as bundle:
        members = sorted(p for p in bundle.rglob("*") if p.is_file())
        path = data.draw(st.sampled_from(members), label="member")
        spoil = data.draw(st.sampled_from(["gone", "cut", "grown", "flipped", "folder", "link"]))
        content = path.read_bytes()
        at = data.draw(st.integers(0, len(content) - 1), label="at")
        path.unlink()
        if spoil == "folder":
            path.mkdir()
        elif spoil == "link":
            path.symlink_to("/dev/zero")
        elif spoil != "gone":
            flipped = content[:at] + bytes([content[at] ^ 1 << at % 8]) + content[at + 1 :]
            path.write_bytes({"cut": content[:at], "grown": content + b"x"}.get(spoil, flipped))
        code, report = verdict(bundle)
        if path.name == verify.MANIFEST:
            assert code in {1, 3}
        else:
            assert code == 1
        assert not report or report["verdicts"]["intact"] == "altered"


def places(value: object, at: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """Yield the place of every value within a JSON value, but not of the whole."""
    pairs: list[tuple[str | int, object]] = []
    if isinstance(value, dict):
        pairs = list(value.items())
    elif isinstance(value, list):
        pairs = list(enumerate(value))
    for step, inner in pairs:
        yield (*at, step)
        yield from places(inner, (*at, step))


@examples(60)
@given(st.data())
def test_a_statement_forged_with_every_checksum_anew(good: Path, data: st.DataObject) -> None:
    """What a forger writes may add up: then the digest noted at hand-over tells, as ever."""
    noted = verify.check(good).manifest
    with copied(good) as bundle:
        path = bundle / data.draw(st.sampled_from(TREES), label="document")
        document = json.loads(path.read_bytes())
        for _ in range(data.draw(st.integers(1, 3), label="edits")):
            found = sorted(places(document), key=str)
            if found:
                at = data.draw(st.sampled_from(found), label="place")
                inner: Any = document
                for step in at[:-1]:
                    inner = inner[step]
                if data.draw(st.booleans(), label="remove"):
                    del inner[at[-1]]
                else:
                    inner[at[-1]] = data.draw(values, label="value")
        path.write_text(spelled(document), "utf-8", "surrogatepass")
        write_sums(bundle)
        code, _ = verdict(bundle)
        assert code in {1, 2, 3}, "the gap is never lost"
        changed = path.name != verify.MANIFEST or f"sha256:{digest_of(path)}" != noted
        if path.name == verify.MANIFEST and changed:
            assert verdict(bundle, "--manifest", noted)[0] in {1, 3}


def digest_of(path: Path) -> str:
    return verify._digest(path)


@examples(60)
@given(st.sampled_from([verify.MANIFEST, verify.SUMS, *TREES[1:]]), st.binary(max_size=200))
def test_bytes_of_any_kind_in_place_of_a_document(good: Path, where: str, content: bytes) -> None:
    with copied(good) as bundle:
        (bundle / where).write_bytes(content)
        assert verdict(bundle)[0] in {1, 3}
