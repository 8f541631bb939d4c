"""Probe of an S3 server's guarantees: forbidden calls are tried on scratch objects.

One tested server deletes a held object once its retention date has passed, so a server's word or
name is not enough. Scratch objects carry no Footage digest, so no scratch object is ever taken for
footage.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from footage.digest import Digest
from footage.errors import BadInput, DataLoss, NotFound, Unavailable
from footage.instant import Elapsed
from footage.ports import Guarantees
from infra.objects import s3_rules

if TYPE_CHECKING:
    from footage.clock import Clock
    from infra.objects.s3_wire import Wire

PREFIX: Final = "footage-probe/"

_BODY: Final = b"scratch object of Footage; may be deleted"
_RETENTION: Final = Elapsed.parse("2s")
_STEP: Final = Elapsed.parse("250ms")
_STEPS: Final = 60  # 15 s: the server's clock decides when the date has passed, and may be slow


def probe(wire: Wire, clock: Clock) -> Guarantees:
    """Try every guarantee on scratch objects and clean up; takes some seconds.

    Raises:
        Unavailable: The server went away, or a scratch object's retention never ended.
    """
    trial = _Trial(wire, clock)
    try:
        checked = trial.wrong_digest_refused()
        held = trial.hold_only()
        retained, outlives = trial.retention_and_hold()
        trial.delete_without_version()
    finally:
        trial.clean_up()
    return Guarantees(
        digest_checked_put=checked,
        retention=retained,
        legal_hold=held,
        hold_outlives_retention=held and outlives,
        findings=tuple(trial.findings),
    )


@dataclass(slots=True)
class _Trial:
    wire: Wire
    clock: Clock
    folder: str = field(default_factory=lambda: f"{PREFIX}{secrets.token_hex(8)}")
    findings: list[str] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)

    def wrong_digest_refused(self) -> bool:
        key = self._key("wrong-digest")
        try:
            self.wire.put(key, _BODY, s3_rules.checksum(Digest.of(b"something else")))
        except (DataLoss, BadInput):
            return self._found("put with a wrong digest", "refused", good=True)
        return self._found("put with a wrong digest", "accepted", good=False)

    def hold_only(self) -> bool:
        key = self._scratch("hold", seconds=0)
        self.wire.hold(key, self._version(key), on=True)
        return self._refuses("delete of a held object", key)

    def retention_and_hold(self) -> tuple[bool, bool]:
        """Whether retention forbids deletion, and whether a hold does after the retention date.

        Two objects have the same date, and one has a hold too. The deletion of the plain object
        proves, by the server's own clock, that the date has passed; only then does a refusal for
        the held object count.
        """
        plain, held = self._scratch("plain", seconds=2), self._scratch("held", seconds=2)
        self.wire.hold(held, self._version(held), on=True)
        binds = self._refuses("delete before the retention date", plain)
        for _ in range(_STEPS):
            if self._gone(plain):
                return binds, self._refuses("delete of a held object after that date", held)
            self.clock.sleep(_STEP)
        raise Unavailable(
            f"{self.wire.where}: a retention of {_RETENTION} has not ended",
            hint="synchronise the server's clock by NTP",
        )

    def delete_without_version(self) -> None:
        key = self._scratch("marker", seconds=0)
        self.wire.mark_deleted(key)
        kept = any(not version.marker for version in self.wire.versions([key]))
        kind = "hides the object, its bytes stay" if kept else "removes the bytes"
        self.findings.append(f"delete without a version id: {kind}")

    def clean_up(self) -> None:
        """Lift holds and delete the scratch objects left; each retention has passed by then."""
        for key in self.keys:
            versions = list(self.wire.versions([key]))
            for version in versions:
                if not version.marker:
                    self.wire.hold(key, version.id, on=False)
            if versions:
                self.wire.delete(versions)

    def _scratch(self, name: str, *, seconds: int) -> str:
        key = self._key(name)
        until = self.clock.now() + Elapsed.seconds(seconds) if seconds else None
        self.wire.put(key, _BODY, s3_rules.checksum(Digest.of(_BODY)) | s3_rules.retention(until))
        return key

    def _key(self, name: str) -> str:
        self.keys.append(f"{self.folder}/{name}")
        return self.keys[-1]

    def _version(self, key: str) -> str:
        return self.wire.head(key).version

    def _gone(self, key: str) -> bool:
        """Whether the object is gone after a deletion was tried."""
        self.wire.delete(list(self.wire.versions([key])))
        try:
            self.wire.head(key)
        except NotFound:
            return True
        return False

    def _refuses(self, what: str, key: str) -> bool:
        gone = self._gone(key)
        return self._found(what, "done: not protected" if gone else "refused", good=not gone)

    def _found(self, what: str, outcome: str, *, good: bool) -> bool:
        self.findings.append(f"{what}: {outcome}")
        return good
