"""A time-stamp authority asked over HTTP (RFC 3161), by `rfc3161-client`."""

from __future__ import annotations

import ssl
from hashlib import sha256
from typing import TYPE_CHECKING, Final

import httpx2
from rfc3161_client import (
    HashAlgorithm,
    TimestampRequestBuilder,
    VerificationError,
    VerifierBuilder,
    decode_timestamp_response,
)

from footage import durable
from footage.errors import BadInput, Misconfigured, Unavailable
from footage.instant import Instant
from infra.identity.limited_http import TIMEOUT, LimitedTransport
from infra.keys import seal_crypto

if TYPE_CHECKING:
    from pathlib import Path

    from footage.clock import Clock

_GRANTED: Final = (0, 1)
_OK: Final = 200
_QUERY: Final = {
    "content-type": "application/timestamp-query",
    "accept": "application/timestamp-reply",
}


def stamped_time(answer: bytes, data: bytes, roots: str) -> tuple[Instant, bool]:
    """Return the time that a stamp over data tells, and whether one of the roots vouches for it.

    Args:
        answer: The authority's answer with the token.
        data: What was stamped.
        roots: Root certificates as PEM; "": none are known.

    Raises:
        BadInput: The answer is no time stamp over these data, or of another authority.
    """
    try:
        found = decode_timestamp_response(answer)
        imprint = found.tst_info.message_imprint.message
        at = Instant.from_datetime(found.tst_info.gen_time)
    except (ValueError, TypeError) as exc:
        raise BadInput(f"no time stamp that can be read: {exc}") from exc
    if imprint != sha256(data).digest():
        raise BadInput("a time stamp over something else")
    if not roots:
        return at, False
    builder = VerifierBuilder()
    for root in seal_crypto.chain_of(roots.encode(), "[seal] authority_ca"):
        builder = builder.add_root_certificate(root)
    try:
        builder.build().verify_message(found, data)
    except VerificationError as exc:
        raise BadInput(f"not a time stamp of the authority: {exc}") from exc
    return at, True


class HttpTimeAuthority:
    """`evidence.seal.TimeAuthority` over HTTP.

    Args:
        url: Address of the authority.
        roots: File of the authority's root certificates, PEM; None: not known here.
        clock: Measures how long an answer takes.
    """

    def __init__(self, url: str, roots: Path | None, clock: Clock) -> None:
        self._url = url
        self._roots = roots
        self._clock = clock

    @property
    def name(self) -> str:
        """The host in the authority's address; an address may hold a password.

        Raises:
            Misconfigured: The address is none.
        """
        try:
            return httpx2.URL(self._url).host
        except httpx2.InvalidURL as exc:
            raise Misconfigured(
                f"no address of an authority: {exc}", hint="[seal] authority"
            ) from exc

    @property
    def certificates(self) -> str:
        """The root certificates.

        Raises:
            Misconfigured: The file cannot be read.
        """
        if self._roots is None:
            return ""
        with durable.seam(self._roots):
            if not self._roots.is_file():
                raise Misconfigured(f"no certificates at {self._roots}", hint="[seal] authority_ca")
            return self._roots.read_text("ascii", "replace")

    def stamp(self, data: bytes) -> bytes:
        """Return the answer with a token over data."""
        builder = TimestampRequestBuilder().data(data).hash_algorithm(HashAlgorithm.SHA256)
        request = builder.cert_request(cert_request=True).nonce(nonce=True).build()
        answer = self._asked(request.as_bytes())
        try:
            found = decode_timestamp_response(answer)
            if found.status not in _GRANTED:
                raise Unavailable(f"{self._url} refuses a time stamp, status {found.status}")
            imprint, nonce = found.tst_info.message_imprint.message, found.tst_info.nonce
        except (ValueError, TypeError) as exc:
            raise Unavailable(f"{self._url} answers no time stamp that can be read: {exc}") from exc
        if imprint != sha256(data).digest() or nonce != request.nonce:
            raise Unavailable(f"{self._url} answers with a time stamp over something else")
        return answer

    def _asked(self, body: bytes) -> bytes:
        transport = LimitedTransport(ssl.create_default_context(), self._clock)
        try:
            with httpx2.Client(transport=transport, timeout=TIMEOUT, trust_env=False) as client:
                answer = client.post(self._url, content=body, headers=_QUERY)
        except (httpx2.HTTPError, httpx2.InvalidURL) as exc:
            raise Unavailable(f"{self._url} does not answer: {exc}") from exc
        if answer.status_code != _OK:
            raise Unavailable(f"{self._url} answers with status {answer.status_code}")
        return answer.content
