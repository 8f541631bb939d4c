"""Private keys in a hardware token, by PKCS #11: RSA and Ed25519; ML-DSA-44 stays in a file.

Keys are made inside the token and never leave it; here are their public parts, and a session for
each signature. Keys of sets from before there was a token are used in their files, and removed
there. `python-pkcs11` comes with the extra `hsm` of the package.
"""

from __future__ import annotations

import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final, NoReturn

import pkcs11
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.padding import PSS, PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import (
    RSAPrivateKey,
    RSAPublicKey,
    RSAPublicNumbers,
)
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from cryptography.hazmat.primitives.hashes import SHA256
from pkcs11 import MGF, Attribute, KeyType, Mechanism, ObjectClass

from footage.errors import Misconfigured, Unavailable
from infra.keys import note_crypto
from infra.keys.private_keys import SEAL
from infra.keys.seal_crypto import BITS, SALT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from infra.keys.private_keys import AnyKey, PrivateKeys

_EDWARDS25519: Final = bytes.fromhex("130c656477617264733235353139")
"""The curve's name as DER, as PKCS #11 gives parameters of keys."""
_ED25519_BYTES: Final = 32
_LABEL: Final = "footage"


class TokenKeys:
    """`infra.keys.private_keys.PrivateKeys` in a token, and in files what the token cannot do.

    Args:
        module: The token's PKCS #11 library.
        token: Label of the token.
        pin: PIN of the token's user.
        files: Keeps the keys of other algorithms.
    """

    def __init__(self, module: Path, token: str, pin: str, files: PrivateKeys) -> None:
        self._module, self._token, self._pin, self._files = module, token, pin, files
        self._lock = threading.Lock()

    def make(self, number: int, algorithm: str) -> AnyKey:
        """Make a key."""
        if not _in_token(algorithm):
            return self._files.make(number, algorithm)
        self.remove(number, algorithm)
        named = {"store": True, "label": _label(number, algorithm)}
        with self.session(write=True) as session:
            if algorithm == SEAL:
                session.generate_keypair(KeyType.RSA, BITS, **named)
            else:
                curve = {Attribute.EC_PARAMS: _EDWARDS25519}
                made = session.create_domain_parameters(KeyType.EC_EDWARDS, curve, local=True)
                made.generate_keypair(mechanism=Mechanism.EC_EDWARDS_KEY_PAIR_GEN, **named)
        return self.load(number, algorithm)

    def load(self, number: int, algorithm: str) -> AnyKey:
        """Return a key that signs inside the token."""
        if self._in_file(number, algorithm):
            return self._files.load(number, algorithm)
        label = _label(number, algorithm)
        with self.session() as session:
            public = self.one(session, ObjectClass.PUBLIC_KEY, label)
            self.one(session, ObjectClass.PRIVATE_KEY, label)
            if algorithm == SEAL:
                modulus, exponent = (
                    int.from_bytes(public[one], "big")
                    for one in (Attribute.MODULUS, Attribute.PUBLIC_EXPONENT)
                )
                return _TokenRsa(self, label, RSAPublicNumbers(exponent, modulus).public_key())
            point = public[Attribute.EC_POINT][-_ED25519_BYTES:]
            return _TokenEd25519(self, label, Ed25519PublicKey.from_public_bytes(point))

    def has(self, number: int, algorithm: str) -> bool:
        """Whether there is such a key."""
        if self._in_file(number, algorithm):
            return self._files.has(number, algorithm)
        with self.session() as session:
            label = _label(number, algorithm)
            return bool(list(_found(session, ObjectClass.PRIVATE_KEY, label)))

    def remove(self, number: int, algorithm: str) -> None:
        """Remove a key, where there is one."""
        self._files.remove(number, algorithm)
        if not _in_token(algorithm):
            return
        with self.session(write=True) as session:
            for kind in (ObjectClass.PRIVATE_KEY, ObjectClass.PUBLIC_KEY):
                for one in list(_found(session, kind, _label(number, algorithm))):
                    one.destroy()

    def _in_file(self, number: int, algorithm: str) -> bool:
        return not _in_token(algorithm) or self._files.has(number, algorithm)

    def sign(
        self, label: str, data: bytes, mechanism: Mechanism, parameter: object = None
    ) -> bytes:
        """Return a signature that the token makes.

        Raises:
            Misconfigured: The key is gone, or the token cannot make such a signature.
            Unavailable: The token cannot be reached.
        """
        with self.session() as session:
            key = self.one(session, ObjectClass.PRIVATE_KEY, label)
            return bytes(key.sign(data, mechanism=mechanism, mechanism_param=parameter))

    def one(self, session: Any, kind: ObjectClass, label: str) -> Any:  # noqa: ANN401 - keys of `pkcs11`
        """Return the key of a label; raises Misconfigured where there is none, or another too."""
        found = list(_found(session, kind, label))
        if len(found) != 1:
            raise Misconfigured(
                f"{len(found)} keys {label} in the token {self._token}", hint="footage keys rotate"
            )
        return found[0]

    @contextmanager
    def session(self, *, write: bool = False) -> Iterator[Any]:
        """Give a session of the token's user, one at a time: who is signed in is per process.

        Raises:
            Misconfigured: The library, the token or its PIN is wrong.
            Unavailable: The token cannot be reached.
        """
        with self._lock:
            try:
                library = pkcs11.lib(str(self._module))
                token = library.get_token(token_label=self._token)
                with token.open(rw=write, user_pin=self._pin) as session:
                    yield session
            except (pkcs11.exceptions.PinIncorrect, pkcs11.exceptions.PinLocked) as exc:
                raise Misconfigured(
                    f"the token {self._token} refuses its PIN", hint="[signer] pin_file"
                ) from exc
            except pkcs11.exceptions.NoSuchToken as exc:
                raise Unavailable(
                    f"no token {self._token!r} behind {self._module}", hint="[signer] token"
                ) from exc
            except (pkcs11.exceptions.PKCS11Error, RuntimeError, OSError) as exc:
                said = str(exc) or type(exc).__name__
                raise Unavailable(f"the token {self._token} does not answer: {said}") from exc


