"""The encoder in force: named by the setting, else by `encoder.json` in the home, else shipped.

`footage encoder use` writes `encoder.json` atomically, after the folder that the file names is
whole and checked. A file that cannot be read, or names a folder that is gone or changed, is an
error: a search by another encoder than the chosen one would find nothing and say so of the footage.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from footage import durable
from footage.errors import DataLoss, FootageError, Misconfigured
from infra.encoding.encoder_folder import RUNTIME, read_card

SHIPPED: Final = Path(__file__).parent / "streets"
FILE: Final = "encoder.json"
FOLDERS: Final = "encoders"
"""Folder in the home that holds the encoders which `footage encoder use` exported."""
_FORMAT: Final = 1
_HINT: Final = "`footage encoder use NAME/PRETRAINED` chooses an encoder again"


@dataclass(frozen=True, slots=True)
class Choice:
    """An encoder chosen for a home.

    Attributes:
        name: Name of the folder below `encoders` in the home.
        source: Model and weights as they were asked for, e.g. "ViT-B-32-SigLIP2-256/webli".
        digest: The encoder's identity, "sha256:<hex>".
    """

    name: str
    source: str
    digest: str


def read_choice(home: Path) -> Choice | None:
    """Return the encoder chosen for a home; None where none was chosen.

    Raises:
        Misconfigured: `encoder.json` is there and cannot be read or understood.
    """
    path = home / FILE
    try:
        raw = json.loads(path.read_text(encoding="utf-8"))
        known = raw["format"] == _FORMAT
        choice = Choice(*(str(raw[key]) for key in ("name", "source", "digest")))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError) as exc:
        raise Misconfigured(f"{path} names no encoder: {exc!r}", hint=_HINT) from exc
    if not known or Path(choice.name).name != choice.name:
        raise Misconfigured(f"{path} names no encoder: not of format {_FORMAT}", hint=_HINT)
    return choice


def write_choice(home: Path, choice: Choice) -> None:
    """Write the encoder chosen for a home, atomically.

    Raises:
        FootageError: The disk refused; the encoder chosen before stays.
    """
    text = json.dumps(
        {
            "format": _FORMAT,
            "name": choice.name,
            "source": choice.source,
            "digest": choice.digest,
        }
    )
    with durable.seam(home / FILE):
        durable.replace(home / FILE, text.encode() + b"\n")


def folder_in_force(setting: Path | None, home: Path) -> Path:
    """Return the folder of the encoder in force.

    Args:
        setting: The setting `encoder.folder`, which wins; None where unset.
        home: The home folder.

    Raises:
        Misconfigured: The encoder chosen for the home cannot be told, or its folder is gone.
        DataLoss: The folder holds another encoder than the one that was chosen.
    """
    if setting is not None:
        return setting
    choice = read_choice(home)
    if choice is None:
        return SHIPPED
    folder = home / FOLDERS / choice.name
    found = read_card(folder).digest(RUNTIME)
    if found != choice.digest:
        raise DataLoss(f"{folder} is {found}, {FILE} says {choice.digest}", hint=_HINT)
    return folder


def said_in_force(setting: Path | None, home: Path) -> str:
    """Return source and digest of the encoder in force, or why they cannot be told."""
    try:
        return said(folder_in_force(setting, home))
    except FootageError as exc:
        return f"unknown: {exc}"


def said(folder: Path) -> str:
    """Return name and digest of the encoder in a folder, as the custody log has them.

    Raises:
        Misconfigured: As for `read_card`.
    """
    card = read_card(folder)
    return f"{card.name} {card.digest(RUNTIME)}"
