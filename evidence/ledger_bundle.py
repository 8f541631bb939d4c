"""Proofs of the ledger in a bundle: a file for each segment, the checkpoint, the public keys.

proofs/<object key>.tlog-proof   leaf, place and checkpoint of a segment: stands alone
proofs/checkpoint                the checkpoint of all of these proofs
proofs/ledger.json               the log's public keys with their times; who checks compares these
"""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING, Final

from evidence.canonical import canonical
from evidence.ledger import proof_of
from footage.errors import DataLoss, NotFound
from footage.signed_note import Checkpoint

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from evidence.bundle import BundleFolder
    from evidence.manifest import Json
    from footage.instant import Instant
    from footage.log_keys import LogKey
    from footage.ports import Ledger, ObjectStore
    from footage.segment import Segment

FOLDER: Final = "proofs"
CHECKPOINT: Final = f"{FOLDER}/checkpoint"
KEYS: Final = f"{FOLDER}/ledger.json"


class BundleProofs:
    """Writes the proofs of segments into bundles.

    Args:
        ledger: The ledger.
        store: Holds the ledger's tree.
        keys: Gives the log's public keys, former ones too.
    """

    def __init__(
        self, ledger: Ledger, store: ObjectStore, keys: Callable[[], Sequence[LogKey]]
    ) -> None:
        self._ledger = ledger
        self._store = store
        self._keys = keys

    def write(self, segments: Sequence[Segment], folder: BundleFolder) -> Json | None:
        """Write the proofs of segments under the last checkpoint.

        A segment without a proof is named with the reason, and does not stop the export.

        Returns:
            What the manifest says of the ledger; None where there is no checkpoint.

        Raises:
            Unavailable: Ledger or store cannot be reached.
        """
        state = self._ledger.state()
        if not state.checkpoint:
            return None
        checkpoint = Checkpoint.parse(state.checkpoint)
        without: list[Json] = []
        for segment in segments:
            try:
                proof = proof_of(self._ledger, self._store, segment.key, state)
            except (NotFound, DataLoss) as exc:
                without.append({"object_key": segment.key, "why": str(exc)})
                continue
            text = proof.text().encode()
            folder.add(f"{FOLDER}/{segment.key}.tlog-proof", [text], "proof")
        folder.add(CHECKPOINT, [state.checkpoint.encode()], "proof")
        keys = keys_document(checkpoint.origin, self._keys())
        folder.add(KEYS, [canonical(keys)], "proof")
        return {
            "origin": checkpoint.origin,
            "leaves": checkpoint.size,
            "signed": state.signed_at,
            "without": without,
        }

    def fingerprints(self, at: Instant) -> list[tuple[str, str]]:
        """Return kind and SHA-256 of each public key of the log that signs at an instant.

        A key that signs in two ways is told once.
        """
        kinds = {
            sha256(one.key.public).hexdigest(): one.key.kind.name
            for one in reversed(self._keys())
            if one.signs_at(at)
        }
        return sorted((kind, of) for of, kind in kinds.items())


def keys_document(origin: str, keys: Sequence[LogKey]) -> Json:
    """Return `proofs/ledger.json`: the public keys of a log, with the time in which each signs."""
    listed = [
        {"key": one.key.vkey, "from": one.valid.start, "until": one.valid.end} for one in keys
    ]
    return {"origin": origin, "keys": listed}
