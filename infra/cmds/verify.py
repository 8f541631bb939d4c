"""`footage verify`: check an export bundle with the verifier that each bundle contains."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from infra.cmds.options import AsJson
from infra.cmds.output import emit

if TYPE_CHECKING:
    from evidence.verify import Report
    from infra.custody.exported import Exported


def verify(
    folder: Annotated[Path, typer.Argument(help="An export bundle.")],
    manifest: Annotated[
        str, typer.Option(metavar="DIGEST", help="Digest of the manifest noted at hand-over.")
    ] = "",
    ledger_key: Annotated[
        list[str] | None,
        typer.Option(
            "--ledger-key", metavar="KEY", help="Verifier key of the ledger, noted elsewhere."
        ),
    ] = None,
    signer: Annotated[
        list[str] | None,
        typer.Option(metavar="SHA256", help="Fingerprint of who signs, noted elsewhere."),
    ] = None,
    ca: Annotated[str, typer.Option(metavar="FILE", help="Root certificate of who signs.")] = "",
    tsa_ca: Annotated[
        str, typer.Option(metavar="FILE", help="Root certificate of the time stamp.")
    ] = "",
    as_json: AsJson = False,
) -> None:
    """Check an export bundle.

    On the home that made the bundle, the digest of the manifest is compared with the custody log,
    and proofs of its ledger are checked by the home's own keys.

    Exit code 0 proven, 1 altered, 2 not proven or incomplete or with files added, 3 unreadable.
    """
    from evidence import verify as verifier
    from evidence.verify_at_home import compared, keys_for

    try:
        keys = ledger_key or keys_for(folder, _keys_of_this_home())
        trust = verifier.Trust(tuple(signer or ()), ca, tsa_ca)
        report = verifier.check(folder, manifest, keys, trust)
    except (verifier.Unreadable, MemoryError) as exc:
        print(f"unreadable: {exc}", file=sys.stderr)
        raise typer.Exit(verifier.EXIT_UNREADABLE) from exc
    entered, told = _of_this_home(report)
    report = compared(report, entered)
    if as_json:
        entry = {"entry": entered.entry, "manifest": entered.manifest} if entered else None
        emit({**report.as_json(), "custody": entry, "custody_said": told})
    else:
        print(f"{report.words()}\n{told}")
    raise typer.Exit(report.exit_code)


def _keys_of_this_home() -> list[str]:
    """Verifier keys of the ledger of this home; none where these cannot be read."""
    from footage.errors import FootageError
    from infra.config.loading import load
    from infra.keys.key_folder import KeyFolder

    try:
        settings = load()
        found = KeyFolder(settings.ledger.keys or settings.home / "keys").log_keys()
    except FootageError:
        return []  # what cannot be read is told with the custody log
    return [one.key.vkey for one in found]


def _of_this_home(report: "Report") -> "tuple[Exported | None, str]":
    """The bundle's entry in the custody log of this home, and what is to be said about it."""
    from footage.errors import FootageError
    from infra.config.loading import load
    from infra.custody.custody_file import LOG
    from infra.custody.exported import find_export

    try:
        home = load().home
        entered = find_export(home / "custody" / LOG, report.bundle, report.entry)
    except FootageError as exc:
        return None, f"NOT COMPARED with a custody log of this machine: {exc}"
    if entered is None:
        return None, f"The custody log of {home} has no export of this bundle."
    where = f"in entry {entered.entry} of {entered.at}"
    if entered.manifest == report.manifest:
        return entered, f"The custody log of {home} names the same digest, {where}."
    return entered, (f"The custody log of {home} names ANOTHER digest, {where}: {entered.manifest}")
