"""The sidecar of an object in a directory: its digest, metadata, lock and hold as JSON."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from footage.digest import Digest
from footage.errors import BadInput, DataLoss
from footage.instant import Instant
from footage.ports import StoredObject

if TYPE_CHECKING:
    from collections.abc import Mapping

_FORMAT: Final = 1


@dataclass(frozen=True, slots=True)
class Sidecar:
    """Facts stored beside an object. `held` is a hold that Footage enforces but `rm` ignores."""

    digest: Digest
    metadata: Mapping[str, str]
    retain_until: Instant | None = None
    held: bool = False

    def locked(self, now: Instant) -> bool:
        """Whether the object's retention date is in the future."""
        return self.retain_until is not None and self.retain_until > now

    def facts(self, key: str, size_bytes: int) -> StoredObject:
        """The object's facts, with the file's actual size to reveal a truncated file."""
        return StoredObject(key, size_bytes, self.digest, dict(self.metadata))

    def to_bytes(self) -> bytes:
        """The sidecar as JSON, readable for people."""
        until = None if self.retain_until is None else str(self.retain_until)
        content = {
            "format": _FORMAT,
            "digest": str(self.digest),
            "metadata": dict(self.metadata),
            "retain_until": until,
            "held": self.held,
        }
        return json.dumps(content, indent=1, sort_keys=True).encode() + b"\n"

    @classmethod
    def from_bytes(cls, data: bytes, where: str) -> Sidecar:
        """Read what `to_bytes` wrote.

        Raises:
            DataLoss: The bytes are no sidecar, or have an unknown format.
        """
        try:
            content = json.loads(data)
            if content["format"] != _FORMAT or not isinstance(content["held"], bool):
                raise DataLoss(f"{where} is of a format this version does not read")
            until = content["retain_until"]
            return cls(
                Digest.parse(content["digest"]),
                {str(name): str(value) for name, value in content["metadata"].items()},
                None if until is None else Instant.parse(until),
                content["held"],
            )
        except (ValueError, KeyError, TypeError, AttributeError, BadInput) as exc:
            raise DataLoss(f"{where} is no sidecar: {exc}", hint="restore it from a copy") from exc
