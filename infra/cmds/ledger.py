"""`footage ledger`: prove what was stored when, check the proofs, publish them."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from footage.errors import BadInput, DataLoss, NotFound, Unavailable
from infra.cmds.options import AsJson
from infra.cmds.output import counted, emit, local, printable

if TYPE_CHECKING:
    from evidence.ledger_check import LedgerCheck
    from footage.instant import Instant
    from footage.signed_note import Checkpoint
    from infra.wiring import Parts

app = typer.Typer(help="The ledger, which proves what was stored when.", no_args_is_help=True)

NOT_PROVEN = 2


@app.command()
def status(as_json: AsJson = False) -> None:
    """Show how far the ledger has come.

    Exit code 2 where leaves wait and no checkpoint was signed within ten minutes.
    """
    from footage.ledger_objects import origin_of
    from infra.run.ledger_upkeep import is_behind
    from infra.wiring import wired

    with wired() as parts:
        state, backlog = parts.ledger.state(), parts.ledger.backlog()
        keys_until, why = _keys_until(parts)
        zone = parts.settings.zone
        files = parts.leaf_queue.kept
        lock, strength = str(parts.settings.ledger.lock), _lock_words(parts)
        behind = is_behind(parts)
    checkpoint = _parsed(state.checkpoint)
    if as_json:
        emit(
            {
                "origin": origin_of(state.log),
                "leaves": state.size,
                "stored": state.stored,
                "waiting": backlog.count,
                "waiting_since": str(backlog.since) if backlog.since else None,
                "waiting_files": files,
                "checkpoint": None
                if checkpoint is None
                else {"leaves": checkpoint.size, "at": str(state.signed_at)},
                "lock": lock,
                "lock_kept_by": strength,
                "keys_until": str(keys_until) if keys_until else None,
                "behind": behind,
            }
        )
    else:
        print(f"{origin_of(state.log)}: {state.size} leaves")
        print(f"waiting: {backlog.count}" + (f", and {files} files on disk" if files else ""))
        if checkpoint and state.signed_at:
            print(f"last checkpoint: {checkpoint.size} leaves, {local(state.signed_at, zone)}")
        else:
            print(
                "no checkpoint yet: `footage run` signs one each minute, or footage ledger publish"
            )
        print(f"keys until: {local(keys_until, zone) if keys_until else why}")
        print(f"objects are locked for {lock}: {strength}")
    if behind:
        raise typer.Exit(NOT_PROVEN)


def _keys_until(parts: "Parts") -> "tuple[Instant | None, str]":
    """The end of the last keys, or why it is not known."""
    try:
        sets = parts.ledger_keys.sets()
    except Unavailable as exc:  # a signing process that is away; the ledger itself is here
        return None, f"not known: {exc}"
    return (sets[-1].valid.end, "") if sets else (None, "none, footage keys init")


@app.command()
def publish(
    out: Annotated[
        Path | None,
        typer.Option(help="New folder for the whole tree, as other programs read it."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Extend the tree and sign a checkpoint now.

    With --out the tree and its checkpoint are also written as static files (C2SP tlog-tiles), which
    a web server may serve and other programs check. Exit code 2 where nothing could be signed.
    """
    from infra.host.private import give_out
    from infra.objects.ledger_files import write_tiles
    from infra.run.ledger_upkeep import drained, ensure_keys
    from infra.wiring import wired

    with wired() as parts:
        ensure_keys(parts)
        if trouble := drained(parts):
            print(trouble, file=sys.stderr)
        done = parts.ledger_keeper().round(at_once=True)
        files = 0
        if out is not None:
            if not parts.ledger.state().checkpoint:
                raise NotFound("there is no checkpoint to write", hint="footage keys init")
            files = write_tiles(parts.store, parts.ledger.state(), out)
            give_out(out)
    if as_json:
        emit(
            {
                "placed": done.placed,
                "leaves": done.size,
                "checkpoint": None if done.checkpoint is None else done.checkpoint.note(),
                "unsigned": done.unsigned,
                "files": files,
            }
        )
    else:
        print(f"{done.placed} leaves added, {done.size} in all")
        print(f"not signed: {done.unsigned}" if done.unsigned else "checkpoint signed")
        if out is not None:
            print(f"written to {out}: {counted(files, 'file')}")
    if done.checkpoint is None:
        raise typer.Exit(NOT_PROVEN)


