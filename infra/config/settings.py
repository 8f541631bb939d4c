"""Settings: one TOML file, the environment over it, unknown keys refused, secrets read from files.

The file is `footage.toml` in `FOOTAGE_HOME`, or the one `FOOTAGE_CONFIG` names. Any key can be set
in the environment: `FOOTAGE_STORE__ENDPOINT=...` is `endpoint` in `[store]`. This is the only
module that reads the environment.
"""

from __future__ import annotations

import getpass
import os
import re
import tomllib
from pathlib import Path
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError
from pydantic_settings import (
    BaseSettings,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    SettingsError,
)

from footage.bytesize import parse_size
from footage.errors import BadInput, Misconfigured
from footage.ids import node_id
from footage.instant import Elapsed
from infra.config.address import Address
from infra.default_folders import default_cache, default_home
from infra.stores import CATALOGUES, OBJECTS
from recorder.store.eviction_policy import STANDARD, check_order

_SHORTEST_LEASE = Elapsed.parse("2s")
_LONGEST_LEASE = Elapsed.parse("5m")


def _duration(value: object) -> object:
    try:
        return Elapsed.parse(value) if isinstance(value, str) else value
    except BadInput as exc:
        raise ValueError(str(exc)) from exc


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError) as exc:
        raise ValueError(f"not a time zone: {name!r}") from exc
    return name


def _address(text: str) -> str:
    try:
        return str(Address.parse(text)) if text else ""
    except BadInput as exc:
        raise ValueError(str(exc)) from exc


def _node(text: str) -> str:
    try:
        return node_id(text) if text else ""
    except BadInput as exc:
        raise ValueError(str(exc)) from exc


def _lease(length: Elapsed) -> Elapsed:
    if not _SHORTEST_LEASE <= length <= _LONGEST_LEASE:
        raise ValueError(f"a lease is {_SHORTEST_LEASE} to {_LONGEST_LEASE} long")
    return length


def _size(value: object) -> object:
    try:
        return parse_size(value) if isinstance(value, str) else value
    except BadInput as exc:
        raise ValueError(str(exc)) from exc


def _names(value: object) -> object:
    return tuple(map(str.strip, value.split(","))) if isinstance(value, str) else value


def _order(names: tuple[str, ...]) -> tuple[str, ...]:
    try:
        check_order(names)
    except BadInput as exc:
        raise ValueError(str(exc)) from exc
    return names


Size = Annotated[int, NoDecode, BeforeValidator(_size), Field(ge=1)]
ClassOrder = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_names), AfterValidator(_order)]
Duration = Annotated[Elapsed, NoDecode, BeforeValidator(_duration)]


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)


class Recording(_Section):
    """How cameras are recorded."""

    segment_length: Duration = Field(
        Elapsed.parse("60s"), description="Length of a segment, 2s to 300s; shorter: more objects."
    )
    ffmpeg: Path | None = Field(None, description="FFmpeg to use; unset: the system's, or our own.")
    sync_every: Duration = Field(
        Elapsed.parse("5s"),
        description=(
            "How often what is being recorded is brought to the disk: what a power cut costs; "
            "shorter: more writes."
        ),
    )
    spool_limit: Size | None = Field(
        None,
        description=(
            "What the spool may hold, e.g. 200GB; unset: as much as leaves a tenth of its disk "
            "free. Past it unstored footage is given up, with an alarm, never under a hold."
        ),
    )
    class_order: ClassOrder = Field(
        (STANDARD,),
        description=(
            "Retention classes from the first given up in a full spool to the last, with "
            "`standard` among them: a class not named ranks with it."
        ),
    )
    node: Annotated[str, AfterValidator(_node)] = Field(
        "", description="This recorder's name among several; empty: the machine's name."
    )
    lease: Annotated[Duration, AfterValidator(_lease)] = Field(
        Elapsed.parse("10s"),
        description=(
            "How long a recorder that vanished keeps its cameras, 2s to 5m; the same on all: "
            "shorter is taken over sooner, and bears less delay of the register."
        ),
    )
    listen: Annotated[str, AfterValidator(_address)] = Field(
        "127.0.0.1:8961",
        description=(
            "Address of the recorder's metrics and status; port 0 takes a free one, empty: none."
        ),
    )
    advertise: Annotated[str, AfterValidator(_address)] = Field(
        "", description="Address under which other machines reach that; empty: the same."
    )


