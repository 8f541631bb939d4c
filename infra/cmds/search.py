"""`footage search`: find moments by text, example picture, time and place."""

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
    acting,
    times_of,
)
from infra.cmds.output import counted, emit, printable
from infra.cmds.search_example import BoxOption, LikeOption, PictureOption, WeightOption

if TYPE_CHECKING:
    from search.answer import SearchAnswer


def search(
    text: Annotated[str, typer.Argument(help="What is to be seen; -word must not be there.")] = "",
    picture: PictureOption = None,
    like: LikeOption = None,
    box: BoxOption = None,
    text_weight: WeightOption = None,
    start: From = None,
    end: To = None,
    hours: Annotated[
        str | None,
        typer.Option(
            help='Only these, by each site\'s clocks: "22:00-04:00", "sat,sun 8:00-12:00".'
        ),
    ] = None,
    cameras: Cameras = None,
    sites: Sites = None,
    districts: Districts = None,
    near: Near = None,
    limit: Annotated[int, typer.Option(help="Moments at most.")] = 20,
    sort: Annotated[str, typer.Option(help="score or time.")] = "score",
    threshold: Annotated[
        float | None,
        typer.Option(help="Least score of a moment, -1 to 1: -1 shows all. Absent: found anew."),
    ] = None,
    case: Case = "",
    purpose: PurposeCode = "",
    sheet: Annotated[
        Path | None, typer.Option(help="Draw the moments to this .png (a file a page) or .pdf.")
    ] = None,
    explain: Annotated[
        bool, typer.Option("--explain", help="Also how it was searched, and what took how long.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Find moments by text, example picture, time and place.

    Text, --picture or --like must be given; text and an example are weighed together.

    Without --from and --to: the last 24 hours. Every search leaves a custody entry.
    """
    from footage.errors import BadInput
    from footage.hours import Hours
    from footage.scope import Scope
    from infra.cmds import search_sheet
    from infra.cmds.search_example import example_of
    from infra.cmds.search_view import show
    from infra.host.private import give_out
    from infra.wiring import wired
    from search.answer import to_json
    from search.query import Query, Sort

    if text.startswith("--"):
        raise BadInput(f"no such option: {text}", hint="footage search --help")
    if sort not in list(Sort):
        raise BadInput(f"not an order: {sort!r}", hint="score or time")
    if sheet is not None:
        search_sheet.check(sheet)
    with wired() as parts:
        scope = Scope.parse(cameras, sites, districts, near)
        times = times_of(parts, scope, start, end)
        query = Query(
            text,
            times.interval,
            scope,
            limit=limit,
            threshold=threshold,
            sort=Sort(sort),
            example=example_of(parts, picture, like, box),
            text_weight=text_weight,
            hours=Hours.parse(hours) if hours is not None else None,
        )
        who = acting(parts, case, purpose)
        answer = parts.search.search(query, who, sheet=sheet is not None)
        now = parts.clock.now()
        drawn = [] if sheet is None else search_sheet.draw(parts, answer, sheet, who, times.zone)
    for page in drawn:
        give_out(page)
    if as_json:
        emit(to_json(answer, explain=explain) | {"times": times.document()})
        return
    print(f"time: {times}")
    show(answer, times.zone, now, who)
    if explain:
        _explain(answer)
    for path in drawn:
        print(f"contact sheet: {path}")


def _explain(answer: "SearchAnswer") -> None:
    told = answer.explanation
    cameras = "all cameras" if told.cameras is None else counted(told.cameras, "camera")
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
