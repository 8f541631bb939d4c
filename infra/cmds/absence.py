"""`footage absence`: write a certificate of what is not there, that anybody can check."""

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from infra.cmds.options import AsJson, Case, From, OutFolder, PurposeCode, To, acting, times_of
from infra.cmds.output import counted, emit, local, printable

if TYPE_CHECKING:
    from evidence.absence import AbsenceReport

NOT_PROVEN = 2


def absence(
    out: OutFolder,
    cameras: Annotated[
        list[str], typer.Option("--camera", metavar="ID", help="Camera; may be repeated.")
    ],
    start: From = None,
    end: To = None,
    case: Case = "",
    purpose: PurposeCode = "",
    as_json: AsJson = False,
) -> None:
    """Certify what cameras have not stored, and why.

    Of each camera: what is stored, what is gone, what was never there; the last footage before and
    the first after; leaves of the ledger that prove that nothing else was entered; who attests the
    reason of each gap. With a stand-alone verifier, in English and Urdu.

    Exit code 0 all absence is proven, 2 some of it is stated only, and the certificate says why.
    """
    from footage.errors import BadInput
    from footage.ids import camera_id
    from footage.scope import Scope
    from infra.cmds.export import commit
    from infra.cmds.output import progress
    from infra.host.private import give_out
    from infra.wiring import wired

    if start is None or end is None:
        raise BadInput("which time is meant?", hint="name --from and --to")
    with wired() as parts, progress("reading") as bar:
        asked = [camera_id(camera) for camera in cameras]
        times = times_of(parts, Scope(cameras=frozenset(asked)), start, end)
        who = acting(parts, case, purpose)
        commit(parts)
        report = parts.absence.certify(asked, times.interval, out, who, progress=bar)
        zone = times.zone.key
    give_out(out)
    if as_json:
        emit(
            {
                "certificate": report.bundle_id,
                "times": times.document(),
                "folder": str(report.folder),
                "manifest": str(report.manifest),
                "proven": report.proven,
                "ledger": report.ledger,
                "cameras": report.documents(),
                "unsealed": report.unsealed,
                "leftovers": [{"path": str(one.path), "why": one.why} for one in report.leftovers],
            }
        )
    else:
        print(f"time: {times}")
        _show(report, zone)
    raise typer.Exit(0 if report.proven else NOT_PROVEN)


def _show(report: "AbsenceReport", zone: str) -> None:
    from evidence.absence_words import ENGLISH, part_lines

    for one in report.cameras:
        print(f"{one.camera.name} ({one.camera.id}): {counted(len(one.segments), 'segment')} here")
        for part in one.parts:
            print(f"  {local(part.interval.start, zone)} to {local(part.interval.end, zone)}")
            for line in part_lines(one, part, ENGLISH):
                print(f"    {_plain(line)}")
    if report.ledger:
        print(report.ledger, file=sys.stderr)
    if report.unsealed:
        print(printable(report.unsealed), file=sys.stderr)
    for left in report.leftovers:
        print(f"left by an export cut short, and not removed: {left.path}: {left.why}")
    print(f"certificate: {report.folder}")
    print(f"digest of the manifest, to be noted at hand-over: {report.manifest}")
    print(f"check it with: footage verify {report.folder}")


def _plain(line: str) -> str:
    """Leave the marks of direction out, which a terminal may show as boxes."""
    return "".join(c for c in line if c.isprintable())
