"""Routes for whoever has not signed in yet: to an identity provider, and back from it."""

from collections.abc import Callable, Coroutine
from html import escape
from http import HTTPStatus
from typing import TYPE_CHECKING, Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, RedirectResponse
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException

from api import problems
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
from api.problems import Problem, for_strangers
from api.rules import SIGN_IN, open_to_all
from footage.errors import FootageError, NotFound

if TYPE_CHECKING:
    from api.allowance import Allowances

START: str = "/api/v1/session/oidc"
_LONGEST = 2_000
"""Most characters of what a provider sends back; codes of some have more than a thousand."""

_PAGE: str = "/#/sign-in"
"""Path of the web page's form to sign in."""


class _ForBrowsers(APIRoute):
    """A route that a browser shows: a problem becomes a page that leads back to the form.

    Whoever does not take HTML is given the document of the problem, as by every route.
    """

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Return the handler of the route, with problems for people."""
        handler = super().get_route_handler()

        async def answer(request: Request) -> Response:
            try:
                return await handler(request)
            except (FootageError, Problem, RequestValidationError, HTTPException) as error:
                if "text/html" not in request.headers.get("Accept", ""):
                    raise
                return _led_back(problems.of(error))

        return answer


router = APIRouter(tags=["session"], route_class=_ForBrowsers)

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
    answer = HTMLResponse(_page(after, "You are signed in."))
    set_cookie(request, answer, caller)
    clear_sign_in_cookie(request, answer)
    return answer


def _page(there: str, said: str) -> str:
    to = escape(there)
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Footage</title>'
        f'<meta http-equiv="refresh" content="0;url={to}"></head>'
        f'<body><p><a href="{to}">{escape(said)}</a></p></body></html>'
    )


def _led_back(problem: Problem) -> Response:
    """Return a page that leads to the form, which tells the problem in the person's language.

    What the form tells stands behind the `#`, which browsers keep from servers and their logs.
    """
    told = {
        "refused": problem.kind,
        "request": problems.noted(problem),
        "subject": problem.members.get("subject", ""),
    }
    page = _page(f"{_PAGE}?{urlencode(told)}", f"{problem.detail}. Back to the sign-in.")
    return HTMLResponse(page, problem.status, headers=problem.headers)


def _provider_of(services: Services) -> ProviderSignIn:
    if services.by_provider is None:
        raise NotFound("no identity provider is set", hint="[oidc] issuer names one")
    return services.by_provider


def _take_sign_in(request: Request) -> None:
    allowances: Allowances = request.app.state.allowances
    allowances.take_sign_in(request)
