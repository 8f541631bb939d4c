"""Changes of cameras, policies and settings are entered, with what was before."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest

from footage.action import Action
from footage.errors import Unavailable
from footage.ids import CameraId
from infra.config import camera_csv
from infra.config.settings import Settings
from infra.custody.changes import TOGETHER, save_cameras
from infra.registers.memory_register import MemoryRegister
from tests.common.api_city import parts_of
from tests.common.builders import START, a_camera, a_district, a_site
from tests.common.custody_list import CustodyList

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from infra.wiring import Parts

GATE = CameraId("gate-1")
SETTINGS = Settings(home=Path("home"), cache=Path("cache"), actor="admin-2", zone="UTC")


def row(camera: str = GATE, **cells: str) -> dict[str, str]:
    usual = {"camera": camera, "site": "site-1", "district": "d-1", "lat": "31.8", "lon": "70.9"}
    return usual | {"source": "rtsp://admin:geheim@10.0.0.1/1"} | cells


def save(register: MemoryRegister, custody: CustodyList, *rows: Mapping[str, str]) -> None:
    parts = SimpleNamespace(register=register, custody=custody, settings=SETTINGS)
    save_cameras(camera_csv.parse(enumerate(rows), name="x"), parts)


def changes(custody: CustodyList) -> list[dict[str, dict[str, str] | None]]:
    found = custody.intents[-1].what["changes"]
    assert isinstance(found, list)
    return found


def test_a_camera_is_entered_before_and_after_without_its_password() -> None:
    register, custody = MemoryRegister(), CustodyList()
    save(register, custody, row())
    assert [next(iter(one)) for one in changes(custody)] == ["district", "site", "camera"]
    (deed,) = custody.intents
    assert (deed.action, deed.purpose.actor) == (Action.CAMERAS, "admin-2")

    save(register, custody, row(lat="31.9", retention_class="gate"))
    site, camera = changes(custody)
    before, after = camera["before"], camera["after"]
    assert before is not None
    assert after is not None
    assert (before["retention_class"], after["retention_class"]) == ("standard", "gate")
    assert before["place"] != after["place"]
    assert "geheim" not in str(custody)
    assert "10.0.0.1" in after["source"]
    assert register.camera(GATE).place.lat == 31.9
    assert "31.9" in str(site)


def test_other_credentials_alone_are_told_and_not_written() -> None:
    register, custody = MemoryRegister(), CustodyList()
    save(register, custody, row())
    save(register, custody, row(source="rtsp://admin:anders@10.0.0.1/1"))
    (camera,) = changes(custody)
    assert camera["after"] is not None
    assert camera["after"]["source"].endswith("(other credentials)")
    assert "anders" not in str(custody)


def test_since_when_a_camera_stands_there_is_entered() -> None:
    register, custody = MemoryRegister(), CustodyList()
    save(register, custody, row())
    parts = SimpleNamespace(register=register, custody=custody, settings=SETTINGS)
    save_cameras(camera_csv.parse(enumerate([row()]), name="x"), parts, since=START, correct=True)
    what = custody.intents[-1].what
    assert (what["since"], what["corrects"], len(changes(custody))) == (START, True, 1)


def test_what_did_not_change_is_not_entered() -> None:
    register, custody = MemoryRegister(), CustodyList()
    save(register, custody, row())
    save(register, custody, row())
    assert len(custody.intents) == 1


def test_no_entry_no_change() -> None:
    register, custody = MemoryRegister(), CustodyList(refuses=True)
    with pytest.raises(Unavailable):
        save(register, custody, row())
    assert register.cameras() == []


def test_a_list_of_a_thousand_is_entered_in_entries_of_a_hundred() -> None:
    register, custody = MemoryRegister(), CustodyList()
    save(register, custody, *(row(f"camera-{n}") for n in range(2 * TOGETHER)))
    assert len(custody.intents) == len(custody.outcomes) == 3
    assert all(len(str(deed.what)) < 60_000 for deed in custody.intents)


@pytest.fixture
def parts(tmp_path: Path) -> Iterator[Parts]:
    made = parts_of(tmp_path)
    yield made
    made.close()


def entered(parts: Parts, action: Action) -> list[Mapping[str, object]]:
    return [
        one.what for one in parts.custody.read() if one.action is action and "changes" in one.what
    ]


def test_policies_are_entered_when_a_plan_first_uses_them(parts: Parts) -> None:
    def use(text: str) -> list[Mapping[str, object]]:
        parts.policy_path.write_text(text, encoding="utf-8")
        parts.entered_policies()
        parts.entered_policies()
        return entered(parts, Action.POLICIES)

    parts.register.add_districts([a_district()])
    parts.register.add_sites([a_site()])
    parts.register.add_cameras([a_camera("gate-1")])
    assert parts.entered_policies() is None
    assert entered(parts, Action.POLICIES) == [], "no file, nothing changed"
    (first,) = use('[[policy]]\nname = "straße"\nkeep = "30d"\n')
    assert first["before"] is None
    assert first["file"] == str(parts.policy_path)
    _, second = use('[[policy]]\nname = "straße"\nkeep = "1d"\nmatch = { camera = ["gate-1"] }\n')
    assert second["before"] == first["digest"]
    assert second["changes"] == [
        {"name": "straße", "before": "keep 30d, everything", "after": "keep 1d, camera gate-1"}
    ]
    parts.policy_path.unlink()
    parts.in_force.policies(None, parts.policy_path)
    last = entered(parts, Action.POLICIES)[-1]
    assert last["changes"] == [
        {"name": "straße", "before": "keep 1d, camera gate-1", "after": None}
    ]


def test_settings_of_stores_and_limits_are_entered_once(parts: Parts) -> None:
    parts.in_force.settings(parts.settings)
    parts.in_force.settings(parts.settings)
    (first,) = entered(parts, Action.SETTINGS)
    listed = first["changes"]
    assert isinstance(listed, list)
    named = {str(one["name"]) for one in listed}
    assert {"store.kind", "limits.pixels", "require_case", "database.url"} <= named
    assert {"cases.must_be_open", "cases.purposes"} <= named
    assert not {name for name in named if name.startswith(("logs.", "encoder."))}


def test_a_lost_note_enters_once_more(parts: Parts) -> None:
    parts.in_force.settings(parts.settings)
    (parts.home / "custody" / "in-force.json").write_text("{")
    parts.in_force.settings(parts.settings)
    assert len(entered(parts, Action.SETTINGS)) == 2


def test_another_encoder_is_entered_around_the_switch(parts: Parts) -> None:
    done: list[int] = []

    def switch() -> None:
        done.append(sum(1 for _ in parts.custody.read()))

    def fail() -> None:
        raise Unavailable("the disk is gone")

    with pytest.raises(Unavailable):
        parts.in_force.encoder(parts.settings, "city sha256:1", fail)
    parts.in_force.encoder(parts.settings, "city sha256:1", switch)
    _, _, last = entered(parts, Action.SETTINGS)
    assert isinstance(last["changes"], list)
    (change,) = last["changes"]
    assert (change["name"], change["after"]) == ("encoder", "city sha256:1")
    assert str(change["before"]).startswith("streets sha256:")
    *_, failed, intent, outcome = parts.custody.read()
    assert (failed.what["ok"], outcome.what["ok"]) == (False, True)
    assert done == [intent.number], "between intent and outcome"
