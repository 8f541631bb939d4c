"""Opens stores, encoder, decoder and custody log from the settings: a part of `infra.wiring`.

Third-party clients are imported where a store is opened.
"""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, TypeVar

from footage.errors import Misconfigured
from infra import stores
from infra.config.release import version

if TYPE_CHECKING:
    from pathlib import Path

    from evidence.case_admission import Admission
    from evidence.custody_published import PublishedLog
    from footage.clock import Clock
    from footage.ports import (
        Accounts,
        Approvals,
        Cases,
        Catalogue,
        Decoder,
        Encoder,
        Guarantees,
        Jobs,
        Leases,
        Ledger,
        ObjectStore,
        Register,
        Tracer,
        VectorIndex,
    )
    from footage.signed_note import NoteKey
    from infra.config.settings import Settings
    from infra.custody.changes import InForce
    from infra.custody.custody_file import CustodyFile
    from infra.keys.key_folder import KeyFolder
    from infra.keys.ledger_keys import LedgerKeys
    from infra.keys.socket_keys import SocketKeys
    from infra.media.derived_cache import DerivedCache
    from infra.media.ffmpeg_tool import FfmpegTool
    from infra.node.leases import NodeLeases
    from infra.objects.s3_store import S3Store
    from infra.objects.store_guarantees import StoreGuarantees
    from infra.vectors.faiss_index import FaissIndex
    from infra.vectors.part_copies import PartCopies

T = TypeVar("T")


