"""Certificates of absence: what is said, and how sure, in each state of the footage."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from evidence import verify
from evidence.absence_leaves import LedgerReader
from evidence.export import ExportService
from evidence.unfinished import UnfinishedExports
from evidence.verify_at_home import keys_for
from footage.action import Action, Deed
from footage.asked_times import local_text
from footage.custody import bracket
from footage.digest import Digest
from footage.errors import BadInput, Conflict, DataLoss
from footage.instant import Elapsed, Instant, Interval
from footage.leaf import Late
from footage.ledger_objects import checkpoint_key
from footage.local_time import time_zone
from footage.merkle import leaf_hash
from footage.signed_note import Checkpoint
from infra.keys.key_folder import FolderSigner
from tests.common.absence_city import MISSED, ONE, TWO, AbsenceCity, usual_city
from tests.common.builders import START, a_camera, a_district, a_segment, a_site, at, during
from tests.common.custody_logs import LIAISON

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def city(tmp_path: Path) -> AbsenceCity:
    return usual_city(tmp_path)


def camera(folder: Path, name: str = ONE) -> dict[str, Any]:
    told = json.loads((folder / "certificate.json").read_bytes())
    (found,) = [one for one in told["cameras"] if one["camera"] == name]
    return dict(found)


def parts(folder: Path, name: str = ONE) -> list[tuple[int, int, str, str, bool]]:
    return [
        (
            round((verify._instant(one["start"]) - START.us) / 1e6),
            round((verify._instant(one["end"]) - START.us) / 1e6),
            one["state"],
            one["reason"],
            one["proven"],
        )
        for one in camera(folder, name)["parts"]
    ]


def test_a_gap_between_leaves_is_proven_and_its_reason_attested(city: AbsenceCity) -> None:
    report = city.certify(during(120, 660), ONE, TWO)
    assert report.proven
    assert parts(report.folder) == [
        (120, 180, "stored", "", False),
        (180, 600, "absent", "camera_lost", True),
        (600, 660, "stored", "", False),
    ]
    assert parts(report.folder, TWO) == [(120, 660, "stored", "", False)]
    one = camera(report.folder)
    assert one["parts"][1]["attested_by"].startswith("the recorder's entry")
    assert verify._instant(one["last_before"]["end"]) == at(120).us
    assert verify._instant(one["first_after"]["start"]) == at(660).us
    checked = verify.check(report.folder, str(report.manifest))
    assert checked.findings == []
    assert (checked.absence, checked.committed, checked.exit_code) == ("unknown key",) * 2 + (0,)
    known = verify.check(report.folder, ledger_keys=[city.ledger.keys.sets()[0].keys[0].vkey])
    assert (known.absence, known.committed, known.exit_code) == ("proven", "proven", 0)
    assert "nothing was entered (proven)" in checked.words()
    assert "attested by the recorder's entry in the catalogue: camera_lost" in checked.words()


def test_the_place_of_each_part_is_that_of_its_time_as_in_a_bundle(city: AbsenceCity) -> None:
    """The camera moved while it was lost: no place of today is told of the time before."""
    register = city.footage.register
    register.add_districts([a_district("district-2")])
    register.add_sites([a_site("site-2", district="district-2")])
    register.add_cameras([a_camera(ONE, site="site-2", district="district-2")], since=at(300))
    folder = city.certify(during(120, 720)).folder
    one = camera(folder)
    told = [(each["site"], each["start"], each["end"], each["sure"]) for each in one["stood"]]
    assert told == [
        ("site-1", str(at(120)), str(at(300)), False),
        ("site-2", str(at(300)), str(at(720)), True),
    ]
    assert (one["site"], one["district"]) == ("site-1", "district-1")
    text = (folder / "START-HERE.txt").read_text()
    assert text.index("site-1, district-1") < text.index("site-2, district-2")
    bundle = exported(city, during(120, 720))
    (source,) = json.loads((bundle / "MANIFEST.json").read_bytes())["sources"]
    assert [each["site"] for each in source["places"]] == [each[0] for each in told]
    assert source["site"] == one["site"]
    assert verify.check(folder).exit_code == 0


def test_times_are_told_in_the_zone_of_the_cameras_site(city: AbsenceCity) -> None:
    start = START + Elapsed.parse("2m")
    text = (city.certify(during(120, 720)).folder / "START-HERE.txt").read_text()
    assert local_text(start, time_zone("Asia/Karachi")) in text
    city.footage.register.add_sites([a_site(zone="Asia/Tokyo")])
    text = (city.certify(during(120, 720), name="tokyo").folder / "START-HERE.txt").read_text()
    assert local_text(start, time_zone("Asia/Tokyo")) in text


def exported(city: AbsenceCity, interval: Interval) -> Path:
    parts = city.footage
    out = city.folder / "bundle"
    stores = (parts.register, parts.catalogue, parts.store, parts.custody)
    unfinished = UnfinishedExports(city.folder / "exports")
    service = ExportService(*stores, city.clock, "0.1.0", unfinished=unfinished)
    service.export([ONE], interval, out, LIAISON)
    return out


def planted(city: AbsenceCity, size: int, at_: Instant) -> str:
    """Store a checkpoint of another tree, rightly signed by the ledger's own keys."""
    bare = Checkpoint(city.ledger.origin, size, leaf_hash(b"another history"))
    other = FolderSigner(city.ledger.keys).sign(bare, at_)
    key = checkpoint_key(city.ledger.log, other, at_)
    path = city.folder / "planted"
    path.write_text(other.note())
    city.footage.store.put(key, path, Digest.of(path.read_bytes()), {})
    return key


