"""The deploy files, read for tests: compose, units, chart, and what they give the services."""

from __future__ import annotations

import os
import re
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest
import yaml

from footage.instant import Elapsed
from infra.host import process
from lab.servers import golang
from lab.servers.checkers import CHECKERS
from tests.common.servers import cache_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

ROOT: Final = Path(__file__).resolve().parents[2]
DEPLOY: Final = ROOT / "infra" / "deploy"
CHART: Final = DEPLOY / "helm" / "footage"
_INTERPOLATED: Final = re.compile(r"\$\{(\w+)(?::[-?]([^}]*))?\}")


@dataclass(frozen=True, slots=True)
class Service:
    """A process of Footage that a deploy file starts.

    Attributes:
        where: File and name of the service.
        words: Words after `footage`.
        settings: Variables that begin with FOOTAGE_, with the values given.
    """

    where: str
    words: tuple[str, ...]
    settings: Mapping[str, str]


def compose(name: str = "compose.yaml") -> dict[str, Any]:
    """Return a compose file, with each variable replaced by the variable's default."""
    text = (DEPLOY / name).read_text(encoding="utf-8")
    read: dict[str, Any] = yaml.safe_load(_INTERPOLATED.sub(lambda found: found[2] or "", text))
    return read


def unit(path: Path) -> dict[str, list[str]]:
    """Return a systemd unit as all values of each key, whatever the section."""
    values: dict[str, list[str]] = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        key, equals, value = line.partition("=")
        if equals and not line.startswith("#"):
            values.setdefault(key, []).append(value)
    return values


def units() -> list[Path]:
    """Return the systemd services."""
    return sorted(DEPLOY.glob("systemd/*.service"))


def values() -> dict[str, Any]:
    """Return the chart's values."""
    read: dict[str, Any] = yaml.safe_load((CHART / "values.yaml").read_text(encoding="utf-8"))
    return read


def services() -> Iterator[Service]:
    """Yield every process of Footage that compose and the units start."""
    for name, one in compose()["services"].items():
        if one.get("image", "").startswith("footage:") and "command" in one:
            words = one["command"].split() if isinstance(one["command"], str) else one["command"]
            yield Service(f"compose.yaml: {name}", tuple(words), _ours(one["environment"]))
    for path in units():
        read = unit(path)
        _, *words = read["ExecStart"][0].split()
        given = dict(pair.split("=", 1) for line in read["Environment"] for pair in line.split())
        yield Service(path.name, tuple(words), _ours(given))


def tool(name: str) -> str:
    """Return the path of a tool on the PATH or in the cache; skip the running test without it."""
    pinned = {one.name: golang.find(_cache(), one) for one in CHECKERS}
    found = pinned.get(name) or shutil.which(name)
    if found is None:
        hint = "; python -m lab.servers.checkers installs it" if name in pinned else ""
        pytest.skip(f"{name} is not installed{hint}")
    return str(found)


def _cache() -> Path:
    return cache_of(os.environ, os.geteuid())


def said(*argv: str) -> str:
    """Run a program that must succeed; return what it printed."""
    return process.run(argv, timeout=Elapsed.parse("2m")).text


def documents(text: str) -> Sequence[dict[str, Any]]:
    """Return the documents of a YAML stream."""
    return [one for one in yaml.safe_load_all(text) if one]


def _ours(environment: Mapping[str, Any]) -> dict[str, str]:
    return {name: str(value) for name, value in environment.items() if name.startswith("FOOTAGE_")}
