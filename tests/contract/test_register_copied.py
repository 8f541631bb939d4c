"""A register's rows copied to a file and back, between databases: nothing is lost or changed."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from footage.access import Grant, Person, Role, person_id
from footage.action import Purpose
from footage.approval import RequestState, withdrawn
from footage.ids import JobId
from footage.instant import Elapsed
from footage.job import Job
from footage.ports import ApiToken, Credentials, Session, Tombstone
from infra.registers import sql_copy
from infra.registers.sql_accounts import SqlAccounts
from infra.registers.sql_approvals import SqlApprovals
from infra.registers.sql_cases import SqlCases
from infra.registers.sql_jobs import SqlJobs
from infra.registers.sql_register import SqlRegister
from tests.common.approval_parts import a_request, an_act
from tests.common.builders import START, a_camera, a_district, a_segment, a_site
from tests.common.case_parts import (
    ANNA,
    BORIS,
    FIRST,
    a_case,
    a_member,
    a_stretch,
    an_exhibit,
    some_words,
)
from tests.common.registers import PLAN, a_hold

if TYPE_CHECKING:
    from pathlib import Path

    from footage.ports import Cases, Register

pytestmark = pytest.mark.slow


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.server)])
def url(request: pytest.FixtureRequest) -> str:
    if request.param == "sqlite":
        return str(request.getfixturevalue("sqlite_register"))
    return str(request.getfixturevalue("postgres_database").sqlalchemy_url)


def told(register: Register) -> tuple[object, ...]:
    return (
        register.districts(),
        register.sites(),
        register.cameras(),
        register.holds(active_only=False),
        register.marks_due(),
        register.tombstones(),
        register.custody_head(),
        register.custody_announced(),
    )


def test_rows_come_back_whole_and_replace_all_others(url: str, tmp_path: Path) -> None:
    kept = tmp_path / "kept.db"
    with closing(SqlRegister(url)) as register:
        assert sql_copy.is_empty(url)
        register.add_districts([a_district()])
        register.add_sites([a_site()])
        register.add_cameras([a_camera(source="rtsp://u:secret@host/1"), a_camera("camera-2")])
        register.place_hold(a_hold())
        register.release_hold(a_hold().id, at=START, by="court", reason="settled")
        register.use_plan(PLAN, at=START)
        starts = [START + Elapsed.seconds(60 * n) for n in range(700)]
        register.add_tombstones(Tombstone(PLAN, (a_segment(start=s),), "keep 30d") for s in starts)
        register.anchor_custody(2, "sha256:" + "a" * 64)
        before = told(register)
        assert not sql_copy.is_empty(url)
        assert sql_copy.save(url, kept)["purge_batches"] == 700
        register.add_cameras([a_camera("camera-3")])
        register.place_hold(a_hold("hold-9"))
        sql_copy.load(kept, url)
        assert told(register) == before
    with closing(SqlRegister(f"sqlite:///{kept}")) as copied:
        assert told(copied) == before
    assert list(tmp_path.glob("kept.db.lock*")) == []


def test_people_come_back_signed_out(url: str, tmp_path: Path) -> None:
    kept, anna, boris = tmp_path / "kept.db", person_id("anna"), person_id("boris")
    with closing(SqlAccounts(url)) as accounts:
        accounts.add_person(Person(anna, "Anna", (Grant(Role.AUDITOR),)), Credentials("hash"))
        token = ApiToken("t", "d", anna, "report", frozenset(), START, START)
        accounts.add_token(token)
        assert not sql_copy.is_empty(url)
        secret = accounts.shared_secret("cookies")
        accounts.take_step(anna, 7)
        accounts.note_failure("anna", START, forget_before=START)
        accounts.add_session(
            Session("s", anna, START, START, START), proven=accounts.credentials(anna)
        )
        rows = sql_copy.save(url, kept)
        assert {name for name, count in rows.items() if count} == {
            "ledger",
            "people",
            "credentials",
            "api_tokens",
            "shared_secrets",
        }
        accounts.add_person(Person(boris, "Boris"), Credentials())
        sql_copy.load(kept, url)
        assert [person.id for person in accounts.people()] == [anna]
        assert accounts.session("s") is None
        assert accounts.failures("anna") is not None, "a restore opens no locked account"
    with closing(SqlAccounts(f"sqlite:///{kept}")) as copied:
        assert copied.person(anna) == Person(anna, "Anna", (Grant(Role.AUDITOR),))
        assert copied.credentials(anna) == Credentials("hash")
        assert not copied.take_step(anna, 7)
        assert copied.tokens() == [token]
        assert copied.shared_secret("cookies") == secret
        assert (copied.session("s"), copied.failures("anna")) == (None, None)


def test_cases_come_back_with_every_version(url: str, tmp_path: Path) -> None:
    kept = tmp_path / "kept.db"
    with closing(SqlCases(url)) as cases:
        cases.open(a_case(), [a_member(), a_member(BORIS)])
        exhibits = [cases.add_exhibit(an_exhibit()), cases.add_exhibit(a_stretch())]
        exhibits[0] = cases.write(FIRST, 1, some_words(2, text="seen again"))
        before = told_of_cases(cases)
        assert not sql_copy.is_empty(url)
        rows = sql_copy.save(url, kept)
        assert {name for name, count in rows.items() if count} == {
            "ledger",
            "cases",
            "case_members",
            "case_exhibits",
            "case_words",
        }
        cases.open(a_case(2), [a_member()])
        cases.write(FIRST, 1, some_words(3, text="not seen"))
        sql_copy.load(kept, url)
        assert told_of_cases(cases) == before
        assert cases.exhibits(FIRST) == exhibits
    with closing(SqlCases(f"sqlite:///{kept}")) as copied:
        assert told_of_cases(copied) == before


def told_of_cases(cases: Cases) -> tuple[object, ...]:
    return (
        cases.cases(),
        cases.members(FIRST),
        cases.exhibits(FIRST),
        cases.versions(FIRST),
        cases.versions(FIRST, 1),
    )


def test_a_copy_holds_no_jobs_and_loading_one_removes_them(url: str, tmp_path: Path) -> None:
    kept, anna = tmp_path / "kept.db", person_id("anna")
    with closing(SqlAccounts(url)) as accounts, closing(SqlJobs(url)) as jobs:
        accounts.add_person(Person(anna, "Anna"), Credentials())
        job = Job(JobId("job-1"), "export", Purpose(anna), {}, "print", START)
        jobs.add(job)
        assert "jobs" not in sql_copy.save(url, kept)
        assert jobs.jobs(anna) == [job]
        sql_copy.load(kept, url)
        assert jobs.jobs(anna) == []
        assert accounts.person(anna).name == "Anna"
    with closing(SqlJobs(f"sqlite:///{kept}")) as copied:
        assert copied.jobs(anna) == []


def test_open_requests_for_approval_come_expired_and_their_numbers_go_on(
    url: str, tmp_path: Path
) -> None:
    """An approval may have been used since the copy was made."""
    kept = tmp_path / "kept.db"
    with closing(SqlApprovals(url)) as approvals:
        approvals.add(a_request())
        approvals.add(a_request(an_act(hold="hold-2")))
        approvals.change(2, lambda r: withdrawn(r, ANNA, "", START))
    sql_copy.save(url, kept)
    sql_copy.load(kept, url)
    with closing(SqlApprovals(url)) as approvals:
        states = [one.state for one in approvals.requests()]
        assert states == [RequestState.WITHDRAWN, RequestState.EXPIRED]
        assert approvals.open_request(an_act().sha256) is None
        assert approvals.add(a_request()).number == 3
