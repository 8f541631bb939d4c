"""`--moment ANSWER.N`: camera and time of a moment, read from the answer's custody entry."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import typer

from footage.action import Action
from footage.errors import BadInput, NotFound
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
_NAMED = re.compile(r"(\d{1,12})\.(\d{1,4})", re.ASCII)
_HINT = "footage search prints the number of each moment"


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
                "which footage is meant?",
                hint="name --camera or a place, --from and --to, or --moment",
            )
        return typed
    if typed.cameras or typed.by_place or typed.start or typed.end:
        raise BadInput(
            "--moment names camera and time itself", hint="leave --camera, --from and --to out"
        )
    camera, first, last = _found(parts, moment)
    return Chosen((camera,), first, last)


def _found(parts: "Parts", moment: str) -> tuple[str, str, str]:
    """Return camera, start and end of a moment as the custody log has them: what was shown."""
    named = _NAMED.fullmatch(moment)
    if named is None:
        raise BadInput(f"not a moment: {moment!r}", hint=f"write it like 17.1; {_HINT}")
    answer, rank = int(named[1]), int(named[2])
    for entry in parts.custody.read(answer):
        if entry.number == answer and entry.action is not Action.SEARCH:
            break
        if entry.action is not Action.SEARCH or entry.what.get("intent") != answer:
            continue
        result = entry.what.get("result")
        ranked = result.get("ranked") if isinstance(result, dict) else None
        if not isinstance(ranked, list) or not 1 <= rank <= len(ranked):
            number = len(ranked) if isinstance(ranked, list) else 0
            raise NotFound(f"answer {answer} has no moment {rank}: it has {number}", hint=_HINT)
        camera, start, end = str(ranked[rank - 1]).split()
        return camera, start, end
    raise NotFound(f"the custody log has no answer {answer}", hint=_HINT)
