"""What S3 servers say, read and answered without any server."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from footage.digest import Digest
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
from footage.instant import Instant
from infra.objects import object_rules, s3_errors, s3_rules
from infra.objects.s3_rules import Lock, Version, VersionListing, VersionPage
from tests.common.builders import at

NS = 'xmlns="http://s3.amazonaws.com/doc/2006-03-01/"'
VERSIONS = f"""<?xml version="1.0"?>
<ListVersionsResult {NS}><Name>b</Name><IsTruncated>true</IsTruncated>
<EncodingType>url</EncodingType><NextKeyMarker>a%2Fb</NextKeyMarker>
<NextVersionIdMarker>v2</NextVersionIdMarker>
<Version><Key>a%2Fb</Key><VersionId>v1</VersionId>
  <LastModified>2026-11-22T15:08:23.123456789Z</LastModified></Version>
<DeleteMarker><Key>a%2Fb</Key><VersionId>v2</VersionId></DeleteMarker>
<Version><Key>a%2Fc</Key></Version></ListVersionsResult>"""


class TestVersions:
    def test_times_of_any_precision_do_no_harm(self) -> None:
        page = s3_rules.parse_versions(VERSIONS.encode())
        assert page.versions == (
            Version("a/b", "v1", marker=False),
            Version("a/b", "v2", marker=True),
            Version("a/c", "null", marker=False),
        )
        assert (page.next_key, page.next_version) == ("a/b", "v2")

    def test_the_last_page_has_no_next(self) -> None:
        body = VERSIONS.replace(">true<", ">false<").encode()
        assert s3_rules.parse_versions(body).next_key is None

    def test_a_truncated_page_without_marker_goes_on_after_its_last_key(self) -> None:
        body = VERSIONS.replace("<NextKeyMarker>a%2Fb</NextKeyMarker>", "").encode()
        assert s3_rules.parse_versions(body).next_key == "a/c"

    def test_no_listing_at_all(self) -> None:
        with pytest.raises(Unavailable):
            s3_rules.parse_versions(b"<html>")


class TestHeaders:
    def test_a_put_is_checked_locked_and_unique(self) -> None:
        until = Instant.parse("2026-12-01T00:00:00.123999Z")
        headers = s3_rules.put_headers(Digest.of(b""), {"note": "a b"}, until)
        assert headers == {
            "x-amz-meta-note": "a%20b",
            "x-amz-meta-footage-sha256": Digest.of(b"").hex,
            "If-None-Match": "*",
            "x-amz-checksum-sha256": "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=",
            "x-amz-object-lock-mode": "GOVERNANCE",
            "x-amz-object-lock-retain-until-date": "2026-12-01T00:00:00.123Z",
        }

    def test_an_object_without_our_digest_is_not_ours(self) -> None:
        assert s3_rules.stored_object("k", 1, {"X-Amz-Meta-Note": "x"}) is None

    def test_names_in_any_case(self) -> None:
        headers = {"X-Amz-Meta-Footage-Sha256": Digest.of(b"").hex, "X-Amz-Meta-Note": "a%20b"}
        found = s3_rules.stored_object("k", 0, headers)
        assert found is not None
        assert found.metadata == {"note": "a b"}

    @pytest.mark.parametrize(
        ("headers", "forbids"),
        [
            ({}, False),
            ({"X-Amz-Object-Lock-Legal-Hold": "ON"}, True),
            ({"x-amz-object-lock-legal-hold": "OFF"}, False),
            ({"x-amz-object-lock-retain-until-date": str(at(1))}, True),
            ({"x-amz-object-lock-retain-until-date": str(at(0))}, False),
        ],
    )
    def test_what_forbids_deletion(self, headers: dict[str, str], *, forbids: bool) -> None:
        assert s3_rules.lock_of(headers).forbids(at(0)) is forbids

    def test_a_date_with_nanoseconds(self) -> None:
        headers = {"x-amz-object-lock-retain-until-date": "2026-11-22T15:08:23.547123456Z"}
        assert s3_rules.lock_of(headers) == Lock(
            held=False, retain_until=Instant.parse("2026-11-22T15:08:23.547123Z")
        )


class TestErrors:
    @pytest.mark.parametrize(
        ("code", "error"),
        [
            ("NoSuchKey", NotFound),
            ("NoSuchBucket", Unavailable),
            ("SignatureDoesNotMatch", Misconfigured),
            ("RequestTimeTooSkewed", Misconfigured),
            ("XMinioStorageFull", NoSpace),
            ("XAmzContentChecksumMismatch", DataLoss),
            ("PreconditionFailed", Conflict),
            ("InvalidRequest", BadInput),
            ("SlowDown", Unavailable),
        ],
    )
    def test_each_code_is_one_of_ours(self, code: str, error: type[FootageError]) -> None:
        found = s3_errors.translated(code, "said", where="host/bucket", key="a/b")
        assert type(found) is error
        assert "'a/b' in host/bucket" in str(found)


class TestMetadata:
    @pytest.mark.parametrize("value", ["", " a ", "50 %", "a%20b", '{"a": [1, "x"]}', "\t"])
    def test_values_survive_headers(self, value: str) -> None:
        encoded = object_rules.encode_value(value)
        assert encoded == encoded.strip()
        assert " " not in encoded
        assert object_rules.decode_value(encoded) == value


CACHED = "[minio_cache:v2,return:]"


class Bucket:
    """A version listing as S3 gives one: by key, in pages, after a marker."""

    def __init__(self, versions: dict[str, int]) -> None:
        self.lines = [
            Version(key, f"v{number}", marker=False)
            for key in sorted(versions)
            for number in range(versions[key])
        ]
        self.pages = 0

    def page(self, asking: VersionListing) -> VersionPage:
        self.pages += 1
        assert asking.start is not None
        key, version = asking.start.key.removesuffix(CACHED), asking.start.version
        assert key.startswith(asking.prefix) or not key
        after = (key, int(version[1:]) if version else 99 if key else 0)
        left = [
            line
            for line in self.lines
            if line.key.startswith(asking.prefix) and (line.key, int(line.id[1:])) > after
        ]
        shown, rest = left[: asking.most], left[asking.most :]
        if not rest:
            return VersionPage(tuple(shown), None, None)
        return VersionPage(tuple(shown), shown[-1].key + CACHED, shown[-1].id)

    def listed(self, keys: list[str]) -> list[Version]:
        asking, found = VersionListing(keys), []
        while asking.start is not None:
            found += asking.wanted(self.page(asking))
        return found


class TestVersionListing:
    def test_neighbours_take_a_page_for_each_thousand(self) -> None:
        keys = [f"site-1/2026-11-22/camera-1/15/{number:05d}.mp4" for number in range(2_500)]
        bucket = Bucket(dict.fromkeys(keys, 1))
        assert [version.key for version in bucket.listed(keys[:900])] == keys[:900]
        assert bucket.pages == 1
        assert len(bucket.listed(keys)) == 2_500
        assert bucket.pages == 4

    def test_far_apart_each_key_takes_a_page_at_most(self) -> None:
        keys = [f"{number:05d}" for number in range(9_000)]
        bucket = Bucket(dict.fromkeys(keys, 1))
        assert [version.key for version in bucket.listed(keys[::3_000])] == keys[::3_000]
        assert bucket.pages <= 2 * 3

    @given(
        st.dictionaries(st.text("ab/-", min_size=1, max_size=4), st.integers(1, 3), max_size=12),
        st.lists(st.text("ab/-", min_size=1, max_size=4), max_size=6),
    )
    def test_all_versions_of_the_keys_and_no_others(
        self, versions: dict[str, int], keys: list[str]
    ) -> None:
        bucket = Bucket(versions)
        expected = [version for version in bucket.lines if version.key in keys]
        assert bucket.listed(keys) == expected
        # A page begins behind the key without its last letter: what lies between is passed, too.
        passed = [line for line in bucket.lines if any(key[:-1] < line.key <= key for key in keys)]
        assert bucket.pages <= 2 + 2 * len(set(keys)) + len(passed)
