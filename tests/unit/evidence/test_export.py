from __future__ import annotations

import hashlib
import json
import re
import subprocess
import uuid
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from evidence import verify
from footage.action import Action, Phase, Purpose
from footage.clock import SimulatedClock
from footage.errors import BadInput, Conflict, DataLoss, NotFound, NotPermitted
from footage.hold import Hold
from footage.ids import CameraId, HoldId
from footage.instant import Elapsed
from footage.recipient import RecipientKind
from footage.recipient_rule import RecipientRule
from footage.span import GapReason
from footage.timed_id import timed_id
from infra.objects.memory_store import MemoryStore
from tests.common.builders import (
    START,
    a_camera,
    a_gap,
    a_segment,
    a_site,
    at,
    during,
    segments_in_a_row,
)
from tests.common.custody_logs import LIAISON, a_deed
from tests.common.evidence_parts import Parts, exporter, the_parts

if TYPE_CHECKING:
    from pathlib import Path

    from evidence.export import ExportService

ONE, TWO = CameraId("camera-1"), CameraId("camera-2")


class Altered(MemoryStore):
    """A store whose objects can be made to answer otherwise."""

    swap: tuple[str, bytes] | None = None

    def get(self, key: str, *, offset: int = 0, length: int | None = None) -> bytes:
        if self.swap and key == self.swap[0]:
            end = None if length is None else offset + length
            return self.swap[1][offset:end]
        return super().get(key, offset=offset, length=length)


@pytest.fixture
def parts(tmp_path: Path) -> Parts:
    return the_parts(tmp_path, store=Altered(SimulatedClock(START)))


@pytest.fixture
def service(parts: Parts) -> ExportService:
    return exporter(parts)


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "bundle"


def read(out: Path, name: str = "MANIFEST.json") -> dict[str, object]:
    document: dict[str, object] = json.loads((out / name).read_bytes())
    return document


def left_behind(out: Path) -> list[str]:
    return sorted(path.name for path in out.parent.iterdir() if "partial" in path.name)


def test_masters_are_the_stored_bytes(parts: Parts, service: ExportService, out: Path) -> None:
    segments = parts.a_minute_each(3)
    report = service.export([ONE], during(10, 130), out, LIAISON)
    for segment in segments:
        exported = (out / "master" / segment.key).read_bytes()
        assert exported == parts.store.get(segment.key)
    assert (report.segments, report.bytes, report.complete) == (3, 9_000, True)
    assert str(report.manifest) == verify.check(out).manifest
    assert left_behind(out) == []


def test_a_bundle_without_gaps_is_proven(parts: Parts, service: ExportService, out: Path) -> None:
    parts.a_minute_each(3)
    service.export([ONE], during(10, 130), out, LIAISON)
    report = verify.check(out)
    assert report.findings == []
    assert report.verdicts == {
        "intact": "proven",
        "signer": "not checked",
        "time": "not checked",
        "complete": "yes",
        "camera_signed": "not checked",
        "committed": "not checked",
    }
    assert report.exit_code == 0


@pytest.mark.process
def test_sha256sum_agrees(parts: Parts, service: ExportService, out: Path) -> None:
    parts.a_minute_each(2)
    service.export([ONE], during(0, 120), out, LIAISON)
    argv = ["sha256sum", "--strict", "-c", "SHA256SUMS"]
    done = subprocess.run(argv, cwd=out, capture_output=True, check=False)
    assert done.returncode == 0
    every = {str(path.relative_to(out)) for path in out.rglob("*") if path.is_file()}
    listed = {line.split("  ", 1)[1] for line in (out / "SHA256SUMS").read_text().splitlines()}
    assert every - listed == {"SHA256SUMS"}


def test_gaps_are_stated_with_their_reasons(
    parts: Parts, service: ExportService, out: Path
) -> None:
    first, _, third = segments_in_a_row(3)
    parts.stored([first, third])
    parts.catalogue.add_gaps(
        [a_gap("camera-1", during(60, 90), GapReason.CAMERA_LOST, "no frames for 10s")]
    )
    report = service.export([ONE, TWO], during(30, 150), out, LIAISON)
    assert [(g.camera, g.interval, g.reason) for g in report.gaps] == [
        (ONE, during(60, 90), GapReason.CAMERA_LOST),
        (ONE, during(90, 120), GapReason.UNKNOWN),
        (TWO, during(30, 150), GapReason.NOT_SCHEDULED),
    ]
    checked = verify.check(out)
    assert checked.exit_code == 2
    assert checked.verdicts["intact"] == "proven"
    assert checked.verdicts["complete"] == "no"
    assert "camera_lost no frames for 10s" in checked.findings[0].message


def test_the_bundle_names_the_place_of_recording_and_todays_beside(
    parts: Parts, service: ExportService, out: Path
) -> None:
    parts.a_minute_each(3)
    parts.register.add_sites([a_site("site-2")])
    parts.register.add_cameras([a_camera("camera-1", site="site-2")], since=at(120))
    service.export([ONE], during(0, 180), out, LIAISON)
    (source,) = json.loads((out / verify.MANIFEST).read_bytes())["sources"]
    assert (source["site"], source["today"]["site"]) == ("site-1", "site-2")
    places = [(p["site"], p["written_site"], p["start"], p["end"]) for p in source["places"]]
    assert places == [
        ("site-1", None, str(at(0)), str(at(120))),
        ("site-2", "site-1", str(at(120)), str(at(180))),
    ]
    assert verify.check(out).exit_code == 0


