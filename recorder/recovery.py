"""What an earlier recorder left: end what still runs, close what is open, store the rest."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from footage.errors import DataLoss, FootageError
from recorder.run import Run

if TYPE_CHECKING:
    from footage.instant import Instant
    from footage.ports import Catalogue
    from footage.span import Gap
    from recorder.ports import Launcher
    from recorder.spool import CameraSpool, Spooled


@dataclass(slots=True)
class Recovered:
    """What was found.

    Attributes:
        until: End of what the camera's timeline accounts for; None when it was never recorded.
        troubles: Lines for people.
    """

    spooled: list[Spooled] = field(default_factory=list)
    gaps: list[Gap] = field(default_factory=list)
    until: Instant | None = None
    troubles: list[str] = field(default_factory=list)


def recover(spool: CameraSpool, launcher: Launcher, catalogue: Catalogue) -> Recovered:
    """Take up one camera's spool, whatever state a crash left it in.

    An FFmpeg outlives a recorder that was killed and goes on recording: it is ended politely
    first, so that even its open segment is whole. The lock on the spool says that no living
    recorder owns it.

    Raises:
        Unavailable: The disk cannot be read, or the old FFmpeg does not end.
    """
    found = Recovered()
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
    found.gaps = spool.gaps()
    ends = [gap.interval.end for gap in found.gaps]
    if (recorded := spool.recorded_until()) is not None:
        ends.append(recorded)
    found.until = max(ends, default=None) or _stored_until(spool, catalogue, found.troubles)
    return found


def _stored_until(spool: CameraSpool, catalogue: Catalogue, troubles: list[str]) -> Instant | None:
    """Only for a spool that knows nothing: an ordinary start never waits for the catalogue."""
    try:
        last = catalogue.last_segment(spool.camera)
    except FootageError as exc:
        troubles.append(f"last recorded segment not known: {exc}")
        return None
    return last.interval.end if last else None
