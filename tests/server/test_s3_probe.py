"""What the probe and `footage doctor` say of real buckets, and what they leave behind."""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest
from minio import Minio as Client
from minio.commonconfig import COMPLIANCE, ENABLED, Filter
from minio.lifecycleconfig import Expiration, LifecycleConfig, NoncurrentVersionExpiration, Rule
from minio.objectlockconfig import DAYS, ObjectLockConfig

from footage.clock import SystemClock
from infra.cmds.store import markdown
from infra.objects.minio_store import MinioStore
from infra.objects.s3_rules import Marker

if TYPE_CHECKING:
    from infra.objects.s3_rules import Version, VersionPage
    from lab.servers.minio import Minio
    from lab.servers.versitygw import Versitygw

pytestmark = pytest.mark.server
DOCS: Final = Path(__file__).resolve().parent.parent.parent / "docs"


@pytest.fixture
def bucket() -> str:
    return f"probed-{secrets.token_hex(6)}"


def _store(server: Minio | Versitygw, bucket: str) -> MinioStore:
    keys = (server.access_key, server.secret_key)
    return MinioStore(server.endpoint, bucket, *keys, secure=False, clock=SystemClock())


def _versions(store: MinioStore) -> tuple[Version, ...]:
    """Every version in the bucket, delete markers too."""
    wire: Any = store._wire
    page: VersionPage = wire._client.version_page(wire._name, "", Marker(), 100)
    return page.versions


def _client(server: Minio | Versitygw) -> Client:
    return Client(server.endpoint, server.access_key, server.secret_key, secure=False)


@pytest.mark.parametrize("kind", ["minio", "versitygw"])
def test_a_bucket_of_ours_has_no_dangers_and_keeps_no_scratch_object(
    request: pytest.FixtureRequest, kind: str, bucket: str
) -> None:
    store = _store(request.getfixturevalue(f"{kind}_server"), bucket)
    seen = store.guarantees()
    assert store.rules().dangers() == []
    assert "delete of a held object, alone: refused" in seen.findings
    assert "delete of a held object in a batch with free ones: refused" in seen.findings
    assert "free objects of that batch: deleted" in seen.findings
    assert "delete before the date of COMPLIANCE retention: refused" in seen.findings
    assert _versions(store) == ()
    # The page says of these servers what was seen here: `footage store probe --report`.
    heading = f"### `{kind}`\n"
    page = (DOCS / "servers.md").read_text(encoding="utf-8")
    assert "\n".join((heading, *markdown(seen), "")) in page


def test_a_bucket_that_keeps_everything_is_probed_without_leaving_anything(
    minio_server: Minio, bucket: str
) -> None:
    client = _client(minio_server)
    client.make_bucket(bucket, object_lock=True)
    client.set_object_lock_config(bucket, ObjectLockConfig(COMPLIANCE, 30, DAYS))
    store = _store(minio_server, bucket)
    seen = store.guarantees()
    assert seen.legal_hold
    assert seen.retention
    assert not [one for one in seen.findings if "left under" in one]
    assert _versions(store) == ()
    (said,) = store.rules().dangers()
    assert said.startswith("default retention COMPLIANCE of 30 days: nobody can delete")


def test_rules_that_expire_footage_are_named_with_what_they_do(
    minio_server: Minio, bucket: str
) -> None:
    store = _store(minio_server, bucket)
    assert list(store.list()) == []  # makes the bucket
    rule = Rule(
        ENABLED,
        rule_filter=Filter(prefix=""),
        rule_id="tidy",
        expiration=Expiration(days=1),
        noncurrent_version_expiration=NoncurrentVersionExpiration(noncurrent_days=7),
    )
    _client(minio_server).set_bucket_lifecycle(bucket, LifecycleConfig([rule]))
    hides, removes = store.rules().dangers()
    assert hides.startswith("lifecycle rule 'tidy' hides footage after 1 day, held or not")
    assert removes.startswith("lifecycle rule 'tidy' removes hidden versions after 7 days")
