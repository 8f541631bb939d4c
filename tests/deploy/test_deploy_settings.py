"""Every setting, command and secret in the deploy files exists, and the values are accepted."""

from __future__ import annotations

import re
import tomllib
from typing import TYPE_CHECKING

import pytest
import yaml

from infra.config.loading import load, load_home
from infra.config.settings import Settings
from tests.common.deploy_files import CHART, DEPLOY, ROOT, compose, services, values
from tests.common.name_checks import faults
from tests.common.tree_names import Tree
from tests.common.written_names import Kind, Written

if TYPE_CHECKING:
    from pathlib import Path


TREE = Tree(ROOT)
SERVICES = {one.where: one for one in services()}
TEXTS = [
    path
    for path in sorted(DEPLOY.rglob("*"))
    if path.is_file() and "secrets" not in path.parts and path.suffix != ".json"
]
NAME = re.compile(r"\bFOOTAGE_[A-Z][A-Z_]*[A-Z]\b")
KNOWN = {"FOOTAGE_CONFIG", *(f"FOOTAGE_{name.upper()}" for name in Settings.model_fields)} | {
    f"FOOTAGE_{section.upper()}__{key.upper()}"
    for section, field in Settings.model_fields.items()
    for key in getattr(field.annotation, "model_fields", ())
}


def test_each_kind_of_deploy_file_was_found() -> None:
    assert len(SERVICES) == 10
    assert len(TEXTS) > 20
    assert {one.words[0] for one in SERVICES.values()} == {
        "record", "index", "retention", "serve", "keys",
    }  # fmt: skip


@pytest.mark.parametrize("path", TEXTS, ids=lambda path: path.name)
def test_every_variable_of_footage_is_a_setting(path: Path) -> None:
    assert set(NAME.findall(path.read_text(encoding="utf-8"))) <= KNOWN


@pytest.mark.parametrize("where", SERVICES)
def test_the_settings_of_each_service_are_accepted(
    where: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    given = SERVICES[where].settings
    accepted(given, monkeypatch, tmp_path)


def test_the_settings_of_the_chart_are_accepted(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    given = {
        f"FOOTAGE_{section.upper()}__{key.upper()}": str(value)
        for section, keys in values()["settings"].items()
        for key, value in keys.items()
    }
    settings = accepted(given, monkeypatch, tmp_path)
    assert settings.vectors.kind == settings.catalogue.kind == "elasticsearch"
    assert settings.store.secure


def accepted(
    given: dict[str, str] | object, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Settings:
    assert isinstance(given, dict)
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("FOOTAGE_HOME", str(tmp_path))
    monkeypatch.delenv("FOOTAGE_CONFIG", raising=False)
    return load()


@pytest.mark.parametrize("where", SERVICES)
def test_each_service_runs_a_command_that_exists(where: str) -> None:
    line = f"footage {' '.join(SERVICES[where].words)}"
    assert list(faults(Written(where, line, Kind.SHELL), TREE)) == []


def test_commands_of_the_chart_exist() -> None:
    text = "".join(path.read_text("utf-8") for path in sorted(CHART.glob("templates/*.yaml")))
    lines = [yaml.safe_load(found) for found in re.findall(r"args: (\[.*\])", text)]
    assert len(lines) == 4
    for words in lines:
        line = f"footage {' '.join(words)}"
        assert list(faults(Written("chart", line, Kind.SHELL), TREE)) == []


def test_an_api_that_others_reach_in_clear_is_nowhere() -> None:
    for one in SERVICES.values():
        if one.words[0] == "serve":
            assert one.settings.get("FOOTAGE_API__HOST", "127.0.0.1") == "127.0.0.1"
    assert "--insecure-listen" not in "".join(path.read_text("utf-8") for path in TEXTS)


def test_every_secret_is_a_file_that_is_mounted_and_made() -> None:
    read = compose()
    made = (DEPLOY / "make-secrets").read_text(encoding="utf-8")
    for name, one in read["services"].items():
        for variable, value in (one.get("environment") or {}).items():
            if variable.endswith(("_FILE", "__FILE")):
                assert value.removeprefix("/run/secrets/") in one["secrets"], (name, variable)
            else:
                assert not re.search(r"PASSWORD|SECRET_KEY|ACCESS_KEY", variable), (name, variable)
        assert set(one.get("secrets", ())) <= read["secrets"].keys()
    for name, one in read["secrets"].items():
        assert one["file"] == f"./secrets/{name}"
        assert re.search(rf"\b{re.escape(name)}\b", made), name
    ignored = (ROOT / ".gitignore").read_text(encoding="utf-8")
    assert "infra/deploy/secrets/" in ignored


@pytest.mark.parametrize("name", ["compose.yaml", "compose.servers.yaml"])
def test_what_compose_mounts_from_the_tree_is_there(name: str) -> None:
    mounted = [
        volume.split(":")[0]
        for one in compose(name)["services"].values()
        for volume in one.get("volumes", ())
        if volume.startswith(".")
    ]
    assert mounted
    for path in mounted:
        assert (DEPLOY / path).exists() or path.startswith(("./secrets", "./clips")), path


def test_the_policies_page_of_the_units_is_the_example_of_the_settings(tmp_path: Path) -> None:
    example = (DEPLOY / "footage.toml").read_text(encoding="utf-8")
    (tmp_path / "footage.toml").write_text(example, encoding="utf-8")
    settings = load_home(tmp_path)
    assert tomllib.loads(example)["require_case"] is settings.require_case is True
    assert settings.api.hosts
