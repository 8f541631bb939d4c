"""`footage export`: write a bundle that anybody can check without Footage."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from footage.errors import ApprovalRequired, NotFound, Unavailable
from footage.recipient import RecipientKind
from infra.cmds.moment import Moment, footage_asked
from infra.cmds.options import (
    AsJson,
    Cameras,
    Case,
    Districts,
    DocumentLanguage,
    From,
    Near,
    OutFolder,
    PurposeCode,
    Sites,
    To,
    acting,
)
from infra.cmds.output import counted, emit, gap_json, length, printable, size

if TYPE_CHECKING:
    from collections.abc import Mapping

    from evidence.export import ExportReport
    from evidence.redaction import Redaction
    from evidence.views import ViewsAsked
    from footage.asked_times import AskedTimes
    from footage.ids import CameraId
    from footage.instant import Instant, Interval
    from footage.scope import Scope
    from infra.wiring import Parts


def export(
    out: OutFolder,
    cameras: Cameras = None,
    sites: Sites = None,
    districts: Districts = None,
    near: Near = None,
    start: From = None,
    end: To = None,
    moment: Moment = None,
    without_originals: Annotated[
        bool,
        typer.Option(
            "--without-originals", help="Leave the original files of imports out of the bundle."
        ),
    ] = False,
    clips: Annotated[
        bool,
        typer.Option(
            "--clips", help="Add a playable film of each unbroken stretch: about twice the size."
        ),
    ] = False,
    view: Annotated[
        bool,
        typer.Option(
            "--view",
            help="Add a film of each camera for viewing, coded again with the times below.",
        ),
    ] = False,
    language: Annotated[
        DocumentLanguage, typer.Option("--view-language", help="Language of these films.")
    ] = DocumentLanguage.ENGLISH,
    redact: Annotated[
        Path | None,
        typer.Option("--redact", help="File of parts of pictures that these films cover (JSON)."),
    ] = None,
    only_view: Annotated[
        bool,
        typer.Option("--only-view", help="Leave the recorded files out; these films are in alone."),
    ] = False,
    recipient: Annotated[
        str, typer.Option("--recipient", metavar="TEXT", help="Who is to be given the bundle.")
    ] = "",
    recipient_kind: Annotated[
        RecipientKind | None,
        typer.Option("--recipient-kind", help="Of which kind that is; unsaid counts as outside."),
    ] = None,
    authority: Annotated[
        str, typer.Option("--authority", metavar="TEXT", help="On whose order.")
    ] = "",
    case: Case = "",
    purpose: PurposeCode = "",
    dry_run: Annotated[
        bool,
        typer.Option("--dry-run", help="Tell size, time and free space, and export nothing."),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Export footage as a verifiable bundle.

    Stored segments byte for byte, with manifest, checksums and a stand-alone verifier. By site,
    district or circle: of each camera the time in which it stood there. The original file of an
    import is in the bundle whole, where it was stored: it may show more than the time asked for.
    Where the settings ask for a second person (docs/approvals.md), a first call enters a request;
    the same call exports once another person approved it.
    Exit code 2 when nothing is stored of what was asked for: then no bundle is made.
    """
    from evidence.cameras_at import cameras_at
    from footage.asked_times import local_text
    from footage.scope import Scope
    from infra.cmds.output import progress
    from infra.host.private import give_out
    from infra.wiring import wired

    with wired() as parts, progress("exporting") as bar:
        scope = Scope.parse(cameras, sites, districts, near)
        scope, times = footage_asked(parts, scope, start, end, moment)
        if dry_run:
            _foretell(parts, scope, times, out, case=case, clips=clips, as_json=as_json)
            return
        who = acting(parts, case, purpose)

        def show(instant: "Instant") -> str:
            return local_text(instant, times.zone)

        addressed = {
            "recipient": recipient,
            "recipient_kind": recipient_kind.value if recipient_kind else "",
            "authority": authority,
        }
        parts.in_force.settings(parts.settings)  # nobody switches four eyes off unseen
        commit(parts)
        try:
            report = parts.exporter.export(
                *(scope.cameras, times.interval, out, who),
                progress=bar,
                places=scope,
                originals=not without_originals,
                derived=clips,
                addressed={name: text for name, text in addressed.items() if text},
                views=_views(parts, times, language, redact, only=only_view)
                if view or redact or only_view
                else None,
                entered=lambda: _checkpoint(parts),
            )
        except ApprovalRequired as exc:
            # A time such as "2h ago" is another by then, and the approval would not cover it.
            exc.add_note(f"with --from {times.interval.start} --to {times.interval.end}")
            raise
        except NotFound as exc:
            wanted = (
                cameras_at(parts.register, scope, times.interval)
                if scope.by_place
                else scope.cameras
            )
            told = parts.expectations.told(wanted, times.interval, show)
            lines = [f"{camera}: {said}" for camera, said in (told or {}).items()]
            raise NotFound("; ".join([str(exc), *lines])) from exc
        nothing = parts.expectations.told(report.asked, times.interval, show)
    give_out(out)
    if as_json:
        emit(
            {
                "bundle": report.bundle_id,
                "times": times.document(),
                "cameras": [
                    {
                        "camera": camera,
                        "asked": [{"start": str(p.start), "end": str(p.end)} for p in parts_asked],
                    }
                    for camera, parts_asked in report.asked.items()
                ],
                "folder": str(report.folder),
                "manifest": str(report.manifest),
                "segments": report.segments,
                "bytes": report.bytes,
                "originals": report.originals,
                "original_bytes": report.original_bytes,
                "complete": report.complete,
                "nothing_stored": nothing,
                "gaps": [gap_json(gap) for gap in report.gaps],
                "imports": [one.document() for one in report.imports],
                "views": [one.path for one in report.views],
                "only_view": report.views_alone,
                "unsealed": report.unsealed,
                "leftovers": [{"path": str(one.path), "why": one.why} for one in report.leftovers],
            }
        )
        return
    _show(report, times, nothing or {}, by_place=scope.by_place)


