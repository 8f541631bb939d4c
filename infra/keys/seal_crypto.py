"""Certificates and CMS signatures of bundles by `cryptography`: RSA-3072, which old readers know.

Private keys are PKCS #8 in PEM, certificates PEM, signatures DER (RFC 5652, detached).
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Final

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import MGF1, PSS, PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import (
    RSAPrivateKey,
    RSAPublicKey,
    generate_private_key,
)
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_pem_private_key,
    pkcs7,
)
from cryptography.x509.oid import NameOID

from evidence.seal import SealCertificate
from footage.errors import BadInput, Misconfigured
from footage.instant import Instant, Interval

if TYPE_CHECKING:
    from collections.abc import Sequence

BITS: Final = 3072
_EXPONENT: Final = 65537
_TRIED: Final = b"signed and verified when a key is read"
SALT: Final = 20
"""Bytes of salt of a signature in the ONVIF Export File Format."""
_USAGE: Final = {
    "digital_signature": True,
    "content_commitment": True,
    "key_encipherment": False,
    "data_encipherment": False,
    "key_agreement": False,
    "key_cert_sign": False,
    "crl_sign": False,
    "encipher_only": False,
    "decipher_only": False,
}


def new_key() -> RSAPrivateKey:
    """Make a private key."""
    return generate_private_key(_EXPONENT, BITS)


def read_private(data: bytes, where: str) -> RSAPrivateKey:
    """Read a private key from PEM.

    A signature made and verified shows that the key is whole: 2 ms of CPU. The library would try
    whether the key's primes are primes: 130 ms.

    Raises:
        Misconfigured: The bytes are no such key; the message names `where` and no bytes.
    """
    try:
        key = load_pem_private_key(data, None, unsafe_skip_rsa_key_validation=True)
    except (ValueError, TypeError) as exc:
        raise Misconfigured(f"{where} is no private key") from exc
    if not isinstance(key, RSAPrivateKey):
        raise Misconfigured(f"{where} is a private key of another kind")
    try:
        tried = key.sign(_TRIED, PKCS1v15(), SHA256())
        key.public_key().verify(tried, _TRIED, PKCS1v15(), SHA256())
    except (ValueError, InvalidSignature) as exc:
        raise Misconfigured(f"{where} is a damaged private key") from exc
    return key


def self_signed(private: RSAPrivateKey, name: str, valid: Interval) -> bytes:
    """Return a certificate that the key signs for itself, as PEM.

    Args:
        private: The private key, as `new_key` has just made it: its numbers are not tried again.
        name: Name of the node that seals.
        valid: Time in which the certificate is valid.
    """
    subject = _subject(name)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(private.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(valid.start.to_datetime())
        .not_valid_after(valid.end.to_datetime())
        # No extended usage: with one for documents or code `openssl cms -verify` refuses.
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.KeyUsage(**_USAGE), critical=True)
        .sign(private, SHA256())
    )
    return made.public_bytes(Encoding.PEM)


def request(private: RSAPrivateKey, name: str) -> bytes:
    """Return a request for a certificate (PKCS #10), which an authority signs, as PEM."""
    made = (
        x509.CertificateSigningRequestBuilder()
        .subject_name(_subject(name))
        .add_extension(x509.KeyUsage(**_USAGE), critical=True)
        .sign(private, SHA256())
    )
    return made.public_bytes(Encoding.PEM)


def certificate(chain: bytes, where: str) -> SealCertificate:
    """Read a certificate, with those of its issuers behind, from PEM.

    Raises:
        BadInput: The bytes are no certificates; the message names `where`.
    """
    first = chain_of(chain, where)[0]
    start, end = (
        Instant.from_datetime(moment)
        for moment in (first.not_valid_before_utc, first.not_valid_after_utc)
    )
    return SealCertificate(
        subject=first.subject.rfc4514_string(),
        serial=f"{first.serial_number:x}",
        sha256=first.fingerprint(SHA256()).hex(),
        valid=Interval(start, end),
        pem="".join(one.public_bytes(Encoding.PEM).decode() for one in chain_of(chain, where)),
        der=first.public_bytes(Encoding.DER),
        signature_bytes=_rsa(first, where).key_size // 8,
    )


def require_of_key(chain: bytes, private: RSAPrivateKey, where: str) -> None:
    """Refuse a certificate of another key, or one whose issuers do not follow in order.

    Raises:
        BadInput: The certificate is of another key, no certificate, or its chain is broken.
    """
    found = chain_of(chain, where)
    mine, theirs = (
        key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        for key in (private.public_key(), found[0].public_key())
    )
    if mine != theirs:
        raise BadInput(
            f"{where} is a certificate of another key",
            hint="footage keys certificate --csr FILE, and have that signed",
        )
    for one, issuer in pairwise(found):
        try:
            one.verify_directly_issued_by(issuer)
        except Exception as exc:
            raise BadInput(
                f"{where}: {one.subject.rfc4514_string()} is not issued by what follows",
                hint="the certificate of the key first, then its issuers in order",
            ) from exc


def cms(private: RSAPrivateKey, chain: bytes, data: bytes, where: str) -> bytes:
    """Return the detached CMS signature over data, DER, with the certificates of the chain.

    Raises:
        Misconfigured: Key or certificate cannot be used.
    """
    try:
        first, *issuers = chain_of(chain, where)
    except BadInput as exc:
        raise Misconfigured(str(exc)) from exc
    builder = pkcs7.PKCS7SignatureBuilder().set_data(data)
    builder = builder.add_signer(first, private, SHA256())
    for one in issuers:
        builder = builder.add_certificate(one)
    options = [pkcs7.PKCS7Options.DetachedSignature, pkcs7.PKCS7Options.Binary]
    return builder.sign(Encoding.DER, options)


def pss(private: RSAPrivateKey, sha256: bytes) -> bytes:
    """Return the RSASSA-PSS signature over a message with this SHA-256: MGF1, salt of 20 bytes."""
    padding = PSS(MGF1(SHA256()), salt_length=SALT)
    return private.sign(sha256, padding, Prehashed(SHA256()))


def _rsa(one: x509.Certificate, where: str) -> RSAPublicKey:
    key = one.public_key()
    if not isinstance(key, RSAPublicKey):
        raise BadInput(f"{where} is a certificate of another kind of key than RSA")
    return key


def chain_of(data: bytes, where: str) -> Sequence[x509.Certificate]:
    """Read certificates from PEM, in order; raises BadInput where there is none."""
    try:
        return x509.load_pem_x509_certificates(data)
    except ValueError as exc:
        raise BadInput(f"{where} holds no certificate in PEM") from exc


def _subject(name: str) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Footage"),
            x509.NameAttribute(NameOID.COMMON_NAME, name[:64]),
        ]
    )
