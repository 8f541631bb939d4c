"""Proofs of the ledger in a bundle: a file for each segment, the checkpoint, the public keys.

proofs/<object key>.tlog-proof   leaf, place and checkpoint of a segment: stands alone
proofs/checkpoint                the checkpoint of all of these proofs
proofs/checkpoint.stamped        an earlier one with all of these leaves, where one was stamped
proofs/checkpoint.stamped.tsr    the time stamp of a third party over that checkpoint
proofs/ledger.json               the log's public keys with their times; who checks compares these
"""

from __future__ import annotations

from base64 import b64encode
from hashlib import sha256
from typing import TYPE_CHECKING, Final

from evidence.canonical import canonical
from evidence.checkpoint_stamps import stamp_covering
from evidence.ledger import proof_of
from footage.errors import DataLoss, NotFound
from footage.ledger_objects import stamp_key, stored_tree
from footage.signed_note import Checkpoint

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from evidence.bundle import BundleFolder
    from evidence.manifest import Json
    from footage.instant import Instant
    from footage.log_keys import LogKey
    from footage.ports import Ledger, ObjectStore
    from footage.ports.ledger import LedgerState
    from footage.segment import Segment

FOLDER: Final = "proofs"
CHECKPOINT: Final = f"{FOLDER}/checkpoint"
STAMPED: Final = f"{FOLDER}/checkpoint.stamped"
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
        last = -1
        for segment in segments:
            try:
                proof = proof_of(self._ledger, self._store, segment.key, state)
            except (NotFound, DataLoss) as exc:
                without.append({"object_key": segment.key, "why": str(exc)})
                continue
            last = max(last, proof.index)
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
            **self._stamped(state, checkpoint, last, segments, folder),
        }

    def _stamped(
        self,
        state: LedgerState,
        checkpoint: Checkpoint,
        last: int,
        segments: Sequence[Segment],
        folder: BundleFolder,
    ) -> Json:
        """Write the stamped checkpoint that has the leaves up to `last`, where there is one."""
        if last < 0 or state.signed_at is None:
            return {}
        start = max(segment.interval.end for segment in segments)
        log, size = state.log, last + 1
        found = stamp_covering(self._store, log, size, start, checkpoint, state.signed_at)
        if found is None:
            return {}
        note, token = self._store.get(found.key), self._store.get(stamp_key(found))
        folder.add(STAMPED, [note], "proof")
        folder.add(f"{STAMPED}.tsr", [token], "proof")
        steps = stored_tree(self._store, log, checkpoint.size).consistency_proof(found.size)
        proof = [b64encode(step).decode() for step in steps]
        return {"stamped": {"leaves": found.size, "signed": found.signed, "proof": proof}}

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
