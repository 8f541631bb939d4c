"""Settings of an identity provider: what is refused before anybody signs in."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from footage.clock import SimulatedClock
from footage.errors import Misconfigured
from infra.config.sections.api import Oidc
from infra.config.settings import Settings
from infra.wiring import Parts
from tests.common.builders import at

if TYPE_CHECKING:
    from pathlib import Path

WHOLE = Oidc(
    issuer="https://id.example", client_id="footage", public_url="https://footage.example/"
)


def parts_with(tmp_path: Path, **changed: object) -> Parts:
    oidc = WHOLE.model_copy(update=changed)
    settings = Settings(home=tmp_path, cache=tmp_path, actor="amina", oidc=oidc)
    return Parts(settings, SimulatedClock(at(0)))


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"client_id": ""}, "client_id"),
        ({"public_url": ""}, "public_url"),
        ({"public_url": "http://footage.example"}, "in clear"),
        ({"issuer": "http://id.example"}, "in clear"),
    ],
)
def test_a_provider_that_cannot_work_is_refused(
    tmp_path: Path, changed: dict[str, object], words: str
) -> None:
    with pytest.raises(Misconfigured, match=words):
        parts_with(tmp_path, **changed).identity_provider()


def test_a_secret_that_cannot_be_read_is_named_by_its_file(tmp_path: Path) -> None:
    absent = tmp_path / "no-such-secret"
    with pytest.raises(Misconfigured, match="no-such-secret"):
        parts_with(tmp_path, client_secret_file=absent).identity_provider()


def test_a_provider_is_built_without_being_asked(tmp_path: Path) -> None:
    made = parts_with(tmp_path).identity_provider()
    assert made is not None
    assert made.issuer == "https://id.example"
    assert WHOLE.return_address == "https://footage.example/api/v1/session/oidc/callback"
    assert parts_with(tmp_path, issuer="").identity_provider() is None
