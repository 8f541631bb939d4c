"""A file name is any bytes but "/" and NUL: each file has one line in the report, and its own."""

from __future__ import annotations

import csv
import io
import json
import os
import shutil
import tempfile
from contextlib import contextmanager, redirect_stdout
from pathlib import Path
from typing import TYPE_CHECKING, cast
from zoneinfo import ZoneInfo

from hypothesis import example, given
from hypothesis import strategies as st

from footage.action import Purpose
from footage.digest import Digest
from footage.ids import CameraId
from infra.cmds.ingest_report import forecast, report, show, write
from infra.cmds.output import emit
from recorder.imports.cut import Cutting
from recorder.imports.intake import Intake, Outcome
from recorder.imports.ledger import ImportLedger, Stamp
from recorder.imports.names import shown
from recorder.imports.plan import plan_import
from recorder.imports.stating import Rules
from tests.common.import_films import telling_film
from tests.common.tiers import examples

if TYPE_CHECKING:
    from collections.abc import Iterator

    from infra.cmds.ingest_report import Report
    from recorder.imports.importing import Importer

ODD = [
    "Straße_20261122_100000.mp4".encode("latin-1"),
    b"line\nkept        other.mp4: camera-1.mp4",
    b"-rf.mp4",
    b"--help.mp4",
    "گزرگاہ_۲۰۲۶۱۱۲۲.mp4".encode(),
    "پہلی‌گلی.mp4".encode(),  # letters told not to join
    b"x" * 251 + b".mp4",
    b"\x1b[2J\x1b]0;title\x07.mp4",
    "\u202e4pm.exe.mp4".encode(),  # reads backwards on a terminal
    b"\\xdf.mp4",
    b"\xdf.mp4",
    b"%s%n%06d.mp4",
    b"file:x|concat:y.mp4",
    b"=cmd()_20261122_100000.mp4",
    b"99999999_999999.mp4",
    b"9" * 200 + b".mp4",
    b" .mp4",
    b"\xff" * 255,
]
names = st.one_of(
    st.binary(min_size=1, max_size=251),
    st.text(min_size=1, max_size=60).map(lambda text: text.encode("utf-8", "replace")),
).map(lambda name: name.replace(b"/", b"_").replace(b"\0", b"_") + b".mp4")
RULES = Rules(ZoneInfo("Asia/Karachi"), frozenset({CameraId("camera-1")}), CameraId("camera-1"))


@contextmanager
def a_stick(found: list[bytes]) -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="stick-"))
    try:
        for number, name in enumerate(found):
            with open(os.path.join(os.fsencode(folder), name), "wb") as file:  # noqa: PTH118, PTH123 - bytes
                file.write(telling_film() + bytes(number))
        yield folder
    finally:
        shutil.rmtree(folder)


@given(st.lists(names, min_size=1, max_size=8, unique=True))
@example(ODD)
@examples(40)
def test_every_file_has_its_line(found: list[bytes]) -> None:
    with a_stick(found) as folder, a_stick([]) as home:
        ledger = ImportLedger(home / "ledger.db")
        nothing = cast("Importer", None)  # nothing is cut
        intake = Intake(nothing, ledger, Cutting(), purpose=Purpose("fuzz"))
        ready, skips = intake.look([folder], RULES, lambda _: None)
        for one in ready:
            ledger.remember(one.path, Stamp.of(one.path.stat()), Digest.of(b"x"))
        ledger.close()
        planned = plan_import(ready, skips)
        outcomes = [
            *map(Outcome.of, planned.skips),
            *(Outcome(r.path, ready=r) for r in planned.takes),
        ]
        for done in (forecast(outcomes), report(outcomes)):
            files = [one["file"] for one in done.files]
            assert len(files) == len(set(files)) == len(found)
            assert {shown(folder / os.fsdecode(name)) for name in found} == set(files)
            assert _printed(done) == done.document
            said = io.StringIO()
            with redirect_stdout(said):
                show(done, "Asia/Karachi")
            lines = said.getvalue().encode().decode().splitlines()  # UTF-8, and a line a file
            assert len(lines) == len(done.files) + len(done.overlaps) + 1
            assert all(c.isprintable() or c in "\u200c\u200d" for line in lines for c in line)
            for kind in ("csv", "json"):
                write(home / f"r.{kind}", done)
            rows = list(csv.DictReader(io.StringIO((home / "r.csv").read_text("utf-8"))))
            assert len(rows) == len(done.files)
            assert json.loads((home / "r.json").read_text("utf-8"))["files"] == done.files


def _printed(done: Report) -> object:
    """The document as `--json` prints it, on a terminal of UTF-8."""
    raw = io.BytesIO()
    with io.TextIOWrapper(raw, encoding="utf-8", errors="strict") as out, redirect_stdout(out):
        emit(done.document)
        out.flush()
        return json.loads(raw.getvalue().decode("utf-8"))


@given(st.binary(max_size=40), st.binary(max_size=40))
@example(b"\\xdf", b"\xdf")
@example(b"\\n", b"\n")
@example(b"\\\\n", b"\\\n")
def test_two_names_never_look_alike(one: bytes, other: bytes) -> None:
    alike = shown(os.fsdecode(one)) == shown(os.fsdecode(other))
    assert alike == (one == other)


def test_names_that_people_read_stay_as_they_are() -> None:
    for name in ("Straße 10.mp4", "گزرگاہ.mp4", "پہلی‌گلی.mp4", "a'b\"c.mp4"):
        assert shown(name) == name
    assert shown(os.fsdecode(b"Stra\xdfe.mp4")) == "Stra\\xdfe.mp4"
    assert shown("a\nb") == "a\\nb"
