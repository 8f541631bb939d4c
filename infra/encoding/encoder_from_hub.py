"""An encoder fetched from a model hub, exported and checked in a home; nothing is switched here."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Final

from footage import durable
from infra.encoding.encoder_choice import FOLDERS, Choice
from infra.encoding.encoder_folder import RUNTIME
from infra.encoding.hub_files import Hub
from infra.encoding.openclip_encoder import Provenance, export
from infra.encoding.openclip_fetch import fetched
from infra.host.file_lock import queued

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

_NEW: Final = "new"
_LOCK: Final = ".lock"
_SHORT: Final = 12


def bring(wanted: str, home: Path, cache: Path, say: Callable[[str], None]) -> Choice:
    """Fetch and export an encoder into the folder `encoders` of a home.

    Args:
        wanted: "NAME/PRETRAINED" or "hf-hub:OWNER/NAME"; see `openclip_fetch.fetched`.
        home: The home folder.
        cache: Folder for what is fetched.
        say: Called with a line for people as each step begins.

    Returns:
        The encoder, whole and checked, for `encoder_choice.write_choice`.

    Raises:
        FootageError: As for `fetched` and `export`; what is in force stays untouched.
    """
    folders = home / FOLDERS
    with durable.seam(folders):
        durable.make_folder(folders)
        with queued(folders / _LOCK), fetched(wanted, Hub(say), cache / "encoders") as checkpoint:
            weights = checkpoint.weights
            say(f"weights: {weights.digest}, version {weights.commit} of {weights.repo}")
            for left in folders.glob(f".{_NEW}.*"):  # by a run that was killed
                shutil.rmtree(left, ignore_errors=True)
            say("exporting, and comparing the export with the original")
            card = export(
                checkpoint.folder,
                None,
                folders / _NEW,
                provenance=Provenance(
                    name=wanted,
                    source=wanted,
                    trained_on=f"unknown: see the card of {weights.repo}, version {weights.commit}",
                    licence=f"unknown: see the card of {weights.repo}",
                ),
            )
            digest = card.digest(RUNTIME)
            # Named by the digest: an encoder in force is never replaced under its own name.
            base = wanted.replace("/", "-").replace(":", "-")
            name = f"{base}-{digest.removeprefix('sha256:')[:_SHORT]}"
            if (folders / name).exists():
                shutil.rmtree(folders / _NEW)
            else:
                durable.publish(folders / _NEW, folders / name)
    return Choice(name, wanted, digest)
