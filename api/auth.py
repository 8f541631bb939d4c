"""Authentication by a single bearer token, of the machine's own user."""

import hmac
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Annotated, Final

from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from api.problems import Problem

_BEARER: Final = HTTPBearer(auto_error=False, description="The token of the home folder.")


@dataclass(frozen=True, slots=True)
class Token:
    """The bearer token that a request must carry."""

    secret: str = field(repr=False)

    def accepts(self, given: str) -> bool:
        """Return whether the token `given` is the right secret; compares in constant time."""
        return hmac.compare_digest(self.secret.encode(), given.encode())


def authenticated(
    request: Request,
    given: Annotated[HTTPAuthorizationCredentials | None, Depends(_BEARER)],
) -> None:
    """Refuse a request that does not carry the bearer token.

    Raises:
        Problem: 401, no valid token was sent.
    """
    token: Token = request.app.state.services.token
    if given is None or not token.accepts(given.credentials):
        raise Problem(
            HTTPStatus.UNAUTHORIZED,
            "unauthorized",
            "no valid token was sent",
            headers={"WWW-Authenticate": 'Bearer realm="footage"'},
        )
