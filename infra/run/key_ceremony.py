"""Makes keys of the ledger, entered in the custody log before and after (invariant 7)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from footage.action import Action, Deed
from footage.custody import bracket
from footage.errors import Misconfigured
from footage.ledger_objects import origin_of

if TYPE_CHECKING:
    from evidence.seal import SealCertificate
    from footage.action import Purpose
    from infra.keys.ledger_keys import KeySet
    from infra.wiring import Parts


def make_keys(parts: Parts, who: Purpose, *, first: bool) -> KeySet:
    """Make a set of keys that signs from now on.

    Done in the ledger's exclusive section: two processes that made the first keys at once would
    remove each other's private keys, and no checkpoint is signed by keys that are just ending.

    Args:
        parts: Ledger, folder of keys, custody log and clock.
        who: Who makes the keys.
        first: Whether this is to be the first set.

    Raises:
        Conflict: There are keys and `first` is said; or there are none and it is not.
        Misconfigured: The folder of keys may not be written.
        Unavailable: Ledger or custody log cannot be reached, or a round of the ledger takes long.
    """
    origin = origin_of(parts.ledger.state().log)
    require_here(parts, f"footage keys {f'init --origin {origin}' if first else 'rotate'}")
    deed = Deed(Action.KEYS, who, {"origin": origin, "first": first})
    with parts.ledger.sequencing(), bracket(parts.custody, deed) as act:
        made = parts.key_folder.make(origin, parts.clock.now(), first=first)
        act.result |= {
            "set": made.number,
            "until": made.valid.end,
            "sha256": made.fingerprints,
            "certificate": parts.key_folder.seal_certificate().sha256,
        }
    return made


def install_certificate(parts: Parts, who: Purpose, chain: bytes, where: str) -> SealCertificate:
    """Take a certificate of an authority for the key that signs bundles.

    Args:
        parts: Folder of keys and custody log.
        who: Who installs the certificate.
        chain: The certificate, then its issuers, as PEM.
        where: Name of the file, for messages.

    Raises:
        BadInput: The certificate is of another key, or its chain is broken.
        NotFound: There is no key that signs bundles.
        Misconfigured: The private key is not here, or the folder may not be written.
    """
    require_here(parts, "footage keys certificate")
    with bracket(parts.custody, Deed(Action.KEYS, who, {"certificate": where})) as act:
        found = parts.key_folder.install_certificate(chain, where)
        act.result |= {"certificate": found.sha256, "subject": found.subject}
    return found


def require_here(parts: Parts, command: str) -> None:
    """Refuse where a signing process has the keys: the user of that process changes them."""
    if parts.signing_process is not None:
        raise Misconfigured(
            f"{parts.signing_process.where} has the keys",
            hint=f"with the settings of `footage keys serve`, as its user: {command}",
        )
