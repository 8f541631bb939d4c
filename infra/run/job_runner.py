"""Runs jobs in a process of the API: takes queued jobs, keeps their leases, ends them.

The scheduler looks for jobs and keeps leases, each at its interval; a pool of threads does the
work. A job is stopped between two pieces of work only, when its work is told. After a crash the
lease runs out, and another process, or this one started again, begins the job anew. On an orderly
stop jobs under way are given back and go on at the next start.
"""

from __future__ import annotations

import logging
import secrets
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from enum import Enum, auto
from typing import TYPE_CHECKING, Final

from footage.errors import Conflict, FootageError, NotFound
from footage.instant import Elapsed
from footage.job import JobState, JobStopped, Lease
from infra.run.scheduler import Scheduler

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from footage.clock import Clock
    from footage.ids import JobId
    from footage.job import Handler, Job, Work
    from footage.ports import Jobs

TERM: Final = Elapsed.parse("15s")
"""Length of a lease: so long after a crash a job begins again."""
_BEAT: Final = Elapsed.parse("1s")
_UPKEEP: Final = Elapsed.parse("1h")
MOST_LAPSES: Final = 3
"""Crashes in the middle of a job after which the job is taken to be their cause."""
_log = logging.getLogger(__name__)


class _Why(Enum):
    """Reasons to stop a job before its end."""

    CANCELLED = auto()
    LOST = auto()
    CLOSING = auto()


class _Run:
    """A job that this process runs."""

    def __init__(self, job: Job) -> None:
        self.job = job
        self.work = job.work
        self.why: _Why | None = None

    def tell(self, work: Work) -> None:
        """Take how far the work is; raises JobStopped where the job is to stop."""
        self.work = work
        if self.why is not None:
            raise JobStopped(f"job {self.job.id} was stopped: {self.why.name.lower()}")


class JobRunner:
    """Runs jobs in threads of this process.

    Args:
        jobs: The record of jobs.
        handlers: Who does jobs of which kind.
        clock: Tells the time of leases.
        at_once: Most jobs at once.
        upkeep: Called at the start and each hour, to remove what is kept no longer.
    """

    def __init__(
        self,
        jobs: Jobs,
        handlers: Mapping[str, Handler],
        clock: Clock,
        *,
        at_once: int,
        upkeep: Callable[[], object],
    ) -> None:
        self._jobs, self._handlers, self._clock = jobs, handlers, clock
        self._at_once = at_once
        self._owner = secrets.token_hex(8)
        self._lock = threading.Lock()
        self._runs: dict[JobId, _Run] = {}
        self._closing = False
        self._away = False
        self._pool = ThreadPoolExecutor(at_once, thread_name_prefix="job")
        self._scheduler = Scheduler(_failed)
        self._scheduler.every("look for jobs", self.look, interval=_BEAT)
        self._scheduler.every("keep jobs", self.keep, interval=_BEAT)
        self._scheduler.every("upkeep of jobs", upkeep, interval=_UPKEEP)
        self._scheduler.now("upkeep of jobs")

    @contextmanager
    def running(self) -> Iterator[None]:
        """Run jobs inside the `with`; at the end give jobs under way back, and wait for them."""
        self._scheduler.start()
        try:
            yield
        finally:
            with self._lock:
                self._closing = True
                for run in self._runs.values():
                    run.why = run.why or _Why.CLOSING
            self._pool.shutdown(wait=True)  # leases are kept meanwhile
            self._scheduler.stop()

    def look(self) -> None:
        """Take jobs while threads are free."""
        try:
            while self._begun():
                pass
        except FootageError as exc:
            self._tell_away(exc)
        else:
            self._away = False

    def keep(self) -> None:
        """Keep the leases of the jobs under way, and learn which were cancelled."""
        with self._lock:
            runs = list(self._runs.values())
        for run in runs:
            try:
                job = self._jobs.keep(run.job.id, self._lease(), run.work)
            except (Conflict, NotFound):
                run.why = run.why or _Why.LOST
            except FootageError as exc:  # the lease may run out; whoever takes the job over ends it
                self._tell_away(exc)
            else:
                if job.cancelling:
                    run.why = run.why or _Why.CANCELLED

    def _begun(self) -> bool:
        """Take a job and hand the job to a thread; return False where there is none to take."""
        with self._lock:
            if self._closing or len(self._runs) >= self._at_once:
                return False
            job = self._jobs.claim(self._lease(), self._clock.now())
            if job is None:
                return False
            self._runs[job.id] = _Run(job)
            self._pool.submit(self._do, self._runs[job.id])
            return True

    def _tell_away(self, exc: FootageError) -> None:
        """Log that the register does not answer, once until the register answers again."""
        if not self._away:
            _log.warning("jobs wait: %s", exc)
        self._away = True

    def _lease(self) -> Lease:
        return Lease(self._owner, self._clock.now() + TERM)

    def _do(self, run: _Run) -> None:
        try:
            self._work(run)
        except (Conflict, NotFound) as exc:
            _log.warning("the end of job %s counts no more: %s", run.job.id, exc)
        except FootageError as exc:
            # The lease runs out, and the job begins again once the register answers.
            _log.error("the end of job %s was not recorded: %s", run.job.id, exc)
        finally:
            with self._lock:
                del self._runs[run.job.id]

    def _work(self, run: _Run) -> None:
        job = run.job
        if job.cancelling:
            run.why = _Why.CANCELLED
        if run.why is not None:
            self._stop(run)
            return
        if job.lapses >= MOST_LAPSES:
            error = f"given up: the process ended in the middle of the job {job.lapses} times"
            self._finish(job, JobState.FAILED, error=error)
            return
        try:
            result = self._handlers[job.kind](job, run.tell)
        except JobStopped:
            self._stop(run)
        except FootageError as exc:
            self._finish(job, JobState.FAILED, error=str(exc))
        except Exception:  # noqa: BLE001 - the edge of a thread: the job fails, the runner goes on
            _log.exception("unforeseen error in job %s", job.id)
            self._finish(job, JobState.FAILED, error="unforeseen; the log has details")
        else:
            self._jobs.keep(job.id, self._lease(), run.work)  # all the work there was, as told
            self._finish(job, JobState.DONE, result=result)

    def _stop(self, run: _Run) -> None:
        match run.why:
            case _Why.CANCELLED:
                self._finish(run.job, JobState.CANCELLED)
            case _Why.CLOSING:
                self._jobs.give_back(run.job.id, self._owner)
            case _:
                _log.warning("job %s was taken over by another process", run.job.id)

    def _finish(
        self,
        job: Job,
        state: JobState,
        *,
        result: Mapping[str, object] | None = None,
        error: str = "",
    ) -> None:
        now = self._clock.now()
        self._jobs.finish(job.id, self._owner, state, now, result=result, error=error)


def _failed(name: str, error: BaseException | None) -> None:
    _log.error("%s: %s", name, error or "a run was missed")
