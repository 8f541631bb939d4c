"""Dependencies of the routes: ready services, and the query parameters common to routes."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Final, cast

from fastapi import Depends, Query, Request

from api.auth import Token
from evidence.holds import HoldService
from footage.action import Purpose
from footage.clock import Clock
from footage.instant import Instant, Interval
from footage.ports import Catalogue, Custody, Encoder, ObjectStore, Register
from search.pictures import KeyframePictures
from search.service import SearchService


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """The services the routes use; each service is safe in several threads.

    A service that is slow to build stands behind a callable, which builds the service once.

    Attributes:
        actor: Holder of the token; named in every custody entry.
    """

    clock: Clock
    register: Register
    catalogue: Catalogue
    store: ObjectStore
    custody: Custody
    pictures: KeyframePictures
    token: Token
    actor: str
    encoder: Callable[[], Encoder]
    search: Callable[[], SearchService]
    holds: Callable[[], HoldService]


def _services(request: Request) -> Services:
    return cast("Services", request.app.state.services)


Ready = Annotated[Services, Depends(_services)]
Case = Annotated[str, Query(max_length=200, description="Case the request belongs to.")]
Code = Annotated[str, Query(max_length=50, description="Purpose code, e.g. theft.")]


def _purpose(ready: Ready, case: Case = "", purpose: Code = "") -> Purpose:
    return Purpose(ready.actor, case, purpose)


For = Annotated[Purpose, Depends(_purpose)]
_From: Final = Query(alias="from", description="Start, RFC 3339.")
_To: Final = Query(alias="to", description="End (not included), RFC 3339.")


def _window(
    ready: Ready,
    start: Annotated[str | None, _From] = None,
    end: Annotated[str | None, _To] = None,
) -> Interval:
    return Interval.parse(start, end, ready.clock.now())


def _stretch(start: Annotated[str, _From], end: Annotated[str, _To]) -> Interval:
    return Interval(Instant.parse(start), Instant.parse(end))


Window = Annotated[Interval, Depends(_window)]
Stretch = Annotated[Interval, Depends(_stretch)]
"""An interval of which the request must give both ends."""