class Store(_Section):
    """Where segments are kept."""

    kind: Annotated[str, AfterValidator(OBJECTS.checked)] = Field(
        OBJECTS.default, description=f"What keeps them; {OBJECTS.meanings}."
    )
    path: Path | None = Field(None, description="The folder; unset: `store` in the home folder.")
    endpoint: str = Field("", description="Host and port of the S3 store, without http://.")
    bucket: str = Field("footage", description="Bucket; made with object lock when absent.")
    secure: bool = Field(default=False, description="Whether the endpoint speaks TLS.")
    access_key_file: Path | None = Field(None, description="File holding the access key.")
    secret_key_file: Path | None = Field(None, description="File holding the secret key.")


class CatalogueSection(_Section):
    """Where the searchable record is kept."""

    kind: Annotated[str, AfterValidator(CATALOGUES.checked)] = Field(
        CATALOGUES.default, description=f"What keeps it; {CATALOGUES.meanings}."
    )
    path: Path | None = Field(
        None, description="The file; unset: `catalogue.db` in the home folder."
    )
    url: str = Field("", description="URL of Elasticsearch; of each node, with commas between.")
    replicas: Literal["auto"] | Annotated[int, Field(ge=0)] = Field(
        "auto",
        description=(
            "Copies of each shard besides the first, in indices made from now on; auto: one where "
            "there are several nodes, so that a dead one loses nothing."
        ),
    )
    prefix: str = Field("footage", description="Start of every index name.")
    username: str = Field("", description="User of Elasticsearch; empty: no log-in.")
    password_file: Path | None = Field(None, description="File holding that user's password.")


class Database(_Section):
    """The register's database: cameras, holds, deletions."""

    url: str = Field("", description="SQLAlchemy URL; empty: `register.db` in the home folder.")
    password_file: Path | None = Field(None, description="File holding the database password.")


class EncoderSection(_Section):
    """What turns pictures and texts into vectors."""

    folder: Path | None = Field(
        None,
        description=(
            "Exported encoder, made by `footage encoder export`; unset: the shipped one, trained "
            "on rendered scenes. For real footage export ViT-B-32-SigLIP2-256/webli."
        ),
    )
    threads: int = Field(2, ge=1, description="Threads of one encoding call.")


class RetentionSection(_Section):
    """What is deleted when."""

    policies: Path | None = Field(
        None, description="Policy file; unset: `policies.toml` in the home folder."
    )
    run_at: str = Field("02:30", pattern=r"^\d\d:\d\d$", description="UTC time of the daily run.")


class Logs(_Section):
    """What is written to standard error."""

    level: Literal["debug", "info", "warning", "error"] = Field(
        "info", description="The least that is logged; debug tells of every segment."
    )


class Api(_Section):
    """The HTTP interface."""

    host: str = Field(
        "127.0.0.1", description="Address; loopback unless a TLS proxy stands before it."
    )
    port: int = Field(8960, ge=0, le=65535, description="Port; 0 takes a free one.")


class Settings(BaseSettings):
    """All settings, checked once."""

    model_config = SettingsConfigDict(
        env_prefix="FOOTAGE_",
        env_nested_delimiter="__",
        extra="forbid",
        frozen=True,
        arbitrary_types_allowed=True,
    )

    home: Path = Field(description="Folder of all state of the embedded stores.")
    cache: Path = Field(description="Folder of built servers and rendered films; can be deleted.")
    zone: Annotated[str, AfterValidator(_zone)] = Field(
        "Asia/Karachi", description="Time zone shown to people beside UTC."
    )
    actor: str = Field(description="User name written into custody entries.")
    require_case: bool = Field(
        default=False, description="Refuse searches, views, exports and holds without a case."
    )
    recording: Recording = Recording()
    store: Store = Store()
    catalogue: CatalogueSection = CatalogueSection()
    database: Database = Database()
    encoder: EncoderSection = EncoderSection()
    retention: RetentionSection = RetentionSection()
    logs: Logs = Logs()
    api: Api = Api()

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """The environment over what `load` read from the file."""
        del settings_cls, dotenv_settings, file_secret_settings
        return (env_settings, init_settings)

    @property
    def config_file(self) -> Path:
        """The settings file of this home, whether it exists or not."""
        return self.home / CONFIG_NAME


