"""Routes by which a person signs in and out, and changes what lets that person in."""

from http import HTTPStatus
from typing import TYPE_CHECKING

from fastapi import APIRouter, Request, Response

from api.auth import DEVICE, Asking, clear_cookie, require_browser, set_cookie
from api.bodies import people as bodies
from api.deps import Ready
from api.people import codes
from api.people.bearer import csrf_of
from api.problems import for_strangers
from api.rules import SIGN_IN, rule
from footage.action import Action, Purpose

if TYPE_CHECKING:
    from api.allowance import Allowances

open_router = APIRouter(tags=["session"])
"""Routes for whoever has not signed in yet."""
router = APIRouter(tags=["session"])


@open_router.post("/session", operation_id="sign_in", status_code=HTTPStatus.CREATED, **SIGN_IN)
def sign_in(
    services: Ready, request: Request, response: Response, asked: bodies.SignInBody
) -> bodies.SessionOut:
    """Open a session, whose cookie comes with the answer.

    A cookie sent along does not count: a session is always new, so nobody signs in to a session
    that a stranger knows.
    """
    allowances: Allowances = request.app.state.allowances
    allowances.take_sign_in(request)
    with for_strangers():
        caller = services.sign_in.open(
            asked.person, asked.password, asked.code, request.cookies.get(DEVICE, "")
        )
    set_cookie(request, response, caller)
    return bodies.SessionOut.of(caller, csrf_of(caller.cookie))


@router.get(
    "/session",
    operation_id="get_session",
    **rule(None, because="a person asks who the person is"),
)
def get_session(services: Ready, caller: Asking) -> bodies.SessionOut:
    """Return who asks, with which permissions."""
    csrf = csrf_of(caller.cookie) if caller.cookie else None
    by = services.by_provider
    return bodies.SessionOut.of(caller, csrf, by.sign_out_address(caller) if by else None)


@router.delete(
    "/session",
    operation_id="sign_out",
    status_code=HTTPStatus.NO_CONTENT,
    **rule(None, because="the end of a session gives nothing out"),
)
def sign_out(services: Ready, request: Request, caller: Asking, response: Response) -> None:
    """End the session of the cookie."""
    if caller.cookie:
        services.sign_in.close(caller)
    clear_cookie(request, response)


@router.put(
    "/session/password",
    operation_id="change_password",
    status_code=HTTPStatus.NO_CONTENT,
    **rule(None, enters=Action.PEOPLE),
)
def change_password(
    services: Ready,
    request: Request,
    caller: Asking,
    response: Response,
    asked: bodies.PasswordChange,
) -> None:
    """Change one's own password; all sessions of the person end."""
    require_browser(caller)
    device = request.cookies.get(DEVICE, "")
    services.sign_in.require_proof(caller.person, asked.password, asked.code, device)
    services.people.set_password(caller.person.id, asked.new, Purpose(caller.person.id))
    clear_cookie(request, response)


@router.post(
    "/session/second-factor",
    operation_id="propose_second_factor",
    **rule(None, because="nothing is changed yet"),
)
def propose_second_factor(caller: Asking) -> bodies.SecondFactorOut:
    """Make a secret of time-based codes for an authenticator; it counts once it is confirmed."""
    require_browser(caller)
    secret = codes.new_secret()
    return bodies.SecondFactorOut(secret=secret, address=codes.address(secret, caller.person.id))


@router.put(
    "/session/second-factor",
    operation_id="start_second_factor",
    **rule(None, enters=Action.PEOPLE),
)
def start_second_factor(
    services: Ready,
    request: Request,
    caller: Asking,
    response: Response,
    asked: bodies.SecondFactorIn,
) -> bodies.RecoveryOut:
    """Ask for time-based codes at each sign-in from now on; all sessions of the person end."""
    require_browser(caller)
    device = request.cookies.get(DEVICE, "")
    services.sign_in.require_proof(caller.person, asked.password, asked.present_code, device)
    person = caller.person.id
    given = services.people.start_second_factor(
        person, asked.secret, asked.code, Purpose(caller.person.id)
    )
    clear_cookie(request, response)
    return bodies.RecoveryOut(recovery_codes=given)