@pytest.mark.parametrize("which", ["fewer leaves", "as many", "before the time asked for"])
def test_no_certificate_where_the_ledger_was_forked(city: AbsenceCity, which: str) -> None:
    last = city.ledger.checkpoint.size
    now = city.clock.now().floor(Elapsed.parse("1s"))
    size, at_ = {
        "fewer leaves": (last - 3, now),
        "as many": (last, now),
        "before the time asked for": (2, at(179).floor(Elapsed.parse("1s"))),
    }[which]
    planted(city, size, at_)
    with pytest.raises(Conflict, match="a fork") as caught:
        city.certify(MISSED)
    assert caught.value.hint == "footage ledger verify"
    assert not (city.folder / "certificate").exists()
    assert list(city.footage.custody.read())[-1].what["ok"] is False


def test_a_register_that_is_behind_what_was_published_still_certifies(city: AbsenceCity) -> None:
    """A newer checkpoint of the same tree is no fork: what an older one proves stands."""
    state = city.ledger.ledger.state()
    city.minutes(125, 127, ONE)
    reader = LedgerReader(city.ledger.ledger, city.footage.store, state, lambda: None)
    reader.require_not_forked(city.clock.now())
    soon = (city.clock.now() + Elapsed.parse("5s")).floor(Elapsed.parse("1s"))
    planted(city, city.ledger.checkpoint.size, soon)
    with pytest.raises(Conflict, match="newest checkpoint in the store"):
        reader.require_not_forked(city.clock.now())


def test_no_certificate_of_a_stored_tree_that_was_changed(city: AbsenceCity) -> None:
    state = city.ledger.ledger.state()
    bare = Checkpoint(city.ledger.origin, city.ledger.checkpoint.size, leaf_hash(b"another"))
    city.ledger.ledger.set_checkpoint(bare.note(), state.signed_at or START)
    with pytest.raises(DataLoss, match="not the one that was signed"):
        city.certify(MISSED)


def test_the_home_that_made_it_checks_by_its_own_keys(city: AbsenceCity) -> None:
    folder = city.certify(MISSED).folder
    mine = city.ledger.keys.sets()[0].keys[0].vkey
    assert keys_for(folder, [mine, "another.invalid/1+00000000+AAAA"]) == [mine]
    assert keys_for(folder.parent, [mine]) == []


def test_the_checkpoints_bound_the_time(city: AbsenceCity) -> None:
    report = city.certify(MISSED)
    ledger = json.loads((report.folder / "certificate.json").read_bytes())["ledger"]
    before, fixed = (verify._instant(ledger[name]["signed"]) for name in ("before", "fixed"))
    assert before <= MISSED.start.us
    assert at(660).us < fixed < at(680).us, "the first checkpoint that has the leaf behind it"
    assert ledger["before"]["leaves"] < ledger["fixed"]["leaves"] < ledger["leaves"]


