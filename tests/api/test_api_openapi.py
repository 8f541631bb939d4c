"""The committed description is that of the code, and nothing is sent elsewhere."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from api import roles_table
from api.app import bare_app
from api.openapi import document
from tests.api.test_api_auth import OPEN

if TYPE_CHECKING:
    import pytest

DOCS = Path(__file__).resolve().parent.parent.parent / "docs"


def _operations() -> dict[str, dict[str, Any]]:
    paths = json.loads(document())["paths"]
    return {f"{m} {path}": op for path, ops in paths.items() for m, op in ops.items()}


def _key(name: str) -> tuple[str, str]:
    method, _, path = name.partition(" ")
    return method.upper(), path


def test_the_committed_description_is_current() -> None:
    committed = (DOCS / "openapi.json").read_text(encoding="utf-8")
    assert committed == document(), "python -m api.openapi > docs/openapi.json"


def test_the_committed_table_of_roles_is_current() -> None:
    committed = (DOCS / "roles.md").read_text(encoding="utf-8")
    assert committed == roles_table.document(), "python -m api.roles_table > docs/roles.md"


def test_operation_ids_are_unique_and_plain() -> None:
    ids = [operation["operationId"] for operation in _operations().values()]
    assert len(set(ids)) == len(ids)
    assert all(name.replace("_", "").isalpha() for name in ids)


def test_every_operation_of_the_api_is_guarded_and_has_problems() -> None:
    guarded = {name: op for name, op in _operations().items() if "/api/" in name}
    assert guarded
    for name, operation in guarded.items():
        lets_in: list[dict[str, list[str]]] = (
            [] if _key(name) in OPEN else [{"HTTPBearer": []}, {"APIKeyCookie": []}]
        )
        assert operation.get("security", []) == lets_in
        assert "application/problem+json" in operation["responses"]["default"]["content"]


def test_every_operation_stands_in_the_text() -> None:
    text = (DOCS / "api.md").read_text(encoding="utf-8")
    for name in _operations():
        method, _, path = name.partition(" ")
        assert f"`{method.upper()} {path}`" in text


def test_ends_of_an_interval_are_called_from_and_to() -> None:
    for path in ("timeline", "video"):
        operation = _operations()[f"get /api/v1/cameras/{{camera}}/{path}"]
        assert {"from", "to"} <= {parameter["name"] for parameter in operation["parameters"]}


def test_telemetry_is_off_whatever_the_environment_says(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FASTAPI_OTEL_AUTO_CONFIGURE", "true")
    config = bare_app()._telemetry
    assert not any((config["tracing"], config["metrics"], config["logs"]))
    assert not config["auto_configure"]
