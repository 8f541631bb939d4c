"""The contract of `footage.ports.Jobs`, on every adapter."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Barrier
from typing import TYPE_CHECKING, Any

import pytest

from footage.access import Person, person_id
from footage.action import Purpose
from footage.errors import Conflict, FootageError, NotFound, Refused
from footage.ids import JobId
from footage.instant import Elapsed
from footage.job import Job, JobState, Lease, Work
from footage.ports import Credentials
from infra.registers.memory_accounts import MemoryAccounts
from infra.registers.memory_jobs import MemoryJobs
from infra.registers.sql_accounts import SqlAccounts
from infra.registers.sql_jobs import SqlJobs
from tests.common.builders import at
from tests.common.clients import clients, url_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from footage.ports import Accounts, Jobs

    Opener = Callable[[], Jobs]

ANNA, BORIS = person_id("anna"), person_id("boris")
TERM = Elapsed.parse("10s")
TIMES = 10
"""Number of races of threads; each race is for something new."""


def _add_people(accounts: Accounts) -> None:
    for person in (ANNA, BORIS):
        accounts.add_person(Person(person, person.title()), Credentials())


@pytest.fixture(params=["memory", "sqlite", pytest.param("postgresql", marks=pytest.mark.server)])
def opener(request: pytest.FixtureRequest) -> Iterator[Opener]:
    """Function that opens another client of the same jobs at each call."""
    if request.param == "memory":
        people = MemoryAccounts()
        _add_people(people)
        shared = MemoryJobs(people.person)
        yield lambda: shared
        return
    url = url_of(request)
    accounts = SqlAccounts(url)
    _add_people(accounts)
    accounts.close()
    with clients(url, SqlJobs) as another:
        yield another


@pytest.fixture
def jobs(opener: Opener) -> Jobs:
    return opener()


def a_job(number: int = 1, person: str = ANNA, **changes: Any) -> Job:  # noqa: ANN401 - of any member
    job = Job(
        JobId(f"job-{number:03}"),
        "export",
        Purpose(person, "FIR 1", "theft"),
        {"cameras": ["camera-1"], "bytes": 12},
        "print",
        at(number),
        work=Work(0, 12),
    )
    return replace(job, **changes)


def lease(owner: str = "one", start_s: float = 100) -> Lease:
    return Lease(owner, at(start_s) + TERM)


def run_by(jobs: Jobs, owner: str = "one", start_s: float = 100) -> Job:
    """Let a process take a job; return the job."""
    job = jobs.claim(lease(owner, start_s), at(start_s))
    assert job is not None
    return job


# ---------------------------------------------------------------- added


def test_a_job_reads_back_whole_by_every_client(opener: Opener, jobs: Jobs) -> None:
    job = a_job(key="key")
    assert jobs.add(job) == job
    assert opener().job(job.id) == job
    assert job.state is JobState.QUEUED
    with pytest.raises(NotFound, match="job-009"):
        jobs.job(JobId("job-009"))


def test_the_same_request_of_the_same_key_is_the_same_job(opener: Opener, jobs: Jobs) -> None:
    first = jobs.add(a_job(key="key"))
    assert jobs.add(a_job(2, key="key")) == first
    taken = run_by(jobs)
    assert opener().add(a_job(3, key="key")) == taken
    assert jobs.jobs(ANNA) == [taken]


def test_a_key_is_of_one_person_and_one_request(jobs: Jobs) -> None:
    jobs.add(a_job(key="key"))
    for other in (a_job(2, key="key", fingerprint="other"), a_job(2, key="key", kind="other")):
        with pytest.raises(Conflict, match="job-001"):
            jobs.add(other)
    jobs.add(a_job(3, BORIS, key="key"))
    jobs.add(a_job(4))
    jobs.add(a_job(5))
    assert [job.id for job in jobs.jobs(ANNA)] == ["job-005", "job-004", "job-001"]


def test_an_id_is_taken_once_and_its_person_must_exist(jobs: Jobs) -> None:
    jobs.add(a_job())
    with pytest.raises(Conflict, match="job-001"):
        jobs.add(a_job(fingerprint="other"))
    with pytest.raises(NotFound, match="nobody"):
        jobs.add(a_job(2, "nobody"))
    assert jobs.job(JobId("job-001")) == a_job()


def test_a_person_has_so_many_jobs_queued_or_running(jobs: Jobs) -> None:
    for number in (1, 2):
        jobs.add(a_job(number, key=f"key-{number}"), most=2)
    jobs.cancel(JobId("job-002"), at(100))
    jobs.add(a_job(3), most=2)
    with pytest.raises(Refused, match="2 jobs of anna"):
        jobs.add(a_job(4), most=2)
    running = run_by(jobs)
    with pytest.raises(Refused):
        jobs.add(a_job(5), most=2)
    assert jobs.add(a_job(6, key="key-1"), most=2) == running
    jobs.add(a_job(7, BORIS), most=2)
    jobs.finish(running.id, "one", JobState.DONE, at(101))
    jobs.add(a_job(8), most=2)
    assert [job.id for job in jobs.jobs(ANNA)] == ["job-008", "job-003", "job-002", "job-001"]


@pytest.mark.slow
def test_of_jobs_added_at_the_same_time_no_more_than_the_most_are_taken(
    opener: Opener, jobs: Jobs
) -> None:
    for number in range(TIMES):
        ready = Barrier(3)

        def ask(one: int, most: int = number + 1, ready: Barrier = ready) -> bool:
            mine = opener()
            ready.wait(timeout=60)
            try:
                mine.add(a_job(one), most=most)
            except Refused:
                return False
            return True

        with ThreadPoolExecutor(3) as pool:
            taken = list(pool.map(ask, range(10 * number, 10 * number + 3)))
        assert sum(taken) == 1
        assert len(jobs.jobs(ANNA)) == number + 1


def test_jobs_of_a_person_come_newest_first_by_pages(jobs: Jobs) -> None:
    for number in range(1, 6):
        jobs.add(a_job(number))
    jobs.add(a_job(6, BORIS))
    first = jobs.jobs(ANNA, limit=2)
    assert [job.id for job in first] == ["job-005", "job-004"]
    rest = jobs.jobs(ANNA, before=first[-1].id)
    assert [job.id for job in rest] == ["job-003", "job-002", "job-001"]


# ---------------------------------------------------------------- run


def test_the_oldest_queued_job_is_taken_first_and_none_twice(opener: Opener, jobs: Jobs) -> None:
    assert jobs.claim(lease(), at(100)) is None
    for number in (2, 1):
        jobs.add(a_job(number))
    first = run_by(jobs)
    expected = replace(
        a_job(), version=2, state=JobState.RUNNING, lease=lease(), attempts=1, started=at(100)
    )
    assert first == expected
    assert opener().job(first.id) == expected
    assert run_by(opener(), "two").id == "job-002"
    assert jobs.claim(lease("three"), at(100)) is None


@pytest.mark.slow
def test_of_claims_at_the_same_time_one_gets_the_job(opener: Opener, jobs: Jobs) -> None:
    for number in range(TIMES):
        jobs.add(a_job(number))
        ready = Barrier(3)

        def take(owner: str, ready: Barrier = ready) -> Job | None:
            mine = opener()
            ready.wait(timeout=60)
            return mine.claim(lease(owner), at(100))

        with ThreadPoolExecutor(3) as pool:
            got = [job for job in pool.map(take, ("one", "two", "three")) if job]
        assert [job.id for job in got] == [f"job-{number:03}"]
        assert jobs.job(got[0].id) == got[0]


@pytest.mark.slow
def test_of_the_same_key_at_the_same_time_one_job_is_made(opener: Opener, jobs: Jobs) -> None:
    for number in range(TIMES):
        ready = Barrier(3)

        def ask(one: int, key: str = f"key-{number}", ready: Barrier = ready) -> Job:
            mine = opener()
            ready.wait(timeout=60)
            return mine.add(a_job(one, key=key))

        with ThreadPoolExecutor(3) as pool:
            made = list(pool.map(ask, range(10 * number, 10 * number + 3)))
        assert len({job.id for job in made}) == 1
        assert len(jobs.jobs(ANNA)) == number + 1


def test_a_kept_lease_lasts_and_the_work_is_told(opener: Opener, jobs: Jobs) -> None:
    jobs.add(a_job())
    taken = run_by(jobs)
    longer = lease(start_s=105)
    still = jobs.keep(taken.id, longer, Work(0, 12))
    assert still == replace(taken, lease=longer), "no news: the version stays"
    assert opener().claim(lease("two"), at(115)) is None, "it runs out after this very instant"
    moved = jobs.keep(taken.id, longer, Work(5, 12))
    assert moved == replace(taken, lease=longer, version=3, work=Work(5, 12))
    assert opener().job(taken.id) == moved


def test_a_job_whose_lease_ran_out_goes_to_another_and_the_first_is_refused(jobs: Jobs) -> None:
    jobs.add(a_job())
    taken = run_by(jobs)
    jobs.keep(taken.id, lease(), Work(5, 12))
    again = run_by(jobs, "two", 111)
    assert (again.attempts, again.lapses, again.work) == (2, 1, Work(0, 12))
    assert (again.started, again.lease) == (at(100), lease("two", 111))
    late: list[Callable[[], object]] = [
        lambda: jobs.keep(taken.id, lease(start_s=200), Work(6, 12)),
        lambda: jobs.give_back(taken.id, "one"),
        lambda: jobs.finish(taken.id, "one", JobState.DONE, at(112)),
    ]
    for call in late:
        with pytest.raises(Conflict, match="one"):
            call()
    assert jobs.job(taken.id) == again


def test_a_job_given_back_is_taken_at_once_and_is_no_lapse(jobs: Jobs) -> None:
    jobs.add(a_job())
    taken = run_by(jobs)
    jobs.keep(taken.id, lease(), Work(5, 12))
    back = jobs.give_back(taken.id, "one")
    assert (back.state, back.lease, back.work) == (JobState.QUEUED, None, Work(0, 12))
    again = run_by(jobs, "two")
    assert (again.attempts, again.lapses, again.version) == (2, 0, back.version + 1)


# ---------------------------------------------------------------- ended


def test_a_job_ends_once_with_what_came_out(opener: Opener, jobs: Jobs) -> None:
    jobs.add(a_job())
    jobs.add(a_job(2))
    taken, other = run_by(jobs), run_by(jobs)
    done = jobs.finish(taken.id, "one", JobState.DONE, at(120), result={"bundle": "b"})
    assert (done.state, done.work, done.lease) == (JobState.DONE, Work(12, 12), None)
    assert (done.result, done.error, done.ended) == ({"bundle": "b"}, "", at(120))
    failed = jobs.finish(other.id, "one", JobState.FAILED, at(121), error="disk full")
    assert (failed.state, failed.error, failed.work) == (JobState.FAILED, "disk full", Work(0, 12))
    assert opener().job(taken.id) == done
    assert opener().job(other.id) == failed
    with pytest.raises(Conflict):
        jobs.finish(taken.id, "one", JobState.FAILED, at(122))
    assert jobs.claim(lease("two", 900), at(900)) is None


def test_a_queued_job_is_cancelled_and_a_running_one_is_asked_to_stop(jobs: Jobs) -> None:
    jobs.add(a_job())
    jobs.add(a_job(2))
    running = run_by(jobs)
    asked = jobs.cancel(running.id, at(101))
    assert asked == replace(running, version=running.version + 1, cancelling=True)
    assert jobs.cancel(running.id, at(102)) == asked
    assert jobs.keep(running.id, lease(), Work(1, 12)).cancelling
    gone = jobs.cancel(JobId("job-002"), at(102))
    assert (gone.state, gone.ended) == (JobState.CANCELLED, at(102))
    assert jobs.cancel(gone.id, at(103)) == gone
    assert jobs.claim(lease("two"), at(100)) is None
    with pytest.raises(NotFound):
        jobs.cancel(JobId("job-009"), at(101))


def test_ended_jobs_are_listed_by_age_and_forgotten(jobs: Jobs) -> None:
    for number in (1, 2, 3, 4):
        jobs.add(a_job(number, key=f"key-{number}"))
    for number, end in ((1, 10), (2, 20), (3, 30)):
        jobs.cancel(JobId(f"job-00{number}"), at(end))
    old = jobs.ended_before(at(30))
    assert [job.id for job in old] == ["job-001", "job-002"]
    assert jobs.ended_before(at(30), limit=1) == old[:1]
    for job in (*old, a_job(4), a_job(9)):
        jobs.forget(job.id)
    assert [job.id for job in jobs.jobs(ANNA)] == ["job-004", "job-003"]
    jobs.add(a_job(5, key="key-1", fingerprint="other"))


def test_a_job_that_is_gone_is_not_kept(jobs: Jobs) -> None:
    calls: list[Callable[[JobId], object]] = [
        lambda job: jobs.keep(job, lease(), Work()),
        lambda job: jobs.give_back(job, "one"),
        lambda job: jobs.finish(job, "one", JobState.DONE, at(1)),
    ]
    for call in calls:
        with pytest.raises(FootageError) as caught:
            call(JobId("job-009"))
        assert isinstance(caught.value, NotFound)
