"""Authentication by the bearer token of the machine's own user, compared in constant time."""

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
    """The secret a request must carry."""

    secret: str = field(repr=False)

    def accepts(self, given: str) -> bool:
        """Whether `given` is the secret; compared in constant time."""
        return hmac.compare_digest(self.secret.encode(), given.encode())


def authenticated(
    request: Request,
    given: Annotated[HTTPAuthorizationCredentials | None, Depends(_BEARER)],
) -> None:
    """Refuse a request without the token.

    Raises:
        Problem: 401.
    """
    token: Token = request.app.state.services.token
    if given is None or not token.accepts(given.credentials):
        raise Problem(
            HTTPStatus.UNAUTHORIZED,
            "unauthorized",
            "no valid token was sent",
            headers={"WWW-Authenticate": 'Bearer realm="footage"'},
        )
