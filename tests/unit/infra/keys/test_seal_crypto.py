"""A key of seals is whole, or refused when it is read."""

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateNumbers
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from footage.errors import Misconfigured
from infra.keys import seal_crypto


def test_a_key_comes_back_and_a_damaged_one_is_refused() -> None:
    key = seal_crypto.new_key()
    numbers = key.private_numbers()
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    assert seal_crypto.read_private(pem, "seal.pem").private_numbers() == numbers
    damaged = RSAPrivateNumbers(  # other exponents, as flipped bits of a file make them
        p=numbers.p,
        q=numbers.q,
        d=numbers.d ^ 8,
        dmp1=numbers.dmp1 ^ 8,
        dmq1=numbers.dmq1 ^ 8,
        iqmp=numbers.iqmp,
        public_numbers=numbers.public_numbers,
    ).private_key(unsafe_skip_rsa_key_validation=True)
    pem = damaged.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    with pytest.raises(Misconfigured, match=r"seal\.pem is a damaged private key"):
        seal_crypto.read_private(pem, "seal.pem")
    with pytest.raises(Misconfigured, match=r"seal\.pem is no private key"):
        seal_crypto.read_private(b"-----BEGIN", "seal.pem")
