"""`footage status`: show which cameras are recorded, and which are not, and why."""

import contextlib
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Annotated, Final

import typer

from footage.errors import BadInput, FootageError, Unavailable
from footage.instant import DAY, ZERO, Elapsed, Instant, Interval
from footage.scope import EVERYWHERE, Scope
from infra.cmds.options import AsJson, Cameras, Districts, Near, Sites
from infra.cmds.output import counted, emit, size

if TYPE_CHECKING:
    from footage.ids import CameraId
    from footage.membership import Membership
    from indexer.backlog import Backlog
    from infra.node.cluster_status import ClusterStatus, NodeLine
    from infra.wiring import Parts

_REFRESH: Final = Elapsed.parse("2s")
_WEEK: Final = DAY * 7
_NAMED: Final = 10
"""Cameras named in a note."""
_ORIGINALS: Final = 500
"""Original files counted at most: the first pages of a listing."""
_ASKING_LIMIT: Final = Elapsed.parse("2s")
"""Time limit for asking the catalogue camera by camera; 950 questions to Elasticsearch take 5 s."""


def status(
    cameras: Cameras = None,
    sites: Sites = None,
    districts: Districts = None,
    near: Near = None,
    everything: Annotated[bool, typer.Option("--all", help="Also what is well.")] = False,
    watch: Annotated[bool, typer.Option("--watch", help="Again every 2 s, until Ctrl-C.")] = False,
    as_json: AsJson = False,
) -> None:
    """Show what is recorded, the worst cameras first.

    Asks every recording node. Exit code 0 when all is well, 1 when a camera is lost, not recorded
    by anybody, damaged or alarmed, when no recorder or a node does not answer, or is in trouble, or
    when data of the catalogue, the register or the custody log was lost.
    """
    from infra.cmds import lost_data, status_view
    from infra.wiring import wired

    if watch and as_json:
        raise BadInput("--watch is for people, --json for programs", hint="give one of them")
    within = Scope.parse(cameras, sites, districts, near)
    with wired() as parts:
        lost: list[str] = []
        whole = lost_data.quick(parts, lost.append)
        originals = _originals(parts, lost.append)
        while True:
            notes = list(lost)
            city, sure = _look(parts, within, notes.append)
            backlog = _backlog(parts, notes.append)
            _note_unreadable(parts, notes.append)
            if as_json:
                now = parts.clock.now()
                emit(status_view.document(city, backlog, now, notes) | {"originals": originals})
            else:
                if watch:
                    _clear()
                status_view.show(city, backlog, notes, everything=everything)
            if not watch:
                break
            parts.clock.sleep(_REFRESH)
    if not (city.well and sure and whole):
        raise typer.Exit(1)


def _look(
    parts: "Parts", within: Scope, note: Callable[[str], None]
) -> "tuple[ClusterStatus, bool]":
    """Ask all recorders for a status; silent recorders are noted, the others still count.

    Returns:
        The status of the cluster, and whether that status is complete: without the register
        nobody can say which camera should be recorded and is not.
    """
    from infra.node.cluster_status import summarise

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


def _wanted(parts: "Parts", within: Scope, note: Callable[[str], None]) -> "list[CameraId]":
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


def _membership(parts: "Parts") -> "Membership | None":
    """Members and leases, read from the register; None where the register does not answer."""
    try:
        return parts.leases.membership()
    except Unavailable:
        return None


def _listed(membership: "Membership") -> "list[NodeLine]":
    """The status of every member; a lapsed recorder is listed while it has cameras."""
    from infra.node.client import ask_all
    from infra.node.cluster_status import NodeLine
    from infra.node.peers_http import registered_address

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


def _own(parts: "Parts", note: Callable[[str], None]) -> "list[NodeLine]":
    """The status of the recorder of this machine, where the register lists none or is silent."""
    from infra.node.client import ask_all
    from infra.node.cluster_status import NodeLine

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
    parts: "Parts", cameras: "Sequence[CameraId]", note: Callable[[str], None]
) -> "dict[CameraId, Elapsed]":
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


def _backlog(parts: "Parts", note: Callable[[str], None]) -> "Backlog | None":
    """The indexing backlog of all cameras; None where catalogue or encoder cannot be read."""
    from indexer.backlog import backlog

    try:
        waiting = parts.catalogue.backlog(parts.encoder_digest)
    except FootageError as exc:
        note(f"how far indexing is behind is not known: {exc}")
        return None
    return backlog(waiting, parts.clock.now())


def _note_unreadable(parts: "Parts", note: Callable[[str], None]) -> None:
    """Note footage of the last days that no search can find, imported or recorded."""
    from footage.encoder import far_keyframes_mark, unreadable_mark
    from footage.looking import FAR_KEYFRAMES
    from indexer.unreadable import unreadable_time

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


def _named(found: "Sequence[tuple[CameraId, Elapsed]]") -> str:
    """Name the worst cameras, each with a length of time, and the number of the others."""
    from recorder.status.severity import in_words

    named = ", ".join(f"{camera} ({in_words(length)})" for camera, length in found[:_NAMED])
    more = len(found) - _NAMED
    return named + (f" and {counted(more, 'camera')} more" if more > 0 else "")


def _note_spool(parts: "Parts", note: Callable[[str], None]) -> None:
    """Note the number and size of the files in this machine's spool, if any."""
    sizes = []
    for path in (parts.home / "spool").glob("*/*.mp4"):
        with contextlib.suppress(
            FileNotFoundError
        ):  # a recorder without a status page stored the file
            sizes.append(path.stat().st_size)
    if sizes:
        amount = f"{counted(len(sizes), 'file')} ({size(sum(sizes))})"
        wait = "waits" if len(sizes) == 1 else "wait"
        note(f"in the spool of this machine {amount} {wait} to be stored")


def _originals(parts: "Parts", note: Callable[[str], None]) -> dict[str, object] | None:
    """Number and bytes of the stored original files of imports; None where the store is silent.

    At most `_ORIGINALS` files are looked at: `more` tells whether there are others.
    """
    from itertools import islice

    from footage.errors import UnreadableObjects
    from footage.originals import PREFIX
    from infra.cmds.lost_data import ANSWER_WITHIN
    from infra.host.time_limit import within

    sizes: list[int] = []

    def look() -> None:
        found = islice(parts.store.list(PREFIX), _ORIGINALS + 1)
        sizes.extend(stored.size_bytes for stored in found)

    try:
        within(ANSWER_WITHIN, look)
    except UnreadableObjects as exc:
        note(f"original files of imports that cannot be read: {exc}")
    except FootageError as exc:
        note(f"how many original files are stored is not known: {exc}")
        return None
    more, counted_sizes = len(sizes) > _ORIGINALS, sizes[:_ORIGINALS]
    if sizes:
        files, much = counted(len(counted_sizes), "original file"), size(sum(counted_sizes))
        note(f"{files} of imports, {much}{', and more' if more else ''}, beside the segments")
    return {"files": len(counted_sizes), "bytes": sum(counted_sizes), "more": more}


def _clear() -> None:
    from rich.console import Console

    Console().clear()
