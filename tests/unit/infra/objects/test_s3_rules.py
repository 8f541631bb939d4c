"""What S3 servers say, read and answered without any server."""

from __future__ import annotations

import pytest

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
from infra.objects.s3_rules import Lock, Version
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
