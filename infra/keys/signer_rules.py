"""Rules of a signing process: pure decisions over the request and the trees signed before.

1. Checkpoints alone, of the ledger whose keys these are and of the custody log beside that ledger
   (`infra.keys.key_folder` refuses others).
2. A tree of fewer leaves than the last one signed is refused, one of as many leaves with another
   root too, and a larger one needs the proof that the last one is its beginning (RFC 6962). So
   whoever has taken over a recorder can add leaves, and never show two histories.
3. The time that signatures state is the machine's own: nothing is dated back.
4. Manifests of bundles alone, which promise the signature of the key that would sign; and digests
   of clips, which tell nothing of the film: the log of signatures has each.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from evidence.canonical import parse
from evidence.verify import SCHEMAS
from footage.errors import BadInput, Conflict
from footage.instant import Elapsed
from footage.merkle import is_consistent

if TYPE_CHECKING:
    from collections.abc import Sequence

    from footage.instant import Instant
    from footage.signed_note import Checkpoint

NEAR: Final = Elapsed.parse("1m")
"""Most that a stated time may differ from the signer's: both are of one machine."""
_RECOVER: Final = "where the register was restored from an older copy: footage ledger recover"


@dataclass(frozen=True, slots=True)
class Tree:
    """A tree of which a checkpoint was signed."""

    size: int
    root: bytes


@dataclass(frozen=True, slots=True)
class Growth:
    """Proof that a tree begins with a smaller one.

    Attributes:
        old: Number of leaves of the smaller tree.
        hashes: As `footage.merkle.consistency_proof` returns.
    """

    old: int
    hashes: Sequence[bytes]


def require_continued(last: Tree | None, asked: Checkpoint, growth: Growth | None) -> int | None:
    """Refuse a checkpoint that does not continue the last one signed (2).

    Args:
        last: The tree of the last checkpoint that was signed; None for the first.
        asked: The checkpoint.
        growth: What the asker proves.

    Returns:
        Number of leaves from which growth is still to be proven; None: the checkpoint may be
        signed.

    Raises:
        Conflict: The tree is another one than was signed.
    """
    if last is None:
        return None
    if asked.size < last.size:
        raise Conflict(
            f"a checkpoint of {last.size} leaves was signed for {asked.origin}, none of "
            f"{asked.size} is signed after that",
            hint=_RECOVER,
        )
    if asked.size == last.size:
        if asked.root != last.root:
            raise Conflict(
                f"another tree of {last.size} leaves was signed for {asked.origin}", hint=_RECOVER
            )
        return None
    if growth is None or growth.old != last.size:
        return last.size
    if not is_consistent(last.size, last.root, asked.size, asked.root, growth.hashes):
        raise Conflict(
            f"the tree of {asked.size} leaves does not begin with the {last.size} leaves that were "
            f"signed for {asked.origin}",
            hint=_RECOVER,
        )
    return None


def require_now(at: Instant, now: Instant) -> None:
    """Refuse to state another time than that of the machine (3)."""
    if abs((at - now).us) > NEAR.us:
        raise BadInput(f"asked to state the time {at}, and it is {now}")


def bundle_of(manifest: bytes, certificate_sha256: str) -> str:
    """Return the id of the bundle whose manifest is to be signed (4).

    Args:
        manifest: The bytes of a manifest.
        certificate_sha256: Fingerprint of the certificate of the key that would sign.

    Raises:
        BadInput: The bytes are no manifest, or one that promises another signer.
    """
    document = parse(manifest)
    if not isinstance(document, dict) or document.get("schema") not in SCHEMAS:
        raise BadInput("not the manifest of a bundle: nothing else is signed")
    crypto, bundle = document.get("crypto"), document.get("bundle_id")
    signers = crypto.get("signers") if isinstance(crypto, dict) else None
    promised = [one.get("sha256") for one in signers or () if isinstance(one, dict)]
    if not isinstance(bundle, str) or promised != [certificate_sha256]:
        raise BadInput("the manifest does not promise the signature of the key that is here")
    return bundle
