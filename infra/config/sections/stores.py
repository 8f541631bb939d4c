"""Settings of the stores: objects, catalogue, vectors, database."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from infra.config.sections.section import Section
from infra.stores import CATALOGUES, OBJECTS, REGISTERS, VECTORS


class Store(Section):
    """The object store, which keeps segments."""

    kind: Annotated[str, AfterValidator(OBJECTS.checked)] = Field(
        OBJECTS.default, description=f"Kind of object store. {OBJECTS.meanings}."
    )
    path: Path | None = Field(
        None,
        description=(
            "Folder of the `directory` store; unset: `store` in the home folder. All of it must "
            "lie on one file system."
        ),
    )
    endpoint: str = Field(
        "", description="Host and port of the `s3` store, without http://; empty: refused by `s3`."
    )
    bucket: str = Field(
        "footage",
        description="Bucket of the `s3` store; made with object lock when absent, as holds need.",
    )
    secure: bool = Field(
        default=False,
        description=(
            "Whether to speak TLS to the endpoint, checked against the system's certificates. "
            "False: keys and footage are readable on the way."
        ),
    )
    access_key_file: Path | None = Field(
        None,
        description=(
            "File whose first line is the access key; unset: refused by `s3`. Its account may "
            "not bypass governance retention."
        ),
    )
    secret_key_file: Path | None = Field(
        None, description="File whose first line is the secret key; unset: refused by `s3`."
    )

    @property
    def bucket_name(self) -> str:
        """The name of the bucket in records that all nodes share; "" for a folder."""
        return f"s3://{self.endpoint}/{self.bucket}" if self.kind == "s3" else ""


class CatalogueSection(Section):
    """The catalogue, the searchable record of segments."""

    kind: Annotated[str, AfterValidator(CATALOGUES.checked)] = Field(
        CATALOGUES.default, description=f"Kind of catalogue. {CATALOGUES.meanings}."
    )
    path: Path | None = Field(
        None,
        description="File of the `sqlite` catalogue; unset: `catalogue.db` in the home folder.",
    )
    url: str = Field(
        "",
        description=(
            "URL of Elasticsearch, or of each node with commas between, so that a dead one is "
            "passed over; empty: refused by `elasticsearch`."
        ),
    )
    replicas: Literal["auto"] | Annotated[int, Field(ge=0)] = Field(
        "auto",
        description=(
            "Copies of each shard besides the first, a number or `auto`, in indices made from "
            "now on. `auto`: one where there are several nodes, so that a dead one loses "
            "nothing."
        ),
    )
    prefix: str = Field(
        "footage", description="Start of every index name: two systems on one cluster need two."
    )
    username: str = Field("", description="User of Elasticsearch; empty: no log-in.")
    password_file: Path | None = Field(
        None,
        description=(
            "File whose first line is that user's password; unset: refused where there is a user."
        ),
    )


class VectorsSection(Section):
    """The vector index, which finds keyframes by what they show."""

    kind: Annotated[str, AfterValidator(VECTORS.checked)] = Field(
        VECTORS.default, description=f"Kind of vector index. {VECTORS.meanings}."
    )
    scrub_bytes_per_day: int = Field(
        20_000_000_000,
        ge=0,
        description=(
            "Bytes of sealed vectors that `footage run` reads and checks each day, those checked "
            "longest ago first; a part is always read whole."
        ),
    )


class Database(Section):
    """The register's database: cameras, holds, deletions."""

    url: str = Field(
        "",
        description=(
            f"SQLAlchemy URL, {' or '.join(f'`{one.kind}`' for one in REGISTERS.adapters)}; "
            "empty: `register.db` in the home folder. Several recorders share cameras on "
            "`postgresql` alone."
        ),
    )
    password_file: Path | None = Field(
        None,
        description=(
            "File whose first line is the database password, kept out of the URL; unset: none "
            "but the URL's."
        ),
    )
