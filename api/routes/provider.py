"""Routes for whoever has not signed in yet: to an identity provider, and back from it."""

from html import escape
from http import HTTPStatus
from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from api.auth import (
    clear_sign_in_cookie,
    require_own_page,
    set_cookie,
    set_sign_in_cookie,
    sign_in_secret,
)
from api.bodies import people as bodies
from api.bodies.wire import plain
from api.deps import Ready, Services
from api.people.by_provider import LONGEST_PATH, ProviderSignIn, Return
from api.problems import for_strangers
from api.rules import SIGN_IN, open_to_all
from footage.errors import NotFound

if TYPE_CHECKING:
    from api.allowance import Allowances

START: str = "/api/v1/session/oidc"
_LONGEST = 2_000
"""Most characters of what a provider sends back; codes of some have more than a thousand."""

router = APIRouter(tags=["session"])

Given = Annotated[str, Query(**plain(_LONGEST))]


@router.get(
    "/session/ways",
    operation_id="list_sign_in_ways",
    **open_to_all(because="how people sign in gives nothing out"),
)
def list_sign_in_ways(services: Ready) -> bodies.SignInWays:
    """Return how people sign in here: by password, and by which identity provider."""
    by = services.by_provider
    provider = bodies.ProviderOut(issuer=by.provider.issuer, start=START) if by else None
    return bodies.SignInWays(provider=provider)


@router.get(
    "/session/oidc",
    operation_id="begin_sign_in_by_provider",
    status_code=HTTPStatus.SEE_OTHER,
    response_class=RedirectResponse,
    **open_to_all(because="nobody is signed in yet"),
)
def begin_sign_in_by_provider(
    services: Ready,
    request: Request,
    after: Annotated[
        str,
        Query(
            alias="next",
            **plain(LONGEST_PATH),
            description="Path of this server to show once the person is signed in.",
        ),
    ] = "",
) -> Response:
    """Send a browser to the identity provider to sign in there; 404 without a provider.

    A page of another site cannot begin this.
    """
    require_own_page(request)
    by = _provider_of(services)
    _take_sign_in(request)
    with for_strangers():
        begun = by.begin(after)
    answer = RedirectResponse(begun.address, HTTPStatus.SEE_OTHER)
    set_sign_in_cookie(request, answer, begun.secret)
    return answer


@router.get(
    "/session/oidc/callback",
    operation_id="finish_sign_in_by_provider",
    response_class=HTMLResponse,
    **SIGN_IN,
)
def finish_sign_in_by_provider(
    services: Ready,
    request: Request,
    state: Given = "",
    code: Given = "",
    iss: Annotated[str | None, Query(**plain(_LONGEST))] = None,
    error: Given = "",
) -> Response:
    """Open a session for a person for whom the identity provider vouches.

    The provider sends browsers here. The session's cookie comes with a page that leads on to the
    path asked for: a redirect would still count as asked by the provider's page, and browsers send
    the cookie along with what our own pages ask alone.
    """
    by = _provider_of(services)
    _take_sign_in(request)
    back = Return(state, code, iss, error, sign_in_secret(request))
    with for_strangers():
        caller, after = by.finish(back)
    answer = HTMLResponse(_page(after))
    set_cookie(request, answer, caller)
    clear_sign_in_cookie(request, answer)
    return answer


def _page(after: str) -> str:
    there = escape(after)
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Footage</title>'
        f'<meta http-equiv="refresh" content="0;url={there}"></head>'
        f'<body><p><a href="{there}">You are signed in.</a></p></body></html>'
    )


def _provider_of(services: Services) -> ProviderSignIn:
    if services.by_provider is None:
        raise NotFound("no identity provider is set", hint="[oidc] issuer names one")
    return services.by_provider


def _take_sign_in(request: Request) -> None:
    allowances: Allowances = request.app.state.allowances
    allowances.take_sign_in(request)
