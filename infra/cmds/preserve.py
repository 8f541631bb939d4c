"""`footage preserve`: hold what an order on paper names, at once, and write the receipt."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from footage.errors import BadInput, DataLoss, Unavailable
from infra.cmds.options import (
    AsJson,
    Cameras,
    Districts,
    From,
    Near,
    PurposeCode,
    Sites,
    To,
    acting,
    times_of,
)
from infra.cmds.output import counted, emit, length, local, printable, size

if TYPE_CHECKING:
    from evidence.preservation import CameraHeld, Missing, Preserved
    from footage.instant import Instant
    from footage.ports import DocumentMaker

_SHOWN = 20
"""Lines of a kind that are printed; `--json` has all."""


def preserve(
    case: Annotated[str, typer.Option("--case", metavar="REF", help="Case of the order.")],
    authority: Annotated[str, typer.Option(help="Who ordered, e.g. 'Sessions Court, D.I. Khan'.")],
    number: Annotated[
        str, typer.Option("--order", metavar="NUMBER", help="Number of the order, e.g. 14/2026.")
    ],
    start: From = None,
    end: To = None,
    cameras: Cameras = None,
    sites: Sites = None,
    districts: Districts = None,
    near: Near = None,
    given: Annotated[
        str | None, typer.Option("--given", metavar="TIME", help="The hour on the order.")
    ] = None,
    document: Annotated[
        Path | None,
        typer.Option("--document", metavar="FILE", help="Scan of the order; its digest is kept."),
    ] = None,
    with_neighbours: Annotated[
        float,
        typer.Option(
            "--with-neighbours", metavar="METRES", help="Hold the cameras so near to these, too."
        ),
    ] = 0,
    reason: Annotated[str, typer.Option(help="Why; else the number of the order.")] = "",
    purpose: PurposeCode = "",
    receipt: Annotated[
        Path | None, typer.Option("--receipt", metavar="FOLDER", help="Write the receipt there.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Hold what an order on paper names, at once.

    Nobody else is asked first. When the command returns, nothing of the order can be deleted
    through Footage; what is not stored yet is held as it arrives. Cameras near by are named, and
    held with --with-neighbours. The same command again says that the hold stands, and ends what a
    crash or a store that was away left.

    Exit code 5 when the hold stands and some of the footage is missing from the store or damaged.
    """
    from evidence.cases import purpose_of
    from evidence.holds import Ordered
    from evidence.preservation_receipt import receipt as receipt_of
    from footage.hold import Order
    from footage.scope import EVERYWHERE, Scope
    from infra.cmds.paper import paper_of
    from infra.wiring import wired

    scope = Scope.parse(cameras, sites, districts, near)
    if scope == EVERYWHERE or start is None or end is None:
        raise BadInput(
            "which footage is ordered?", hint="name --camera or a place, --from and --to"
        )
    paper = paper_of(document) if document else None
    with wired() as parts:
        asked = parts.clock.now()
        times = times_of(parts, scope, start, end)
        hour = times_of(parts, scope, None, given).interval.end if given else None
        who = acting(parts, case, purpose or purpose_of(parts.cases, case))
        order = Order(number, asked, hour, paper)
        wanted = Ordered(
            sorted(scope.cameras),
            times.interval,
            order,
            authority,
            reason,
            scope,
        )
        done = parts.preservation.preserve(wanted, who, with_neighbours)
        document_ = receipt_of(done, parts.register.cameras(), times.zone.key)
        written = _write(receipt, document_, parts.documents, done.looked) if receipt else []
    if as_json:
        emit({**document_, "files": written})
    else:
        _show(done, times.zone.key, written)
    if not done.sound:
        raise typer.Exit(DataLoss.exit_code)


