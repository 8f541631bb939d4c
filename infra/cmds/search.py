"""`footage search`: find moments by text, time and place."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from infra.cmds.options import (
    AsJson,
    Cameras,
    Case,
    Districts,
    From,
    Near,
    PurposeCode,
    Sites,
    To,
    times_of,
)
from infra.cmds.output import emit, length, local, printable, table

if TYPE_CHECKING:
    from search.answer import SearchAnswer


def search(
    text: Annotated[str, typer.Argument(help="What is to be seen; -word must not be there.")],
    start: From = None,
    end: To = None,
    cameras: Cameras = None,
    sites: Sites = None,
    districts: Districts = None,
    near: Near = None,
    limit: Annotated[int, typer.Option(help="Moments at most.")] = 20,
    sort: Annotated[str, typer.Option(help="score or time.")] = "score",
    case: Case = "",
    purpose: PurposeCode = "",
    sheet: Annotated[Path | None, typer.Option(help="Draw the moments to this PNG.")] = None,
    explain: Annotated[
        bool, typer.Option("--explain", help="Also how it was searched, and what took how long.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Find moments by text, time and place.

    Without --from and --to: the last 24 hours. Every search leaves a custody entry.
    """
    from footage.action import Purpose
    from footage.durable import seam
    from footage.errors import BadInput
    from footage.scope import Scope
    from infra.host.private import give_out
    from infra.wiring import wired
    from search.answer import to_json
    from search.query import Query, Sort
    from search.sheet import contact_sheet

    if sort not in list(Sort):
        raise BadInput(f"not an order: {sort!r}", hint="score or time")
    with wired() as parts:
        scope = Scope.parse(cameras, sites, districts, near)
        times = times_of(parts, scope, start, end)
        query = Query(
            text,
            times.interval,
            scope,
            limit=limit,
            sort=Sort(sort),
        )
        who = Purpose(parts.settings.actor, case, purpose)
        answer = parts.search.search(query, who, sheet=sheet is not None)
        if sheet is not None:
            picture = contact_sheet(answer, parts.pictures, times.zone)
            with seam(sheet):
                sheet.write_bytes(picture)
            give_out(sheet)
    if as_json:
        emit(to_json(answer, explain=explain) | {"times": times.document()})
        return
    print(f"time: {times}")
    show(answer, times.zone.key)
    if explain:
        _explain(answer)
    if sheet is not None:
        print(f"contact sheet: {sheet}")


def show(answer: "SearchAnswer", zone: str) -> None:
    """Print the moments of an answer, the time covered by the search, and the encoder."""
    if answer.found:
        _moments(answer, zone)
    else:
        print(f"nothing found for {printable(repr(answer.query.text))}")
    coverage = answer.coverage
    print(
        f"coverage: asked {length(coverage.asked)}, recorded {length(coverage.recorded)}, "
        f"indexed {length(coverage.indexed)}, searched {length(coverage.searched)} "
        f"(camera time); {_method(answer)}; {answer.below_cut} moments below the cut-off"
    )
    within = f"{answer.looked_within.in_seconds:.1f} s"
    print(f"searched is time within {within} of a picture that was looked at")
    for camera, part in answer.asked.partly:
        print(
            f"{camera} asked for {local(part.start, zone)} to {local(part.end, zone)} only: it "
            "stood elsewhere otherwise"
        )
    for reason in sorted({f"{m.reason} {m.detail}".strip() for m in coverage.missing}):
        print(f"not searched: {printable(reason)}")
    print(f"encoder: {answer.encoder.name}. {answer.encoder.note}".rstrip())


def _method(answer: "SearchAnswer") -> str:
    return answer.method if answer.scanned else "nothing compared"


def _moments(answer: "SearchAnswer", zone: str) -> None:
    table(
        f"{len(answer.found)} moments for {answer.query.text!r}",
        ("#", "time", "within", "camera", "site", "score", "length"),
        (
            (
                str(found.rank),
                local(found.moment.best.row.instant, zone),
                found.uncertainty_text,
                f"{found.camera.name} ({found.camera.id})",
                found.site_text,
                f"{found.moment.score:.3f}",
                length(found.moment.interval.length),
            )
            for found in answer.found
        ),
    )


def _explain(answer: "SearchAnswer") -> None:
    told = answer.explanation
    cameras = "all cameras" if told.cameras is None else f"{told.cameras} cameras"
    recall = "not measured" if told.recall is None else f"{told.recall:.3f}"
    print(
        f"scan: {answer.scanned} rows of {cameras}, {answer.method}, expected recall {recall}; "
        f"the {told.rows} best asked for, {told.hits} came, {told.gone} left out: their segment "
        "is gone or their camera not known"
    )
    for part in told.parts:
        print(
            f"part {printable(part.name)}: {part.eligible} of {part.rows} rows, "
            f"{printable(part.method)}"
        )
    if answer.unreadable:
        print(f"shards unreadable: {printable(', '.join(answer.unreadable))}")
    steps = (f"{step} {took.in_seconds * 1000:.1f} ms" for step, took in told.took)
    print(f"took: {', '.join(steps)}")
