"""Rules of routes: the permission a route asks for, and the entry it leaves in the custody log.

Every route under /api/v1 has a rule, which the OpenAPI document shows (`x-permission`, `x-custody`)
and from which the table of roles and routes in the documentation is made.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, Any, Final

from fastapi import Depends, Request

from api.auth import Asking
from api.request_context import given_footage
from footage.access import Permission, Reach
from footage.action import Action
from footage.errors import NotPermitted

if TYPE_CHECKING:
    from api.allowance import Allowances
    from api.deps import Services

ANYBODY: Final = "anybody signed in"
_GIVE_FOOTAGE: Final = frozenset({Permission.WATCH, Permission.EXPORT})
NO_ENTRY: Final = "none"
SIGN_IN: Final[dict[str, Any]] = {
    "openapi_extra": {"x-permission": "anybody", "x-custody": Action.SIGN_IN.value}
}
"""The rule of a route by which whoever is not signed in signs in."""


def open_to_all(*, because: str) -> dict[str, Any]:
    """Return the arguments of a route's decorator for a route that asks nobody to be signed in.

    Args:
        because: Why nothing is entered in the custody log.
    """
    return {"openapi_extra": {"x-permission": "anybody", "x-custody": f"{NO_ENTRY}: {because}"}}


def rule(
    permission: Permission | None,
    *,
    everywhere: bool = False,
    enters: Action | None = None,
    because: str = "",
) -> dict[str, Any]:
    """Return the arguments of a route's decorator that make the route keep a rule.

    Args:
        permission: The permission asked for; None: whoever is signed in.
        everywhere: The permission must come from a grant without limits of place or time.
        enters: The action that is entered in the custody log (invariant 7).
        because: Why nothing is entered, where `enters` is None.
    """
    if bool(enters) == bool(because):
        raise ValueError("a rule names the action that is entered, or why nothing is entered")
    custody = enters.value if enters else f"{NO_ENTRY}: {because}"
    return {
        "dependencies": [Depends(_checker(permission, everywhere=everywhere))]
        if permission
        else [],
        "openapi_extra": {
            "x-permission": permission.value if permission else ANYBODY,
            "x-custody": custody,
        },
    }


def _checker(permission: Permission, *, everywhere: bool) -> Callable[..., None]:
    def check(request: Request, caller: Asking) -> None:
        services: Services = request.app.state.services
        reach = caller.person.reach(permission, services.clock.now())
        if permission not in caller.permissions or reach is None:
            raise NotPermitted(f"{caller.person.id} lacks the permission {permission.value}")
        if everywhere and reach.limited:
            raise NotPermitted(
                f"{caller.person.id} has the permission {permission.value} for a part only",
                hint="this needs a grant without limits",
            )
        if permission in _GIVE_FOOTAGE:
            allowances: Allowances = request.app.state.allowances
            allowances.require_footage(caller.person.id)
            given_footage(caller.person.id)
        request.state.reach = reach

    return check


def _reach(request: Request) -> Reach:
    reach: Reach = request.state.reach  # set by the route's rule, which runs first
    return reach


Reaching = Annotated[Reach, Depends(_reach)]
"""The footage for which the caller has the permission of the route's rule."""
