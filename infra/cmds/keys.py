"""`footage keys`: the keys that sign the ledger's checkpoints."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from footage.action import Purpose
from infra.cmds.options import AsJson
from infra.cmds.output import emit, local

if TYPE_CHECKING:
    from infra.config.settings import Settings
    from infra.keys.ledger_keys import KeySet
    from infra.keys.signer import Signer

app = typer.Typer(help="The keys that sign the ledger's checkpoints.", no_args_is_help=True)
_SHOWN: Final = 20
"""Lines of the log of signatures that are shown."""


@app.command()
def init(
    origin: Annotated[
        str,
        typer.Option(
            "--origin",
            help="Name of the ledger that the keys are for, where a signing process has them.",
        ),
    ] = "",
    as_json: AsJson = False,
) -> None:
    """Make the first keys.

    An Ed25519 and an ML-DSA-44 key, which both sign each checkpoint for two years, and an RSA key
    that signs bundles. Write the fingerprints down elsewhere: who checks a proof compares them.

    With the settings of a signing process (`signer.folder`) the keys are made in that folder, and
    --origin is needed: `footage ledger status` of the other processes tells it.
    """
    _make(first=True, origin=origin, as_json=as_json)


@app.command()
def rotate(as_json: AsJson = False) -> None:
    """Make new keys, which sign from now on.

    The former keys end now, and their private parts are removed; what they signed stands. Run this
    before the keys expire, and at once where somebody may have copied them.
    """
    _make(first=False, origin="", as_json=as_json)


@app.command()
def show(as_json: AsJson = False) -> None:
    """Show the public keys, with the time in which each signs.

    Exit code 2 where there are none.
    """
    from footage.errors import NotFound
    from infra.config.loading import load
    from infra.wiring import wired

    settings = load()
    with wired(settings) as parts:
        signer, process = _signer(settings), parts.signing_process
        keys = parts.ledger_keys if signer is None else signer.keys
        sets, here = keys.sets(), keys.private_here()
    if not sets:
        raise NotFound(f"there are no keys: {keys.where}", hint="footage keys init")
    if as_json:
        found = {"sets": [_document(one) for one in sets], "private_keys_here": here}
        emit(
            {**found, "signer": None if process is None or signer else str(settings.signer.socket)}
        )
        return
    for one in sets:
        _say(one, settings.zone)
    elsewhere = process.where if process else "another home"
    print(f"the private keys are {'here' if here else f'NOT here: {elsewhere} signs'}")


@app.command()
def serve() -> None:
    """Sign for the other processes of this machine.

    They then need no private key. On the Unix socket `signer.socket`, for processes of
    `signer.users`, with the keys in `signer.folder`, until SIGTERM or Ctrl-C. Only checkpoints that
    continue the last one signed are signed, and manifests of bundles; each signature is in
    `signatures.log` beside the keys.
    """
    import os
    import threading

    from footage.clock import SystemClock
    from footage.errors import Misconfigured
    from infra.config.loading import load
    from infra.host import logs
    from infra.keys.signer_server import SignerServer, listening_at, user_number

    settings = load()
    chosen, signer = settings.signer, _signer(settings)
    if signer is None or chosen.socket is None:
        raise Misconfigured(
            "a signing process needs the settings signer.folder and signer.socket",
            hint="docs/keys.md",
        )
    signer.require_private()
    users = {os.geteuid(), *map(user_number, chosen.users)}
    server = SignerServer(signer, SystemClock(), users, a_minute=chosen.a_minute)
    with (
        logs.configured(settings.logs.level),
        listening_at(chosen.socket, chosen.group) as listening,
    ):
        print(f"signing at {chosen.socket}", flush=True)
        server.serve(listening, threading.Event())


@app.command()
def log(as_json: AsJson = False) -> None:
    """Check the log of signatures, and show its last lines.

    With the settings of the signing process. Exit code 5 where a line does not follow the one
    before.
    """
    import json
    from collections import deque

    from footage.errors import DataLoss, Misconfigured
    from infra.config.loading import load

    signer = _signer(load())
    if signer is None:
        raise Misconfigured(
            "the log of signatures is in the folder of the signing process",
            hint="with the settings of `footage keys serve`",
        )
    done = signer.notes.check()
    last = [line.decode("utf-8", "replace") for line in deque(signer.notes.lines(), _SHOWN)]
    if as_json:
        emit({"lines": done.lines, "head": done.head, "wrong": done.wrong or None,
              "last": [json.loads(one) for one in last]})  # fmt: skip
    else:
        for one in last:
            print(one)
        print(f"{done.lines} lines; head, to be noted elsewhere: {done.head or 'none'}")
    if done.wrong:
        raise DataLoss(f"line {done.wrong} does not follow the one before: the log was altered")


@app.command()
def certificate(
    csr: Annotated[
        Path | None,
        typer.Option("--csr", help="Write a request that a certificate authority signs."),
    ] = None,
    install: Annotated[
        Path | None,
        typer.Option("--install", help="Take the certificate, with its issuers behind (PEM)."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Show or change the certificate that bundles are signed by.

    A set of keys begins with a certificate that it signs for itself.
    """
    from footage import durable
    from footage.errors import BadInput
    from infra.config.loading import load
    from infra.run.key_ceremony import install_certificate, require_here
    from infra.wiring import wired

    if csr and install:
        raise BadInput("either --csr or --install")
    settings = load()
    zone = settings.zone
    with wired(settings) as parts:
        signer = _signer(settings)
        if csr:
            if signer is None:
                require_here(parts, "footage keys certificate --csr FILE")
            keys = parts.key_folder if signer is None else signer.keys
            request = keys.seal_request(keys.seal_certificate().common_name)
            with durable.seam(csr):
                durable.write_new(csr, request)
        if install:
            with durable.seam(install):
                if not install.is_file():
                    raise BadInput(f"no file {install}")
                chain = install.read_bytes()
            if signer is not None:
                signer.install(chain, install.name)
            else:
                install_certificate(parts, Purpose(settings.actor), chain, install.name)
        found = (parts.ledger_keys if signer is None else signer.keys).seal_certificate()
    if as_json:
        emit({**found.document(), "pem": found.pem, "request": str(csr) if csr else None})
        return
    if csr:
        print(f"request for a certificate: {csr}")
    valid = found.valid
    print(f"certificate {found.subject}")
    print(f"  valid      {local(valid.start, zone)} to {local(valid.end, zone)}")
    print(f"  sha256     {found.sha256}")


