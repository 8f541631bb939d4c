"""`footage export`: write a bundle that anybody can check without Footage."""

from typing import Annotated

import typer

from infra.cmds.options import (
    AsJson,
    Case,
    OutFolder,
    PurposeCode,
    RequiredFrom,
    RequiredTo,
    times_of,
)
from infra.cmds.output import emit, printable, size


def export(
    cameras: Annotated[list[str], typer.Option("--camera", metavar="ID", help="May be repeated.")],
    start: RequiredFrom,
    end: RequiredTo,
    out: OutFolder,
    case: Case = "",
    purpose: PurposeCode = "",
    as_json: AsJson = False,
) -> None:
    """Export footage as a verifiable bundle.

    Stored segments byte for byte, with manifest, checksums and a stand-alone verifier.
    """
    from footage.action import Purpose
    from footage.ids import camera_id
    from footage.scope import Scope
    from infra.cmds.output import progress
    from infra.wiring import wired

    with wired() as parts, progress("exporting") as bar:
        times = times_of(parts, Scope.parse(cameras), start, end)
        report = parts.exporter.export(
            [camera_id(camera) for camera in cameras],
            times.interval,
            out,
            Purpose(parts.settings.actor, case, purpose),
            progress=bar,
        )
    if as_json:
        emit(
            {
                "bundle": report.bundle_id,
                "times": times.document(),
                "folder": str(report.folder),
                "manifest": str(report.manifest),
                "segments": report.segments,
                "bytes": report.bytes,
                "complete": report.complete,
                "gaps": [
                    {
                        "camera": gap.camera,
                        "start": str(gap.interval.start),
                        "end": str(gap.interval.end),
                        "reason": gap.reason.value,
                        "detail": gap.detail,
                    }
                    for gap in report.gaps
                ],
                "imports": [one.document() for one in report.imports],
            }
        )
        return
    print(f"exported {report.segments} segments, {size(report.bytes)} to {out}")
    print(f"time: {times}")
    for gap in report.gaps:
        why = f"{gap.reason.value} {gap.detail}".rstrip()
        print(f"not in the bundle: {gap.camera} {gap.interval}: {why}")
    for one in report.imports:
        name = printable(str(one.file.get("file") or "a file that the custody log does not name"))
        print(f"imported, not recorded: {one.key.camera} from {one.key.start}, from {name}")
        for text in one.contradictions:
            print(f"contradiction: {printable(text)}")
    print(f"digest of the manifest, to be noted at hand-over: {report.manifest}")
    print(f"check it with: footage verify {out}")
