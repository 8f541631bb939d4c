"""Passwords: which are accepted, and hashes of them by Argon2id (RFC 9106).

The one module that uses argon2-cffi.
"""

from __future__ import annotations

import unicodedata
from threading import BoundedSemaphore
from typing import TYPE_CHECKING, Final, TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from footage.errors import BadInput, DataLoss, Unavailable
from footage.instant import Elapsed

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")

SHORTEST: Final = 12
LONGEST: Final = 200
_NAME_COUNTS: Final = 4
"""Shortest account name that a password must not contain: any password contains some "b"."""
_AT_ONCE: Final = 2
"""A hash takes 64 MiB for some 50 ms: more at once would let strangers take all memory."""
_WAIT: Final = Elapsed.parse("10s")


def require_good(password: str, name: str) -> None:
    """Refuse a password that is too short, too long or too like the account name.

    Args:
        password: The new password.
        name: Account name of the person.

    Raises:
        BadInput: The password is refused; the message does not show it.
    """
    if not SHORTEST <= len(password) <= LONGEST:
        raise BadInput(
            f"a password of {len(password)} characters", hint=f"{SHORTEST} to {LONGEST} of them"
        )
    named = len(name) >= _NAME_COUNTS and name in password.casefold()
    if len(set(password)) < SHORTEST // 2 or named:
        raise BadInput("a password that is easy to guess", hint="several words that do not belong")


class Passwords:
    """Maker and checker of password hashes; safe in several threads.

    Args:
        hasher: The hash function with its costs; None: those argon2-cffi recommends.
    """

    def __init__(self, hasher: PasswordHasher | None = None) -> None:
        self._hasher = hasher or PasswordHasher()
        self._free = BoundedSemaphore(_AT_ONCE)
        self._of_nobody = self._hasher.hash("nobody")

    def hash(self, password: str) -> str:
        """Return the hash of a password in PHC form.

        Raises:
            Unavailable: Too many passwords are being checked.
        """
        return self._alone(lambda: self._hasher.hash(_normal(password)))

    def accepts(self, encoded: str, password: str) -> bool:
        """Return whether a password is that of a hash; takes as long where `encoded` is "".

        Raises:
            Unavailable: Too many passwords are being checked.
            DataLoss: `encoded` is no hash of a password.
        """
        right = self._alone(lambda: self._verify(encoded or self._of_nobody, _normal(password)))
        return right and bool(encoded)

    def _verify(self, encoded: str, password: str) -> bool:
        try:
            return self._hasher.verify(encoded, password)
        except InvalidHashError:
            raise DataLoss("the hash of a password cannot be read") from None
        except VerificationError:
            return False

    def _alone(self, work: Callable[[], T]) -> T:
        if not self._free.acquire(timeout=_WAIT.in_seconds):
            raise Unavailable("too many passwords are being checked", hint="try again")
        try:
            return work()
        finally:
            self._free.release()


def _normal(password: str) -> str:
    """Return the password as any keyboard would have typed it (NFKC)."""
    return unicodedata.normalize("NFKC", password)