def test_a_hair_between_segments_of_one_run_is_no_gap(
    parts: Parts, service: ExportService, out: Path
) -> None:
    near = a_segment(start=at(60.15), sequence=1)
    parts.stored([a_segment(), near])
    service.export([ONE], during(0, 120), out, LIAISON)
    assert verify.check(out).exit_code == 0


def test_segments_that_overlap_are_delivered_whole(
    parts: Parts, service: ExportService, out: Path
) -> None:
    parts.stored([a_segment(), a_segment(start=at(30), run="run-2")])
    assert service.export([ONE], during(0, 90), out, LIAISON).segments == 2
    assert verify.check(out).exit_code == 0


def test_the_manifest_says_who_what_when_and_under_which_hold(
    parts: Parts, service: ExportService, out: Path
) -> None:
    parts.a_minute_each(2)
    hold = Hold(
        id=HoldId("hold-1"),
        cameras=frozenset({ONE}),
        interval=during(0, 30),
        authority="Sessions Court",
        reason="robbery",
        placed_by="liaison",
        placed_at=at(500),
    )
    parts.register.place_hold(hold)
    report = service.export([ONE], during(0, 120), out, LIAISON)
    document = read(out)
    assert document["bundle_id"] == report.bundle_id
    assert document["case"] == {"ref": "FIR-4711"}
    assert document["created"] == str(parts.clock.now())
    assert document["limitations"]
    sources = document["sources"]
    assert isinstance(sources, list)
    assert [segment["holds"] for segment in sources[0]["segments"]] == [["hold-1"], []]
    assert sources[0]["segments"][0]["clock_uncertainty_us"] == 40_000


def test_no_password_of_a_camera_is_exported(
    parts: Parts, service: ExportService, out: Path
) -> None:
    parts.a_minute_each(1)
    service.export([ONE], during(0, 60), out, LIAISON)
    texts = [path.read_bytes() for path in out.rglob("*") if path.is_file()]
    assert not any(b"geheim" in text for text in texts)


def test_custody_goes_along_without_the_searches_of_the_case(
    parts: Parts, service: ExportService, out: Path
) -> None:
    parts.a_minute_each(1)
    parts.custody.intent(a_deed(Action.SEARCH))
    parts.custody.intent(a_deed(Action.VIEW))
    parts.custody.intent(a_deed(Action.VIEW, purpose=Purpose("other", "FIR-1", "theft")))
    report = service.export([ONE], during(0, 60), out, LIAISON)
    entries = read(out, "provenance/custody.json")["entries"]
    assert isinstance(entries, list)
    assert [(e["number"], e["action"], e["phase"]) for e in entries] == [
        (2, "view", "intent"),
        (4, "export", "intent"),
    ]
    outcome = list(parts.custody.read())[-1]
    assert (outcome.action, outcome.phase) == (Action.EXPORT, Phase.OUTCOME)
    result = outcome.what["result"]
    assert isinstance(result, dict)
    assert result["manifest"] == str(report.manifest)
    assert result["bundle_id"] == report.bundle_id


@pytest.mark.parametrize(
    "change",
    [
        lambda data: b"X" + data[1:],
        lambda data: data[:-1],
        lambda data: data + b"\0",
        lambda _: b"",
    ],
)
def test_an_object_that_was_altered_stops_the_export(
    parts: Parts, service: ExportService, out: Path, change: object
) -> None:
    segments = parts.a_minute_each(3)
    assert isinstance(parts.store, Altered)
    assert callable(change)
    parts.store.swap = (segments[1].key, change(parts.store.get(segments[1].key)))
    with pytest.raises(DataLoss, match="not what was recorded"):
        service.export([ONE], during(0, 180), out, LIAISON)
    assert not out.exists()
    assert left_behind(out) == []
    outcome = list(parts.custody.read())[-1]
    assert outcome.what["ok"] is False
    assert segments[1].key in str(outcome.what["result"])


def test_a_large_object_is_copied_whole(parts: Parts, service: ExportService, out: Path) -> None:
    (segment,) = parts.stored([a_segment()], bytes_each=16 << 20)
    service.export([ONE], during(0, 60), out, LIAISON)
    digest = hashlib.sha256((out / "master" / segment.key).read_bytes()).hexdigest()
    assert digest == segment.digest.hex


def test_a_byte_behind_a_whole_number_of_pieces_is_seen(
    parts: Parts, service: ExportService, out: Path
) -> None:
    (segment,) = parts.stored([a_segment()], bytes_each=8 << 20)
    assert isinstance(parts.store, Altered)
    parts.store.swap = (segment.key, parts.store.get(segment.key) + b"X")
    with pytest.raises(DataLoss, match="not what was recorded"):
        service.export([ONE], during(0, 60), out, LIAISON)


