"""`footage doctor`: check every part in force, and say what each part guarantees."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer

from footage.errors import DataLoss, FootageError, Misconfigured, Unavailable
from footage.instant import Elapsed, Interval
from infra.cmds import doctor_access
from infra.cmds.camera_check import places_known
from infra.cmds.options import AsJson
from infra.cmds.output import counted, emit, size, table

if TYPE_CHECKING:
    from infra.keys.socket_keys import SocketKeys
    from infra.wiring import Parts

_NAMED = 5
"""Exhibits without a hold that are named."""
_SOON = Elapsed.parse("30d")
"""Time before the end of the keys from which their rotation is called for."""


@dataclass(frozen=True, slots=True)
class Finding:
    """The result of checking a part: name, success, and a line of detail or the error."""

    what: str
    ok: bool
    said: str


def doctor(
    as_json: AsJson = False,
    make_private: Annotated[
        bool, typer.Option("--make-private", help="First close to other users what they can read.")
    ] = False,
) -> None:
    """Check every part in force.

    Exit code 3 when a part fails.
    """
    from infra.wiring import wired

    with wired() as parts:
        if make_private:
            closed = doctor_access.make_private(parts)
            typer.echo(f"closed to other users: {closed} files and folders", err=True)
        findings = list(_examine(parts))
    if as_json:
        emit([{"what": f.what, "ok": f.ok, "said": f.said} for f in findings])
    else:
        rows = ((f.what, "ok" if f.ok else "FAILED", f.said) for f in findings)
        table("footage doctor", ("part", "state", "what was found"), rows)
    if not all(finding.ok for finding in findings):
        raise typer.Exit(3)


def _examine(parts: "Parts") -> Iterator[Finding]:
    from infra.node import lost_data

    yield _try("home folder", lambda: doctor_access.private(parts))
    yield _try("ffmpeg", lambda: _ffmpeg(parts))
    yield _try("register", lambda: _register(parts))
    yield _try("catalogue", lambda: _catalogue(parts))
    yield _try("object store", lambda: _store(parts))
    if parts.bucket is not None:
        yield _try("bucket", lambda: _bucket(parts))
    yield _try("encoder", lambda: _encoder(parts))
    yield _try("vectors", lambda: _vectors(parts))
    yield _try("custody log", lambda: _custody(parts))
    if parts.settings.oidc.issuer:
        yield _try("identity provider", lambda: _identity_provider(parts))
    yield _try("exhibits", lambda: _exhibits(parts))
    yield _try("four eyes", lambda: _four_eyes(parts))
    yield _try("ledger", lambda: _ledger(parts))
    if (process := parts.signing_process) is not None:
        yield _try("signer", lambda: _signer(parts, process))
    yield _try("places", lambda: places_known(parts, parts.clock.now()))
    yield from (_try(what, partial(look, parts)) for what, look in lost_data.CHECKS.items())
    yield _try("exports", lambda: _exports(parts))


def _try(what: str, look: Callable[[], str]) -> Finding:
    try:
        return Finding(what, ok=True, said=look())
    except FootageError as exc:
        return Finding(what, ok=False, said=str(exc))


def _ffmpeg(parts: "Parts") -> str:
    tool = parts.ffmpeg
    return f"{tool.path} ({tool.version})"


def _register(parts: "Parts") -> str:
    from infra.stores import register_kind

    kind = register_kind(parts.settings.database.url)
    return f"{kind}; {counted(len(parts.register.cameras()), 'camera')}"


def _catalogue(parts: "Parts") -> str:
    now = parts.clock.now()
    last_hour = Interval(now - Elapsed.parse("1h"), now)
    stored = {
        day.camera
        for day in parts.catalogue.days(None, last_hour)
        if any(span.interval.overlaps(last_hour) for span in day.spans)
    }
    parts.catalogue.check_writes(now)
    return (
        f"{parts.settings.catalogue.kind}; takes writes; "
        f"{counted(len(stored), 'camera')} with footage of the last hour"
    )


def _store(parts: "Parts") -> str:
    seen = parts.guarantees.renew().guarantees
    return (
        f"{parts.settings.store.kind}; holds are kept by: {seen.hold_strength.value}; "
        + "; ".join(seen.findings)
    )


def _bucket(parts: "Parts") -> str:
    """Say what the bucket does to footage on its own; raises Misconfigured for what harms."""
    assert parts.bucket is not None  # noqa: S101 - asked before
    rules = parts.bucket.rules()
    if dangers := rules.dangers():
        raise Misconfigured("; ".join(dangers), hint="change the bucket's own settings")
    return str(rules)


def _encoder(parts: "Parts") -> str:
    identity = parts.encoder.identity
    unfit = "WARNING: unfit for real footage: " if identity.unfit else ""
    return f"{identity.name}: {unfit}{identity.note or 'no note on its card'}"


def _vectors(parts: "Parts") -> str:
    """Compare what the vector index holds with what the index marks promise."""
    from indexer.lost import lost
    from infra.vectors.scrub import damaged

    gone = lost(parts.catalogue, parts.vectors, parts.encoder.identity)
    if gone:
        days = sorted({str(day)[:10] for _, day in gone})
        cameras = len({camera for camera, _ in gone})
        raise DataLoss(
            f"vectors are missing of {cameras} cameras and {len(days)} days from {days[0]}",
            hint="footage index --once"
            if parts.part_copies is None
            else "footage index --fetch, then footage index --once",
        )
    said = f"{parts.settings.vectors.kind}; all days that were indexed have vectors"
    if parts.part_copies is None:
        return said
    if broken := damaged(parts.part_copies.root):
        raise DataLoss(f"vectors are damaged: {', '.join(broken)}", hint="footage index --fetch")
    lag = parts.part_copies.lag()
    return f"{said}; {lag.parts} sealed parts ({size(lag.size_bytes)}) wait to be copied"


def _identity_provider(parts: "Parts") -> str:
    provider = parts.identity_provider()
    assert provider is not None  # noqa: S101 - asked before
    return provider.check()


def _exports(parts: "Parts") -> str:
    left = parts.unfinished_exports.leftovers()
    if not left:
        return "none was cut short"
    if kept := [f"{one.path}: {one.why}" for one in left if one.why]:
        raise Misconfigured(
            f"cut short, and cannot be looked at: {'; '.join(kept)}",
            hint="give its owner's rights to the user of Footage, or remove it",
        )
    named = ", ".join(str(one.path) for one in left)
    return f"cut short, removed by the next export: {named}"


def _custody(parts: "Parts") -> str:
    from infra.custody.presence import KeptElsewhere

    try:
        parts.custody.check().require_whole()
    except KeptElsewhere:
        return "not looked at: the log is not in this home"
    return f"{parts.register.custody_head()[0]} entries, chain whole"


def _exhibits(parts: "Parts") -> str:
    """Say that each exhibit of an open case has a hold; raises DataLoss for those that have not."""
    lacking = list(parts.exhibit_holds.lacking())
    if not lacking:
        return "each exhibit of an open case has its hold, or somebody released it"
    named = ", ".join(f"{one.number} of {case.reference}" for case, one in lacking[:_NAMED])
    raise DataLoss(
        f"{counted(len(lacking), 'exhibit')} of open cases with no hold: {named}",
        hint="footage case hold",
    )


def _four_eyes(parts: "Parts") -> str:
    """Say which acts need a second person; opens the requests where some act does."""
    from footage.approval import ActKind

    needed = parts.settings.four_eyes.for_
    without = [kind.value for kind in ActKind if kind not in needed]
    said = f"no second person is needed for: {', '.join(without)}" if without else ""
    if not needed:
        return f"{said} ([four_eyes] for)"
    parts.approvals.requests(limit=1)  # raises where requests cannot be read
    names = f"a second person is needed for: {', '.join(kind.value for kind in needed)}"
    return f"{names}; {said}" if said else names


def _signer(parts: "Parts", process: "SocketKeys") -> str:
    """Say whether the signing process answers, and until when its keys sign; raises otherwise."""
    from footage.ledger_objects import origin_of

    sets, origin, now = process.asked_sets(), origin_of(parts.ledger.state().log), parts.clock.now()
    if not sets or not process.can_sign():
        raise Misconfigured(
            f"{process.where} has no private keys", hint=f"footage keys init --origin {origin}"
        )
    last = sets[-1]
    if (name := last.keys[0].name) != origin:
        raise Misconfigured(f"{process.where} has the keys of {name}, the ledger is {origin}")
    if now not in last.valid:
        raise Misconfigured(
            f"the keys of {process.where} sign until {last.valid.end}", hint="footage keys rotate"
        )
    if any(parts.key_folder.folder.glob("*.pem")):
        raise Misconfigured(
            f"private keys are still in {parts.key_folder.folder}, where this user can read them",
            hint="footage keys rotate by the signer's user, then remove *.pem there",
        )
    said = f"{process.where} answers; its keys sign until {last.valid.end}"
    return f"WARNING: soon to be rotated: {said}" if last.valid.end - now < _SOON else said


def _ledger(parts: "Parts") -> str:
    """Say how far the ledger has come; raises where it cannot go on, or nobody signs."""
    from infra.run.ledger_upkeep import is_behind

    now = parts.clock.now()
    parts.ledger_keeper().require_not_forked()
    state, backlog = parts.ledger.state(), parts.ledger.backlog()
    files = parts.leaf_queue.kept
    said = f"{state.size} leaves; {backlog.count} wait for a place"
    said += f", and {counted(files, 'file')} on disk" if files else ""
    if state.signed_at is None:
        return f"{said}; no checkpoint yet: `footage run` signs, or footage ledger publish"
    said += f"; last checkpoint {Elapsed.seconds((now - state.signed_at).us // 1_000_000)} ago"
    if is_behind(parts):
        raise Unavailable(
            f"{said}: what was recorded since is not proven",
            hint="does `footage run` or `footage record` run? footage ledger publish says why not",
        )
    return said
