"""Requests nobody would send: each operation of the description, by Schemathesis, few examples.

Every answer must be one the description names, of its media type and shape, and none a 5xx.
"""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING, Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from api.app import create_app
from api.openapi import document
from tests.common.api_city import parts_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from schemathesis.schemas import BaseSchema

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
PATHS = json.loads(document())["paths"]
OPERATIONS = [(path, method) for path, methods in PATHS.items() for method in methods]
RIGHT, WRONG = GenerationMode.POSITIVE, GenerationMode.NEGATIVE
TAKES = {"parameters", "requestBody"}
ASKED = [(path, method, RIGHT) for path, method in OPERATIONS]
ASKED += [(path, method, WRONG) for path, method in OPERATIONS if TAKES & set(PATHS[path][method])]
FEW = settings(
    max_examples=10,
    derandomize=True,
    database=None,
    deadline=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)


@pytest.fixture(scope="module")
def described(
    recorded: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[BaseSchema, dict[str, str]]]:
    """The description, of an application over a city of its own, and the headers to send."""
    parts = parts_of(shutil.copytree(recorded, tmp_path_factory.mktemp("fuzz") / "home"))
    services = parts.services()
    host = {"Host": "localhost"}
    known = schemathesis.openapi.from_asgi(
        "/api/v1/openapi.json", create_app(services), headers=host
    )
    yield known, {"Authorization": f"Bearer {services.token.secret}", **host}
    parts.close()


@pytest.mark.parametrize(("path", "method", "mode"), ASKED)
def test_every_answer_is_one_the_description_names(
    described: tuple[BaseSchema, dict[str, str]], path: str, method: str, mode: GenerationMode
) -> None:
    known, headers = described

    @FEW
    @given(case=known[path][method].as_strategy(generation_mode=mode))
    def ask(case: schemathesis.Case[Any]) -> None:
        case.call_and_validate(checks=CHECKS, base_url="http://localhost", headers=headers)

    ask()
