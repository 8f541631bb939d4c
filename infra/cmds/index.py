"""`footage index`: make stored segments searchable."""

from typing import TYPE_CHECKING, Annotated

import typer

from footage.errors import BadInput, FootageError
from footage.scope import EVERYWHERE
from infra.cmds.options import AsJson, times_of
from infra.cmds.output import by_kind, counted, emit, length, printable, table

if TYPE_CHECKING:
    from collections.abc import Collection

    from footage.instant import Interval
    from indexer.backlog import Backlog
    from indexer.report import IndexReport
    from infra.vectors.vector_shards import Shard
    from infra.wiring import Parts


def index(
    once: Annotated[bool, typer.Option("--once", help="Stop when nothing waits.")] = False,
    again_from: Annotated[
        str | None,
        typer.Option(metavar="TIME", help="Index again what was recorded from here on,"),
    ] = None,
    again_to: Annotated[
        str | None, typer.Option(metavar="TIME", help="to here (not included).")
    ] = None,
    status: Annotated[
        bool, typer.Option("--status", help="Only show how far indexing is behind, by camera.")
    ] = False,
    fetch: Annotated[
        bool,
        typer.Option("--fetch", help="Only fetch missing and damaged vectors from their copies."),
    ] = False,
    check: Annotated[
        bool, typer.Option("--check", help="Only read all sealed vectors, and name damaged days.")
    ] = False,
    as_json: AsJson = False,
    listen: Annotated[
        str, typer.Option(metavar="HOST:PORT", help="Serve /metrics here while following.")
    ] = "",
) -> None:
    """Make stored recordings searchable.

    Embeds keyframes and their changed regions, and follows what is recorded until Ctrl-C. With
    --again-from and --again-to, damaged vector shards of that time are set aside first and indexed
    again as a whole. With --once, all that waits is indexed, whoever else may be at it, and footage
    whose vectors are gone is indexed again. With --status nothing is indexed. Several indexers
    that follow share the cameras.
    """
    from infra.cmds.output import progress
    from infra.host import logs
    from infra.run.index_metrics import index_metrics
    from infra.run.index_sharing import cameras_shared
    from infra.run.part_upkeep import parts_kept
    from infra.wiring import wired

    again = again_from is not None
    if again != (again_to is not None):
        raise BadInput("--again-from and --again-to go together")
    if as_json and not status:
        raise BadInput("--json goes with --status")
    if listen and (once or status):
        raise BadInput("--listen is for following, not for --once or --status")
    chosen = [status, fetch, check]
    if any(chosen) and sum([*chosen, once or again or bool(listen)]) > 1:
        raise BadInput(
            "--status, --fetch and --check index nothing, and each stands alone",
            hint="leave the other options out",
        )
    if fetch or check:
        with wired() as parts:
            _fetch(parts) if fetch else _check(parts)
        return
    if status:
        _show_status(as_json=as_json)
        return
    with wired() as parts, progress("indexing") as bar:
        if again_from is not None:
            times = times_of(parts, EVERYWHERE, again_from, again_to)
            print(f"time: {times}")
            _look_again(parts, times.interval)

        total: int | None = None

        def moved(report: "IndexReport") -> None:
            bar(report.segments, total)

        if once:
            _look_at_lost(parts)
            waiting = parts.catalogue.backlog(parts.encoder_digest)
            total = sum(count for count, _ in waiting.values())
            tell(parts.indexer.run_once(moved))
            _copy(parts)
        else:
            indexer = parts.indexer  # before threads share parts
            with (
                logs.configured(parts.settings.logs.level),
                index_metrics(parts, listen),
                parts_kept(parts),
                cameras_shared(parts) as cameras,
            ):
                indexer.follow(lambda: False, moved, cameras=cameras)


def _show_status(*, as_json: bool) -> None:
    from indexer.backlog import backlog
    from infra.wiring import wired

    with wired() as parts:
        now = parts.clock.now()
        behind = backlog(parts.catalogue.backlog(parts.encoder_digest), now)
        if as_json:
            emit({"at": str(now), "encoder": parts.encoder_digest, **status_document(behind)})
        else:
            show_status(behind)


