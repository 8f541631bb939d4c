"""Time-based codes (RFC 6238) and recovery codes: the second factor of a sign-in.

The one module that uses pyotp.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import secrets
from hashlib import sha256
from typing import TYPE_CHECKING, Final

import pyotp

from footage.errors import BadInput

if TYPE_CHECKING:
    from footage.instant import Instant

ISSUER: Final = "Footage"
STEP_S: Final = 30
RECOVERY_CODES: Final = 10
_SECRET_BYTES: Final = 20
_LEAST_SECRET_BYTES: Final = 16


def new_secret() -> str:
    """Return a new secret of time-based codes, in base 32."""
    return base64.b32encode(secrets.token_bytes(_SECRET_BYTES)).decode("ascii")


def require_secret(text: str) -> None:
    """Refuse a text that is no secret of time-based codes.

    Raises:
        BadInput: The text is not in base 32, or of fewer than 128 bits.
    """
    try:
        length = len(base64.b32decode(text))
    except (binascii.Error, ValueError):
        length = 0
    if length < _LEAST_SECRET_BYTES:
        raise BadInput("not a secret of time-based codes", hint="take the one that was given out")


def address(secret: str, name: str) -> str:
    """Return the `otpauth:` address by which an authenticator learns a secret."""
    return pyotp.TOTP(secret, name=name, issuer=ISSUER).provisioning_uri()


def step_of(secret: str, code: str, now: Instant) -> int | None:
    """Return the time step of a code: the present step, the step before or the one after.

    Args:
        secret: Secret in base 32.
        code: Six digits, as typed.
        now: The present instant.

    Returns:
        Number of the step since 1970; None where the code is wrong.
    """
    generator = pyotp.TOTP(secret)
    present = now.us // 1_000_000 // STEP_S
    typed = code.replace(" ", "").encode()
    found = None
    for step in (present - 1, present, present + 1):  # all three: in constant time
        if hmac.compare_digest(generator.generate_otp(step).encode(), typed):
            found = step
    return found


def new_recovery_codes() -> list[str]:
    """Return new recovery codes, each of 80 bits, to be shown once."""
    return [_grouped(base64.b32encode(secrets.token_bytes(10))) for _ in range(RECOVERY_CODES)]


def recovery_digest(code: str) -> str:
    """Return the digest under which a recovery code is kept; case and dashes do not count."""
    typed = code.replace(" ", "").replace("-", "").lower()
    return sha256(typed.encode()).hexdigest()


def _grouped(code: bytes) -> str:
    text = code.decode("ascii").lower()
    return "-".join(text[at : at + 4] for at in range(0, len(text), 4))
