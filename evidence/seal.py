"""The seal of a bundle: a detached CMS signature over MANIFEST.json, and a time stamp over that.

MANIFEST.json.p7s       by the key of the installation (RFC 5652, DER)
MANIFEST.json.p7s.tsr   the answer of a time-stamp authority (RFC 3161), where one is set
NO-TIME-STAMP.txt       why there is none, where the authority did not answer
trust/signer.pem        the certificate, with its issuers; trust/tsa.pem those of the authority

The manifest promises signer and time stamp before it is signed, so what was cut out shows. What
lies in trust/ is a hint for programs and proves nothing: who checks compares fingerprints.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol

from evidence import verify
from evidence.clip_seal import ClipSigner
from footage.errors import FootageError, Misconfigured

if TYPE_CHECKING:
    from evidence.bundle import BundleFolder
    from evidence.manifest import Json
    from footage.clock import Clock
    from footage.instant import Instant, Interval

SIGNER: Final = "trust/signer.pem"
AUTHORITY: Final = "trust/tsa.pem"


@dataclass(frozen=True, slots=True)
class SealCertificate:
    """The certificate of a key that seals.

    Attributes:
        serial: In hexadecimal digits.
        sha256: Fingerprint, to be compared by people.
        valid: Time in which the key seals.
        pem: The certificate, and those of its issuers.
        der: The certificate alone, DER.
        signature_bytes: Length of a bare signature by the key.
    """

    subject: str
    serial: str
    sha256: str
    valid: Interval
    pem: str
    der: bytes
    signature_bytes: int

    @property
    def common_name(self) -> str:
        """The name of the node that seals."""
        return self.subject.removeprefix("CN=").partition(",")[0]

    def document(self) -> Json:
        """Return what the manifest states of the signer."""
        return {
            "subject": self.subject,
            "serial": self.serial,
            "sha256": self.sha256,
            "from": str(self.valid.start),
            "until": str(self.valid.end),
        }


class Sealer(Protocol):
    """Signs manifests with a private key that nothing else sees."""

    def certificate(self) -> SealCertificate:
        """Return the certificate of the key that seals now.

        Raises:
            NotFound: There is no such key.
            Misconfigured: The certificate cannot be read.
            Unavailable: What signs cannot be reached.
        """
        ...

    def seal(self, data: bytes, at: Instant) -> bytes:
        """Return the detached CMS signature over data, DER.

        Raises:
            NotFound, Misconfigured, Unavailable: As `certificate`; or the certificate is not valid.
        """
        ...

    def seal_clip(self, sha256: bytes, at: Instant) -> bytes:
        """Return the bare signature over a film with this SHA-256: RSASSA-PSS, salt of 20 bytes.

        Raises:
            NotFound, Misconfigured, Unavailable: As `seal`.
        """
        ...


class TimeAuthority(Protocol):
    """A time-stamp authority (RFC 3161)."""

    @property
    def name(self) -> str:
        """Name of the authority's machine, as people know it."""
        ...

    @property
    def certificates(self) -> str:
        """Certificates of the authority's roots as PEM, as far as these are known here; or ""."""
        ...

    def stamp(self, data: bytes) -> bytes:
        """Return the authority's answer, with its token over data, DER.

        Raises:
            Unavailable: The authority does not answer, or with no token over these data.
        """
        ...


class BundleSeal:
    """Seals bundles.

    Args:
        sealer: Signs.
        authority: Stamps; None where none is set.
        clock: Tells whether the certificate is valid now.
        required: Whether a bundle that cannot be signed is refused.
    """

    def __init__(
        self,
        sealer: Sealer,
        authority: TimeAuthority | None,
        clock: Clock,
        *,
        required: bool = False,
    ) -> None:
        self._required = required
        self._sealer = sealer
        self._authority = authority
        self._clock = clock

    def promise(self, folder: BundleFolder) -> Json:
        """Write the certificates; return what the manifest says of its signers.

        A key that cannot seal now leaves the bundle unsigned, with the reason, and fails no export
        unless a signature is required.

        Raises:
            FootageError: As the sealer, where a signature is required.
        """
        now = self._clock.now()
        try:
            certificate = self._sealer.certificate()
        except FootageError as exc:
            if self._required:
                raise
            return {"signers": [], "unsigned": str(exc)}
        if now not in certificate.valid:
            valid = f"{certificate.valid.start} to {certificate.valid.end}"
            if self._required:
                raise Misconfigured(
                    f"the certificate is valid from {valid}", hint="footage keys rotate"
                )
            return {"signers": [], "unsigned": f"the certificate is valid from {valid}"}
        folder.add(SIGNER, [certificate.pem.encode()], "trust")
        if self._authority is not None and self._authority.certificates:
            folder.add(AUTHORITY, [self._authority.certificates.encode()], "trust")
        stamp = {} if self._authority is None else {"time_stamp": self._authority.name}
        return {"signers": [certificate.document()], **stamp}

    def clip_signer(self, promised: Json) -> ClipSigner | None:
        """Return what seals the clips of a bundle; None where nobody signs the bundle.

        Raises:
            NotFound, Misconfigured, Unavailable: What was promised cannot be signed any more.
        """
        if not promised["signers"]:
            return None
        found = self._sealer.certificate()
        return ClipSigner(
            found.common_name,
            found.der,
            found.signature_bytes,
            lambda sha256: self._sealer.seal_clip(sha256, self._clock.now()),
        )

    def write(self, folder: BundleFolder, document: bytes, promised: Json) -> str:
        """Write signature and time stamp, as promised, over the bytes of the manifest.

        Returns:
            Why there is no signature, or no time stamp of an authority that was asked; "" for
            neither.

        Raises:
            Misconfigured, Unavailable: What was promised cannot be signed any more.
        """
        if not promised["signers"]:
            return f"not signed: {promised['unsigned']}"
        signature = self._sealer.seal(document, self._clock.now())
        folder.add(verify.SEAL, [signature], "seal")
        if self._authority is None:
            return ""
        try:
            stamp = self._authority.stamp(signature)
        except FootageError as exc:
            why = f"no time stamp: {exc}"
            folder.add(verify.NO_STAMP, [f"{why}\n".encode()], "seal")
            return why
        folder.add(verify.STAMP, [stamp], "seal")
        return ""
