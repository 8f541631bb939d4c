"""Status of the whole city as of now: recorders are asked, and stores where recorders are silent.

What `footage status` shows and `GET /api/v1/status` answers comes from here.
"""

from __future__ import annotations

import contextlib
import threading
from copy import copy
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Final

from footage.bytesize import show_size
from footage.count_text import count_text
from footage.encoder import far_keyframes_mark, unreadable_mark
from footage.errors import BadInput, FootageError, Unavailable, UnreadableObjects
from footage.instant import DAY, ZERO, Elapsed, Instant, Interval
from footage.looking import FAR_KEYFRAMES
from footage.originals import PREFIX
from footage.scope import EVERYWHERE, Scope
from indexer.backlog import backlog
from indexer.unreadable import unreadable_time
from infra.host.time_limit import within as answered_within
from infra.node import lost_data
from infra.node.client import ask_all
from infra.node.cluster_status import NodeLine, summarise
from infra.node.peers_http import registered_address
from infra.node.status_document import document
from recorder.status.severity import in_words

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from footage.ids import CameraId
    from footage.membership import Membership
    from indexer.backlog import Backlog
    from infra.node.city_parts import CityParts
    from infra.node.cluster_status import ClusterStatus

_WEEK: Final = DAY * 7
_NAMED: Final = 10
"""Cameras named in a note."""
_ORIGINALS: Final = 500
"""Original files counted at most: the first pages of a listing."""
_ASKING_LIMIT: Final = Elapsed.parse("2s")
"""Time limit for asking the catalogue camera by camera; 950 questions to Elasticsearch take 5 s."""
_FRESH: Final = Elapsed.parse("5s")
"""Age up to which a status serves another request: the pages of a city are of one status."""
_SLOW_FRESH: Final = Elapsed.parse("1m")
"""Age up to which slow facts serve other statuses: a store that is away costs seconds each time."""


@dataclass(frozen=True, slots=True)
class CityStatus:
    """Status of the cameras asked about.

    Attributes:
        index: How far indexing is behind, of all cameras; None where not known.
        notes: Lines for people.
        sure: Whether the register told which cameras should be recorded.
        at: When the status was put together.
    """

    city: ClusterStatus
    index: Backlog | None
    notes: tuple[str, ...]
    sure: bool
    at: Instant

    def document(self) -> dict[str, object]:
        """Return the status as the JSON document that docs/metrics.md describes."""
        return document(self.city, self.index, self.at, self.notes)


@dataclass(frozen=True, slots=True)
class SlowFacts:
    """Facts of a status that take longer to find out than what recorders say.

    Attributes:
        notes: Lines for people.
        whole: Whether no sign shows that data was lost.
        originals: Number and bytes of the stored original files of imports; None: not known.
    """

    notes: tuple[str, ...]
    whole: bool
    originals: dict[str, object] | None


def slow_facts(parts: CityParts) -> SlowFacts:
    """Look for lost data, and count the original files of imports."""
    notes: list[str] = []
    whole = lost_data.quick(parts, notes.append)
    originals = _originals(parts, notes.append)
    return SlowFacts(tuple(notes), whole, originals)


def city_status(parts: CityParts, within: Scope, slow: SlowFacts) -> CityStatus:
    """Ask all recorders, and the catalogue about indexing.

    Raises:
        BadInput: A named camera does not exist.
        Unavailable: The register does not answer, and cameras or places are named or no recorder
            answers either.
    """
    notes = list(slow.notes)
    city, sure = _look(parts, within, notes.append)
    index = _backlog(parts, notes.append)
    _note_unreadable(parts, notes.append)
    return CityStatus(city, index, tuple(notes), sure, parts.clock.now())


