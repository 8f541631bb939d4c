"""The runner of jobs: ends, leases and limits, by the runner's own steps without the scheduler."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest

from footage.access import person_id
from footage.action import Purpose
from footage.clock import SimulatedClock
from footage.errors import Unavailable
from footage.ids import JobId
from footage.instant import Elapsed
from footage.job import Job, JobState, Lease, Work
from infra.registers.memory_jobs import MemoryJobs
from infra.run.job_runner import MOST_LAPSES, TERM, JobRunner
from tests.common.builders import START

if TYPE_CHECKING:
    from collections.abc import Mapping

    from footage.job import Handler, Tell

PATIENCE_S = 60
LATER = TERM + Elapsed.parse("1s")


class Bench:
    """Jobs, a clock, and a handler that waits until let go where told to wait."""

    def __init__(self) -> None:
        self.clock = SimulatedClock(START)
        self.jobs = MemoryJobs(lambda _: None)
        self.reached, self.go = threading.Event(), threading.Event()

    def runner(self, handler: Handler, *, at_once: int = 1) -> JobRunner:
        handlers = {"export": handler}
        return JobRunner(self.jobs, handlers, self.clock, at_once=at_once, upkeep=lambda: None)

    def add(self, number: int = 1) -> JobId:
        who = Purpose(person_id("anna"))
        return self.jobs.add(Job(JobId(f"job-{number}"), "export", who, {}, "", START)).id

    def wait(self, job: Job, tell: Tell) -> Mapping[str, object]:
        """Do a job in two pieces, with a wait between."""
        tell(Work(1, 2))
        self.reached.set()
        assert self.go.wait(PATIENCE_S)
        tell(Work(2, 2))
        return {"did": job.id}

    def taken_by_another(self, job: JobId) -> Job:
        """Let the lease of a job run out, and another process take the job."""
        self.clock.sleep(LATER)
        taken = self.jobs.claim(Lease("other", self.clock.now() + TERM), self.clock.now())
        assert taken is not None
        assert taken.id == job
        return taken


@pytest.fixture
def bench() -> Bench:
    return Bench()


def finished(runner: JobRunner) -> None:
    """Let the runner's threads come to an end."""
    runner._pool.shutdown(wait=True)


def test_a_job_is_done_with_its_result(bench: Bench) -> None:
    job, runner = bench.add(), bench.runner(bench.wait)
    runner.look()
    assert bench.reached.wait(PATIENCE_S)
    runner.keep()
    assert bench.jobs.job(job).work == Work(1, 2)
    bench.go.set()
    finished(runner)
    done = bench.jobs.job(job)
    assert (done.state, done.result) == (JobState.DONE, {"did": job})


def test_no_more_jobs_are_taken_than_run_at_once(bench: Bench) -> None:
    for number in (1, 2, 3):
        bench.add(number)
    runner = bench.runner(bench.wait, at_once=2)
    runner.look()
    runner.look()
    states = [bench.jobs.job(JobId(f"job-{number}")).state for number in (1, 2, 3)]
    assert states == [JobState.RUNNING, JobState.RUNNING, JobState.QUEUED]
    bench.go.set()
    finished(runner)


def test_a_lease_that_is_kept_does_not_run_out(bench: Bench) -> None:
    job, runner = bench.add(), bench.runner(bench.wait)
    runner.look()
    for _ in range(3):
        bench.clock.sleep(Elapsed(TERM.us - 1))
        runner.keep()
        assert bench.jobs.claim(Lease("other", START), bench.clock.now()) is None
    bench.go.set()
    finished(runner)
    assert bench.jobs.job(job).state is JobState.DONE


@pytest.mark.parametrize("told", [True, False])
def test_a_job_that_another_took_over_is_left_to_the_other(bench: Bench, *, told: bool) -> None:
    job, runner = bench.add(), bench.runner(bench.wait)
    runner.look()
    assert bench.reached.wait(PATIENCE_S)
    taken = bench.taken_by_another(job)
    if told:
        runner.keep()
    bench.go.set()
    finished(runner)
    assert bench.jobs.job(job) == taken


def test_a_job_in_which_processes_end_again_and_again_is_given_up(bench: Bench) -> None:
    job = bench.add()
    bench.jobs.claim(Lease("other", START), START)
    for _ in range(MOST_LAPSES - 1):
        bench.taken_by_another(job)
    bench.clock.sleep(LATER)
    bench.go.set()
    runner = bench.runner(bench.wait)
    runner.look()
    finished(runner)
    ended = bench.jobs.job(job)
    assert ended.state is JobState.FAILED
    assert f"{MOST_LAPSES} times" in ended.error
    assert not bench.reached.is_set()


def test_a_job_asked_to_stop_before_a_crash_is_not_begun_again(bench: Bench) -> None:
    job = bench.add()
    bench.jobs.claim(Lease("other", START), START)
    bench.jobs.cancel(job, START)
    bench.clock.sleep(LATER)
    runner = bench.runner(bench.wait)
    runner.look()
    finished(runner)
    assert bench.jobs.job(job).state is JobState.CANCELLED
    assert not bench.reached.is_set()


def test_an_unforeseen_error_fails_the_job_and_tells_nobody_its_text(bench: Bench) -> None:
    def broken(_job: Job, _tell: Tell) -> Mapping[str, object]:
        raise ValueError("geheim")

    job, runner = bench.add(), bench.runner(broken)
    runner.look()
    finished(runner)
    ended = bench.jobs.job(job)
    assert (ended.state, ended.error) == (JobState.FAILED, "unforeseen; the log has details")


def test_while_the_register_is_away_jobs_go_on_and_the_log_says_so_once(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def away(*_: object) -> Job:
        raise Unavailable("the register is away")

    job, runner = bench.add(), bench.runner(bench.wait, at_once=2)
    runner.look()
    assert bench.reached.wait(PATIENCE_S)
    with monkeypatch.context() as patched:
        patched.setattr(bench.jobs, "keep", away)
        patched.setattr(bench.jobs, "claim", away)
        for _ in range(3):
            runner.keep()
            runner.look()
    assert [record.getMessage() for record in caplog.records] == ["jobs wait: the register is away"]
    bench.go.set()
    finished(runner)
    assert bench.jobs.job(job).state is JobState.DONE
