"""Requests nobody would send: each operation of the description, by Schemathesis, few examples.

Every answer must be one the description names, of its media type and shape, and none a 5xx.
"""

from __future__ import annotations

import json
import shutil
from http import HTTPStatus
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
from footage.access import GIVES, Grant, Permission, Role
from tests.common.api_city import TOKEN_FILE, let_in, parts_of

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


def _refuses(operation: dict[str, Any], role: str) -> bool:
    """Whether an operation lets nobody of a role through; "" for whoever is not signed in."""
    needed = operation.get("x-permission", "anybody")
    if not role:
        return bool(needed != "anybody")
    return needed in list(Permission) and Permission(needed) not in GIVES[Role(role)]


PATHS = json.loads(document())["paths"]
OPERATIONS = [(path, method) for path, methods in PATHS.items() for method in methods]
RIGHT, WRONG = GenerationMode.POSITIVE, GenerationMode.NEGATIVE
TAKES = {"parameters", "requestBody"}
ASKED = [(path, method, RIGHT) for path, method in OPERATIONS]
ASKED += [(path, method, WRONG) for path, method in OPERATIONS if TAKES & set(PATHS[path][method])]
HOST = {"Host": "localhost"}
REFUSING = [
    (path, method, role)
    for path, method in OPERATIONS
    for role in ("", *Role)
    if _refuses(PATHS[path][method], role)
]
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
    known = schemathesis.openapi.from_asgi(
        "/api/v1/openapi.json", create_app(parts.services()), headers=HOST
    )
    yield known, _headers((parts.home / TOKEN_FILE).read_text())
    parts.close()


@pytest.fixture(scope="module")
def people(
    recorded: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[BaseSchema, dict[str, dict[str, str]]]]:
    """The description, and the headers to send by role; "" for nobody."""
    parts = parts_of(shutil.copytree(recorded, tmp_path_factory.mktemp("roles") / "home"))
    known = schemathesis.openapi.from_asgi(
        "/api/v1/openapi.json", create_app(parts.services()), headers=HOST
    )
    headers = {role.value: _headers(let_in(parts, role, [Grant(role)])) for role in Role}
    yield known, {**headers, "": HOST}
    parts.close()


def _headers(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}", **HOST}


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


@pytest.mark.parametrize(("path", "method", "role"), REFUSING)
def test_whatever_a_stranger_or_another_role_sends_is_refused(
    people: tuple[BaseSchema, dict[str, dict[str, str]]], path: str, method: str, role: str
) -> None:
    known, headers = people
    refusal = HTTPStatus.FORBIDDEN if role else HTTPStatus.UNAUTHORIZED

    @settings(FEW, max_examples=3)
    @given(case=known[path][method].as_strategy(generation_mode=RIGHT))
    def ask(case: schemathesis.Case[Any]) -> None:
        answer = case.call_and_validate(
            checks=CHECKS, base_url="http://localhost", headers=headers[role]
        )
        assert answer.status_code == refusal

    ask()