def _foretell(
    parts: "Parts",
    scope: "Scope",
    times: "AskedTimes",
    out: "Path",
    *,
    case: str,
    clips: bool,
    as_json: bool,
) -> None:
    """Print size and time of an export, and the space for it, from what the catalogue sums up.

    Raises:
        NotFound: Nothing is stored of what was asked for.
        NoSpace: The disk has less space than the export needs.
    """
    import shutil

    from evidence.cameras_at import cameras_at
    from evidence.export_size import ASSUMED_RATE, size_of
    from evidence.papers import exhibits_of
    from footage.errors import NoSpace
    from footage.instant import Elapsed

    if scope.by_place:
        asked = cameras_at(parts.register, scope, times.interval)
    else:
        known = [parts.register.camera(camera).id for camera in sorted(scope.cameras)]
        asked = dict.fromkeys(known, (times.interval,))
    found = size_of(parts.catalogue, asked)
    if not found.segments:
        raise NotFound(f"nothing is stored of {', '.join(sorted(asked))} in {times}")
    needed = found.bytes * (2 if clips else 1)  # a clip has the pictures of its segments again
    took = Elapsed.seconds(-(-needed // ASSUMED_RATE))
    stills = len(exhibits_of(parts.cases, case)) if case else 0
    folder = next(one for one in (out.absolute(), *out.absolute().parents) if one.exists())
    free = shutil.disk_usage(folder).free
    if as_json:
        emit(
            {
                "times": times.document(),
                "cameras": sorted(asked),
                "segments": found.segments,
                "bytes": needed,
                "seconds": took.in_seconds,
                "stills_at_most": stills,
                "free_bytes": free,
            }
        )
    else:
        print(f"{counted(found.segments, 'segment')} of {counted(len(asked), 'camera')}: {times}")
        print(f"size: {size(needed)}{', clips included' if clips else ''}; free: {size(free)}")
        print(f"time: about {length(took)}, at {size(ASSUMED_RATE)} a second")
        most = counted(stills, "still")
        print(f"besides: report, proofs, at most {most}, originals, films for viewing")
    if free < needed:
        raise NoSpace(
            f"{size(needed)} are needed in {folder}, {size(free)} are free", hint="another --out"
        )


def _views(
    parts: "Parts",
    times: "AskedTimes",
    language: DocumentLanguage,
    redact: Path | None,
    *,
    only: bool,
) -> "ViewsAsked":
    from evidence.redaction import MOST_BYTES, read_redactions
    from evidence.views import ViewsAsked
    from footage import durable
    from footage.errors import BadInput

    redactions: tuple[Redaction, ...] = ()
    if redact:
        try:
            with durable.seam(redact), redact.open("rb") as file:
                data = file.read(MOST_BYTES + 1)
        except Unavailable as exc:
            raise BadInput(f"{redact} cannot be read: {exc}") from exc
        if len(data) > MOST_BYTES:
            raise BadInput(f"{redact} has more than {MOST_BYTES} bytes")
        redactions = read_redactions(data, times.zone, parts.clock.now())
    return ViewsAsked(language.value, redactions, alone=only)


def commit(parts: "Parts") -> None:
    """Have the ledger cover what is stored, where this home signs; failing costs proofs alone."""
    from footage.errors import FootageError
    from infra.run.ledger_upkeep import drained

    if parts.ledger_keys.signer() is None:
        return
    try:
        if trouble := drained(parts):
            print(trouble, file=sys.stderr)
        parts.ledger_keeper().round(at_once=True)
    except FootageError as exc:
        print(f"the newest footage may lack its proof in the ledger: {exc}", file=sys.stderr)


def _checkpoint(parts: "Parts") -> None:
    """Sign a checkpoint of the custody log, where this home signs; failing costs proofs alone."""
    from footage.errors import FootageError

    if parts.ledger_keys.signer() is None:
        return
    try:
        parts.custody_tree().round(at_once=True)
    except FootageError as exc:
        print(f"custody entries may lack their proofs: {exc}", file=sys.stderr)


def _what(report: "ExportReport") -> str:
    segments = counted(report.segments, "segment")
    if report.views_alone:
        return f"films for viewing of {segments}"
    return f"{segments}, {size(report.bytes)}"


def _show_views(report: "ExportReport") -> None:
    for view in report.views:
        print(f"for viewing, derived: {view.path}")
    if report.views_alone:
        print("the recorded files are left out")
    elif any(view.redactions for view in report.views):
        print(
            "the bundle holds the recorded files too, in which nothing is covered; to leave these "
            "out: --only-view",
            file=sys.stderr,
        )


def _show(
    report: "ExportReport",
    times: "AskedTimes",
    nothing: "Mapping[CameraId, str]",
    *,
    by_place: bool,
) -> None:
    from footage.asked_times import local_text
    from footage.instant import Instant

    def shown(part: "Interval") -> str:
        return f"{local_text(part.start, times.zone)} to {local_text(part.end, times.zone)}"

    print(f"exported {_what(report)} to {report.folder}")
    print(f"time: {times}")
    _show_views(report)
    if report.unsealed:
        print(printable(report.unsealed), file=sys.stderr)
    for camera, parts in report.asked.items() if by_place else ():
        print(f"{camera} stood there {', '.join(map(shown, parts))}")
    for gap in report.gaps:
        print(f"not in the bundle: {gap.camera} {shown(gap.interval)}: {gap.why}")
    for who, said in nothing.items():
        print(f"nothing of {who} is stored in this time: {said}")
    for one in report.imports:
        name = printable(str(one.file.get("file") or "a file that the custody log does not name"))
        began = local_text(Instant.parse(one.key.start), times.zone)
        print(f"imported, not recorded: {one.key.camera} from {began}, from {name}")
        if kept := one.original:
            where = kept.path or "left out of the bundle"
            print(f"the file itself: {where}, {size(kept.original.size_bytes)}")
        for text in one.contradictions:
            print(f"contradiction: {printable(text)}")
    for left in report.leftovers:
        print(f"left by an export cut short, and not removed: {left.path}: {left.why}")
    print(f"digest of the manifest, to be noted at hand-over: {report.manifest}")
    print(f"check it with: footage verify {report.folder}")
