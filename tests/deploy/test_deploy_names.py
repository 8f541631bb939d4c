"""Deploy files are whole: each parses, and services, ports, volumes and commands in them exist."""

from __future__ import annotations

import json
import re
import tomllib
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from infra.config.settings import Settings
from tests.common.deploy_files import CHART, DEPLOY, ROOT, compose, documents
from tests.common.name_checks import faults
from tests.common.tree_names import Tree
from tests.common.written_names import Kind, Written

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

TREE = Tree(ROOT)
COMPOSE = ["compose.yaml", "compose.servers.yaml"]
PARSED = [
    path
    for path in sorted(DEPLOY.rglob("*"))
    if path.suffix in {".yaml", ".yml", ".json", ".toml"}
    and "secrets" not in path.parts
    and not path.is_relative_to(CHART / "templates")
]
TEXTS = [
    path
    for path in sorted(DEPLOY.rglob("*"))
    if path.is_file() and "secrets" not in path.parts and path.suffix != ".json"
]
_COMMAND = re.compile(r"`(footage [^`]+)`")
_IN_CONTAINER = re.compile(r"(?: --rm cli | -- (?:\\\n *)?footage )([a-z]+ [a-z].*)$", re.MULTILINE)
_TEMPLATE = re.compile(r"\{\{.*?\}\}")
_REACHED = re.compile(r"(?:^|[/@\s\"'])([a-z][a-z-]*):(\d{2,5})(?=[/\s\"',\]]|$)")


