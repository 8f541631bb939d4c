"""`footage export`: write a bundle that anybody can check without Footage."""

from infra.cmds.moment import Chosen, Moment, of_moment
from infra.cmds.options import AsJson, Cameras, Case, From, OutFolder, PurposeCode, To, times_of
from infra.cmds.output import emit, size


def export(
    out: OutFolder,
    cameras: Cameras = None,
    start: From = None,
    end: To = None,
    moment: Moment = None,
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
        chosen = of_moment(parts, moment, Chosen(cameras or (), start, end))
        times = times_of(parts, Scope.parse(chosen.cameras), chosen.start, chosen.end)
        report = parts.exporter.export(
            [camera_id(camera) for camera in chosen.cameras],
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
            }
        )
        return
    print(f"exported {report.segments} segments, {size(report.bytes)} to {out}")
    print(f"time: {times}")
    for gap in report.gaps:
        why = f"{gap.reason.value} {gap.detail}".rstrip()
        print(f"not in the bundle: {gap.camera} {gap.interval}: {why}")
    print(f"digest of the manifest, to be noted at hand-over: {report.manifest}")
    print(f"check it with: footage verify {out}")
