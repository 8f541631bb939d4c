"""Recovery of an earlier recorder's spool: end a running FFmpeg, close open segments, mend gaps."""

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
    """Segments and gaps found in a spool, still to be stored.

    Attributes:
        spooled: Closed segments whose files are in the spool.
        gaps: Gaps of the spool, made to tile with the recorded time.
        until: End of the time that segments and gaps of this spool cover; None for a new spool.
        troubles: Lines for people.
    """

    spooled: list[Spooled] = field(default_factory=list)
    gaps: list[Gap] = field(default_factory=list)
    until: Instant | None = None
    troubles: list[str] = field(default_factory=list)


def recover(spool: CameraSpool, launcher: Launcher) -> Recovered:
    """Recover a camera's spool from any state in which a crash may leave a spool.

    An FFmpeg outlives a recorder that was killed and goes on recording: such an FFmpeg is asked to
    end first, so that even the open segment is whole. The lock on the spool says that no living
    recorder owns the spool.

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
            found.troubles.append(
                f"run {run.header.run} had gone on without a recorder: its FFmpeg was ended"
            )
        waiting = run.pending()
        found.spooled += [*waiting, *run.finish()]
        recorded += run.recorded
    found.gaps = reconciled(spool.camera, spool.gaps(), recorded)
    ends = [gap.interval.end for gap in found.gaps]
    ends += [end for end in (spool.recorded_until(), spool.accounted_until()) if end is not None]
    found.until = max(ends, default=None)
    return found