@app.command()
def prove(
    segment: Annotated[str, typer.Argument(metavar="SEGMENT", help="Object key of a segment.")],
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FILE", help="New file; else printed.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Write the proof that a segment was stored.

    Leaf, place in the tree, signed checkpoint.

    The file stands alone (C2SP tlog-proof): footage ledger verify FILE checks it anywhere.
    """
    from evidence.ledger import proof_of
    from footage import durable
    from footage.objectkey import ObjectKey
    from infra.host.private import give_out
    from infra.wiring import wired

    with wired() as parts:
        proof = proof_of(parts.ledger, parts.store, ObjectKey.parse(segment).segment)
    if out is not None:
        with durable.seam(out):
            durable.write_new(out, proof.text().encode())
        give_out(out)
    if as_json:
        emit({"segment": segment, "index": proof.index, "proof": proof.text()})
    elif out is None:
        print(proof.text(), end="")
    else:
        print(f"proof of leaf {proof.index} written to {out}")


@app.command()
def verify(
    proof: Annotated[
        Path | None, typer.Argument(metavar="[PROOF]", help="A proof alone; else all of it.")
    ] = None,
    segment: Annotated[
        Path | None, typer.Option("--segment", help="The file the proof is said to be of.")
    ] = None,
    keys: Annotated[
        list[str] | None,
        typer.Option("--key", help="Verifier key of the log, from elsewhere; may be repeated."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Check the ledger.

    Every leaf, tile, checkpoint and time stamp, and the segments against their leaves.

    With PROOF that file alone is checked, by the keys of this home or those given by --key.

    Exit code 0 proven, 1 altered, 2 not proven, 3 unreadable.
    """
    from evidence.ledger_check import Fault
    from infra.run.stamps_checked import stamp_words, stamps_checked
    from infra.wiring import wired

    with wired() as parts:
        if proof is not None:
            _verify_proof(parts, proof, segment, keys or [], as_json=as_json)
            return
        done = _verify_all(parts)
        state = parts.ledger.state()
        stamps = stamps_checked(parts, state.log)
        zone = parts.settings.zone
    for finding in stamps.findings:
        done.found(Fault.STAMP, *finding.split(": ", 1))
    if as_json:
        emit({**_check_document(done), "time_stamps": stamps.document()})
    else:
        for one in done.findings:
            print(f"{one.kind.value}: {one.where}: {printable(one.message)}")
        when = local(state.signed_at, zone) if state.signed_at else "never"
        print(f"checkpoint of {when}: {done.size} leaves, {done.late} late")
        print(
            f"looked at: {done.leaves} leaves, {done.checkpoints} checkpoints, "
            f"{counted(done.segments, 'segment')} of the catalogue, {done.missing} without a leaf"
        )
        for line in stamp_words(stamps)[len(stamps.findings) :]:
            print(line)
        print(_verdict(done))
    if done.is_altered:
        raise typer.Exit(1)
    if done.findings:
        raise typer.Exit(NOT_PROVEN)


@app.command()
def backfill(as_json: AsJson = False) -> None:
    """Enter stored segments that have no leaf, as late leaves.

    For homes that stored footage before there was a ledger. The leaves say that they are late: they
    prove the bytes from now on, and nothing of the time before.
    """
    from evidence.ledger import back_fill
    from footage.leaf import ON_TIME
    from infra.wiring import wired

    with wired() as parts:
        before = parts.clock.now() - ON_TIME
        count = back_fill(parts.ledger, parts.catalogue, None, before)
    if as_json:
        emit({"late": count})
    else:
        print(f"{counted(count, 'segment')} entered as late; the next checkpoint covers them")


@app.command()
def recover(
    keys: Annotated[
        list[str] | None,
        typer.Option("--key", help="Verifier key of the log, from elsewhere; may be repeated."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Read leaves back that a restored register lacks.

    After a restore. The published leaves must continue the register's, and hash to every checkpoint
    signed since: else nothing is changed, and the reason is told. Then signing goes on as the same
    log. Stop recorders before; keys.json of the lost home says by which keys it signed.
    """
    from footage.action import Purpose
    from infra.run.ledger_recovered import recovered_ledger
    from infra.wiring import wired

    with wired() as parts:
        done = recovered_ledger(parts, Purpose(parts.settings.actor), keys or [])
        zone = parts.settings.zone
    if as_json:
        emit(
            {
                "leaves_before": done.before,
                "leaves": done.size,
                "recovered": done.size - done.before,
                "checkpoint": {"leaves": done.signed, "at": str(done.signed_at)},
                "checkpoints": done.checkpoints,
            }
        )
        return
    print(f"{done.size - done.before} leaves read back, {done.size} in all")
    print(
        f"newest checkpoint: {done.signed} leaves, {local(done.signed_at, zone)}; "
        f"the tree agrees with all {counted(done.checkpoints, 'checkpoint')} looked at"
    )
    print("next: footage ledger publish, which signs")


def _verify_all(parts: "Parts") -> "LedgerCheck":
    from evidence.ledger_check import (
        LedgerCheck,
        check_checkpoints,
        check_segments,
        check_tree,
    )
    from footage.leaf import Leaf
    from footage.ledger_objects import checkpoints, log_prefix, origin_of, stored_tree
    from infra.keys.note_crypto import is_right

    state = parts.ledger.state()
    checkpoint = _parsed(state.checkpoint)
    if checkpoint is None or state.signed_at is None:
        raise NotFound("there is no checkpoint to check", hint="footage ledger publish")
    done, prefix, store = LedgerCheck(), log_prefix(state.log), parts.store
    tree = stored_tree(store, state.log, checkpoint.size)
    check_tree(tree, lambda path: store.get(prefix + path), done)
    first = state.signed_at
    if tree.size:
        try:
            first = min(first, Leaf.decode(tree.leaf(0)).appended)
        except (BadInput, DataLoss, NotFound):
            first = state.signed_at  # told above
    found = checkpoints(store, state.log, first, parts.clock.now())
    keys = parts.ledger_keys.log_keys()
    check_checkpoints(tree, found, origin_of(state.log), keys, is_right, done)
    check_segments(tree, parts.ledger, parts.catalogue, done)
    return done


def _verify_proof(
    parts: "Parts", path: Path, segment: Path | None, vkeys: list[str], *, as_json: bool
) -> None:
    from evidence.ledger_proof import judge_proof
    from footage import durable
    from footage.digest import Digest
    from footage.instant import Instant, Interval
    from footage.log_keys import LogKey
    from footage.signed_note import NoteKey
    from infra.keys.note_crypto import is_right

    with durable.seam(path):
        if not path.is_file():
            raise NotFound(f"no file {path}")
        text = path.read_text("utf-8", "replace")
    digest = None
    if segment is not None:
        with durable.seam(segment):
            if not segment.is_file():
                raise NotFound(f"no file {segment}")
            digest = Digest.of_file(segment)
    always = Interval(Instant(0), parts.clock.now())
    given = [LogKey(NoteKey.parse(one), always) for one in vkeys]
    judged = judge_proof(text, digest, given or parts.ledger_keys.log_keys(), is_right)
    if as_json:
        emit(judged.document())
    else:
        print(judged.words())
    if judged.exit_code:
        raise typer.Exit(judged.exit_code)


def _check_document(done: "LedgerCheck") -> dict[str, object]:
    return {
        "leaves": done.size,
        "leaves_read": done.leaves,
        "late": done.late,
        "checkpoints": done.checkpoints,
        "segments": done.segments,
        "missing": done.missing,
        "altered": done.is_altered,
        "findings": [
            {"kind": one.kind.value, "where": one.where, "message": one.message}
            for one in done.findings
        ],
    }


def _verdict(done: "LedgerCheck") -> str:
    if done.is_altered:
        return "ALTERED: do not rely on the ledger without knowing why"
    if done.findings:
        return "not altered, but not all that is stored is proven: footage ledger backfill"
    return "proven: tree, checkpoints and segments agree"


def _parsed(note: str) -> "Checkpoint | None":
    from footage.signed_note import Checkpoint

    return Checkpoint.parse(note) if note else None


def _lock_words(parts: "Parts") -> str:
    seen = parts.guarantees.facts()
    if seen is None:
        return "not known, footage store probe tells"
    return "by the store itself" if seen.retention else "by Footage alone, the store cannot"