class Stores:
    """Stores, encoder, decoder and custody log of a process, each opened at first use."""

    def __init__(self, settings: Settings, clock: Clock) -> None:
        self.settings, self.clock = settings, clock
        self._open = ExitStack()

    def close(self) -> None:
        """Close all parts that were opened."""
        self._open.close()

    @cached_property
    def ffmpeg(self) -> FfmpegTool:
        """The FFmpeg program in use; raises Misconfigured where no usable FFmpeg is found."""
        from infra.media.ffmpeg_tool import find

        return find(self.settings.recording.ffmpeg)

    @cached_property
    def tracer(self) -> Tracer:
        """Takes what the HTTP interface did for each request; nothing unless the settings say so.

        Raises:
            Misconfigured: The settings name a collector, and what sends to collectors is not
                installed.
        """
        from footage.ports import Untraced

        endpoint = self.settings.telemetry.otlp_endpoint
        if not endpoint:
            return Untraced()
        try:
            from infra.node.otel_tracer import OtelTracer
        except ImportError as exc:
            raise Misconfigured(
                "[telemetry] otlp_endpoint needs packages that are not installed",
                hint="pip install 'footage[telemetry]'",
            ) from exc
        tracer = OtelTracer(endpoint, "footage-api", version(), self.clock)
        self._open.callback(tracer.close)
        return tracer

    def traced(self, part: T, name: str) -> T:
        """Return a part of the HTTP interface whose calls are traced, where traces are taken."""
        if not self.settings.telemetry.otlp_endpoint:
            return part
        from infra.node.traced import traced

        return traced(part, name, self.tracer)

    @cached_property
    def home(self) -> Path:
        """The home folder, made when absent, closed to other users.

        An older folder keeps its mode: `footage doctor` names what is open, and closes on request.

        Raises:
            Misconfigured: The folder cannot be made.
        """
        try:
            self.settings.home.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as exc:
            raise Misconfigured(f"no home folder: {exc}", hint="set FOOTAGE_HOME") from exc
        return self.settings.home

    @cached_property
    def _context(self) -> stores.StoreContext:
        return stores.StoreContext(
            self.home, self.clock, self._open, seen_guarantees=self._seen_guarantees
        )

    @cached_property
    def store(self) -> ObjectStore:
        """The object store that the settings choose."""
        chosen = self.settings.store
        return stores.OBJECTS.open(chosen.kind, chosen, self._context)

    @cached_property
    def bucket(self) -> S3Store | None:
        """The object store where that is a bucket of an S3 server; None for a folder."""
        if self.settings.store.kind != "s3":
            return None
        from infra.objects.s3_store import S3Store

        return self.store if isinstance(self.store, S3Store) else None

    @cached_property
    def guarantees(self) -> StoreGuarantees:
        """Guarantees that the object store showed when tried, as recorded in the register."""
        from infra.objects.store_guarantees import StoreGuarantees

        bucket = self.settings.store.bucket_name
        return StoreGuarantees(bucket, lambda: self.store, lambda: self.register, self.clock)

    def _seen_guarantees(self) -> Guarantees | None:
        return self.guarantees.facts()  # opens the register, so only when a store asks

    @cached_property
    def catalogue(self) -> Catalogue:
        """The catalogue that the settings choose."""
        chosen = self.settings.catalogue
        return stores.CATALOGUES.open(chosen.kind, chosen, self._context)

    @property
    def catalogue_file(self) -> Path | None:
        """The file of the embedded catalogue; None where the catalogue is on a server."""
        chosen = self.settings.catalogue
        if chosen.kind != stores.CATALOGUES.default:
            return None
        return chosen.path or self.home / "catalogue.db"

    @property
    def register_file(self) -> Path | None:
        """The file of the embedded register; None where the register is on a server."""
        from infra.config.register_url import register_file

        return register_file(self.settings.database, self.home)

    @property
    def register_shared(self) -> bool:
        """Whether homes on other machines may use the register too: the register is on a server."""
        return self.register_file is None

    def convert_catalogue(self) -> bool:
        """Convert an embedded catalogue of the version before, however large.

        Returns:
            Whether the catalogue was of the version before.
        """
        path = self.catalogue_file
        if path is None:
            return False
        from infra.catalogues.sqlite_catalog import convert

        return convert(path)

    @cached_property
    def register(self) -> Register:
        """The register, with the database brought to the newest schema."""
        chosen = self.settings.database
        return stores.REGISTERS.open(stores.register_kind(chosen.url), chosen, self._context)

    @cached_property
    def accounts(self) -> Accounts:
        """The record of people and of what lets them in, in the register's database."""
        chosen = self.settings.database
        return stores.ACCOUNTS.open(stores.register_kind(chosen.url), chosen, self._context)

    @cached_property
    def jobs(self) -> Jobs:
        """The record of jobs, in the register's database."""
        chosen = self.settings.database
        return stores.JOBS.open(stores.register_kind(chosen.url), chosen, self._context)

    @cached_property
    def cases(self) -> Cases:
        """The record of cases, in the register's database."""
        chosen = self.settings.database
        return stores.CASES.open(stores.register_kind(chosen.url), chosen, self._context)

    @cached_property
    def approvals(self) -> Approvals:
        """The record of requests for approval, in the register's database."""
        chosen = self.settings.database
        return stores.APPROVALS.open(stores.register_kind(chosen.url), chosen, self._context)

    @cached_property
    def ledger(self) -> Ledger:
        """The ledger's record, in the register's database."""
        chosen = self.settings.database
        return stores.LEDGERS.open(stores.register_kind(chosen.url), chosen, self._context)

    @property
    def key_folder(self) -> KeyFolder:
        """The folder of the ledger's keys; of public keys alone where a signing process is set."""
        from infra.keys.key_folder import KeyFolder

        return KeyFolder(self.settings.ledger.keys or self.home / "keys")

    @property
    def signing_process(self) -> SocketKeys | None:
        """The keys by the socket of the signing process; None where the settings name none."""
        path = self.settings.signer.socket
        if path is None:
            return None
        from infra.keys.socket_keys import SocketKeys

        return SocketKeys(path, self.key_folder, self.clock)

    @property
    def ledger_keys(self) -> LedgerKeys:
        """The ledger's keys: of the signing process, or of the folder."""
        return self.signing_process or self.key_folder

    @cached_property
    def leases(self) -> Leases:
        """Leases to read the membership from; a recorder uses `node_leases` instead."""
        return self._leases(self._open)

    @cached_property
    def indexer_leases(self) -> Leases:
        """Leases of the indexers that write the vectors of the encoder in force."""
        from infra.registers.sql_leases import from_settings

        return from_settings(self.settings.database, self._context, self.encoder_digest)

    def _leases(self, closing: ExitStack) -> Leases:
        chosen, context = self.settings.database, replace(self._context, closing=closing)
        return stores.LEASES.open(stores.register_kind(chosen.url), chosen, context)

    @cached_property
    def node_leases(self) -> NodeLeases:
        """Leases of this recorder; locks the home folder, so only for a process that records."""
        from infra.node.leases import NodeLeases

        node_leases = NodeLeases(self.settings.recording, self.home, self._leases, self.clock)
        self._open.callback(node_leases.close)
        return node_leases

    @cached_property
    def vectors(self) -> VectorIndex:
        """The vector index that the settings choose."""
        chosen = self.settings
        return stores.VECTORS.open(chosen.vectors.kind, chosen.catalogue, self._context)

    @cached_property
    def vector_files(self) -> FaissIndex | None:
        """The vector index in files; None where vectors are on a server."""
        from infra.vectors.faiss_index import FaissIndex

        return self.vectors if isinstance(self.vectors, FaissIndex) else None

    @cached_property
    def part_copies(self) -> PartCopies | None:
        """Copies of sealed vectors in the object store; None where vectors are on a server."""
        if self.settings.vectors.kind != stores.VECTORS.default:
            return None
        from infra.vectors.part_copies import PartCopies

        return PartCopies(self.home / "vectors", self.store)

    @cached_property
    def encoder(self) -> Encoder:
        """The encoder in force, with the model opened."""
        from infra.encoding.onnx_encoder import OnnxEncoder

        return OnnxEncoder(self.encoder_folder, threads=self.settings.encoder.threads)

    @cached_property
    def encoder_folder(self) -> Path:
        """The folder of the encoder in force: of the setting, of `encoder.json`, or shipped."""
        from infra.encoding.encoder_choice import folder_in_force

        return folder_in_force(self.settings.encoder.folder, self.settings.home)

    @cached_property
    def encoder_digest(self) -> str:
        """The digest of the encoder in force, read from the encoder's card; no model is opened."""
        from infra.encoding.encoder_folder import RUNTIME, read_card

        return read_card(self.encoder_folder).digest(RUNTIME)

    @cached_property
    def decoder(self) -> Decoder:
        """The decoder of keyframes."""
        from infra.media.pyav_decoder import PyavDecoder

        return PyavDecoder(self.settings.limits.pixels)

    @cached_property
    def derived(self) -> DerivedCache:
        """Pictures and films made from stored segments, kept to be given again."""
        from infra.media.derived_cache import DerivedCache

        limit = self.settings.api.derived_limit
        derived = DerivedCache(self.home / "derived", limit, self.clock)
        self._open.callback(derived.close)
        return derived

    @cached_property
    def custody(self) -> CustodyFile:
        """The custody log."""
        from infra.custody.custody_file import CustodyFile

        return CustodyFile(
            self.home / "custody",
            self.register,
            self.clock,
            require_case=self.settings.require_case,
            shared=self.register_shared,
            admit=self.admission.require,
            published=self._published_custody,
        )

    @property
    def _published_custody(self) -> PublishedLog:
        """Reads the custody log's tree in the object store, which is opened when first read."""
        from evidence.custody_published import PublishedLog
        from footage.ledger_objects import custody_log, origin_of
        from footage.log_keys import renamed
        from infra.custody.tree_file import TreeFile

        def is_right(key: NoteKey, message: bytes, signature: bytes) -> bool:
            from infra.keys.note_crypto import is_right  # loads the library of signatures

            return is_right(key, message, signature)

        def name() -> str:
            return custody_log(self.ledger.state().log)

        notes = TreeFile(self.home / "custody", self.clock)
        return PublishedLog(
            lambda: self.store,
            name,
            lambda: renamed(self.ledger_keys.log_keys(), origin_of(name())),
            is_right,
            notes.signed_at,
            self.clock,
        )

    @property
    def admission(self) -> Admission:
        """Decides who may act for which case, by the cases of the register."""
        from evidence.case_admission import Admission

        chosen = self.settings.cases
        return Admission(
            lambda: self.cases, must_be_open=chosen.must_be_open, purposes=chosen.purposes
        )

    @cached_property
    def in_force(self) -> InForce:
        """Enters policies and settings in the custody log where they are others than before."""
        from infra.custody.changes import InForce

        return InForce(lambda: self.custody, self.home / "custody", self.settings.actor)
