"""Translation of S3's error codes to the errors of `footage.errors`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from footage.errors import (
    BadInput,
    Conflict,
    DataLoss,
    FootageError,
    Misconfigured,
    NoSpace,
    NotFound,
    Unavailable,
)


@dataclass(frozen=True, slots=True)
class _Kind:
    error: type[FootageError]
    text: str
    hint: str
    codes: frozenset[str]


def _kind(error: type[FootageError], text: str, hint: str, codes: str) -> _Kind:
    return _Kind(error, text, hint, frozenset(codes.split()))


_KINDS: Final = (
    _kind(NotFound, "no object {at}", "", "NoSuchKey NoSuchVersion NoSuchUpload"),
    _kind(Unavailable, "{at}: no such bucket", "create it with object lock", "NoSuchBucket"),
    _kind(
        Misconfigured,
        "{at} refused us ({code})",
        "check access key, secret key and what their policy allows",
        "AccessDenied AccountProblem AuthorizationHeaderMalformed InvalidAccessKeyId "
        "InvalidToken SignatureDoesNotMatch",
    ),
    _kind(
        Misconfigured,
        "the clocks of {at} and of this machine differ",
        "synchronise both by NTP",
        "RequestTimeTooSkewed",
    ),
    _kind(
        NoSpace,
        "{at} is full ({code})",
        "free space or add drives",
        "XMinioStorageFull InsufficientCapacity StorageFull QuotaExceeded "
        "XMinioAdminBucketQuotaExceeded",
    ),
    _kind(
        DataLoss,
        "{at}: the bytes that arrived are not those of the digest; nothing was stored",
        "",
        "BadDigest XAmzContentChecksumMismatch XAmzContentSHA256Mismatch",
    ),
    _kind(
        Conflict,
        "{at} is taken ({code})",
        "",
        "PreconditionFailed ConditionalRequestConflict OperationAborted XMinioParentIsObject "
        "XMinioObjectExistsAsDirectory ObjectParentIsFile ExistingObjectIsDirectory",
    ),
    _kind(
        BadInput,
        "{at}: {code}: {said}",
        "",
        "InvalidArgument InvalidRequest KeyTooLongError MetadataTooLarge InvalidBucketName",
    ),
)
_ELSE: Final = _kind(Unavailable, "{at}: {code}: {said}", "see the server's log", "")


def translated(code: str, said: str, *, where: str, key: str = "") -> FootageError:
    """The error of `footage.errors` for an S3 error.

    Args:
        code: S3's code, e.g. "NoSuchKey".
        said: S3's message.
        where: Endpoint and bucket, never a credential.
        key: The object, if the request named one.
    """
    kind = next((kind for kind in _KINDS if code in kind.codes), _ELSE)
    at = f"{key!r} in {where}" if key else where
    return kind.error(kind.text.format(at=at, code=code, said=said), hint=kind.hint)
