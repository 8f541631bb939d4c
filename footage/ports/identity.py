"""The identity provider's port: an outside server (OpenID Connect) that vouches for people."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Protocol

if TYPE_CHECKING:
    from footage.ports.accounts import Identity

LONGEST_SUBJECT: Final = 255
"""Most characters of a person's subject at a provider (OpenID Connect Core, 2)."""


@dataclass(frozen=True, slots=True)
class Challenge:
    """Secrets of a single sign-in by a provider, made before the browser is sent there.

    Attributes:
        state: Comes back from the provider with the browser.
        nonce: Comes back inside the signed token.
        verifier: Text of which the provider got the digest only (RFC 7636, S256); shown to the
            provider with the code, so that a stolen code is worth nothing.
    """

    state: str = field(repr=False)
    nonce: str = field(repr=False)
    verifier: str = field(repr=False)


class IdentityProvider(Protocol):
    """An identity provider that a browser visits and that answers this server's questions.

    - What the provider says counts only where it is signed by a key that the provider publishes,
      issued by `issuer`, for this client, in answer to the very challenge, and not expired.
    - Unavailable: the provider does not answer, or not in its protocol; another try may succeed.
    """

    @property
    def issuer(self) -> str:
        """Address by which the provider is known; a part of every identity."""
        ...

    def address_for(self, challenge: Challenge) -> str:
        """Return the address of the provider to which a browser is sent to sign in.

        Raises:
            Unavailable: The provider cannot be asked for its addresses.
        """
        ...

    def identify(self, code: str, challenge: Challenge, *, issuer: str | None) -> Identity:
        """Return the identity for which the provider vouches, in exchange for a code.

        Args:
            code: The code with which the browser came back.
            challenge: The challenge for which the browser was sent to the provider.
            issuer: The issuer that came back with the code (RFC 9207); None for none.

        Raises:
            NotPermitted: The code is not accepted, or what the provider answers does not vouch for
                anybody; the text says why and holds nothing secret.
            Unavailable: The provider cannot be asked.
        """
        ...

    def sign_out_address(self) -> str | None:
        """Return the address at which a browser ends its session at the provider.

        Returns:
            None where the provider offers no such address, or did not say so yet: a provider that
            answers slowly, or not at all, is not waited for.
        """
        ...
