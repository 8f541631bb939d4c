"""The signed token in which a provider says who signed in: bytes in, claims or a refusal out.

Rules, each of which stops an attack:
1. The signature is by a key that the provider publishes, by an algorithm of the list. Neither
   "none" nor a shared secret is on it: whoever knows a public key could sign with it as a secret.
2. The token names this provider as issuer and this client as audience: a token that the person gave
   to another client, or that another provider made, does not count.
3. The token answers the very challenge (nonce): one of another sign-in does not count.
4. The token is of now, give or take `LEEWAY_S`: neither expired, nor from the future, nor old.
5. A digest of the access token, where the token has one, is that of the token that came along.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from authlib.oidc.core import CodeIDToken
from joserfc import jws, jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, Key, OKPKey, RSAKey

from footage.errors import NotPermitted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from footage.instant import Instant

ALGORITHMS: Final = (
    *("RS256", "RS384", "RS512", "PS256", "PS384", "PS512"),
    *("ES256", "ES384", "ES512", "EdDSA", "Ed25519"),
)
"""Signatures that count, all by a public key."""
LEEWAY_S: Final = 60
"""Most seconds by which the clocks of provider and server may differ."""
OLDEST_S: Final = 600
"""Most seconds since a token was made: it is asked for at once after the sign-in."""
LEAST_RSA_BITS: Final = 2048
PublishedKeys = tuple[Key, ...]
"""Keys of a provider that can check a signature."""
_FAULTS: Final = (JoseError, ValueError, TypeError, RecursionError)
"""What a text that is no token may raise; the last by JSON that is nested deeply."""
_TIMES: Final = ("exp", "iat", "nbf", "auth_time")


class UnknownKey(NotPermitted):
    """A token names a key that is not among those published."""


@dataclass(frozen=True, slots=True)
class Expected:
    """Claims that a token must carry.

    Attributes:
        issuer: Address of the provider.
        client: Name by which the provider knows this client.
        nonce: Nonce of the challenge.
        access_token: Access token that came along.
    """

    issuer: str
    client: str
    nonce: str
    access_token: str


def keys_from(document: dict[str, Any]) -> PublishedKeys:
    """Read the published keys that can check a signature; others are left out.

    Args:
        document: A JSON Web Key Set (RFC 7517).
    """
    listed = document.get("keys")
    found = []
    for each in listed if isinstance(listed, list) else ():
        if isinstance(each, dict) and each.get("use", "sig") == "sig":
            found += _key_from(each)
    return tuple(found)


def _key_from(document: dict[str, Any]) -> list[Key]:
    kinds: dict[str, type[RSAKey | ECKey | OKPKey]] = {"RSA": RSAKey, "EC": ECKey, "OKP": OKPKey}
    kind = kinds.get(str(document.get("kty")))
    if kind is None:
        return []
    public = {name: value for name, value in document.items() if name != "d"}
    try:
        key = kind.import_key(public)
        if isinstance(key, RSAKey) and key.public_key.key_size < LEAST_RSA_BITS:
            return []
    except (*_FAULTS, LookupError, AttributeError):
        return []  # a published key may be anything; that of another signature may be sound
    return [key]


def claims_of(text: str, keys: Sequence[Key], expected: Expected, now: Instant) -> dict[str, Any]:
    """Return the claims of a token that keeps rules 1 to 5.

    Args:
        text: The token, as it came.
        keys: Published keys of the provider.
        expected: What the token must say.
        now: The present instant.

    Raises:
        UnknownKey: The token names a key that is not among `keys`, as after a change of keys.
        NotPermitted: The token breaks a rule; the text names the rule and no value.
    """
    key = _named_key(text, keys)
    try:
        token = jwt.decode(text, key, algorithms=ALGORITHMS)  # (1)
    except _FAULTS as exc:
        raise NotPermitted(f"the token's signature does not count: {_kind(exc)}") from exc
    claims, seconds = token.claims, now.us // 1_000_000
    if claims.get("iss") != expected.issuer:  # (2)
        raise NotPermitted("the token is of another issuer")
    if not _is_for(claims.get("aud"), expected.client):
        raise NotPermitted("the token is for another client")
    for name in _TIMES:
        if name in claims and not _is_time(claims[name]):
            raise NotPermitted(f"the token's {name} is no time")
    params = {
        "nonce": expected.nonce,
        "client_id": expected.client,
        "access_token": expected.access_token,
    }
    try:
        CodeIDToken(claims, token.header, params=params).validate(seconds, LEEWAY_S)  # (3) (4) (5)
    except _FAULTS as exc:
        raise NotPermitted(f"the token does not count: {_kind(exc)}") from exc
    if claims["iat"] < seconds - OLDEST_S - LEEWAY_S:
        raise NotPermitted("the token is old")
    return claims


def _named_key(text: str, keys: Sequence[Key]) -> Key:
    """Return the key that a token names, or the single one of the token's kind."""
    try:
        header = jws.extract_compact(text.encode()).headers()
    except _FAULTS as exc:
        raise NotPermitted(f"not a signed token: {_kind(exc)}") from exc
    algorithm, name = header.get("alg"), header.get("kid")
    if algorithm not in ALGORITHMS:
        raise NotPermitted("the token is signed by an algorithm that does not count")
    if name is None:
        fitting = [key for key in keys if _fits(key, algorithm)]
        if len(fitting) == 1:
            return fitting[0]
        raise NotPermitted("the token does not say by which key it is signed")
    named = [key for key in keys if key.get("kid") == name]
    if len(named) != 1:
        raise UnknownKey("the token is signed by a key that the provider does not publish")
    return named[0]


def _fits(key: Key, algorithm: str) -> bool:
    kind = {"R": "RSA", "P": "RSA", "E": "EC"}[algorithm[0]]
    return key.key_type == ("OKP" if algorithm.startswith("Ed") else kind)


def _is_for(audience: object, client: str) -> bool:
    return client in audience if isinstance(audience, list) else audience == client


def _is_time(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _kind(exc: Exception) -> str:
    """Return what a library says of an error by its kind alone: messages may repeat values."""
    return getattr(exc, "error", "") or type(exc).__name__
