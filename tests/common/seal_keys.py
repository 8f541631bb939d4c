"""Pytest plugin: the keys that seal bundles, made once for the tests that run in one process.

An RSA key takes 0.15 s of CPU to make, and a test of a ledger needs one that nobody looks at. So in
the folders of `SHARING` the first key of every test is the same one, the second one another, and
so on. Processes that tests start, and the tests of all other folders, make keys of their own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key

from infra.keys import seal_crypto

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

SHARING: Final = ("unit", "property", "contract")


class SealKeys:
    """Hands out keys in order, from the first again for every test."""

    def __init__(self) -> None:
        self._made: list[RSAPrivateKey] = []
        self._next = 0
        self._shared = False

    def begin(self, *, shared: bool) -> None:
        """Begin a test: the next key is the first again, or always a new one."""
        self._next = 0
        self._shared = shared

    def take(self, exponent: int, bits: int) -> RSAPrivateKey:
        """Return a key that this test has not had yet, in place of `generate_private_key`."""
        if not self._shared:
            return generate_private_key(exponent, bits)
        if self._next == len(self._made):
            self._made.append(generate_private_key(exponent, bits))
        self._next += 1
        return self._made[self._next - 1]


_KEYS: Final = SealKeys()


def pytest_configure(config: pytest.Config) -> None:
    """Let the module that makes the keys take them from here."""
    patch = pytest.MonkeyPatch()
    patch.setattr(seal_crypto, "generate_private_key", _KEYS.take)
    config.add_cleanup(patch.undo)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Begin a test, before its fixtures are set up."""
    folder = item.path.relative_to(item.config.rootpath / "tests").parts[0]
    _KEYS.begin(shared=folder in SHARING)
