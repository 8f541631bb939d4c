"""Ed25519 and ML-DSA-44 by `cryptography`.

Private keys are PKCS #8 in PEM. A bare signature is over bytes that `footage.signed_note` says.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey, MLDSA44PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from footage.errors import Misconfigured
from footage.signed_note import SignatureType

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

    from footage.signed_note import NoteKey

PrivateKey = Ed25519PrivateKey | MLDSA44PrivateKey

ED25519: Final = "ed25519"
ML_DSA_44: Final = "ml-dsa-44"
ALGORITHMS: Final = (ED25519, ML_DSA_44)
KINDS: Final = {
    ED25519: (SignatureType.ED25519, SignatureType.ED25519_TIMED),
    ML_DSA_44: (SignatureType.ML_DSA_44,),
}
"""Kinds of signatures that a key of each algorithm makes."""


def new_key(algorithm: str) -> PrivateKey:
    """Make a private key from the system's randomness.

    Raises:
        Misconfigured: The installed library cannot do the algorithm.
    """
    try:
        if algorithm == ED25519:
            return Ed25519PrivateKey.generate()
        return MLDSA44PrivateKey.generate()
    except UnsupportedAlgorithm as exc:
        raise Misconfigured(
            f"the installed `cryptography` cannot do {algorithm}", hint="install its own wheel"
        ) from exc


def private_bytes(key: PrivateKey | RSAPrivateKey) -> bytes:
    """Write a private key as PEM."""
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def read_private(data: bytes, where: str) -> PrivateKey:
    """Read a private key from PEM.

    Raises:
        Misconfigured: The bytes are no such key; the message names `where` and no bytes.
    """
    try:
        key = load_pem_private_key(data, None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as exc:
        raise Misconfigured(f"{where} is no private key of the ledger") from exc
    if not isinstance(key, Ed25519PrivateKey | MLDSA44PrivateKey):
        raise Misconfigured(f"{where} is a private key of another kind")
    return key


def public_bytes(key: PrivateKey) -> bytes:
    """Return the public key as raw bytes, as C2SP writes keys."""
    return key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)


def public_pem(key: NoteKey) -> str:
    """Return the public key as PEM, which `openssl` reads."""
    public = _public(key)
    return public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def sign(key: PrivateKey, message: bytes) -> bytes:
    """Return the bare signature over a message."""
    return key.sign(message)


def is_right(key: NoteKey, message: bytes, signature: bytes) -> bool:
    """Whether a bare signature over a message is by the key."""
    try:
        _public(key).verify(signature, message)
    except (InvalidSignature, ValueError, Misconfigured):
        return False
    return True


def _public(key: NoteKey) -> Ed25519PublicKey | MLDSA44PublicKey:
    try:
        if key.kind is SignatureType.ML_DSA_44:
            return MLDSA44PublicKey.from_public_bytes(key.public)
        return Ed25519PublicKey.from_public_bytes(key.public)
    except (ValueError, UnsupportedAlgorithm) as exc:
        raise Misconfigured(f"{key.vkey[:60]} is no public key that can be used") from exc
