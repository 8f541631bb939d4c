"""Retention policies as routes read and replace them: the port that a policy file keeps."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

    from footage.action import Purpose
    from retention.policy import Policy


@dataclass(frozen=True, slots=True)
class PolicyText:
    """The policy file at an instant.

    Attributes:
        text: The TOML; None where there is no file, and everything is kept.
        policies: The policies of the text; None without a file, or where the text is wrong.
        version: Changes with each change of the text.
        wrong: Why the text is wrong, "" where nothing is.
    """

    text: str | None
    policies: Sequence[Policy] | None
    version: str
    wrong: str = ""


class Policies(Protocol):
    """The policy file.

    - Misconfigured: The file cannot be read or written.
    - Unavailable: The names in a policy cannot be looked up now.
    """

    def read(self) -> PolicyText:
        """Return the policy file as now."""
        ...

    def parsed(self, text: str) -> Sequence[Policy]:
        """Return the policies of a text that may be put in force.

        Raises:
            BadInput: The text is no policy file, or names what nobody knows.
        """
        ...

    def replace(self, text: str, version: str, by: Purpose) -> None:
        """Put a text in force, whole or not at all, entered in the custody log.

        Raises:
            BadInput: As `parsed`.
            Conflict: The file has not the version `version` any more.
        """
        ...