def _make(*, first: bool, origin: str, as_json: bool) -> None:
    from footage.errors import BadInput
    from infra.config.loading import load
    from infra.run.key_ceremony import make_keys
    from infra.wiring import wired

    settings = load()
    zone = settings.zone
    signer = _signer(settings)
    if signer is not None:
        made = signer.make(origin, first=first)
    elif origin:
        raise BadInput("--origin is for the keys of a signing process", hint="signer.folder")
    else:
        with wired(settings) as parts:
            made = make_keys(parts, Purpose(settings.actor), first=first)
    if as_json:
        emit(_document(made))
        return
    _say(made, zone)
    print("Write the fingerprints down outside of this machine: who checks a proof compares them.")


def _signer(settings: "Settings") -> "Signer | None":
    """The signer of these settings; None where they are not those of a signing process."""
    from footage.clock import SystemClock
    from infra.keys.key_folder import KeyFolder
    from infra.keys.signer import Signer

    folder = settings.signer.folder
    return None if folder is None else Signer(KeyFolder(folder), SystemClock())


def _document(one: "KeySet") -> dict[str, object]:
    return {**one.document(), "sha256": one.fingerprints}


def _say(one: "KeySet", zone: str) -> None:
    from infra.keys.note_crypto import public_pem

    print(f"keys {one.number}, from {local(one.valid.start, zone)} to {local(one.valid.end, zone)}")
    for algorithm, value in one.fingerprints.items():
        print(f"  {algorithm:<10} sha256:{value}")
    for key in one.keys:
        if not key.kind.timed:
            print(f"  verifier   {key.vkey}")
            print(public_pem(key), end="")
