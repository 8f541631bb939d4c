"""Secrets that a browser's cookie or a program's token carries; only digests of them are kept."""

from __future__ import annotations

import hmac
import json
import re
import secrets
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Final

_BYTES: Final = 32
_ID_BYTES: Final = 6
_DEVICE_BYTES: Final = 16
_TOKEN: Final = re.compile(r"ftg_([0-9a-f]{12})_([A-Za-z0-9_-]{43})")


def new_secret() -> str:
    """Return a new secret of 256 bits, as text that is safe in a header."""
    return secrets.token_urlsafe(_BYTES)


def digest_of(secret: str) -> str:
    """Return the digest under which a secret is kept."""
    return sha256(secret.encode()).hexdigest()


def csrf_of(secret: str) -> str:
    """Return the text that a page sends beside the cookie, to prove that it is a page of ours.

    A foreign page can make a browser send the cookie, but can read neither cookie nor this text.
    """
    return hmac.digest(secret.encode(), b"csrf", "sha256").hex()


def new_device(secret: bytes, person: str) -> str:
    """Return the text by which a browser is known from which a person signed in.

    Args:
        secret: The secret that the processes of the API share.
        person: Account name.
    """
    number = secrets.token_hex(_DEVICE_BYTES)
    return f"{number}.{_device_code(secret, person, number)}"


def is_device(secret: bytes, person: str, text: str) -> bool:
    """Return whether a person signed in from the browser known by `text`."""
    number, _, code = text.partition(".")
    return hmac.compare_digest(_device_code(secret, person, number).encode(), code.encode())


def _device_code(secret: bytes, person: str, number: str) -> str:
    return hmac.digest(secret, json.dumps(["device", person, number]).encode(), "sha256").hex()


@dataclass(frozen=True, slots=True)
class TokenText:
    """A token as its program holds it: the public id and the secret."""

    id: str
    secret: str = field(repr=False)

    @classmethod
    def new(cls) -> TokenText:
        """Make a new token."""
        return cls(secrets.token_hex(_ID_BYTES), new_secret())

    @classmethod
    def parse(cls, text: str) -> TokenText | None:
        """Read a token; None where the text is no token."""
        found = _TOKEN.fullmatch(text)
        return cls(found[1], found[2]) if found else None

    def __str__(self) -> str:
        return f"ftg_{self.id}_{self.secret}"