CONFIG_NAME = "footage.toml"
_PASSWORD = re.compile(r"(://[^:/@]*):[^@/]*@")
_LOCATORS = ("FOOTAGE_CONFIG", "FOOTAGE_REQUIRE_SERVERS")


def load() -> Settings:
    """Read the file and the environment.

    Raises:
        Misconfigured: A key is unknown, a value cannot be right, or the file cannot be read.
    """
    named = os.environ.get("FOOTAGE_CONFIG")
    home = Path(os.environ.get("FOOTAGE_HOME") or default_home(os.environ)).expanduser()
    return _load(home, Path(named).expanduser() if named else None)


def load_home(home: Path) -> Settings:
    """The settings of another home than the environment names, as the demo needs.

    Raises:
        Misconfigured: As for `load`.
    """
    return _load(home, None).model_copy(update={"home": home})


def _load(home: Path, named: Path | None) -> Settings:
    path = named or home / CONFIG_NAME
    _refuse_unknown([name for name in os.environ if name.startswith("FOOTAGE_")])
    defaults = {"home": home, "cache": _cache(), "actor": _user()}
    try:
        return Settings(**{**defaults, **_read(path, required=named is not None)})
    except ValidationError as exc:
        wrong = "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in exc.errors())
        raise Misconfigured(f"settings of {path}: {wrong}", hint="see docs/settings.md") from exc
    except SettingsError as exc:
        raise Misconfigured(f"settings: {exc}", hint="see docs/settings.md") from exc


def secret(path: Path | None, *, what: str) -> str:
    """The first line of a secret's file.

    Raises:
        Misconfigured: No file is named, or it cannot be read.
    """
    if path is None:
        raise Misconfigured(f"no file names the {what}", hint="see docs/settings.md")
    try:
        return path.read_text(encoding="utf-8").splitlines()[0].strip()
    except (OSError, IndexError) as exc:
        raise Misconfigured(f"the {what} cannot be read from {path}") from exc


def _cache() -> Path:
    named = os.environ.get("FOOTAGE_CACHE")
    return Path(named).expanduser() if named else default_cache(os.environ, os.getuid())


def _user() -> str:
    """The system user; a number where the system has no name for it, as in containers."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return f"uid-{os.getuid()}"


def _read(path: Path, *, required: bool) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as exc:
        if required:
            raise Misconfigured(
                f"no settings file at {path}", hint="FOOTAGE_CONFIG names it"
            ) from exc
        return {}
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as exc:
        raise Misconfigured(f"settings of {path} cannot be read: {exc}") from exc


def _refuse_unknown(names: list[str]) -> None:
    known = {f"FOOTAGE_{name.upper()}" for name in Settings.model_fields}
    for name in names:
        if name not in known and name.split("__")[0] not in known and name not in _LOCATORS:
            raise Misconfigured(
                f"unknown setting in the environment: {name}", hint="see docs/settings.md"
            )


def effective(settings: Settings) -> dict[str, str | int | bool | None]:
    """Every setting by its dotted name; a password inside a URL is masked."""
    values: dict[str, str | int | bool | None] = {}
    for name, value in settings:
        if isinstance(value, _Section):
            values.update({f"{name}.{key}": _plain(inner) for key, inner in value})
        else:
            values[name] = _plain(value)
    return values


def _plain(value: object) -> str | int | bool | None:
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, tuple):
        return ", ".join(map(str, value))
    return _PASSWORD.sub(r"\1:***@", str(value))