class WatchedCity:
    """Gives the status of the city to many who ask, and asks the recorders each some seconds.

    Args:
        parts: The stores of the process.
    """

    def __init__(self, parts: CityParts) -> None:
        self._parts, self._asking = parts, threading.Lock()
        self._slow: tuple[Elapsed, SlowFacts] | None = None
        self._last: tuple[Elapsed, CityStatus | FootageError] | None = None

    def document(self, cameras: Collection[CameraId]) -> Mapping[str, object]:
        """Return the status of those of `cameras` that should be recorded, worst first.

        The document is that of `footage status --json`.

        Raises:
            Unavailable: Neither the register nor a recorder answers.
        """
        status, slow = self._now()
        narrowed = CityStatus(
            status.city.of(cameras), status.index, status.notes, status.sure, status.at
        )
        told = narrowed.document()
        well = narrowed.city.well and status.sure and slow.whole
        return {**told, "well": well, "originals": slow.originals}

    def _now(self) -> tuple[CityStatus, SlowFacts]:
        """Return a status that is fresh; of requests at the same time one alone asks.

        That nobody answers is kept likewise: whoever asks next need not wait for that again.
        """
        clock = self._parts.clock
        with self._asking:
            if self._slow is None or clock.monotonic() - self._slow[0] > _SLOW_FRESH:
                facts = slow_facts(self._parts)
                self._slow = clock.monotonic(), facts
            slow = self._slow[1]
            if self._last is None or clock.monotonic() - self._last[0] > _FRESH:
                found = self._asked(slow)
                self._last = clock.monotonic(), found
            status = self._last[1]
        if isinstance(status, FootageError):
            raise copy(status)  # each thread that raises an error adds its own traceback
        return status, slow

    def _asked(self, slow: SlowFacts) -> CityStatus | FootageError:
        try:
            return city_status(self._parts, EVERYWHERE, slow)
        except FootageError as exc:
            return exc


def _look(
    parts: CityParts, within: Scope, note: Callable[[str], None]
) -> tuple[ClusterStatus, bool]:
    """Ask all recorders for a status; silent recorders are noted, the others still count.

    Returns:
        The status of the cluster, and whether that status is complete: without the register
        nobody can say which camera should be recorded and is not.
    """
    membership, sure = _membership(parts), True
    lines = _listed(membership) if membership else []
    lines = lines or _own(parts, note)
    holders = {lease.camera: str(lease.node) for lease in membership.leases} if membership else {}
    try:
        wanted = _wanted(parts, within, note)
    except Unavailable as exc:
        if within != EVERYWHERE or not lines:
            raise
        sure = False
        note(f"the register does not answer, so only what is recorded shows: {exc}")
        wanted = sorted(
            {one.camera for line in lines if line.report for one in line.report.cameras}
        )
    city = summarise(wanted, lines, holders, {})
    unrecorded = [camera for camera, node in city.at_node.items() if not node]
    if unrecorded:
        city = summarise(wanted, lines, holders, _newest(parts, unrecorded, note))
    if not any(line.report for line in lines):
        _note_spool(parts, note)
    return city, sure


def _wanted(parts: CityParts, within: Scope, note: Callable[[str], None]) -> list[CameraId]:
    """The cameras in scope that should be recorded: cameras with a source.

    Raises:
        BadInput: A named camera does not exist.
    """
    cameras = parts.register.cameras(within)
    if missing := sorted(within.cameras - {camera.id for camera in cameras}):
        raise BadInput(f"unknown camera: {', '.join(missing)}", hint="footage cameras list")
    if without := [camera.id for camera in cameras if not camera.source and within.cameras]:
        note(f"not recorded, since they have no source: {', '.join(without)}")
    return [camera.id for camera in cameras if camera.source]


def _membership(parts: CityParts) -> Membership | None:
    """Members and leases, read from the register; None where the register does not answer."""
    try:
        return parts.leases.membership()
    except Unavailable:
        return None


def _listed(membership: Membership) -> list[NodeLine]:
    """The status of every member; a lapsed recorder is listed while it has cameras."""
    lines: list[NodeLine] = []
    asked: list[tuple[str, str]] = []
    holding = {lease.node for lease in membership.leases}
    for node in membership.nodes:
        address = node.address.partition("#")[0]
        if not node.live:
            if node.id in holding:
                lines.append(NodeLine(node.id, address, None, "it renews its leases no more"))
        elif address and registered_address(address) == node.address:
            asked.append((node.id, address))
        else:
            why = "it has no address that can be reached from here"
            lines.append(NodeLine(node.id, address, None, why))
    answers = ask_all([address for _, address in asked])
    for (name, address), answer in zip(asked, answers, strict=True):
        if isinstance(answer, FootageError):
            lines.append(NodeLine(name, address, None, str(answer)))
        else:
            lines.append(NodeLine(name, address, answer))
    return lines


def _own(parts: CityParts, note: Callable[[str], None]) -> list[NodeLine]:
    """The status of the recorder of this machine, where the register lists none or is silent."""
    address = parts.settings.recording.listen
    if not address:
        note("no recorder can be asked: [recording] listen is empty")
        return []
    (answer,) = ask_all([address])
    if isinstance(answer, FootageError):
        note(f"no recorder runs on this machine, or it cannot be asked: {answer}")
        return []
    if answer.home != str(parts.home.resolve()):
        note(f"the recorder at {address} has another home folder, {answer.home}")
        return []
    return [NodeLine(answer.node, address, answer)]


