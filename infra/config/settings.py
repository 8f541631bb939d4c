"""Settings: each with type, default and description, by section; unknown keys are refused.

The sections are in `infra/config/sections/`, a module for each subject. `infra/config/loading.py`
reads the values from the file and the environment.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final, Literal

from pydantic import Field
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from infra.config.sections.api import Api, Oidc, TelemetrySection
from infra.config.sections.evidence import (
    CasesSection,
    ExportSection,
    FourEyes,
    LedgerSection,
    Recipients,
    RetentionSection,
    SealSection,
    SignerSection,
)
from infra.config.sections.indexing import EncoderSection, Indexing
from infra.config.sections.recording import LimitsSection, Recording
from infra.config.sections.section import Section
from infra.config.sections.stores import CatalogueSection, Database, Store, VectorsSection
from infra.config.setting_types import Zone

CONFIG_NAME: Final = "footage.toml"


class Logs(Section):
    """The log, written to standard error."""

    level: Literal["debug", "info", "warning", "error"] = Field(
        "info",
        description=(
            "The least that is logged: debug, info, warning or error. Debug tells of every segment."
        ),
    )


class Settings(BaseSettings):
    """All settings of Footage, checked when read."""

    model_config = SettingsConfigDict(
        env_prefix="FOOTAGE_",
        env_nested_delimiter="__",
        extra="forbid",
        frozen=True,
        arbitrary_types_allowed=True,
    )

    home: Path = Field(
        description=(
            "Folder of all state of the embedded stores; unset: the platform's folder for user "
            "data. Set by `FOOTAGE_HOME`."
        )
    )
    cache: Path = Field(
        description=(
            "Folder of what can be built or fetched again, so it may be deleted; unset: "
            "`/var/cache/footage` for root, `$XDG_CACHE_HOME/footage` for others."
        )
    )
    zone: Zone = Field(
        "Asia/Karachi",
        description="Time zone shown to people beside UTC, by its IANA name; stored is UTC.",
    )
    actor: str = Field(
        description="User name written into custody entries; unset: the name of the system user."
    )
    require_case: bool = Field(
        default=False,
        description=(
            "Whether searches, views, exports and holds without a case and a purpose are refused."
        ),
    )
    recording: Recording = Recording()
    store: Store = Store()
    catalogue: CatalogueSection = CatalogueSection()
    vectors: VectorsSection = VectorsSection()
    database: Database = Database()
    indexing: Indexing = Indexing()
    encoder: EncoderSection = EncoderSection()
    retention: RetentionSection = RetentionSection()
    cases: CasesSection = CasesSection()
    four_eyes: FourEyes = FourEyes()
    recipients: Recipients = Recipients()
    export: ExportSection = ExportSection()
    ledger: LedgerSection = LedgerSection()
    signer: SignerSection = SignerSection()
    seal: SealSection = SealSection()
    limits: LimitsSection = LimitsSection()
    logs: Logs = Logs()
    api: Api = Api()
    oidc: Oidc = Oidc()
    telemetry: TelemetrySection = TelemetrySection()

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Rank the environment above the values that `load` read from the file."""
        del settings_cls, dotenv_settings, file_secret_settings
        return (env_settings, init_settings)

    @property
    def config_file(self) -> Path:
        """The path of `footage.toml` in the home folder; the file may be missing."""
        return self.home / CONFIG_NAME
