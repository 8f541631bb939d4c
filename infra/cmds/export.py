"""`footage export`: write a bundle that anybody can check without Footage."""

from footage.errors import NotFound
from infra.cmds.moment import Chosen, Moment, of_moment
from infra.cmds.options import AsJson, Cameras, Case, From, OutFolder, PurposeCode, To, times_of
from infra.cmds.output import counted, emit, printable, size


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

    Stored segments byte for byte, with manifest, checksums and a stand-alone verifier. Exit code 2
    when nothing is stored of what was asked for: then no bundle is made.
    """
    from footage.action import Purpose
    from footage.asked_times import local_text
    from footage.ids import camera_id
    from footage.instant import Instant
    from footage.scope import Scope
    from infra.cmds.expecting import expectations
    from infra.cmds.output import progress
    from infra.host.private import give_out
    from infra.wiring import wired

    with wired() as parts, progress("exporting") as bar:
        chosen = of_moment(parts, moment, Chosen(cameras or (), start, end))
        times = times_of(parts, Scope.parse(chosen.cameras), chosen.start, chosen.end)
        wanted = [camera_id(camera) for camera in chosen.cameras]
        who = Purpose(parts.settings.actor, case, purpose)
        try:
            report = parts.exporter.export(wanted, times.interval, out, who, progress=bar)
        except NotFound as exc:
            told = expectations(parts, wanted, times)
            lines = [f"{camera}: {said}" for camera, said in told.items()]
            raise NotFound("; ".join([str(exc), *lines])) from exc
        nothing = expectations(parts, wanted, times)
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
                "complete": report.complete,
                "nothing_stored": nothing,
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
                "leftovers": [{"path": str(one.path), "why": one.why} for one in report.leftovers],
            }
        )
        return
    print(f"exported {counted(report.segments, 'segment')}, {size(report.bytes)} to {out}")
    print(f"time: {times}")
    for gap in report.gaps:
        why = f"{gap.reason.value} {gap.detail}".rstrip()
        start, end = (local_text(at, times.zone) for at in (gap.interval.start, gap.interval.end))
        print(f"not in the bundle: {gap.camera} {start} to {end}: {why}")
    for camera, said in nothing.items():
        print(f"nothing of {camera} is stored in this time: {said}")
    for one in report.imports:
        name = printable(str(one.file.get("file") or "a file that the custody log does not name"))
        began = local_text(Instant.parse(one.key.start), times.zone)
        print(f"imported, not recorded: {one.key.camera} from {began}, from {name}")
        for text in one.contradictions:
            print(f"contradiction: {printable(text)}")
    for left in report.leftovers:
        print(f"left by an export cut short, and not removed: {left.path}: {left.why}")
    print(f"digest of the manifest, to be noted at hand-over: {report.manifest}")
    print(f"check it with: footage verify {out}")