def test_what_was_deleted_says_when_by_which_rule_and_plan(city: AbsenceCity) -> None:
    gone = [s for s in city.ledger.stored if s.camera == ONE][:2]
    city.delete(*gone)
    report = city.certify(during(0, 240))
    assert parts(report.folder) == [
        (0, 120, "gone", "expired", False),
        (120, 180, "stored", "", False),
        (180, 240, "absent", "camera_lost", True),
    ]
    one = camera(report.folder)
    assert one["parts"][0]["attested_by"] == "the custody log"
    assert one["parts"][0]["who"] == "service:retention"
    assert {each["rule"] for each in one["gone"]} == {"policy 'streets': keep 30d"}
    assert all(each["leaf"] is not None and each["deleted"] for each in one["gone"])
    checked = verify.check(report.folder)
    assert (checked.exit_code, checked.findings) == (0, [])
    assert "was stored, and is gone" in checked.words()


def test_what_the_store_lost_is_gone_and_nobody_says_why(city: AbsenceCity) -> None:
    (lost,) = [s for s in city.ledger.stored if s.camera == ONE and s.interval.start == at(60)]
    city.footage.store.delete([lost.key])
    report = city.certify(during(60, 120))
    assert parts(report.folder) == [(60, 120, "gone", "unknown", False)]
    assert camera(report.folder)["parts"][0]["attested_by"] == "nobody"


def test_a_late_leaf_is_named_as_late(city: AbsenceCity) -> None:
    city.late(a_segment(ONE, at(240)), Late.IMPORT)
    report = city.certify(MISSED)
    assert [(part[2], part[4]) for part in parts(report.folder)] == [
        ("absent", True),
        ("stored", False),
        ("absent", True),
    ]
    checked = verify.check(report.folder)
    assert checked.exit_code == 0
    assert "entered late (import)" in checked.words()
    start = (report.folder / "START-HERE.txt").read_text()
    assert "Entered later than it happened" in start
    assert "import" in start


def test_before_the_first_leaf_only_a_checkpoint_proves(tmp_path: Path) -> None:
    city = AbsenceCity(tmp_path)
    city.minutes(10, 30, ONE)
    report = city.certify(during(0, 600))
    assert not report.proven
    checked = verify.check(report.folder)
    assert (checked.absence, checked.exit_code) == ("no", 2)
    assert "no checkpoint shows that there was a ledger" in checked.words()


def test_with_a_checkpoint_before_the_first_leaf_it_is_proven(tmp_path: Path) -> None:
    city = AbsenceCity(tmp_path)
    city.ledger.keeper.round(at_once=True)
    city.minutes(10, 30, ONE)
    report = city.certify(during(60, 600))
    assert report.proven
    assert verify.check(report.folder).exit_code == 0


def test_after_the_last_leaf_nothing_is_proven(city: AbsenceCity) -> None:
    report = city.certify(during(1_140, 1_500))
    assert not report.proven
    assert [part[2:] for part in parts(report.folder)] == [
        ("stored", "", False),
        ("absent", "unknown", False),
    ]
    words = verify.check(report.folder).words()
    assert "no later leaf of this camera" in words
    assert "NOT PROVEN" in (report.folder / "START-HERE.txt").read_text()


def test_a_late_leaf_of_later_closes_the_time(city: AbsenceCity) -> None:
    """A leaf that is late names the last one on time: nothing of long before it is missing."""
    city.late(a_segment(ONE, at(3_000)), Late.IMPORT)
    report = city.certify(during(1_200, 1_500))
    assert report.proven
    assert verify.check(report.folder).exit_code == 0


