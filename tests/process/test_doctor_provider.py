"""`footage doctor` asks the identity provider that the settings name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.common.builders import at
from tests.common.cli import Cli
from tests.common.scripted_issuer import Answer, scripted_issuer
from tests.common.token_maker import TokenMaker

if TYPE_CHECKING:
    from pathlib import Path


def found(cli: Cli, **settings: str) -> dict[str, Any]:
    told: dict[str, dict[str, Any]] = {
        one["what"]: one for one in cli("doctor", "--json", **settings).json
    }
    return told.get("identity provider", {})


def test_the_provider_is_asked_where_one_is_set(tmp_path: Path) -> None:
    cli = Cli(tmp_path / "home")
    assert found(cli) == {}
    with scripted_issuer() as issuer:
        settings = {
            "FOOTAGE_OIDC__ISSUER": issuer.address,
            "FOOTAGE_OIDC__CLIENT_ID": "footage",
            "FOOTAGE_OIDC__PUBLIC_URL": "https://footage.example",
        }
        issuer.describe()
        issuer.answers["/keys"] = Answer(TokenMaker(at(0), issuer.address).published())
        sound = found(cli, **settings)
        assert (sound["ok"], sound["said"].endswith("publishes 1 key")) == (True, True)
        issuer.answers["/keys"] = Answer({}, 404)
        gone = found(cli, **settings)
        assert (gone["ok"], "status 404" in gone["said"]) == (False, True)
    away = found(cli, **settings)
    assert (away["ok"], "reached from this machine" in away["said"]) == (False, True)
    named = found(cli, **{**settings, "FOOTAGE_OIDC__CLIENT_ID": ""})
    assert (named["ok"], "issuer without client_id" in named["said"]) == (False, True)
