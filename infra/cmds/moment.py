"""`--moment ANSWER.N`: camera and time of a moment, read from the answer's custody entry."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import typer

from evidence.answers import moment_of
from footage.errors import BadInput
from footage.ids import camera_id

if TYPE_CHECKING:
    from footage.ids import CameraId
    from infra.wiring import Parts

Moment = Annotated[
    str | None,
    typer.Option(
        "--moment",
        metavar="ANSWER.N",
        help="Moment N of a search's answer, e.g. 17.1, instead of camera, from and to.",
    ),
]


@dataclass(frozen=True, slots=True)
class Chosen:
    """Footage as typed, or as a moment names it.

    Attributes:
        by_place: Whether places are named besides, so that cameras may be absent.
    """

    cameras: Sequence[str]
    start: str | None
    end: str | None
    by_place: bool = False

    @property
    def ids(self) -> "frozenset[CameraId]":
        """The cameras."""
        return frozenset(map(camera_id, self.cameras))


def of_moment(parts: "Parts", moment: str | None, typed: Chosen) -> Chosen:
    """Return cameras, start and end as typed, or those of the moment typed instead.

    Raises:
        BadInput: Neither all of cameras, start and end are given, nor a moment alone.
        NotFound: The custody log has no such answer, or the answer no such moment.
    """
    if moment is None:
        if not (typed.cameras or typed.by_place) or typed.start is None or typed.end is None:
            raise BadInput(
                "which footage is meant?", hint="name --camera, --from and --to, or --moment"
            )
        return typed
    if typed.cameras or typed.by_place or typed.start or typed.end:
        raise BadInput(
            "--moment names camera and time itself", hint="leave --camera, --from and --to out"
        )
    found = moment_of(parts.custody, moment)
    return Chosen((found.camera,), found.start, found.end)
