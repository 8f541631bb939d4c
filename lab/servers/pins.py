"""Versions of all servers, in a single table; a changed version installs beside the old version."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True, kw_only=True)
class GoProgram:
    """A server that the Go tool builds from its published module.

    Attributes:
        name: Name of the program in the cache.
        package: Import path of the main package.
        version: Version of the module.
        binary: Name that the Go tool gives the result.
        flags: Further words for `go install`.
        replaces: Whether the module replaces other modules, which `go install` refuses: the program
            is then built in a new module, without the replacements.
        with_c: Whether parts are written in C, so that a C compiler is needed.
    """

    name: str
    package: str
    version: str
    binary: str
    flags: tuple[str, ...] = ("-ldflags", "-s -w")
    replaces: bool = False
    with_c: bool = False

    @property
    def folder(self) -> str:
        """Name of the program's folder inside the cache."""
        return f"{self.name}-{self.version}"


_MINIO_CMD: Final = "github.com/minio/minio/cmd"

# MinIO's last commit: the module proxy does not have the releases.
MINIO: Final = GoProgram(
    name="minio",
    package="github.com/minio/minio",
    version="v0.0.0-20260212201848-7aac2a2c5b7c",
    binary="minio",
    flags=(
        "-tags",
        "kqueue",
        "-ldflags",
        (
            f"-s -w -X {_MINIO_CMD}.Version=2026-02-12T20:18:48Z"
            f" -X {_MINIO_CMD}.ReleaseTag=DEVELOPMENT.2026-02-12T20-18-48Z"
            f" -X {_MINIO_CMD}.CommitID=7aac2a2c5b7c"
        ),
    ),
)
VERSITYGW: Final = GoProgram(
    name="versitygw",
    package="github.com/versity/versitygw/cmd/versitygw",
    version="v1.8.0",
    binary="versitygw",
)
TOXIPROXY: Final = GoProgram(
    name="toxiproxy",
    package="github.com/Shopify/toxiproxy/v2/cmd/server",
    version="v2.12.0",
    binary="server",
)
# The newest that the module proxy has; its SQLite is written in C.
DEX: Final = GoProgram(
    name="dex",
    package="github.com/dexidp/dex/cmd/dex",
    version="v0.0.0-20210917061239-f0186ff2651e",
    binary="dex",
    replaces=True,
    with_c=True,
)

# These check deploy files (`lab/servers/checkers.py`); no server.
HELM: Final = GoProgram(
    name="helm", package="helm.sh/helm/v3/cmd/helm", version="v3.18.6", binary="helm"
)
PROMTOOL: Final = GoProgram(
    name="promtool",
    package="github.com/prometheus/prometheus/cmd/promtool",
    version="v0.305.0",
    binary="promtool",
    replaces=True,
)

# The oldest Go that builds MinIO, versitygw and toxiproxy.
GO_AT_LEAST: Final = (1, 24)

ELASTICSEARCH: Final = "8.19.16"
# The Java release with which each Elasticsearch was tried.
ELASTICSEARCH_JAVA: Final = {"8.19.16": 17, "9.2.4": 25}
MAVEN_COPY: Final = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy"
