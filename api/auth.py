"""Authentication: every request says who asks, by a token or by the cookie of a session."""

from __future__ import annotations

import hmac
from http import HTTPStatus
from typing import TYPE_CHECKING, Annotated, Final

from fastapi import Depends, Request, Response
from fastapi.requests import HTTPConnection  # noqa: TC002 - FastAPI reads the annotation
from fastapi.security import APIKeyCookie, HTTPAuthorizationCredentials, HTTPBearer

from api.people.bearer import csrf_of
from api.people.by_provider import WITHIN
from api.people.sign_in import Caller
from api.problems import Problem, for_strangers

if TYPE_CHECKING:
    from api.allowance import Allowances
    from api.limits import Limits
    from api.people.sign_in import SignIn

COOKIE: Final = "footage_session"
DEVICE: Final = "footage_device"
"""Name of the cookie that marks a browser from which a person signed in. The cookie alone signs
nobody in."""
SIGN_IN_COOKIE: Final = "footage_sign_in"
"""Name of the cookie of a browser that was sent to an identity provider to sign in."""
_DEVICE_KEPT_S: Final = 365 * 86_400
_DEVICE_PATH: Final = "/api/v1/session"
CSRF_HEADER: Final = "Footage-CSRF"
_SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})
_OWN_PAGE: Final = ("none", "same-origin")
"""Values of `Sec-Fetch-Site` of what a person typed or a page of ours asks."""
_LOOPBACK: Final = ("localhost", "127.0.0.1", "[::1]")
_BEARER: Final = HTTPBearer(auto_error=False, description="A token: `footage users token`.")


class _SessionCookie(APIKeyCookie):
    async def __call__(self, request: HTTPConnection) -> str | None:
        """Return the secret in the cookie of a session; None without."""
        return request.cookies.get(_session_name(request))


_SESSION: Final = _SessionCookie(
    name=COOKIE,
    scheme_name="APIKeyCookie",
    auto_error=False,
    description=f"A session, over TLS as `__Host-{COOKIE}`; changes need `{CSRF_HEADER}` too.",
)


def authenticated(
    request: Request,
    token: Annotated[HTTPAuthorizationCredentials | None, Depends(_BEARER)],
    cookie: Annotated[str | None, Depends(_SESSION)],
) -> Caller:
    """Return who asks; a token counts ahead of a cookie.

    Raises:
        Problem: 401, nothing valid was sent; 403, a page of another site makes the browser ask, or
            a browser's change lacks the text that only a page of ours knows; 429, the person asks
            too often; 503, nobody can be looked up.
    """
    sign_in: SignIn = request.app.state.services.sign_in
    if "authorization" in request.headers:
        with for_strangers():
            caller = sign_in.by_token(token.credentials) if token else None
    else:
        with for_strangers():
            caller = sign_in.by_cookie(cookie) if cookie else None
        if caller:
            _require_own_change(request, caller)
    if caller is None:
        raise Problem(
            HTTPStatus.UNAUTHORIZED,
            "unauthorized",
            "no valid token or session was sent",
            headers={"WWW-Authenticate": 'Bearer realm="footage"'},
        )
    allowances: Allowances = request.app.state.allowances
    allowances.take_request(caller.person.id)
    return caller


Asking = Annotated[Caller, Depends(authenticated)]
"""The person on whose behalf the request comes."""


def require_browser(caller: Caller) -> None:
    """Refuse a program: a token that leaks must neither make tokens nor change what lets in.

    Raises:
        Problem: 403, the caller came by a token.
    """
    if caller.token:
        raise Problem(HTTPStatus.FORBIDDEN, "needs-session", "a token does not suffice; sign in")


def set_cookie(request: Request, response: Response, caller: Caller) -> None:
    """Set two cookies in an answer: the session's, and the browser's mark for later sign-ins.

    The session's cookie lasts until the browser closes, the mark for a year. Scripts can read
    neither. Both go over TLS alone, except to the machine itself; a proxy may name the machine
    itself in `Host` on behalf of any browser.
    """
    secure = _over_tls(request)

    def give(name: str, value: str, path: str, kept_s: int | None) -> None:
        response.set_cookie(
            name, value, kept_s, path=path, secure=secure, httponly=True, samesite="strict"
        )

    give(_session_name(request), caller.cookie, "/", None)
    give(DEVICE, caller.device, _DEVICE_PATH, _DEVICE_KEPT_S)


def set_sign_in_cookie(request: Request, response: Response, secret: str) -> None:
    """Set the cookie with the secret of a sign-in for which the browser goes to a provider.

    Browsers send the cookie along when a page of the provider leads back here (in their words:
    lax), for as long as the sign-in may take. The cookie signs nobody in.
    """
    response.set_cookie(
        _own_name(request, SIGN_IN_COOKIE),
        secret,
        int(WITHIN.in_seconds),
        path="/",
        secure=_over_tls(request),
        httponly=True,
        samesite="lax",
    )


def sign_in_secret(request: Request) -> str:
    """Return the secret of a sign-in that the browser kept; "" without."""
    return request.cookies.get(_own_name(request, SIGN_IN_COOKIE), "")


def clear_sign_in_cookie(request: Request, response: Response) -> None:
    """Set a header in an answer that makes the browser delete the secret of a sign-in."""
    name = _own_name(request, SIGN_IN_COOKIE)
    response.delete_cookie(name, path="/", secure=_over_tls(request))


def clear_cookie(request: Request, response: Response) -> None:
    """Set a header in an answer that makes the browser delete the session's cookie."""
    response.delete_cookie(_session_name(request), path="/", secure=_over_tls(request))


def _session_name(request: HTTPConnection) -> str:
    return _own_name(request, COOKIE)


def _own_name(request: HTTPConnection, name: str) -> str:
    """Return the name under which a browser keeps a cookie.

    Over TLS browsers take a cookie of the prefix from this very host alone: else a neighbour in the
    same domain could sign a browser in here as somebody else.
    """
    return f"__Host-{name}" if _over_tls(request) else name


def _over_tls(request: HTTPConnection) -> bool:
    """Whether browsers must keep cookies to TLS: all but a browser on the machine itself."""
    limits: Limits = request.app.limits
    return limits.behind_proxy or not _is_loopback(request)


def _is_loopback(request: HTTPConnection) -> bool:
    host = request.headers.get("host", "").rpartition(":")[0] or request.headers.get("host", "")
    return host in _LOOPBACK


def require_own_page(request: Request) -> None:
    """Refuse what another site's page makes a browser ask; browsers say which page asks.

    Raises:
        Problem: 403, another site's page asks.
    """
    if request.headers.get("sec-fetch-site", "none") not in _OWN_PAGE:
        raise Problem(HTTPStatus.FORBIDDEN, "not-own-page", "a page of another site asks")


def _require_own_change(request: Request, caller: Caller) -> None:
    """Refuse what another site's page makes a browser ask under its session.

    Browsers say which page asks. A cookie goes along from pages of the same domain under another
    name or port too, and a picture shown there would be entered as a view of the person.

    Raises:
        Problem: 403, another site's page asks; or a change lacks the text of a page of ours.
    """
    require_own_page(request)
    if request.method in _SAFE:
        return
    given = request.headers.get(CSRF_HEADER, "")
    if not hmac.compare_digest(csrf_of(caller.cookie).encode(), given.encode()):
        raise Problem(
            HTTPStatus.FORBIDDEN,
            "not-own-page",
            f"a change by cookie needs the header {CSRF_HEADER} as GET /api/v1/session gives it",
        )
