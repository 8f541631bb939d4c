"""Services run without rights that they do not need: image, compose, units, chart, proxies."""

from __future__ import annotations

import json
import os
import re
import shutil
import tomllib
from typing import TYPE_CHECKING

import pytest

from footage.errors import Unavailable
from infra.cli import TERMINATED
from infra.config.sections.api import Api
from tests.common.deploy_files import (
    CHART,
    DEPLOY,
    ROOT,
    compose,
    documents,
    said,
    tool,
    unit,
    units,
)

if TYPE_CHECKING:
    from pathlib import Path

IMAGE = (DEPLOY / "Dockerfile").read_text(encoding="utf-8")
NGINX = (DEPLOY / "proxy" / "nginx.conf").read_text(encoding="utf-8")
CADDY = (DEPLOY / "proxy" / "Caddyfile").read_text(encoding="utf-8")


def test_the_image_holds_the_product_and_neither_laboratory_nor_torch() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    wheel = project["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]
    copied = re.findall(r"^COPY (\w+)/ \1/$", IMAGE, flags=re.MULTILINE)
    assert copied == wheel
    ignored = (DEPLOY / "Dockerfile.dockerignore").read_text(encoding="utf-8").splitlines()
    assert [line[1:-1] for line in ignored if re.fullmatch(r"!\w+/", line)] == wheel


def test_the_image_has_the_locked_versions() -> None:
    def locked(name: str) -> set[str]:
        text = (ROOT / "requirements" / name).read_text(encoding="utf-8")
        return set(re.findall(r"^([\w.-]+==\S+)", text, flags=re.MULTILINE))

    product = locked("product.txt")
    assert product
    assert product < locked("all.txt")
    assert not [one for one in product if re.match("torch|panda3d|open-clip|pytest|nvidia", one)]
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    names = {one.split("==")[0] for one in product}
    for needed in (*project["dependencies"], *project["optional-dependencies"]["telemetry"]):
        assert re.split(r"[\[<>=]", needed)[0] in names


def test_the_image_runs_as_a_user_and_has_a_health_check() -> None:
    last = IMAGE.rpartition("\nFROM ")[2]
    assert "\nUSER 1000:1000\n" in last
    assert last.index("USER 1000") > last.index("apt-get")
    assert "/healthz" in last
    assert f"HEALTH_PORT={Api().port}" in last


@pytest.mark.parametrize(
    "name", ["recorder", "indexer", "scheduler", "api", "keys", "cli", "proxy"]
)
def test_containers_have_no_rights_and_write_nowhere_else(name: str) -> None:
    one = compose()["services"][name]
    assert one["read_only"] is True
    assert one["cap_drop"] == ["ALL"]
    assert one["security_opt"] == ["no-new-privileges:true"]


def test_nothing_but_tls_is_published_to_other_machines() -> None:
    published = {
        name: one["ports"] for name, one in compose()["services"].items() if "ports" in one
    }
    assert published == {"api": ["443:8443"], "grafana": ["127.0.0.1:3000:3000"]}
    assert all(
        port.startswith("127.0.0.1:")
        for one in compose("compose.servers.yaml")["services"].values()
        for port in one.get("ports", ())
    )


@pytest.mark.parametrize("path", units(), ids=lambda path: path.stem)
def test_units_are_hardened(path: Path) -> None:
    read = unit(path)
    wanted = {
        "User": "footage-keys" if path.stem == "footage-keys" else "footage",
        "UMask": "0077",
        "NoNewPrivileges": "yes",
        "ProtectSystem": "strict",
        "ProtectHome": "yes",
        "PrivateTmp": "yes",
        "PrivateDevices": "yes",
        "CapabilityBoundingSet": "",
        "RestrictSUIDSGID": "yes",
        "SystemCallFilter": "@system-service",
        "StateDirectoryMode": "0700",
        "Restart": "always",
        "SuccessExitStatus": str(TERMINATED),
        "WantedBy": "footage.target",
        "PartOf": "footage.target",
    }
    assert {key: read.get(key) for key in wanted} == {key: [v] for key, v in wanted.items()}


def test_there_is_a_unit_for_each_service() -> None:
    names = [path.stem for path in units()]
    assert names == [
        f"footage-{one}" for one in ("api", "indexer", "keys", "recorder", "scheduler")
    ]


def test_the_signing_process_shares_no_folder_and_no_network_with_the_others() -> None:
    keys = unit(DEPLOY / "systemd" / "footage-keys.service")
    assert keys["StateDirectory"] == keys["RuntimeDirectory"] == ["footage-keys"]
    assert "ConfigurationDirectory" not in keys
    assert (keys["PrivateNetwork"], keys["LimitCORE"]) == (["yes"], ["0"])
    others = [unit(path) for path in units() if path.stem != "footage-keys"]
    assert all("footage-keys" not in str(one) for one in others)
    made = compose()["services"]
    assert (made["keys"]["network_mode"], made["keys"]["user"]) == ("none", "1001:1001")
    theirs = {volume.split(":")[0] for volume in made["keys"]["volumes"]}
    for name in ("recorder", "indexer", "scheduler", "api", "cli"):
        shared = theirs & {volume.split(":")[0] for volume in made[name]["volumes"]}
        assert shared == {"signing"}, "the socket alone, and read-only"
        assert "signing:/run/footage-keys:ro" in made[name]["volumes"]
        assert made[name]["group_add"] == ["1001"]
    assert re.search(r"useradd .*1001 .*footage-keys", IMAGE)


@pytest.mark.process
def test_systemd_takes_the_units(tmp_path: Path) -> None:
    verify = tool("systemd-analyze")
    for path in [*units(), DEPLOY / "systemd" / "footage.target"]:
        text = path.read_text(encoding="utf-8").replace("/opt/footage/bin/footage", "/bin/true")
        # A user of this machine: the unit's own is made at the installation.
        text = re.sub(r"(User|Group)=footage(-keys)?$", r"\1=root", text, flags=re.MULTILINE)
        (tmp_path / path.name).write_text(text)
    files = [str(path) for path in sorted(tmp_path.iterdir())]
    assert len(files) == 6
    assert said(verify, "verify", "--man=no", *files) == ""


def test_proxies_speak_tls_and_pass_on_what_the_api_takes() -> None:
    api = Api()
    for text in (NGINX, CADDY):
        assert f"127.0.0.1:{api.port}" in text
        assert re.search(r"Strict-Transport-Security \"max-age=31536000", text)
    assert f"client_max_body_size {api.picture_limit >> 20}m;" in NGINX
    assert f"max_size {api.picture_limit >> 20}MiB" in CADDY
    for limit in ("client_header_timeout", "client_body_timeout"):
        assert f"{limit} {api.read_within};" in NGINX
    assert "proxy_set_header Host $host;" in NGINX
    assert not re.search(r"listen .*\b80\b", NGINX)
    assert "$args" not in NGINX
    assert "$request_uri" not in NGINX
    assert '"$request"' not in NGINX


@pytest.mark.process
def test_nginx_takes_its_file(tmp_path: Path) -> None:
    nginx = tool("nginx")
    openssl = shutil.which("openssl")
    assert openssl
    said(openssl, "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
         "-nodes", "-subj", "/CN=x", "-keyout", str(tmp_path / "tls.key"),
         "-out", str(tmp_path / "tls.crt"))  # fmt: skip
    text = NGINX.replace("/tmp/", f"{tmp_path}/").replace("/run/secrets", str(tmp_path))  # noqa: S108
    path = tmp_path / "nginx.conf"
    path.write_text(text)
    said(nginx, "-t", "-p", str(tmp_path), "-c", str(path))


def rendered(*more: str) -> list[dict[str, object]]:
    helm = tool("helm")
    said(helm, "lint", "--strict", "--kube-version", "1.30.0", str(CHART))
    text = said(helm, "template", "city", str(CHART), "--kube-version", "1.30.0", *more)
    return list(documents(re.sub(r"^walk\.go.*\n", "", text, flags=re.MULTILINE)))


@pytest.mark.process
def test_the_chart_is_rendered_with_every_pod_closed() -> None:
    made = rendered("--set", "secrets.cameras=x,encoderClaim=y,monitoring.serviceMonitor=true")
    pods = [one for one in made if one["kind"] in {"StatefulSet", "Deployment"}]
    assert len(pods) == 3
    for one in pods:
        pod = json.loads(json.dumps(one))["spec"]["template"]["spec"]
        # Variables of service links would begin with the release's name: "footage" is refused.
        assert pod["enableServiceLinks"] is False
        assert pod["automountServiceAccountToken"] is False
        assert pod["securityContext"]["runAsNonRoot"] is True
        assert pod["securityContext"]["fsGroupChangePolicy"] == "OnRootMismatch"
        for container in [*pod["initContainers"], *pod["containers"]]:
            assert container["securityContext"] == {
                "allowPrivilegeEscalation": False,
                "readOnlyRootFilesystem": True,
                "capabilities": {"drop": ["ALL"]},
            }
            assert container["resources"]["limits"]["memory"]
        assert all("livenessProbe" in container for container in pod["containers"])
        mounted = {m["name"] for c in pod["containers"] for m in c["volumeMounts"]}
        named = {volume["name"] for volume in pod["volumes"]} | {"state"}
        assert mounted <= named
    kinds = [str(one["kind"]) for one in made]
    assert kinds.count("PodDisruptionBudget") == kinds.count("NetworkPolicy") == 3
    assert "Secret" not in kinds


@pytest.mark.process
def test_the_chart_has_one_home_of_the_custody_log_and_refuses_vectors_in_files() -> None:
    made = rendered("--set", "monitoring.rules=true")
    (server,) = (
        json.loads(json.dumps(one))
        for one in made
        if one["kind"] == "StatefulSet" and "server" in str(one["metadata"])
    )
    assert server["spec"]["replicas"] == 1
    with pytest.raises(Unavailable, match="must be elasticsearch"):
        rendered("--set", "settings.vectors.kind=faiss")


def test_the_values_name_no_secret_and_the_schema_knows_each() -> None:
    schema = json.loads((CHART / "values.schema.json").read_text(encoding="utf-8"))
    text = (CHART / "values.yaml").read_text(encoding="utf-8")
    top = set(re.findall(r"^(\w+):", text, flags=re.MULTILINE))
    assert top == schema["properties"].keys() - {"global"}
    assert not re.search(r"password: *\S", text)


def test_files_of_the_chart_are_those_of_the_other_ways() -> None:
    assert (CHART / "files" / "nginx.conf").read_text(encoding="utf-8") == NGINX
    alerts = (DEPLOY / "alerts.yml").read_text(encoding="utf-8")
    assert (CHART / "files" / "alerts.yml").read_text(encoding="utf-8") == alerts


@pytest.mark.process
def test_prometheus_takes_the_rules() -> None:
    promtool = tool("promtool")
    rules = [str(DEPLOY / name) for name in ("alerts.yml", "alerts_minio.yml")]
    assert said(promtool, "check", "rules", *rules).count("SUCCESS") == 2
    assert "SUCCESS" in said(promtool, "test", "rules", str(DEPLOY / "alerts_test.yml"))


def test_prometheus_asks_each_service_that_has_metrics() -> None:
    text = (DEPLOY / "prometheus" / "prometheus.yml").read_text(encoding="utf-8")
    targets = dict(re.findall(r"targets: \[\"(\w+):(\d+)\"\]", text))
    services = compose()["services"]
    for name in ("recorder", "indexer", "scheduler"):
        assert targets[name] == services[name]["environment"]["HEALTH_PORT"]
    listen = services["api"]["environment"]["FOOTAGE_API__METRICS_LISTEN"]
    assert targets["api"] == listen.rpartition(":")[2]
    listens = services["recorder"]["environment"]["FOOTAGE_RECORDING__LISTEN"]
    assert listens.endswith(f":{targets['recorder']}")
    for name in ("indexer", "scheduler"):
        assert f"0.0.0.0:{targets[name]}" in services[name]["command"]
    (source,) = documents(
        (DEPLOY / "grafana/provisioning/datasources/prometheus.yaml").read_text(encoding="utf-8")
    )[0]["datasources"]
    assert source["url"] == "http://prometheus:9090"
    (provider,) = documents(
        (DEPLOY / "grafana/provisioning/dashboards/footage.yaml").read_text(encoding="utf-8")
    )[0]["providers"]
    assert f"./dashboards:{provider['options']['path']}:ro" in services["grafana"]["volumes"]


@pytest.mark.process
def test_secrets_are_random_closed_and_made_once(tmp_path: Path) -> None:
    script, folder = str(DEPLOY / "make-secrets"), tmp_path / "secrets"
    if os.geteuid() not in {0, 1000}:
        with pytest.raises(Unavailable, match="must own"):
            said(script, str(folder))
        return
    said(script, str(folder))
    made = {path.name: path.read_text("utf-8") for path in folder.iterdir() if path.is_file()}
    wanted = compose()["secrets"].keys() - {"tls.crt", "tls.key"}
    assert made.keys() == wanted
    assert len(set(made.values())) == len(made)
    for name, text in made.items():
        assert len(text) == 20
        assert (folder / name).stat().st_mode & 0o777 == 0o400
        assert (folder / name).stat().st_uid == 1000
    said(script, str(folder))
    assert made == {name: (folder / name).read_text("utf-8") for name in made}
