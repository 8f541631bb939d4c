"""`footage verify`: check an export bundle with the verifier that each bundle contains."""

from pathlib import Path
from typing import Annotated

import typer

from infra.cmds.options import AsJson


def verify(
    folder: Annotated[Path, typer.Argument(help="An export bundle.")],
    manifest: Annotated[
        str,
        typer.Option(
            "--manifest", metavar="DIGEST", help="Digest of MANIFEST.json noted at hand-over."
        ),
    ] = "",
    as_json: AsJson = False,
) -> None:
    """Check an export bundle.

    Exit code 0 proven, 1 altered, 2 not proven or incomplete, 3 unreadable.
    """
    from evidence.verify import main

    raise typer.Exit(
        main(
            [
                str(folder),
                *(["--manifest", manifest] if manifest else []),
                *(["--json"] if as_json else []),
            ]
        )
    )