def status_document(behind: "Backlog") -> dict[str, object]:
    """The backlog of indexing as a JSON document, cameras with the longest lag first."""
    return {
        "waiting": behind.waiting,
        "lag_s": behind.lag.in_seconds,
        "cameras": [
            {
                "camera": camera,
                "waiting": behind.segments_of(camera),
                "lag_s": behind.lag_of(camera).in_seconds,
            }
            for camera in behind.worst_first()
        ],
    }


def show_status(behind: "Backlog") -> None:
    """Print the backlog of indexing, cameras with the longest lag first."""
    from infra.cmds.status_view import indexing

    if not behind.waiting:
        print("all stored segments are indexed")
        return
    print(indexing(behind))
    rows = (
        (camera, str(behind.segments_of(camera)), length(behind.lag_of(camera)))
        for camera in behind.worst_first()
    )
    table("cameras, the longest lag first", ("camera", "segments", "lag"), rows)


def _look_again(parts: "Parts", interval: "Interval") -> None:
    from indexer.reindex import reindex

    again = reindex(parts.catalogue, parts.vectors, parts.encoder.identity, interval)
    for shard, where in again.set_aside:
        print(f"damaged vector shard {shard} was set aside as {where}")
    print(f"to be indexed again: {counted(again.segments, 'segment')}")


def _look_at_lost(parts: "Parts") -> None:
    """Let footage wait for indexing whose vectors are gone."""
    from indexer.lost import look_again, lost

    identity = parts.encoder.identity
    gone = lost(parts.catalogue, parts.vectors, identity)
    again = sum(look_again(parts.catalogue, identity, camera, day) for camera, day in gone)
    if gone:
        days = sorted({str(day)[:10] for _, day in gone})
        print(f"vectors are missing of {', '.join(days)}")
        print(f"to be indexed again: {counted(again, 'segment')}")


def _copy(parts: "Parts") -> None:
    """Copy sealed vectors to the object store; what cannot be copied now waits."""
    from infra.run.part_upkeep import one_round

    try:
        left = one_round(parts)
    except FootageError as exc:
        print(f"vectors are copied to the object store later: {exc}")
        return
    if left and left.foreign:
        days = ", ".join(left.foreign)
        print(f"copies of lost vectors lie in the object store (footage index --fetch): {days}")


def _fetch(parts: "Parts") -> None:
    from footage.instant import DAY, Interval
    from indexer.lost import look_again
    from infra.vectors.part_fetch import fetch

    copies, index = parts.part_copies, parts.vector_files
    if copies is None or index is None:
        raise BadInput("the vectors are not in files", hint="the server keeps its own copies")
    identity, catalogue, count = parts.encoder.identity, parts.catalogue, 0

    def look_at_rest(shard: "Shard", kept: "Collection[str]") -> int:
        start = shard.day.start
        summaries = catalogue.days(None, Interval(start, start + DAY))
        cameras = sorted({one.camera for one in summaries if identity.digest in one.looked})
        return sum(look_again(catalogue, identity, one, start, kept) for one in cameras)

    for day in fetch(copies, index, identity, catalogue.existing, look_at_rest):
        count += day.parts
        print(
            f"{day.shard.name}: {counted(day.parts, 'part')} fetched, "
            f"{counted(day.again, 'segment')} to index again"
        )
    print(f"{counted(count, 'part')} fetched; `footage index --once` indexes what no copy had")


def _check(parts: "Parts") -> None:
    from infra.vectors.scrub import scrub

    if parts.part_copies is None:
        raise BadInput("the vectors are not in files", hint="the server checks its own")
    done = scrub(parts.part_copies.root, parts.clock.now(), None)
    read, spoilt = counted(done.parts, "sealed part"), counted(len(done.damaged), "day")
    print(f"{read} read, {spoilt} damaged")
    done.require_sound()


def tell(report: "IndexReport") -> None:
    """Print the result of indexing: segments, vectors, keyframes and unreadable segments."""
    gates = ", ".join(f"{count} {gate.value}" for gate, count in sorted(report.gates.items()))
    print(
        f"indexed {counted(report.segments, 'segment')}: {counted(report.vectors, 'vector')}; "
        f"keyframes: {gates or 0}"
    )
    for line in by_kind("unreadable segment", report.unreadable):
        print(printable(line))
