"""Signed tokens by keys of our own, honest or not, for tests of what is refused."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from authlib.oidc.core.util import create_half_hash
from joserfc import jwt
from joserfc.jwk import ECKey, Key, RSAKey

if TYPE_CHECKING:
    from footage.instant import Instant

ISSUER: Final = "https://id.example"
CLIENT: Final = "footage"
ACCESS: Final = "an access token"


@dataclass
class TokenMaker:
    """Makes tokens of `ISSUER` for `CLIENT`, at an instant.

    Attributes:
        now: The instant at which tokens are made.
        key: Key that signs.
    """

    now: Instant
    issuer: str = ISSUER
    key: Key = field(default_factory=lambda: an_ec_key("k1"))

    def published(self) -> dict[str, Any]:
        """Return the public key as a set of keys."""
        return {"keys": [self.key.as_dict(private=False)]}

    def claims(self, nonce: str, access: str = ACCESS) -> dict[str, Any]:
        """Return claims that count, in answer to a challenge."""
        seconds = self.now.us // 1_000_000
        digest = create_half_hash(access, "ES256")
        assert digest is not None
        return {
            "iss": self.issuer,
            "sub": "7f3a",
            "aud": CLIENT,
            "iat": seconds,
            "exp": seconds + 300,
            "nonce": nonce,
            "at_hash": digest.decode("ascii"),
        }

    def token(
        self,
        claims: dict[str, Any],
        *,
        key: Key | None = None,
        algorithm: str = "ES256",
        **header: object,
    ) -> str:
        """Return claims as a signed token.

        Args:
            claims: The claims.
            key: Key that signs; None: the published one.
            algorithm: Algorithm of the signature.
            header: Members of the header beside `alg`; without any, the id of the published key.
        """
        members = {"alg": algorithm, **(header or {"kid": self.key.get("kid")})}
        return jwt.encode(members, claims, key or self.key, algorithms=[algorithm])


def an_ec_key(name: str | None) -> ECKey:
    """Return a new key on the curve P-256, with an id unless None."""
    return ECKey.generate_key("P-256", {"kid": name, "use": "sig"} if name else None)


def an_rsa_key(name: str, bits: int = 2048) -> RSAKey:
    """Return a new RSA key with an id."""
    return RSAKey.generate_key(bits, {"kid": name})