def _found(session: Any, kind: ObjectClass, label: str) -> Any:  # noqa: ANN401 - keys of `pkcs11`
    return session.get_objects({Attribute.CLASS: kind, Attribute.LABEL: label})


def _in_token(algorithm: str) -> bool:
    return algorithm in {SEAL, note_crypto.ED25519}


def _label(number: int, algorithm: str) -> str:
    return f"{_LABEL}-{number}-{algorithm}"


class _TokenRsa(RSAPrivateKey):
    """An RSA key of `cryptography` whose signatures a token makes."""

    def __init__(self, token: TokenKeys, label: str, public: RSAPublicKey) -> None:
        self._token, self._label, self._public = token, label, public

    @property
    def key_size(self) -> int:
        """Bits of the modulus."""
        return self._public.key_size

    def public_key(self) -> RSAPublicKey:
        """Return the public key."""
        return self._public

    def sign(self, data: Any, padding: Any, algorithm: Any) -> bytes:  # noqa: ANN401 - as the library
        """Return the signature, of the two kinds that bundles need."""
        if isinstance(padding, PKCS1v15) and isinstance(algorithm, SHA256):
            return self._token.sign(self._label, bytes(data), Mechanism.SHA256_RSA_PKCS)
        if isinstance(padding, PSS) and isinstance(algorithm, Prehashed):
            parameter = (Mechanism.SHA256, MGF.SHA256, SALT)
            return self._token.sign(self._label, bytes(data), Mechanism.RSA_PKCS_PSS, parameter)
        raise Misconfigured("a key in a token makes no signature of this kind")

    def decrypt(self, ciphertext: Any, padding: Any) -> NoReturn:  # noqa: ANN401 - as the library
        """Refuse: the key signs alone."""
        del ciphertext, padding
        _refuse()

    def private_numbers(self) -> NoReturn:
        """Refuse: the key is in the token."""
        _refuse()

    def private_bytes(self, *_: Any) -> NoReturn:  # noqa: ANN401 - as the library
        """Refuse: the key is in the token."""
        _refuse()

    def __copy__(self) -> RSAPrivateKey:
        return self

    def __deepcopy__(self, memo: dict[Any, Any]) -> RSAPrivateKey:
        return self


class _TokenEd25519(Ed25519PrivateKey):
    """An Ed25519 key of `cryptography` whose signatures a token makes."""

    def __init__(self, token: TokenKeys, label: str, public: Ed25519PublicKey) -> None:
        self._token, self._label, self._public = token, label, public

    def public_key(self) -> Ed25519PublicKey:
        """Return the public key."""
        return self._public

    def sign(self, data: Any) -> bytes:  # noqa: ANN401 - as the library
        """Return the signature."""
        return self._token.sign(self._label, bytes(data), Mechanism.EDDSA)

    def private_bytes_raw(self) -> NoReturn:
        """Refuse: the key is in the token."""
        _refuse()

    def private_bytes(self, *_: Any) -> NoReturn:  # noqa: ANN401 - as the library
        """Refuse: the key is in the token."""
        _refuse()

    def __copy__(self) -> Ed25519PrivateKey:
        return self

    def __deepcopy__(self, memo: dict[Any, Any]) -> Ed25519PrivateKey:
        return self


def _refuse() -> NoReturn:
    raise Misconfigured("the private key is in a token, which does not give it out")
