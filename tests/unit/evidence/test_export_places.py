"""An export by place: of each camera the time in which it stood there, and the bundle says so."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from evidence import verify
from footage.errors import BadInput
from footage.ids import CameraId
from footage.instant import Elapsed
from footage.scope import Scope
from tests.common.builders import a_camera, a_site, at, during
from tests.common.bundles import forge
from tests.common.custody_logs import LIAISON
from tests.common.evidence_parts import Parts, exporter, the_parts

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

ONE, TWO = CameraId("camera-1"), CameraId("camera-2")
HERE = Scope.parse(sites=["site-1"])
FIVE = during(0, 300)


@pytest.fixture
def parts(tmp_path: Path) -> Parts:
    """Five minutes of two cameras of site-1: camera-1 stood at site-2 in the third and fourth."""
    made = the_parts(tmp_path)
    made.register.add_sites([a_site("site-2")])
    for site, minute in (("site-2", 2), ("site-1", 4)):
        made.register.add_cameras([a_camera("camera-1", site=site)], since=at(60 * minute))
    made.a_minute_each(5)
    made.a_minute_each(5, "camera-2")
    return made


def exported(parts: Parts, out: Path, scope: Scope = HERE) -> dict[str, Any]:
    service = exporter(parts)
    service.export(scope.cameras, FIVE, out, LIAISON, places=scope)
    document: dict[str, Any] = json.loads((out / "MANIFEST.json").read_bytes())
    return document


def intervals(document: dict[str, Any], camera: str) -> list[tuple[str, str]]:
    return [
        (each["requested"]["start"], each["requested"]["end"])
        for each in document["intervals"]
        if each["camera"] == camera
    ]


def span(start_s: float, end_s: float) -> tuple[str, str]:
    part = during(start_s, end_s)
    return str(part.start), str(part.end)


def test_each_camera_gives_the_time_in_which_it_stood_there(parts: Parts, tmp_path: Path) -> None:
    document = exported(parts, tmp_path / "out")
    assert document["request"]["places"] == {"sites": ["site-1"], "districts": [], "near": None}
    assert intervals(document, ONE) == [span(0, 120), span(240, 300)]
    assert intervals(document, TWO) == [span(0, 300)]
    segments = {each["camera"]: len(each["segments"]) for each in document["sources"]}
    assert segments == {ONE: 3, TWO: 5}
    assert document["gaps"] == []
    stood = [part["site"] for each in document["intervals"] for part in each["stood"]]
    assert stood == ["site-1"] * 3
    assert "of site site-1" in (text := (tmp_path / "out" / "README.txt").read_text())
    assert f"stood there {at(240)} to {at(300)}" in text
    report = verify.check(tmp_path / "out")
    assert (report.exit_code, report.findings) == (0, [])


def test_a_camera_alone_says_where_it_stood(parts: Parts, tmp_path: Path) -> None:
    document = exported(parts, tmp_path / "out", Scope.parse(["camera-1"]))
    (whole,) = document["intervals"]
    assert [part["site"] for part in whole["stood"]] == ["site-1", "site-2", "site-1"]
    assert [part["sure"] for part in whole["stood"]] == [False, True, True]
    assert "places" not in document["request"]
    assert verify.check(tmp_path / "out").exit_code == 0


def test_cameras_besides_places_are_asked_for_the_time_there(parts: Parts, tmp_path: Path) -> None:
    scope = Scope.parse(["camera-1"], sites=["site-2"])
    document = exported(parts, tmp_path / "out", scope)
    assert document["request"]["cameras"] == [ONE]
    assert intervals(document, ONE) == [span(120, 240)]


def test_a_segment_on_the_edge_of_two_stays_is_in_the_bundle_once(tmp_path: Path) -> None:
    parts = the_parts(tmp_path)
    parts.register.add_sites([a_site("site-2")])
    for site, second in (("site-2", 70), ("site-1", 80)):
        parts.register.add_cameras([a_camera("camera-1", site=site)], since=at(second))
    parts.a_minute_each(3)
    scope = Scope.parse(["camera-1"], sites=["site-1"])
    exporter(parts).export(scope.cameras, FIVE, tmp_path / "out", LIAISON, places=scope)
    document = json.loads((tmp_path / "out" / "MANIFEST.json").read_bytes())
    assert intervals(document, ONE) == [span(0, 70), span(80, 300)]
    assert len(document["sources"][0]["segments"]) == 3
    report = verify.check(tmp_path / "out")
    assert report.verdicts["intact"] == "proven"
    assert [finding.kind for finding in report.findings] == ["gap"]


@pytest.mark.parametrize(
    ("scope", "said"),
    [
        (Scope.parse(sites=["nowhere"]), "unknown place: nowhere"),
        (Scope.parse(["camera-2"], sites=["site-2"]), "no camera stood there"),
        (Scope.parse(["camera-9"], sites=["site-1"]), "camera-9"),
    ],
)
def test_a_place_where_nobody_stood_is_refused(
    parts: Parts, tmp_path: Path, scope: Scope, said: str
) -> None:
    with pytest.raises(BadInput, match=said):
        exported(parts, tmp_path / "out", scope)
    assert not (tmp_path / "out").exists()


def drop_a_part(document: dict[str, Any]) -> None:
    document["intervals"][0]["delivered"] = []


def ask_twice(document: dict[str, Any]) -> None:
    document["intervals"].insert(1, document["intervals"][0])


def ask_beyond(document: dict[str, Any]) -> None:
    later = str(at(300) + Elapsed.parse("1m"))
    for part in (document["intervals"][-1]["requested"], document["intervals"][-1]["stood"][0]):
        part["end"] = later


def stand_elsewhere(document: dict[str, Any]) -> None:
    document["intervals"][0]["stood"][0]["end"] = str(at(100))


def forget_the_places(document: dict[str, Any]) -> None:
    del document["request"]["places"]


@pytest.mark.parametrize(
    "change", [drop_a_part, ask_twice, ask_beyond, stand_elsewhere, forget_the_places]
)
def test_what_does_not_add_up_is_found(
    parts: Parts, tmp_path: Path, change: Callable[[dict[str, Any]], None]
) -> None:
    exported(parts, tmp_path / "out")
    forge(tmp_path / "out", change)
    assert verify.check(tmp_path / "out").verdicts["intact"] == "altered"