def _write(
    folder: Path, document: dict[str, Any], documents: "DocumentMaker", made: "Instant"
) -> list[str]:
    """Write the receipt into a folder, as JSON and as PDF in both languages; return the files.

    Raises:
        Unavailable: The folder cannot be written. The hold stands.
    """
    import json

    from evidence.receipt_pdf import FILES, receipt_document
    from footage.digest import Digest
    from footage.document import LANGUAGES
    from footage.durable import make_folder, replace
    from footage.errors import FootageError

    name = f"receipt-{document['hold']}"
    data = (json.dumps(document, indent=2, ensure_ascii=False) + "\n").encode()
    written = [folder / f"{name}.json"]
    try:
        make_folder(folder)
        replace(written[0], data)  # first: where no PDF can be made there is still a receipt
        for language in LANGUAGES:
            page = receipt_document(document, language, Digest.of(data).hex)
            written.append(folder / FILES[language].format(name))
            replace(written[-1], documents.pdf(page, language, made))
    except (OSError, FootageError) as exc:
        raise Unavailable(
            f"{document['hold']} stands, and its receipt cannot be written: {exc}",
            hint="the same command again, with another --receipt",
        ) from exc
    return [str(path) for path in written]


def _show(done: "Preserved", zone: str, written: list[str]) -> None:
    hold = done.held.hold
    print(
        f"{hold.id} {'stood before' if done.held.stood else 'stands'}: "
        f"{counted(len(hold.cameras), 'camera')}, {_amount(done)}"
    )
    print(printable(f"order {done.order.reference} of {hold.authority}, case {hold.case}"))
    if done.order.paper:
        print(printable(f"document: {done.order.paper.name}, {done.order.paper.sha256}"))
    print(f"time: {local(hold.interval.start, zone)} to {local(hold.interval.end, zone)}")
    print(f"asked: {local(done.order.asked, zone)}, held: {local(hold.placed_at, zone)}")
    if done.from_order is not None:
        print(f"from the hour of the order to the hold: {length(done.from_order)}")
    if done.held.marks_pending:
        print(f"marks on objects could not be set yet: {printable(done.held.marks_pending)}")
    _show_cameras(done, zone)
    for key in done.held.missing[:_SHOWN]:
        print(f"missing from the store, so nothing is left to hold: {printable(key)}")
    if done.around:
        near = done.around.hold
        print(f"{near.id} on neighbours stands: {', '.join(sorted(near.cameras))}")
    _show_neighbours(done)
    for path in written:
        print(f"receipt: {printable(path)}")


def _amount(done: "Preserved") -> str:
    held = done.held
    if held.segments is None or held.bytes is None:
        return "how much is stored is not known yet, the catalogue was not reachable"
    return f"{counted(held.segments, 'segment')}, {size(held.bytes)} held"


def _show_cameras(done: "Preserved", zone: str) -> None:
    """Print what is missing of each camera, and what may still come."""
    if done.cameras is None:
        print(printable(f"what is missing is not known: {done.unknown}"))
        return
    lines = [line for one in done.cameras for line in _lines(one, zone)]
    for line in lines[:_SHOWN]:
        print(printable(line))
    if len(lines) > _SHOWN:
        print(f"and {len(lines) - _SHOWN} more: --json lists all")


def _lines(held: "CameraHeld", zone: str) -> list[str]:
    return [f"{held.camera}: {_said(one, zone)}" for one in held.missing]


def _said(one: "Missing", zone: str) -> str:
    time = f"{local(one.interval.start, zone)} to {local(one.interval.end, zone)}"
    if one.reason is None:
        return f"{time} is held as it arrives: {one.why}"
    return f"{time} is missing: {one.reason.value} {one.why}".strip()


def _show_neighbours(done: "Preserved") -> None:
    held = done.around.hold.cameras if done.around else frozenset()
    free = [one for one in done.neighbours if one.camera not in held]
    if not free:
        return
    print(f"near by, and not held by this order ({counted(len(free), 'camera')}):")
    for one in free[:_SHOWN]:
        print(f"  {one.camera}, {one.metres:.0f} m from {one.nearest}")
    if len(free) > _SHOWN:
        print(f"  and {len(free) - _SHOWN} more: --json lists all")
    furthest = max(one.metres for one in free)
    print(f"to hold them: the same with --with-neighbours {furthest + 1:.0f}")
