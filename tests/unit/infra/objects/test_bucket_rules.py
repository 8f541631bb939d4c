"""What a bucket does on its own is read from any server's answers, and said with what it does."""

from __future__ import annotations

import pytest

from footage.errors import Unavailable
from infra.objects.bucket_rules import read_rules

ON = b"<VersioningConfiguration xmlns='x'><Status>Enabled</Status></VersioningConfiguration>"
OFF = b"<VersioningConfiguration><Status>Suspended</Status></VersioningConfiguration>"


def _lock(mode: str, length: str) -> bytes:
    default = f"<DefaultRetention><Mode>{mode}</Mode>{length}</DefaultRetention>"
    return f"<ObjectLockConfiguration><Rule>{default}</Rule></ObjectLockConfiguration>".encode()


def _life(*rules: str) -> bytes:
    body = "".join(f"<Rule>{rule}</Rule>" for rule in rules)
    return f"<LifecycleConfiguration xmlns='x'>{body}</LifecycleConfiguration>".encode()


def test_a_bucket_as_footage_makes_one_has_no_dangers() -> None:
    rules = read_rules(ON, b"<ObjectLockConfiguration/>", b"")
    assert rules.dangers() == []
    assert str(rules).startswith("versions are kept; no default retention")


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ("<ID>a</ID><Status>Enabled</Status><Expiration><Days>1</Days></Expiration>",
         "'a' hides footage after 1 day"),
        (("<Prefix>b/</Prefix><Status>Enabled</Status>"
         "<Expiration><Date>2026-11-29T00:00:00Z</Date></Expiration>"),
         "'b/' hides footage from 2026-11-29 on"),
        (("<ID>c</ID><Status>Enabled</Status><NoncurrentVersionExpiration>"
         "<NoncurrentDays>30</NoncurrentDays></NoncurrentVersionExpiration>"),
         "'c' removes hidden versions after 30 days"),
        (("<ID>d</ID><Status>Enabled</Status><Transition><Days>7</Days>"
         "<StorageClass>GLACIER</StorageClass></Transition>"),
         "'d' moves footage after 7 days"),
    ],
)  # fmt: skip
def test_a_rule_is_named_with_what_it_does(rule: str, said: str) -> None:
    (danger,) = read_rules(ON, b"", _life(rule)).dangers()
    assert said in danger


@pytest.mark.parametrize(
    "rule",
    [
        "<ID>a</ID><Status>Disabled</Status><Expiration><Days>1</Days></Expiration>",
        (
            "<ID>a</ID><Status>Enabled</Status><Expiration>"
            "<ExpiredObjectDeleteMarker>true</ExpiredObjectDeleteMarker></Expiration>"
        ),
        (
            "<ID>a</ID><Status>Enabled</Status><AbortIncompleteMultipartUpload>"
            "<DaysAfterInitiation>1</DaysAfterInitiation></AbortIncompleteMultipartUpload>"
        ),
    ],
)
def test_a_rule_that_touches_no_footage_is_no_danger(rule: str) -> None:
    assert read_rules(ON, b"", _life(rule)).dangers() == []


def test_default_retention_is_told_with_its_length() -> None:
    (danger,) = read_rules(ON, _lock("COMPLIANCE", "<Years>1</Years>"), b"").dangers()
    assert danger.startswith("default retention COMPLIANCE of 1 year: nobody can delete")
    milder = read_rules(ON, _lock("GOVERNANCE", "<Days>30</Days>"), b"")
    assert milder.dangers() == []
    assert "GOVERNANCE of 30 days: nothing is deleted sooner" in str(milder)


def test_suspended_versioning_is_a_danger_and_no_xml_is_unavailable() -> None:
    assert read_rules(OFF, b"", b"").dangers() == ["versioning is off: no hold or retention binds"]
    with pytest.raises(Unavailable, match="no XML"):
        read_rules(b"<html", b"", b"")
