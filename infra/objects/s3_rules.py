"""Headers and version listings of S3, written and read without a client. Pure."""

from __future__ import annotations

import base64
import xml.etree.ElementTree as ET
from bisect import bisect_left
from dataclasses import dataclass
from itertools import takewhile
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote_plus

from footage.digest import Digest
from footage.errors import BadInput, DataLoss, Unavailable
from footage.instant import Instant
from footage.ports import StoredObject
from infra.objects.object_rules import decode_value, encode_value

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

USER: Final = "x-amz-meta-"
DIGEST: Final = "x-amz-meta-footage-sha256"
"""Our own digest, beside the caller's metadata: what carries none was not stored by Footage."""

_PAGE: Final = 1_000  # S3's limit of a listing

ONLY_NEW: Final = "If-None-Match"
"""Lets of two puts at once only one through: a key never has two live versions."""

GOVERNANCE: Final = "GOVERNANCE"
COMPLIANCE: Final = "COMPLIANCE"
_LOCK_MODE: Final = "x-amz-object-lock-mode"
_RETAIN: Final = "x-amz-object-lock-retain-until-date"
_HOLD: Final = "x-amz-object-lock-legal-hold"


@dataclass(frozen=True, slots=True)
class Version:
    """A version of a key, or a delete marker."""

    key: str
    id: str
    marker: bool


@dataclass(frozen=True, slots=True)
class Lock:
    """Hold and retention date that forbid deleting a version."""

    held: bool
    retain_until: Instant | None

    def forbids(self, now: Instant) -> bool:
        """Whether a deletion at `now` is forbidden (invariant 4)."""
        return self.held or (self.retain_until is not None and self.retain_until > now)


@dataclass(frozen=True, slots=True)
class VersionPage:
    """A page of a version listing; `next_key` is None on the last page."""

    versions: tuple[Version, ...]
    next_key: str | None
    next_version: str | None


@dataclass(frozen=True, slots=True)
class Marker:
    """A place in a listing: after this key, or within the key after this version; "" the start."""

    key: str = ""
    version: str = ""


class VersionListing:
    """Asks for the versions of some keys by as few pages as their order allows.

    A page goes on where the page before ended with a wanted key, else begins just before the next
    wanted key: neighbours in the bucket take as many pages as their versions fill, and keys far
    apart at most two pages each.

    Attributes:
        prefix: Common beginning of all keys.
        start: Where the next page begins; None when all keys were passed.
        most: Number of versions to ask for.
    """

    def __init__(self, keys: Iterable[str]) -> None:
        self._keys = sorted(set(keys))  # all ASCII: in the order of S3
        self._wanted = frozenset(self._keys)
        self.prefix = _common(self._keys)
        self._passed = 0
        self.start: Marker | None = self._just_before_next()

    @property
    def most(self) -> int:
        """One more than keys are left: whatever comes after the last key ends the listing."""
        return min(len(self._keys) - self._passed + 1, _PAGE)

    def wanted(self, page: VersionPage) -> list[Version]:
        """The versions of wanted keys in the page that begins at `start`; moves `start` on."""
        if page.next_key is None:
            self.start = None
            return self._chosen(page)
        # The marker is the server's own: MinIO's is no key, but a key with more behind.
        last = page.versions[-1].key if page.versions else ""
        self._passed = bisect_left(self._keys, last, lo=self._passed)
        if last in self._wanted or not page.versions:
            going_on = Marker(page.next_key, page.next_version or "")
            left = self._passed < len(self._keys)
            self.start = going_on if left else None
        else:
            self.start = self._just_before_next(last)
        return self._chosen(page)

    def _chosen(self, page: VersionPage) -> list[Version]:
        return [version for version in page.versions if version.key in self._wanted]

    def _just_before_next(self, passed: str = "") -> Marker | None:
        if self._passed == len(self._keys):
            return None
        before = self._keys[self._passed][:-1]
        # Some servers refuse a marker outside of the prefix.
        return Marker(max(before, passed) if before.startswith(self.prefix) else passed)


