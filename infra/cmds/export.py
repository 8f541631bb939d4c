"""`footage export`: write a bundle that anybody can check without Footage."""

from typing import Annotated

import typer

from footage.errors import NotFound
from infra.cmds.moment import Chosen, Moment, of_moment
from infra.cmds.options import AsJson, Cameras, Case, From, OutFolder, PurposeCode, To, times_of
from infra.cmds.output import counted, emit, gap_document, printable, size


def export(
    out: OutFolder,
    cameras: Cameras = None,
    start: From = None,
    end: To = None,
    moment: Moment = None,
    without_originals: Annotated[
        bool,
        typer.Option(
            "--without-originals", help="Leave the original files of imports out of the bundle."
        ),
    ] = False,
    case: Case = "",
    purpose: PurposeCode = "",
    as_json: AsJson = False,
) -> None:
    """Export footage as a verifiable bundle.

    Stored segments byte for byte, with manifest, checksums and a stand-alone verifier. The original
    file of an import is in the bundle whole, where it was stored: it may show more than the time
    asked for. Exit code 2
    when nothing is stored of what was asked for: then no bundle is made.
    """
    from footage.action import Purpose
    from footage.asked_times import local_text
    from footage.ids import camera_id
    from footage.instant import Instant
    from footage.scope import Scope
    from infra.cmds.output import progress
    from infra.host.private import give_out
    from infra.wiring import wired

    with wired() as parts, progress("exporting") as bar:
        chosen = of_moment(parts, moment, Chosen(cameras or (), start, end))
        times = times_of(parts, Scope.parse(chosen.cameras), chosen.start, chosen.end)
        wanted = [camera_id(camera) for camera in chosen.cameras]
        who = Purpose(parts.settings.actor, case, purpose)

        def show(instant: Instant) -> str:
            return local_text(instant, times.zone)

        try:
            report = parts.exporter.export(
                *(wanted, times.interval, out, who),
                progress=bar,
                originals=not without_originals,
            )
        except NotFound as exc:
            told = parts.expectations.told(wanted, times.interval, show)
            lines = [f"{camera}: {said}" for camera, said in (told or {}).items()]
            raise NotFound("; ".join([str(exc), *lines])) from exc
        nothing = parts.expectations.told(wanted, times.interval, show)
    give_out(out)
    if as_json:
        emit(
            {
                "bundle": report.bundle_id,
                "times": times.document(),
                "folder": str(report.folder),
                "manifest": str(report.manifest),
                "segments": report.segments,
                "bytes": report.bytes,
                "originals": report.originals,
                "original_bytes": report.original_bytes,
                "complete": report.complete,
                "nothing_stored": nothing,
                "gaps": [{"camera": gap.camera, **gap_document(gap)} for gap in report.gaps],
                "imports": [one.document() for one in report.imports],
            }
        )
        return
    print(f"exported {counted(report.segments, 'segment')}, {size(report.bytes)} to {out}")
    print(f"time: {times}")
    for gap in report.gaps:
        why = f"{gap.reason.value} {gap.detail}".rstrip()
        start, end = (local_text(at, times.zone) for at in (gap.interval.start, gap.interval.end))
        print(f"not in the bundle: {gap.camera} {start} to {end}: {why}")
    for camera, said in (nothing or {}).items():
        print(f"nothing of {camera} is stored in this time: {said}")
    for one in report.imports:
        name = printable(str(one.file.get("file") or "a file that the custody log does not name"))
        began = local_text(Instant.parse(one.key.start), times.zone)
        print(f"imported, not recorded: {one.key.camera} from {began}, from {name}")
        if kept := one.original:
            where = kept.path or "left out of the bundle"
            print(f"the file itself: {where}, {size(kept.original.size_bytes)}")
        for text in one.contradictions:
            print(f"contradiction: {printable(text)}")
    print(f"digest of the manifest, to be noted at hand-over: {report.manifest}")
    print(f"check it with: footage verify {out}")
