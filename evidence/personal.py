"""The personal part of a custody entry: who acted, and what names or quotes a person. Pure.

The part stands in the line as one text, base64 of canonical JSON, and the entry's hash covers its
SHA-256 alone, the *commitment*. So the part can be overwritten in place, by a text of the same
length that names the entry of the purge, and chain and tree stand as before. The JSON holds a
random salt: from the commitment of a purged part nobody can find out by guessing what was there.
"""

from __future__ import annotations

import base64
import re
from hashlib import sha256
from typing import TYPE_CHECKING, Final

from evidence.canonical import parse, spelled
from footage.errors import BadInput

if TYPE_CHECKING:
    from collections.abc import Mapping

FACTS: Final = frozenset(
    {"text", "person", "member", "members", "name", "label", "why", "asked_by", "approved_by"}
)
"""Facts of what was done that are personal: words searched for, accounts, names, reasons of errors
that may quote these. Who asked for a hold, and why, stays: holds are read back from the log."""
PURGED: Final = "(purged)"
"""Stands for the actor of an entry whose personal part was purged."""
UNREADABLE: Final = "(unreadable)"
"""Stands for the actor of an entry whose personal part nobody of Footage wrote."""
_RESULT: Final = "result"
_MARK: Final = "purged-"
_PURGED: Final = re.compile(r"purged-([1-9][0-9]{0,14})-")


def public(what: Mapping[str, object]) -> dict[str, object]:
    """Return the facts that are not personal."""
    kept = {name: value for name, value in what.items() if name not in FACTS}
    if isinstance(result := kept.get(_RESULT), dict):
        kept[_RESULT] = {name: value for name, value in result.items() if name not in FACTS}
    return kept


def sealed(actor: str, what: Mapping[str, object], salt: str) -> str:
    """Return the personal part of an entry as it stands in the line."""
    document: dict[str, object] = {"actor": actor, "salt": salt}
    if facts := {name: value for name, value in what.items() if name in FACTS}:
        document["what"] = facts
    result = what.get(_RESULT)
    if isinstance(result, dict) and FACTS & result.keys():
        document[_RESULT] = {name: value for name, value in result.items() if name in FACTS}
    return base64.b64encode(spelled(document)).decode()


def commitment(text: str) -> str:
    """Return the commitment to a personal part."""
    return "sha256:" + sha256(text.encode()).hexdigest()


def is_public(what: object) -> bool:
    """Whether no fact is personal."""
    if not isinstance(what, dict):
        return True
    result = what.get(_RESULT)
    hidden = isinstance(result, dict) and not FACTS.isdisjoint(result)
    return FACTS.isdisjoint(what) and not hidden


def opened(text: str, what: Mapping[str, object]) -> tuple[str, dict[str, object]]:
    """Return actor and all facts of an entry; of a purged or foreign part the actor says so."""
    if purged_by(text):
        return PURGED, dict(what)
    try:
        document = parse(base64.b64decode(text, validate=True))
    except (ValueError, BadInput):
        return UNREADABLE, dict(what)
    whole, actor, salt = dict(what), None, None
    if isinstance(document, dict):
        actor, salt, facts = document.get("actor"), document.get("salt"), document.get("what")
        whole |= facts if isinstance(facts, dict) else {}
        shown, result = what.get(_RESULT), document.get(_RESULT)
        if isinstance(shown, dict) and isinstance(result, dict):
            whole[_RESULT] = {**shown, **result}
    if not isinstance(actor, str) or not isinstance(salt, str):
        return UNREADABLE, dict(what)
    # One spelling alone: nothing hides in the part, and nothing in it replaces a fact outside.
    if sealed(actor, whole, salt) != text or public(whole) != public(what):
        return UNREADABLE, dict(what)
    return actor, whole


def purged_by(text: str) -> int:
    """Return the number of the purge that overwrote a part, or began to; 0: the part is whole."""
    found = _PURGED.match(text)
    return int(found[1]) if found else 0


def filler(purge: int, length: int) -> str:
    """Return the text that overwrites a part of this length.

    Raises:
        BadInput: The part is too short to name its purge.
    """
    text = f"{_MARK}{purge}-"
    if len(text) > length:
        raise BadInput(f"a personal part of {length} bytes is too short")
    return text.ljust(length, "-")
