"""`footage keys`: the keys that sign the ledger's checkpoints."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from footage.action import Purpose
from infra.cmds.options import AsJson
from infra.cmds.output import emit, local

if TYPE_CHECKING:
    from infra.keys.ledger_keys import KeySet

app = typer.Typer(help="The keys that sign the ledger's checkpoints.", no_args_is_help=True)


@app.command()
def init(as_json: AsJson = False) -> None:
    """Make the first keys.

    An Ed25519 and an ML-DSA-44 key, which both sign each checkpoint for two years. Write the
    fingerprints down elsewhere: who checks a proof compares them.
    """
    _make(first=True, as_json=as_json)


@app.command()
def rotate(as_json: AsJson = False) -> None:
    """Make new keys, which sign from now on.

    The former keys end now, and their private parts are removed; what they signed stands. Run this
    before the keys expire, and at once where somebody may have copied them.
    """
    _make(first=False, as_json=as_json)


@app.command()
def show(as_json: AsJson = False) -> None:
    """Show the public keys, with the time in which each signs.

    Exit code 2 where there are none.
    """
    from footage.errors import NotFound
    from infra.wiring import wired

    with wired() as parts:
        sets, zone = parts.ledger_keys.sets(), parts.settings.zone
        here = parts.ledger_keys.private_here()
    if not sets:
        raise NotFound("there are no keys", hint="footage keys init")
    if as_json:
        emit({"sets": [_document(one) for one in sets], "private_keys_here": here})
        return
    for one in sets:
        _say(one, zone)
    print(f"the private keys are {'here' if here else 'NOT here: another home signs'}")


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
    from infra.run.key_ceremony import install_certificate
    from infra.wiring import wired

    if csr and install:
        raise BadInput("either --csr or --install")
    with wired() as parts:
        keys = parts.ledger_keys
        if csr:
            request = keys.seal_request(keys.seal_certificate().common_name)
            with durable.seam(csr):
                durable.write_new(csr, request)
        if install:
            with durable.seam(install):
                if not install.is_file():
                    raise BadInput(f"no file {install}")
                chain = install.read_bytes()
            install_certificate(parts, Purpose(parts.settings.actor), chain, install.name)
        found, zone = keys.seal_certificate(), parts.settings.zone
    if as_json:
        emit({**found.document(), "pem": found.pem, "request": str(csr) if csr else None})
        return
    if csr:
        print(f"request for a certificate: {csr}")
    valid = found.valid
    print(f"certificate {found.subject}")
    print(f"  valid      {local(valid.start, zone)} to {local(valid.end, zone)}")
    print(f"  sha256     {found.sha256}")


def _make(*, first: bool, as_json: bool) -> None:
    from infra.run.key_ceremony import make_keys
    from infra.wiring import wired

    with wired() as parts:
        who = Purpose(parts.settings.actor)
        made = make_keys(parts, who, first=first)
        zone = parts.settings.zone
    if as_json:
        emit(_document(made))
        return
    _say(made, zone)
    print("Write the fingerprints down outside of this machine: who checks a proof compares them.")


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
