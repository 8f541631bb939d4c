"""Time stamps over checkpoints: kept beside, checked at home, and in bundles by a stranger."""

from __future__ import annotations

import shutil
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest

from evidence import verify
from evidence.checkpoint_stamps import CheckpointStamps, StampCheck, check_stamps
from evidence.published_tree import TreePublisher
from evidence.verify import Trust
from footage.clock import SystemClock
from footage.errors import Unavailable
from footage.instant import DAY, Elapsed
from footage.ledger_objects import StoredCheckpoint, stamp_key, stamped_checkpoints
from infra.keys.time_authority import HttpTimeAuthority, stamped_time
from tests.common.bundles import forge
from tests.common.time_authority import OpensslAuthority, served
from tests.process.test_verify_ledger import City

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

STAMPED = "proofs/checkpoint.stamped"


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OpensslAuthority]:
    with served(OpensslAuthority(tmp_path_factory.mktemp("city") / "authority")) as made:
        yield made


@dataclass
class Stamping:
    """A city whose checkpoints are stamped once an hour."""

    city: City
    authority: OpensslAuthority
    stamps: CheckpointStamps = field(init=False)

    def __post_init__(self) -> None:
        ledger = self.city.ledger
        tree = TreePublisher(
            store=ledger.store,
            clock=ledger.clock,
            signer=None,
            folder=self.city.folder / "stamps",
            keep=DAY,
            hint="",
        )
        asked = HttpTimeAuthority(self.authority.url, self.authority.root, SystemClock())
        hour = Elapsed.parse("1h")
        self.stamps = CheckpointStamps(ledger.store, ledger.clock, asked, tree, hour)

    def round(self) -> StoredCheckpoint | None:
        state = self.city.ledger.ledger.state()
        assert state.signed_at is not None
        return self.stamps.round(state.log, state.signed_at)

    def check(self, roots: str | None = None) -> StampCheck:
        pem = self.authority.root.read_text("ascii") if roots is None else roots
        return check_stamps(
            self.city.ledger.store,
            self.city.ledger.log,
            lambda token, data: stamped_time(token, data, pem),
            lambda _: "",
        )


@pytest.fixture
def made(tmp_path: Path, authority: OpensslAuthority) -> Stamping:
    authority.faulty = ""
    return Stamping(City(tmp_path), authority)


def test_a_stamp_an_hour_lies_beside_its_checkpoint(made: Stamping) -> None:
    city = made.city
    city.enter(city.segments[0])
    first = made.round()
    assert first is not None
    assert first.size == 1
    city.enter(city.segments[1])
    assert made.round() is None, "within the hour"
    again = Stamping(city, made.authority)  # a process that begins
    assert again.round() is None
    city.ledger.clock.sleep(Elapsed.parse("2h"))
    city.ledger.keeper.round(at_once=True)
    assert made.round() is not None
    assert [one.size for one in stamped_checkpoints(city.ledger.store, city.ledger.log)] == [1, 2]
    done = made.check()
    assert (done.count, done.unproven, done.findings) == (2, 0, [])
    assert done.last is not None
    assert abs((done.last[1] - SystemClock().now()).us) < 3_600_000_000
    assert made.check("").unproven == 2


def test_an_authority_that_is_away_fails_the_round_alone(made: Stamping) -> None:
    made.city.enter(made.city.segments[0])
    made.authority.faulty = "500"
    with pytest.raises(Unavailable):
        made.round()
    made.city.enter(made.city.segments[1])  # signed all the same
    made.authority.faulty = ""
    done = made.round()
    assert done is not None
    assert done.size == 2


def test_another_authority_or_stamp_is_found_at_home(made: Stamping, tmp_path: Path) -> None:
    city = made.city
    city.enter(city.segments[0])
    first = made.round()
    assert first is not None
    other = OpensslAuthority(tmp_path / "other", "Another")
    (finding,) = made.check(other.root.read_text("ascii")).findings
    assert "not a time stamp of the authority" in finding
    assert finding.startswith(stamp_key(first))
    with pytest.raises(Exception, match="something else"):
        stamped_time(city.ledger.store.get(stamp_key(first)), b"other", "")


def stamped_bundle(made: Stamping) -> Path:
    """A bundle whose three leaves stood under a stamped checkpoint before the last one."""
    city = made.city
    city.enter(*city.segments)
    assert made.round() is not None
    city.ledger.clock.sleep(Elapsed.parse("2m"))
    city.ledger.keeper.round(at_once=True)
    return city.bundle()


def test_a_bundle_proves_before_when_all_was_committed(made: Stamping) -> None:
    bundle = stamped_bundle(made)
    report = verify.check(bundle, trust=Trust(tsa_ca=str(made.authority.root)))
    assert report.findings == []
    assert (report.committed, report.exit_code) == ("unknown key", 0)
    assert "all stood there before" in report.ledger
    assert report.ledger.endswith("by the clock of an authority whose root you gave")
    assert verify.check(bundle).ledger.endswith("whom this bundle alone vouches for")


def test_a_stamp_of_another_authority_proves_nothing(made: Stamping, tmp_path: Path) -> None:
    bundle = stamped_bundle(made)
    other = OpensslAuthority(tmp_path / "other", "Another")
    report = verify.check(bundle, trust=Trust(tsa_ca=str(other.root)))
    assert report.ledger.endswith("that is not the one you gave: not proven")


def test_stamped_trees_that_do_not_fit_are_found(made: Stamping, tmp_path: Path) -> None:
    bundle = stamped_bundle(made)
    whole = tmp_path / "whole"
    shutil.copytree(bundle, whole)

    def altered(kind: str, where: str) -> None:
        report = verify.check(bundle)
        assert (report.committed, report.exit_code) == ("altered", 1)
        assert any(kind in one.message and where in one.where for one in report.findings)
        shutil.rmtree(bundle)
        shutil.copytree(whole, bundle)

    (bundle / f"{STAMPED}.tsr").write_bytes(
        made.authority.answer((made.authority.folder / "query").read_bytes())[:-9]
    )
    forge(bundle, lambda _: None)
    altered("is no time stamp", ".tsr")

    (bundle / f"{STAMPED}.tsr").write_bytes(b"no stamp")
    forge(bundle, lambda _: None)
    altered("is no time stamp that can be read", ".tsr")

    (bundle / STAMPED).write_bytes((bundle / "proofs/checkpoint").read_bytes())
    forge(bundle, lambda _: None)
    altered("is no time stamp over this checkpoint", ".tsr")

    text = (bundle / STAMPED).read_text("utf-8")
    head, _, root, rest = text.split("\n", 3)
    (bundle / STAMPED).write_text(f"{head}\n2\n{root}\n{rest}", "utf-8")
    forge(bundle, lambda told: told["ledger"]["stamped"].update(leaves=2))
    altered("is of another tree", STAMPED)


def test_leaves_that_came_after_the_stamp_are_not_said_to_stand_under_it(made: Stamping) -> None:
    city = made.city
    city.enter(city.segments[0])
    assert made.round() is not None
    city.enter(*city.segments[1:])
    report = verify.check(city.bundle())
    assert report.findings == []
    assert "stood there before" not in report.ledger