def test_a_camera_without_leaves_and_a_home_without_ledger_prove_nothing(tmp_path: Path) -> None:
    city = AbsenceCity(tmp_path)
    city.minutes(0, 20, TWO)
    report = city.certify(MISSED)
    checked = verify.check(report.folder)
    assert (checked.absence, checked.exit_code) == ("no", 2)
    assert "the ledger has no leaf of this camera" in checked.words()
    bare = AbsenceCity(tmp_path / "bare")
    bare.clock.sleep(Elapsed.parse("1h"))
    report = bare.certify(MISSED)
    assert "no checkpoint" in report.ledger
    checked = verify.check(report.folder)
    assert (checked.absence, checked.committed, checked.exit_code) == ("no", "not checked", 2)
    assert "no ledger yet" in (report.folder / "START-HERE.txt").read_text()


def test_who_switched_the_camera_off_is_told(tmp_path: Path) -> None:
    off = AbsenceCity(tmp_path)
    custody = off.footage.custody
    off.footage.clock.sleep(START + Elapsed.parse("3h") - off.footage.clock.now())
    named = {"camera": ONE, "before": {"source": "rtsp://c/1"}, "after": {"source": ""}}
    with bracket(custody, Deed(Action.CAMERAS, LIAISON, {"changes": [named]})):
        pass
    off.clock.sleep(START + Elapsed.parse("5h") - off.clock.now())
    report = off.certify(Interval(START + Elapsed.parse("2h"), START + Elapsed.parse("4h")))
    one = camera(report.folder)["parts"]
    assert [part["reason"] for part in one] == ["unknown", "switched_off"]
    assert one[1]["who"] == LIAISON.actor
    assert one[1]["attested_by"] == "the custody log"
    assert "switched off" in (report.folder / "START-HERE.txt").read_text()


def test_it_is_entered_and_appears_whole_or_not_at_all(
    city: AbsenceCity, monkeypatch: pytest.MonkeyPatch
) -> None:
    report = city.certify(MISSED)
    intent, outcome = list(city.footage.custody.read())[-2:]
    assert (intent.action, intent.what["cameras"]) == (Action.ABSENCE, [ONE])
    assert outcome.what["result"] == {
        "bundle_id": report.bundle_id,
        "manifest": str(report.manifest),
        "proven": True,
    }
    with pytest.raises(Conflict):
        city.certify(MISSED)

    class Stop(Exception):
        pass

    def stop(done: int, total: int) -> None:
        if done == total:
            raise Stop

    with pytest.raises(Stop):
        city.service().certify([ONE], MISSED, city.folder / "cut", LIAISON, stop)
    monkeypatch.setattr("evidence.absence.sums", lambda _: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        city.certify(MISSED, name="cut")
    assert not (city.folder / "cut").exists()
    assert [path.name for path in city.folder.iterdir() if "partial" in path.name] == []
    assert list(city.footage.custody.read())[-1].what["ok"] is False


def test_the_same_is_said_twice_but_for_id_and_custody(city: AbsenceCity) -> None:
    texts = []
    for name in ("a", "b"):
        folder = city.certify(MISSED, ONE, TWO, name=name).folder
        texts.append({p.name: p.read_bytes() for p in folder.rglob("*") if p.is_file()})
    assert texts[0].keys() == texts[1].keys()
    differ = {name for name in texts[0] if texts[0][name] != texts[1][name]}
    assert differ == {
        *("MANIFEST.json", "MANIFEST.json.p7s", "SHA256SUMS", "custody.json"),
        *("START-HERE.txt", "START-HERE.ur.txt"),
    }


def test_what_is_refused(city: AbsenceCity) -> None:
    with pytest.raises(BadInput, match="not passed"):
        city.certify(Interval(START, city.clock.now() + Elapsed.parse("1s")))
    with pytest.raises(BadInput):
        city.service().certify([], MISSED, city.folder / "x", LIAISON)
    with pytest.raises(BadInput):
        city.certify(MISSED, type(ONE)("camera-9"))
    assert not (city.folder / "x").exists()


def test_footage_that_the_catalogue_forgot_is_no_absence(city: AbsenceCity) -> None:
    """An emptied catalogue over a full store: no certificate says that nothing is stored."""
    keys = [s.key for s in city.ledger.stored if s.camera == TWO]
    city.footage.catalogue.remove_segments(keys)
    with pytest.raises(DataLoss, match="does not list"):
        city.certify(during(120, 660), TWO)
    assert not (city.folder / "certificate").exists()
