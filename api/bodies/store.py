"""Bodies of responses about the object store."""

from typing import Annotated

from pydantic import Field

from api.bodies.wire import InstantText, Wire
from footage.ports import Strength


class GuaranteesOut(Wire):
    """Guarantees that the object store showed when it was tried."""

    kind: Annotated[str, Field(examples=["s3"])]
    at: InstantText
    digest_checked_put: Annotated[
        bool, Field(description="Bytes that do not match their digest are refused.")
    ]
    retention: Annotated[bool, Field(description="A locked object cannot be deleted in time.")]
    legal_hold: Annotated[bool, Field(description="A held object cannot be deleted.")]
    hold_outlives_retention: bool
    hold_strength: Annotated[Strength, Field(description="What keeps a hold on an object.")]
    findings: Annotated[list[str], Field(description="A line for each thing tried.")]


class StoreOut(Wire):
    """The object store; `seen` null: it was not tried yet, or the result cannot be read now."""

    kind: str
    seen: GuaranteesOut | None


class ProbeIn(Wire):
    """A request to try the object store on scratch objects."""


class ProbeAskedOut(Wire):
    """A trial of the object store that was asked for."""