def _common(keys: Sequence[str]) -> str:
    """The longest beginning of all of the sorted keys."""
    if not keys:
        return ""
    first, last = keys[0], keys[-1]
    same = takewhile(lambda pair: pair[0] == pair[1], zip(first, last, strict=False))
    return "".join(char for char, _ in same)


def put_headers(
    digest: Digest, metadata: Mapping[str, str], retain_until: Instant | None
) -> dict[str, str]:
    """Headers of a put that make the store check the bytes, lock the object and never overwrite."""
    headers = {f"{USER}{name}": encode_value(value) for name, value in metadata.items()}
    headers |= {DIGEST: digest.hex, ONLY_NEW: "*", **checksum(digest)}
    return headers | retention(retain_until)


def parts_headers(
    digest: Digest, metadata: Mapping[str, str], retain_until: Instant | None
) -> dict[str, str]:
    """Headers of a put in parts: those of a put, without the checksum of a single part."""
    headers = put_headers(digest, metadata, retain_until)
    return {name: value for name, value in headers.items() if name not in checksum(digest)}


def checksum(digest: Digest) -> dict[str, str]:
    """The header by which the store checks the bytes of a single-part put."""
    return {"x-amz-checksum-sha256": base64.b64encode(digest.raw).decode()}


def retention(until: Instant | None, mode: str = GOVERNANCE) -> dict[str, str]:
    """Retention in `mode`, or nothing; the date is cut to the millisecond S3 keeps."""
    if until is None:
        return {}
    moment = until.to_datetime()
    date = f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1_000:03d}Z"
    return {_LOCK_MODE: mode, _RETAIN: date}


def stored_object(key: str, size_bytes: int, headers: Mapping[str, str]) -> StoredObject | None:
    """The object's facts from the headers; None for an object not stored by Footage.

    Raises:
        DataLoss: The value of Footage's digest header is no digest.
    """
    user = {n.lower(): v for n, v in headers.items() if n.lower().startswith(USER)}
    digest = user.pop(DIGEST, None)
    if digest is None:
        return None
    metadata = {name.removeprefix(USER): decode_value(value) for name, value in user.items()}
    try:
        return StoredObject(key, size_bytes, Digest(digest), metadata)
    except BadInput as exc:
        raise DataLoss(f"{key} carries a damaged digest: {exc}") from exc


def lock_of(headers: Mapping[str, str]) -> Lock:
    """Hold and retention date from an object's headers."""
    low = {name.lower(): value for name, value in headers.items()}
    until = low.get(_RETAIN)
    held = low.get(_HOLD, "").upper() == "ON"
    return Lock(held, None if until is None else Instant.parse(until))


def parse_versions(body: bytes) -> VersionPage:
    """Read a ListObjectVersions answer, of any server.

    The client's own parser fails on times with nanoseconds (versitygw); times are not needed here.

    Raises:
        Unavailable: The answer is no version listing.
    """
    try:
        root = ET.fromstring(body)  # noqa: S314 - the configured store is trusted
    except ET.ParseError as exc:
        raise Unavailable(f"the store's listing of versions is no XML: {exc}") from exc
    encoded = _text(root, "EncodingType") == "url"
    versions = [
        Version(_key(child, encoded=encoded), _text(child, "VersionId") or "null", marker)
        for child in root
        if (marker := _local(child) == "DeleteMarker") or _local(child) == "Version"
    ]
    if (_text(root, "IsTruncated") or "").lower() != "true":
        return VersionPage(tuple(versions), None, None)
    next_key = _text(root, "NextKeyMarker") or (versions[-1].key if versions else None)
    if next_key and encoded:
        next_key = unquote_plus(next_key)
    return VersionPage(tuple(versions), next_key, _text(root, "NextVersionIdMarker"))


def _local(element: ET.Element) -> str:
    return element.tag.rpartition("}")[2]


def _text(element: ET.Element, name: str) -> str | None:
    return next((child.text for child in element if _local(child) == name), None)


def _key(element: ET.Element, *, encoded: bool) -> str:
    key = _text(element, "Key") or ""
    return unquote_plus(key) if encoded else key
