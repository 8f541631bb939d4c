"""Request bodies for Elasticsearch, and the errors that refusals stand for. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from footage.errors import FootageError, Misconfigured, NoSpace, Unavailable

if TYPE_CHECKING:
    from collections.abc import Callable

Json = dict[str, object]
Version = tuple[int, int]
"""Sequence number and primary term of a document; (0, 0) where the version does not matter."""

AUTO: Final = "auto"
"""As many copies as the cluster has room for, at most one: none on one node, one on several."""

MOST_NAMED: Final = 32
"""More names of indices than these make the address of a request too long."""

# Between two addresses; a comma elsewhere may belong to a password.
_COMMA: Final = re.compile(r"\s*,\s*(?=[a-z]+://)")
_LOGIN: Final = re.compile(r"//.*@")

_DENIED: Final = {401, 403}
_CHANGED: Final = {404, 409}
_LATER: Final = {408, 429, 500, 502, 503, 504}


@dataclass(frozen=True, slots=True)
class VersionedDocument:
    """A document and its version, for an update that must not overwrite another update."""

    index: str
    id: str
    source: Json
    version: Version = (0, 0)


@dataclass(frozen=True, slots=True)
class Outcome:
    """Outcome of an action of a bulk request.

    Attributes:
        created: Whether the document was not there before.
        conflict: Whether the document was left unchanged, since the version was another.
        version: The document's version after the action.
    """

    created: bool = False
    conflict: bool = False
    version: Version = (0, 0)


@dataclass(frozen=True, slots=True)
class BulkAction:
    """An action of a bulk request.

    Attributes:
        verb: "index", "create", "update" or "delete".
        body: Second line of the action, or None for "delete".
        version: The version the document must still have.
    """

    verb: str
    index: str
    id: str
    body: Json | None = field(default=None, repr=False)
    version: Version | None = None

    def lines(self) -> list[Json]:
        """The action as lines of the bulk interface."""
        target: Json = {"_index": self.index, "_id": self.id}
        if self.version:
            target |= {"if_seq_no": self.version[0], "if_primary_term": self.version[1]}
        elif self.verb == "update":
            target |= {"retry_on_conflict": 5}
        return [{self.verb: target}, *([] if self.body is None else [self.body])]


def addresses(url: str) -> list[str]:
    """Node addresses, from a setting with commas between addresses."""
    return _COMMA.split(url.strip())


def shown(url: str) -> str:
    """Node addresses without user names and passwords, for messages."""
    return ", ".join(_LOGIN.sub("//***@", each) for each in addresses(url))


def with_replicas(template: Json, replicas: int | str) -> Json:
    """A template whose indices keep the given number of replicas of each shard, or `AUTO`."""
    settings = template["settings"]
    if replicas == AUTO or not isinstance(settings, dict):
        return template
    fixed = {"auto_expand_replicas": "false", "number_of_replicas": replicas}
    return template | {"settings": settings | fixed}


def refusal(url: str, status: int, error: object) -> FootageError:
    """The error to raise for an HTTP status and body, of a request or of a bulk action."""
    text = str(error)
    for fits, kind, hint in _REFUSALS:
        if fits(status, text):
            return kind(f"Elasticsearch at {url} refuses ({status}): {text}", hint=hint)
    return Misconfigured(
        f"Elasticsearch at {url} refuses ({status}): {text}",
        hint="its indices may be of another version: footage catalogue rebuild",
    )


_REFUSALS: Final[tuple[tuple[Callable[[int, str], bool], type[FootageError], str], ...]] = (
    (lambda _, text: "flood-stage" in text, NoSpace, "free space on its data disks"),
    (lambda _, text: "cluster_block_exception" in text, Unavailable, "try again"),
    (lambda status, _: status in _DENIED, Misconfigured, "check user name, password and role"),
    (lambda status, _: status in _LATER, Unavailable, "try again"),
    (lambda status, _: status in _CHANGED, Unavailable, "it changed meanwhile; try again"),
)
