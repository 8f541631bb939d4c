"""What an earlier recorder left: end what still runs, close what is open, store the rest."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from footage.errors import DataLoss
from recorder.gaps import reconciled
from recorder.spool.run import Run

if TYPE_CHECKING:
    from footage.instant import Instant, Interval
    from footage.span import Gap
    from recorder.ports import Launcher
    from recorder.spool.spool import CameraSpool, Spooled


@dataclass(slots=True)
class Recovered:
    """What was found.

    Attributes:
        until: End of what this spool accounts for; None when it knows nothing.
        troubles: Lines for people.
    """

    spooled: list[Spooled] = field(default_factory=list)
    gaps: list[Gap] = field(default_factory=list)
    until: Instant | None = None
    troubles: list[str] = field(default_factory=list)


def recover(spool: CameraSpool, launcher: Launcher) -> Recovered:
    """Take up one camera's spool, whatever state a crash left it in.

    An FFmpeg outlives a recorder that was killed and goes on recording: it is ended politely
    first, so that even its open segment is whole. The lock on the spool says that no living
    recorder owns it.

    Raises:
        Unavailable: The disk cannot be read, or the old FFmpeg does not end.
    """
    found = Recovered()
    recorded: list[Interval] = []
    for journal in spool.journals():
        try:
            run = Run.reopen(spool, journal)
        except DataLoss as exc:
            found.troubles.append(f"{exc}; left where it is")
            continue
        if run.process and launcher.reap(run.process):
            found.troubles.append(f"run {run.header.run} had gone on without a recorder: ended")
        waiting = run.pending()
        found.spooled += [*waiting, *run.finish()]
        recorded += run.recorded
    found.gaps = reconciled(spool.camera, spool.gaps(), recorded)
    ends = [gap.interval.end for gap in found.gaps]
    ends += [end for end in (spool.recorded_until(), spool.accounted_until()) if end is not None]
    found.until = max(ends, default=None)
    return found
