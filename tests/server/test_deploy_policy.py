"""MinIO as deployed: the policy of Footage's account bypasses no lock; alerts name real metrics."""

from __future__ import annotations

import io
import os
import re
import secrets
from datetime import UTC
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest
from minio import Minio as Client
from minio import MinioAdmin
from minio.commonconfig import GOVERNANCE
from minio.credentials.providers import StaticProvider
from minio.deleteobjects import DeleteObject
from minio.retention import Retention

from footage.clock import SystemClock
from footage.instant import DAY
from infra.objects.minio_store import MinioStore
from lab.servers import loopback
from lab.servers.minio import start
from tests.common.servers import cache_of, open_folder, require

if TYPE_CHECKING:
    from lab.servers.minio import Minio

pytestmark = pytest.mark.server
DEPLOY: Final = Path(__file__).resolve().parents[2] / "infra" / "deploy"
POLICY: Final = DEPLOY / "minio-policy.json"
SCRAPED: Final = (DEPLOY / "prometheus" / "prometheus.yml").read_text(encoding="utf-8")
BUCKET: Final = "footage"
"""The bucket that the policy names, which is the default of the settings."""


def an_account(server: Minio) -> tuple[str, str]:
    """Make an account with the policy, as compose.yaml does; return the account's keys."""
    root = StaticProvider(server.access_key, server.secret_key)
    admin = MinioAdmin(endpoint=server.endpoint, credentials=root, secure=False)
    keys = (f"footage-{secrets.token_hex(4)}", secrets.token_hex(16))
    admin.user_add(*keys)
    admin.policy_add("footage", policy_file=POLICY)
    admin.attach_policy(["footage"], user=keys[0])
    return keys


def test_the_account_can_do_all_and_bypass_nothing(minio_server: Minio) -> None:
    keys = an_account(minio_server)
    clock = SystemClock()
    store = MinioStore(minio_server.endpoint, BUCKET, *keys, secure=False, clock=clock)
    seen = store.guarantees()
    assert seen.legal_hold
    assert seen.retention
    assert "delete of a held object, alone: refused" in seen.findings
    assert store.rules().dangers() == []

    def refused(client: Client) -> bool:
        until = (clock.now() + DAY).to_datetime().astimezone(UTC)
        lock = Retention(GOVERNANCE, until)
        put = client.put_object(BUCKET, "scratch", io.BytesIO(b"x"), 1, retention=lock)
        locked = [DeleteObject("scratch", put.version_id)]
        return bool(list(client.remove_objects(BUCKET, locked, bypass_governance_mode=True)))

    assert refused(Client(minio_server.endpoint, *keys, secure=False))
    root = (minio_server.access_key, minio_server.secret_key)
    assert not refused(Client(minio_server.endpoint, *root, secure=False)), "root may bypass"


def test_alert_rules_for_minio_ask_for_metrics_that_minio_has() -> None:
    rules = (DEPLOY / "alerts_minio.yml").read_text(encoding="utf-8")
    asked = set(re.findall(r"\bminio_\w+", rules))
    assert len(asked) == 3
    cache = cache_of(os.environ, os.geteuid())
    program = require("minio", cache, os.environ)
    with open_folder() as folder:
        public = {"MINIO_PROMETHEUS_AUTH_TYPE": "public"}
        server = start(program, folder, clock=SystemClock(), extra=public)
        try:
            (scraped,) = re.findall(r"metrics_path: (\S+)", SCRAPED)
            status, body = loopback.request(server.port, "GET", scraped)
        finally:
            server.stop()
    assert status == HTTPStatus.OK
    assert asked <= set(re.findall(r"^(minio_\w+)", body.decode(), flags=re.MULTILINE))