@pytest.mark.parametrize("path", PARSED, ids=lambda path: str(path.relative_to(DEPLOY)))
def test_each_file_parses(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".json":
        assert json.loads(text)
    elif path.suffix == ".toml":
        assert tomllib.loads(text)
    else:
        assert documents(text)


def commands() -> Iterator[Written]:
    for path in TEXTS:
        text = _TEMPLATE.sub("X", path.read_text(encoding="utf-8"))
        for found in _COMMAND.finditer(text):
            yield Written(path.name, found[1], Kind.SHELL)
        for found in _IN_CONTAINER.finditer(text):
            yield Written(path.name, f"footage {found[1]}", Kind.SHELL)


def test_each_command_that_alerts_and_comments_advise_exists() -> None:
    said = list(commands())
    assert len(said) > 20
    assert {"alerts.yml", "compose.yaml", "NOTES.txt"} <= {one.where for one in said}
    assert [(one, wrong) for one in said for wrong in faults(one, TREE)] == []


@pytest.mark.parametrize("name", COMPOSE)
def test_services_of_compose_name_what_exists(name: str) -> None:
    read = compose(name)
    services: dict[str, dict[str, Any]] = read["services"]
    used: set[str] = set()
    for service, one in services.items():
        needed = one.get("depends_on", {})
        conditions = needed if isinstance(needed, dict) else {key: {} for key in needed}
        for other, how in conditions.items():
            assert other in services, service
            if how.get("condition") == "service_healthy":
                built = str(services[other].get("image")).startswith("footage:")
                own = services[other].get("healthcheck", {} if built else {"disable": True})
                assert not own.get("disable"), (service, other)
        if (mode := one.get("network_mode", "none")) != "none":
            assert mode.removeprefix("service:") in services, service
        assert set(one.get("networks", ())) <= read.get("networks", {}).keys(), service
        volumes = (volume.partition(":")[0] for volume in one.get("volumes", ()))
        named = {volume for volume in volumes if not volume.startswith((".", "/"))}
        assert named <= read["volumes"].keys(), service
        used |= named
    assert used == read["volumes"].keys()
    secrets = {secret for one in services.values() for secret in one.get("secrets", ())}
    assert secrets == read.get("secrets", {}).keys()


def listening(service: str, one: dict[str, Any]) -> set[str]:
    """Ports on which a service of compose listens, by its words, settings or its own default."""
    usual = {"elasticsearch": "9200", "postgres": "5432", "prometheus": "9090", "grafana": "3000"}
    command = one.get("command", "")
    words = command if isinstance(command, str) else " ".join(command)
    told = " ".join([words, *map(str, (one.get("environment") or {}).values())])
    ports = set(re.findall(r"(?:0\.0\.0\.0|--address |--port )?:(\d{2,5})\b", told))
    return ports | ({usual[service]} if service in usual else set())


def test_each_service_is_reached_at_a_port_on_which_it_listens() -> None:
    services = compose()["services"]
    texts = [
        *(json.dumps([one.get("environment"), one.get("command")]) for one in services.values()),
        (DEPLOY / "prometheus" / "prometheus.yml").read_text(encoding="utf-8"),
        (DEPLOY / "grafana/provisioning/datasources/prometheus.yaml").read_text(encoding="utf-8"),
    ]
    lines = (line for text in texts for line in text.splitlines() if not line.startswith("#"))
    reached = {found.groups() for line in lines for found in _REACHED.finditer(line)}
    assert {("minio", "9000"), ("elasticsearch", "9200"), ("recorder", "8961")} <= reached
    for service, port in reached:
        assert port in listening(service, services[service]), (service, port)


def test_ports_of_the_chart_are_those_of_compose() -> None:
    """A component's port is named by its arguments, container port, probes and network policy."""
    services = compose()["services"]
    ports = {
        "recorder.yaml": services["recorder"]["environment"]["HEALTH_PORT"],
        "indexer.yaml": services["indexer"]["environment"]["HEALTH_PORT"],
        "server.yaml": services["scheduler"]["environment"]["HEALTH_PORT"],
    }
    policy = (CHART / "templates" / "networkpolicy.yaml").read_text(encoding="utf-8")
    for name, port in ports.items():
        text = (CHART / "templates" / name).read_text(encoding="utf-8")
        assert f"0.0.0.0:{port}" in text
        assert f"containerPort: {port}" in text
        assert f'"footage.probes" {port}' in text
        assert f'"{name.removesuffix(".yaml")}" {port}' in policy
    api = Settings.model_fields["api"].default
    server = (CHART / "templates" / "server.yaml").read_text(encoding="utf-8")
    assert f"127.0.0.1:{api.port}/healthz" in server
    assert f"containerPort: {api.metrics_listen.rpartition(':')[2]}" in server


def test_every_value_that_a_template_reads_is_given() -> None:
    given = yaml.safe_load((CHART / "values.yaml").read_text(encoding="utf-8"))
    texts = [path.read_text(encoding="utf-8") for path in sorted(CHART.glob("templates/*"))]
    read = {found for text in texts for found in re.findall(r"\.Values((?:\.\w+)+)", text)}
    assert len(read) > 10
    for path in sorted(read):
        place: Any = given
        for key in path.strip(".").split("."):
            assert key in place, path
            place = place[key]


def test_what_templates_include_is_defined() -> None:
    texts = [path.read_text(encoding="utf-8") for path in sorted(CHART.glob("templates/*"))]
    included = {name for text in texts for name in re.findall(r'include "([^"]+)"', text)}
    defined = {name for text in texts for name in re.findall(r'define "([^"]+)"', text)}
    assert included == defined
    for text in texts:
        for path in re.findall(r'\.Files\.Get "([^"]+)"', text):
            assert (CHART / path).is_file(), path


def test_units_start_with_the_target_and_read_files_that_the_page_installs() -> None:
    target = (DEPLOY / "systemd" / "footage.target").read_text(encoding="utf-8")
    page = (ROOT / "docs" / "operating.md").read_text(encoding="utf-8")
    for path in sorted(DEPLOY.glob("systemd/*.service")):
        text = path.read_text(encoding="utf-8")
        wanted = re.search(rf"^(?:Wants|Requires)=.*{re.escape(path.name)}", target, re.MULTILINE)
        assert wanted or "WantedBy=footage.target" in text
        for program in re.findall(r"^Exec\w+=(\S+)", text, flags=re.MULTILINE):
            assert program.rpartition("/bin/")[0] in page, program
        for needed in re.findall(r"FOOTAGE_CONFIG=(\S+)", text):
            assert needed in page, needed
