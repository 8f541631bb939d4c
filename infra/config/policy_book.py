"""The policy file as the HTTP API reads and replaces it: text, policies and version together."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from api.policies import PolicyText
from footage import durable
from footage.digest import Digest
from footage.errors import BadInput, Conflict, Misconfigured
from infra.config.policy_file import parse_policies
from infra.host.file_lock import locked

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from footage.action import Purpose
    from footage.clock import Clock
    from infra.config.policy_names import KnownNames
    from infra.custody.changes import InForce
    from retention.policy import Policy

_NO_FILE: Final = "none"
_WHERE: Final = "the policies"


class PolicyBook:
    """Keeps `api.policies.Policies`, over the policy file of the settings.

    Args:
        file: The policy file.
        lock: File of the lock that two writers share.
        known: Gives the names that a policy may use, as of now.
        in_force: Enters policies in the custody log.
        clock: Times the wait for the lock.
    """

    def __init__(
        self,
        file: Path,
        lock: Path,
        known: Callable[[], KnownNames],
        in_force: InForce,
        clock: Clock,
    ) -> None:
        self._file, self._lock, self._known = file, lock, known
        self._in_force, self._clock = in_force, clock

    def read(self) -> PolicyText:
        """Return the policy file as now; see `api.policies.Policies`."""
        text = self._text()
        if text is None:
            return PolicyText(None, None, _NO_FILE)
        version = Digest.of(text.encode("utf-8", "surrogateescape")).hex[:32]
        try:
            return PolicyText(text, self.parsed(text), version)
        except BadInput as exc:
            return PolicyText(text, None, version, str(exc))

    def parsed(self, text: str) -> Sequence[Policy]:
        """Return the policies of a text; raises BadInput."""
        return parse_policies(text, _WHERE, self._known())

    def replace(self, text: str, version: str, by: Purpose) -> None:
        """Replace the policy file; see `api.policies.Policies`."""
        new = self.parsed(text)
        with locked(self._lock, clock=self._clock):
            before = self.read()
            if before.version != version:
                raise Conflict("the policies were changed meanwhile", hint="read again")
            if not before.wrong:  # what somebody edited by hand is not the doing of `by`
                self._in_force.policies(before.policies, self._file)
            self._in_force.policies(new, self._file, by, lambda: self._write(text))

    def _text(self) -> str | None:
        try:
            return self._file.read_text(encoding="utf-8")
        except FileNotFoundError:
            return None
        except (OSError, UnicodeDecodeError) as exc:
            raise Misconfigured(f"policy file {self._file} cannot be read: {exc}") from exc

    def _write(self, text: str) -> None:
        file = self._file.resolve()  # a link stays a link
        with durable.seam(file):
            durable.make_folder(file.parent)
            durable.replace(file, text.encode())