def _newest(
    parts: CityParts, cameras: Sequence[CameraId], note: Callable[[str], None]
) -> dict[CameraId, Elapsed]:
    """Ages of the newest stored footage by camera; cameras the time limit leaves out are absent."""
    now, started = parts.clock.now(), parts.clock.monotonic()
    today = now.floor(DAY)
    ends: dict[CameraId, Instant] = {}
    try:
        for day in parts.catalogue.days(cameras, Interval(today, today + DAY)):
            for span in day.spans:
                end = span.interval.end
                ends[day.camera] = max(end, ends.get(day.camera, end))
        for camera in cameras:
            if parts.clock.monotonic() - started > _ASKING_LIMIT:
                note("nothing was stored since yesterday of cameras without an age")
                break
            if camera not in ends and (newest := parts.catalogue.last_segment(camera)):
                ends[camera] = newest.interval.end
    except FootageError as exc:
        note(f"what was stored last is not known: {exc}")
    return {camera: max(now - ends[camera], ZERO) for camera in cameras if camera in ends}


def _backlog(parts: CityParts, note: Callable[[str], None]) -> Backlog | None:
    """The indexing backlog of all cameras; None where catalogue or encoder cannot be read."""
    try:
        waiting = parts.catalogue.backlog(parts.encoder_digest)
    except FootageError as exc:
        note(f"how far indexing is behind is not known: {exc}")
        return None
    return backlog(waiting, parts.clock.now())


def _note_unreadable(parts: CityParts, note: Callable[[str], None]) -> None:
    """Note footage of the last days that no search can find, imported or recorded."""
    now = parts.clock.now()
    week = Interval(now - _WEEK, now)
    try:
        days = list(parts.catalogue.days(None, week))
        found = unreadable_time(days, unreadable_mark(parts.encoder_digest), week)
    except FootageError as exc:
        note(f"whether footage cannot be searched is not known: {exc}")
        return
    if found:
        note(
            "not searchable, of the last 7 days, since not all pictures can be decoded: "
            f"{_named(found)}"
        )
    far = unreadable_time(days, far_keyframes_mark(parts.encoder_digest), week)
    if far:
        note(
            f"keyframes more than {FAR_KEYFRAMES} apart, in the last 7 days: {_named(far)}; all "
            "pictures between are decoded to look at some: let the camera send a keyframe "
            "(I-frame) every 2 s"
        )


def _named(found: Sequence[tuple[CameraId, Elapsed]]) -> str:
    """Name the worst cameras, each with a length of time, and the number of the others."""
    named = ", ".join(f"{camera} ({in_words(length)})" for camera, length in found[:_NAMED])
    more = len(found) - _NAMED
    return named + (f" and {count_text(more, 'camera')} more" if more > 0 else "")


def _note_spool(parts: CityParts, note: Callable[[str], None]) -> None:
    """Note the number and size of the files in this machine's spool, if any."""
    sizes = []
    for path in (parts.home / "spool").glob("*/*.mp4"):
        with contextlib.suppress(
            FileNotFoundError
        ):  # a recorder without a status page stored the file
            sizes.append(path.stat().st_size)
    if sizes:
        amount = f"{count_text(len(sizes), 'file')} ({show_size(sum(sizes))})"
        wait = "waits" if len(sizes) == 1 else "wait"
        note(f"in the spool of this machine {amount} {wait} to be stored")


def _originals(parts: CityParts, note: Callable[[str], None]) -> dict[str, object] | None:
    """Number and bytes of the stored original files of imports; None where the store is silent.

    At most `_ORIGINALS` files are looked at: `more` tells whether there are others.
    """
    sizes: list[int] = []

    def look() -> None:
        found = islice(parts.store.list(PREFIX), _ORIGINALS + 1)
        sizes.extend(stored.size_bytes for stored in found)

    try:
        answered_within(lost_data.ANSWER_WITHIN, look)
    except UnreadableObjects as exc:
        note(f"original files of imports that cannot be read: {exc}")
    except FootageError as exc:
        note(f"how many original files are stored is not known: {exc}")
        return None
    more, counted_sizes = len(sizes) > _ORIGINALS, sizes[:_ORIGINALS]
    if sizes:
        files, much = count_text(len(counted_sizes), "original file"), show_size(sum(counted_sizes))
        note(f"{files} of imports, {much}{', and more' if more else ''}, beside the segments")
    return {"files": len(counted_sizes), "bytes": sum(counted_sizes), "more": more}