def test_an_object_that_is_gone_stops_the_export(
    parts: Parts, service: ExportService, out: Path
) -> None:
    segments = parts.a_minute_each(2)
    parts.store.delete([segments[1].key])
    with pytest.raises(DataLoss, match="not in the store"):
        service.export([ONE], during(0, 120), out, LIAISON)
    assert not out.exists()


def test_a_folder_with_something_in_it_is_refused(
    parts: Parts, service: ExportService, out: Path
) -> None:
    parts.a_minute_each(1)
    out.mkdir()
    (out / "mine.txt").write_text("mine")
    with pytest.raises(Conflict, match="not empty"):
        service.export([ONE], during(0, 60), out, LIAISON)
    assert [path.name for path in out.iterdir()] == ["mine.txt"]
    assert list(parts.custody.read()) == []


def test_an_empty_folder_is_taken(parts: Parts, service: ExportService, out: Path) -> None:
    parts.a_minute_each(1)
    out.mkdir()
    service.export([ONE], during(0, 60), out, LIAISON)
    assert verify.check(out).exit_code == 0


def test_a_folder_below_a_file_cannot_be_made(
    parts: Parts, service: ExportService, tmp_path: Path
) -> None:
    parts.a_minute_each(1)
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(Conflict, match="something else"):
        service.export([ONE], during(0, 60), tmp_path / "file" / "bundle", LIAISON)


def test_no_camera_or_an_unknown_one_is_refused(
    parts: Parts, service: ExportService, out: Path
) -> None:
    with pytest.raises(BadInput, match="at least one"):
        service.export([], during(0, 60), out, LIAISON)
    with pytest.raises(NotFound, match="camera-9"):
        service.export([CameraId("camera-9")], during(0, 60), out, LIAISON)
    assert list(parts.custody.read()) == []


def test_progress_is_told_in_bytes(parts: Parts, service: ExportService, out: Path) -> None:
    parts.a_minute_each(2)
    told: list[tuple[int, int]] = []
    service.export(
        [ONE], during(0, 120), out, LIAISON, progress=lambda done, total: told.append((done, total))
    )
    assert told == [(3_000, 6_000), (6_000, 6_000)]


def test_an_export_that_is_stopped_leaves_nothing(
    parts: Parts, service: ExportService, out: Path
) -> None:
    parts.a_minute_each(40)

    def stop(done: int, _total: int) -> None:
        assert done == 3_000, "stopped with the first segment"
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        service.export([ONE], during(0, 2_400), out, LIAISON, progress=stop)
    assert not out.exists()
    assert left_behind(out) == []


def test_the_kind_of_signatures_is_what_the_recorder_found(
    parts: Parts, service: ExportService, out: Path
) -> None:
    first, second, third = segments_in_a_row(3)
    found = [
        replace(one, media=replace(one.media, signed=kind))
        for one, kind in ((first, "axis"), (second, "none"), (third, ""))
    ]
    parts.stored(found)
    service.export([ONE], during(0, 180), out, LIAISON)
    document = (out / "MANIFEST.json").read_text()  # the camera's kind, then the segments'
    assert re.findall(r'"camera_signed":"(\w+)"', document) == ["axis", "axis", "none", "none"]


def test_a_bundle_id_is_a_uuid_of_version_7() -> None:
    made = uuid.UUID(timed_id(START))
    assert (made.version, made.variant) == (7, uuid.RFC_4122)
    assert made.int >> 80 == START.us // 1_000
    assert timed_id(START) != timed_id(START)


def test_an_emptied_catalogue_exports_nothing(
    parts: Parts, service: ExportService, out: Path
) -> None:
    parts.a_minute_each(2)
    parts.clock.sleep(Elapsed.parse("1d"))
    keys = [segment.key for segment in parts.catalogue.segments()]
    parts.catalogue.remove_segments(keys)
    with pytest.raises(DataLoss, match="footage catalogue rebuild"):
        service.export([ONE], during(0, 120), out, LIAISON)
    assert not out.exists()


def test_a_recipient_that_the_settings_do_not_admit_is_given_nothing(parts: Parts) -> None:
    parts.a_minute_each()
    rule = RecipientRule(required=True, only={RecipientKind.COURT: ("somebody.else",)})
    service = exporter(parts, recipients=rule)
    out, before = parts.folder / "refused", len(list(parts.custody.read()))
    for said, refusal in (
        ({}, BadInput),
        ({"recipient_kind": "laboratory"}, BadInput),
        ({"recipient_kind": "court", "recipient": "the judge"}, NotPermitted),
    ):
        with pytest.raises(refusal):
            service.export([CameraId("camera-1")], during(0, 60), out, LIAISON, addressed=said)
    assert not out.exists()
    assert len(list(parts.custody.read())) == before
    named = {"recipient_kind": "laboratory", "recipient": "Forensic Science Agency"}
    service.export([CameraId("camera-1")], during(0, 60), out, LIAISON, addressed=named)
    request = json.loads((out / "MANIFEST.json").read_text())["request"]
    assert request.items() >= named.items()
