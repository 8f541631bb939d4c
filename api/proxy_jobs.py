"""Proxies of an interval made beforehand, as a job: a person asks, and comes back to watch."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Final

from api.job_kinds import PROXIES, add_job
from api.reach import require_whole
from footage.access import Permission
from footage.errors import NotFound, NotPermitted, Refused
from footage.ids import camera_id
from footage.instant import Elapsed, Instant, Interval
from footage.job import JobStopped, Work
from footage.scope import Scope

if TYPE_CHECKING:
    from collections.abc import Mapping

    from api.job_kinds import Sent
    from api.proxies import Proxies
    from footage.access import Reach
    from footage.action import Purpose
    from footage.clock import Clock
    from footage.ids import CameraId
    from footage.job import Job, Tell
    from footage.ports import Accounts, Catalogue, Jobs, Register
    from footage.segment import Segment

LONGEST: Final = Elapsed.parse("1h")
"""Longest interval of which proxies are made beforehand: some ten minutes of work."""


@dataclass(frozen=True, slots=True)
class ProxyJobs:
    """Service that makes the proxies of an interval as a job; no footage is shown by it."""

    jobs: Jobs
    accounts: Accounts
    register: Register
    catalogue: Catalogue
    clock: Clock
    proxies: Proxies

    def ask(
        self, camera: CameraId, interval: Interval, purpose: Purpose, reach: Reach, sent: Sent
    ) -> Job:
        """Add a job that makes the proxies of an interval of up to `LONGEST`.

        Raises:
            NotPermitted: Some part is out of reach.
            NotFound: No such camera, or nothing of the interval is stored.
            Conflict: The key was sent before with another request.
            Refused: Too many jobs of the person wait or run already.
        """
        require_whole(self.register, reach, [camera], interval)
        self.register.camera(camera)
        segments = self._segments(camera, interval)
        if not segments:
            raise NotFound(f"no footage of {camera} is stored from {interval.start} on")
        asked = {
            "camera": camera,
            "start": str(interval.start),
            "end": str(interval.end),
            "segments": len(segments),
        }
        return add_job(self.jobs, self.clock, PROXIES, purpose, asked, sent, total=len(segments))

    def run(self, job: Job, tell: Tell) -> Mapping[str, object]:
        """Do a job: make what is not kept, one segment at a time, behind people who watch.

        Segments that cannot be decoded are counted and passed over, and so are those deleted
        meanwhile. A cancelled job ends within a second; what was made stays.

        Returns:
            The job's result.

        Raises:
            NotPermitted: The account is disabled, or some part is out of reach by now.
            FootageError: As `Proxies.make`.
            JobStopped: As `tell` raises.
        """
        camera = camera_id(str(job.request["camera"]))
        start, end = (Instant.parse(str(job.request[name])) for name in ("start", "end"))
        known = self.accounts.person(job.person)
        reach = known.reach(Permission.WATCH, self.clock.now())
        if known.disabled or reach is None:
            raise NotPermitted(f"{job.person} may not watch any more")
        require_whole(self.register, reach, [camera], Interval(start, end))
        segments = self._segments(camera, Interval(start, end))
        ready = refused = 0
        for number, segment in enumerate(segments):
            done = Work(number, len(segments))
            try:
                self.proxies.make(segment, partial(tell, done))
                ready += 1
            except JobStopped:
                raise  # also a kind of `Refused`, but nothing was refused
            except Refused:
                refused += 1
            except NotFound:
                continue  # deleted meanwhile
        tell(Work(len(segments), len(segments)))
        return {"ready": ready, "refused": refused}

    def _segments(self, camera: CameraId, interval: Interval) -> list[Segment]:
        scope = Scope(cameras=frozenset([camera]))
        return list(self.catalogue.segments(scope, interval))
