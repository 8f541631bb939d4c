"""The only place that builds objects: settings in, stores and services out.

Each part is built when first asked for, so that a command pays only for what it uses;
third-party clients are imported where their object is built. `wired()` closes what was opened.
"""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from functools import cached_property
from importlib import metadata
from typing import TYPE_CHECKING

from footage.clock import SystemClock
from footage.errors import Misconfigured
from infra import settings as configuration

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from evidence.export import ExportService
    from evidence.holds import HoldService
    from indexer.pipeline import Indexer
    from retention.execute import Purge
    from search.pictures import KeyframePictures
    from search.service import SearchService

    from footage.clock import Clock
    from footage.ports import (
        Catalogue,
        Decoder,
        Encoder,
        ObjectStore,
        Register,
        Strength,
        VectorIndex,
    )
    from infra.custody_file import CustodyFile
    from infra.settings import Settings


class Parts:
    """Everything one process may need, built on demand from one set of settings."""

    def __init__(self, settings: Settings, clock: Clock) -> None:
        self.settings = settings
        self.clock = clock
        self._open = ExitStack()

    def close(self) -> None:
        """Close what was opened."""
        self._open.close()

    # -------------------------------------------------------------------------------- stores

    @cached_property
    def home(self) -> Path:
        """The home folder, made when absent.

        Raises:
            Misconfigured: It cannot be made.
        """
        try:
            self.settings.home.mkdir(parents=True, exist_ok=True)
        except OSError as exc:
            raise Misconfigured(f"no home folder: {exc}", mend="set FOOTAGE_HOME") from exc
        return self.settings.home

    @cached_property
    def store(self) -> ObjectStore:
        """The object store."""
        chosen = self.settings.store
        if chosen.kind == "directory":
            from infra.directory_store import DirectoryStore

            return DirectoryStore(chosen.path or self.home / "store", self.clock)
        from infra.minio_store import MinioStore

        return MinioStore(
            chosen.endpoint,
            chosen.bucket,
            configuration.secret(chosen.access_key_file, what="access key of the store"),
            configuration.secret(chosen.secret_key_file, what="secret key of the store"),
            secure=chosen.secure,
            clock=self.clock,
        )

    @cached_property
    def catalogue(self) -> Catalogue:
        """The catalogue."""
        chosen = self.settings.catalogue
        if chosen.kind == "sqlite":
            from infra.sqlite_catalog import SqliteCatalogue

            return SqliteCatalogue(chosen.path or self.home / "catalogue.db")
        from infra.elastic_catalog import ElasticCatalogue

        password = (
            configuration.secret(chosen.password_file, what="password of Elasticsearch")
            if chosen.username
            else None
        )
        return ElasticCatalogue(
            chosen.url,
            prefix=chosen.prefix,
            username=chosen.username or None,
            password=password,
            clock=self.clock,
        )

    @cached_property
    def register(self) -> Register:
        """The register, brought to its newest schema."""
        from infra.sql_register import SqlRegister

        chosen = self.settings.database
        url = chosen.url or f"sqlite:///{self.home / 'register.db'}"
        password = (
            configuration.secret(chosen.password_file, what="password of the register")
            if chosen.password_file
            else None
        )
        return SqlRegister(url, password=password)

    @cached_property
    def vectors(self) -> VectorIndex:
        """The vector index."""
        from infra.faiss_index import FaissIndex

        return FaissIndex(self.home / "vectors")

    @cached_property
    def encoder(self) -> Encoder:
        """The encoder in force."""
        from infra.encoder_folder import SHIPPED
        from infra.onnx_encoder import OnnxEncoder

        chosen = self.settings.encoder
        return OnnxEncoder(chosen.folder or SHIPPED, threads=chosen.threads)

    @cached_property
    def decoder(self) -> Decoder:
        """The decoder of keyframes."""
        from infra.pyav_decoder import PyavDecoder

        return PyavDecoder()

    @cached_property
    def custody(self) -> CustodyFile:
        """The custody log."""
        from infra.custody_file import CustodyFile

        return CustodyFile(
            self.home / "custody",
            self.register,
            self.clock,
            require_case=self.settings.require_case,
        )

    # -------------------------------------------------------------------------------- services

    @cached_property
    def search(self) -> SearchService:
        """Finds moments."""
        from search.service import SearchService

        return SearchService(
            self.register, self.catalogue, self.vectors, self.encoder, self.custody, self.clock
        )

    @cached_property
    def pictures(self) -> KeyframePictures:
        """Makes pictures of keyframes."""
        from search.pictures import KeyframePictures

        return KeyframePictures(self.store, self.catalogue, self.decoder)

    @cached_property
    def indexer(self) -> Indexer:
        """Looks at what was recorded."""
        from indexer.pipeline import Indexer

        return Indexer(
            self.store, self.catalogue, self.vectors, self.encoder, self.decoder, self.clock
        )

    @cached_property
    def strength(self) -> Strength:
        """What a hold is worth on this store; found by trying once, then remembered."""
        return self.store.guarantees().hold_strength

    @cached_property
    def holds(self) -> HoldService:
        """Places and releases holds."""
        from evidence.holds import HoldService

        return HoldService(
            self.register, self.catalogue, self.store, self.custody, self.clock, self.strength
        )

    @cached_property
    def exporter(self) -> ExportService:
        """Writes bundles."""
        from evidence.export import ExportService

        return ExportService(
            self.register, self.catalogue, self.store, self.custody, self.clock, version()
        )

    @cached_property
    def purge(self) -> Purge:
        """Applies retention plans."""
        from retention.execute import Purge

        return Purge(
            self.register, self.catalogue, self.vectors, self.store, self.custody, self.clock
        )


def version() -> str:
    """The installed version of Footage."""
    return metadata.version("footage")


@contextmanager
def wired(settings: Settings | None = None) -> Iterator[Parts]:
    """The parts for the settings in force."""
    parts = Parts(settings or configuration.load(), SystemClock())
    try:
        yield parts
    finally:
        parts.close()
