"""The only place that builds objects: settings in, services out, on stores of `store_wiring`.

Recorders and importers are built by `recording_wiring`. Each part is built when first asked for, so
that a command loads only the parts in use; third-party clients are imported where a part is built
from them. `wired()` closes all opened parts.
"""

from __future__ import annotations

from contextlib import contextmanager
from functools import cached_property, partial
from threading import RLock
from typing import TYPE_CHECKING, TypeVar

from footage.clock import SystemClock
from footage.errors import Misconfigured
from infra.config import loading
from infra.config.release import version
from infra.recording_wiring import RecordingParts

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Sequence
    from pathlib import Path

    from api.absences import Absences
    from api.audit import Audit
    from api.camera_changes import CameraChanges
    from api.deps import Services
    from api.export_checks import ExportChecks
    from api.exports import Exports
    from api.people.passwords import Passwords
    from api.people.service import AccountService
    from api.proxies import Proxies
    from api.proxy_jobs import ProxyJobs
    from api.retention import Retention
    from api.store_probe import StoreProbe
    from api.work_pool import WorkPool
    from evidence.absence import AbsenceService
    from evidence.approvals import FourEyes
    from evidence.cases import CaseService
    from evidence.checkpoint_stamps import CheckpointStamps
    from evidence.custody_tree import CustodyTree
    from evidence.expectations import Expectations
    from evidence.export import ExportService
    from evidence.hold_marks import HoldMarks
    from evidence.holds import HoldService
    from evidence.ledger import LedgerKeeper
    from evidence.preservation import Preservation
    from evidence.published_tree import TreePublisher
    from evidence.seal import BundleSeal, TimeAuthority
    from evidence.unfinished import UnfinishedExports
    from footage.access import Reach
    from footage.action import Purpose
    from footage.camera import Camera, District, Site
    from footage.ids import HoldId
    from footage.instant import Instant
    from footage.keyframe import Box
    from footage.picture import Picture
    from footage.ports import DecodedKeyframe, DocumentMaker, ReadCamera
    from indexer.pipeline import Indexer
    from infra.config.policy_book import PolicyBook
    from infra.config.policy_names import KnownNames
    from infra.config.settings import Settings
    from infra.custody.personal_purge import PersonalPurge
    from infra.identity.oidc_provider import OidcProvider
    from infra.run.job_runner import JobRunner
    from retention.execute import Purge
    from retention.forecast import Forecaster
    from retention.jobs import DailyRetention
    from retention.outlook import Outlook
    from retention.policy import Policy
    from search.example import Examples, PictureExample
    from search.pictures import KeyframePictures
    from search.query import Query
    from search.service import SearchService

T = TypeVar("T")


class Parts(RecordingParts):
    """Stores and services of a process, each built from the settings at first use."""

    @cached_property
    def search(self) -> SearchService:
        """Service that finds moments by text, time and place."""
        from search.service import SearchService

        traced = self.traced
        made = SearchService(
            traced(self.register, "register"),
            traced(self.catalogue, "catalogue"),
            traced(self.vectors, "vectors"),
            traced(self.encoder, "encoder"),
            traced(self.custody, "custody"),
            self.clock,
            lambda: traced(self.store, "store"),
            self.examples,
            self.settings.zone,
        )
        return traced(made, "search")

    @cached_property
    def examples(self) -> Examples:
        """Makes the pictures of stored footage that serves as an example."""
        from search.example import Examples

        def cut(decoded: DecodedKeyframe, box: Box, input_size: tuple[int, int]) -> Picture:
            from indexer.extract import look  # loads OpenCV, which most searches do without

            return look(decoded, box, input_size)

        return Examples(lambda: self.pictures, cut)

    def example(self, data: bytes, name: str, box: Box) -> PictureExample:
        """Return the example in the file `data`, cut to `box` for the encoder in force.

        Args:
            data: The file: JPEG, PNG, WebP or BMP.
            name: Name of the file for people.
            box: Part of the picture that is looked for.

        Raises:
            BadInput: The file is no picture of these kinds, or claims too many pixels.
        """
        from footage.digest import Digest
        from indexer.extract import look
        from infra.media.picture_file import decode_file
        from search.example import PictureExample

        decoded = decode_file(data, name, self.settings.limits.pixels)
        cut = look(decoded, box, self.encoder.input_size)
        return PictureExample(name, Digest.of(data), len(data), box, cut)

    @cached_property
    def pictures(self) -> KeyframePictures:
        """Service that makes pictures of stored keyframes."""
        from search.pictures import KeyframePictures

        traced = self.traced
        return KeyframePictures(
            traced(self.store, "store"),
            traced(self.catalogue, "catalogue"),
            traced(self.decoder, "decoder"),
        )

    @cached_property
    def indexer(self) -> Indexer:
        """Service that indexes stored segments: decodes keyframes and writes vectors."""
        from indexer.pipeline import Indexer

        return Indexer(
            self.store,
            self.catalogue,
            self.vectors,
            self.encoder,
            self.decoder,
            self.clock,
            look_every=self.settings.indexing.look_every,
        )

    @cached_property
    def hold_marks(self) -> HoldMarks:
        """Service that reconciles hold marks on objects with the holds of the register."""
        from evidence.hold_marks import HoldMarks

        return HoldMarks(self.register, self.catalogue, self.store, self.clock)

    @cached_property
    def holds(self) -> HoldService:
        """Service that places and releases holds.

        Catalogue and object store are opened only after a hold is in the register.
        """
        from evidence.holds import HoldService

        return HoldService(
            self.register,
            self.custody,
            self.clock,
            lambda: self.hold_marks,
            self.guarantees.seen,
            self.four_eyes.leave,
        )

    @cached_property
    def four_eyes(self) -> FourEyes:
        """Service that keeps requests for approval, and gives leave for acts."""
        from evidence.approvals import FourEyes

        chosen = self.settings.four_eyes
        return FourEyes(
            lambda: self.approvals,
            self.custody,
            self.clock,
            self.custody.require_admitted,
            needed=chosen.for_,
            valid_for=chosen.valid_for,
        )

    @cached_property
    def preservation(self) -> Preservation:
        """Service that preserves footage for an order on paper.

        Catalogue and leases are opened only after the hold is in the register.
        """
        from evidence.preservation import Preservation

        return Preservation(
            self.holds,
            self.register,
            lambda: self.catalogue,
            lambda: self.expectations,
            self.clock,
        )

    @cached_property
    def expectations(self) -> Expectations:
        """Tells whether footage is to be expected where nothing is stored."""
        from evidence.expectations import Expectations

        return Expectations(self.register, self.catalogue, lambda: self.leases, self.clock)

    @cached_property
    def exporter(self) -> ExportService:
        """Service that writes export bundles."""
        from evidence.custody_tree import CustodyProofs
        from evidence.export import ExportService
        from evidence.ledger_bundle import BundleProofs
        from evidence.papers import Papers, exhibits_of
        from footage.ledger_objects import custody_log
        from infra.custody.tree_file import TreeFile

        return ExportService(
            self.register,
            self.catalogue,
            self.store,
            self.custody,
            self.clock,
            version(),
            unfinished=self.unfinished_exports,
            proofs=BundleProofs(self.ledger, self.store, self.ledger_keys.log_keys),
            papers=Papers(self.documents, self.decoder, partial(exhibits_of, self.cases)),
            custody_proofs=CustodyProofs(
                lambda: custody_log(self.ledger.state().log),
                TreeFile(self.home / "custody", self.clock),
                self.store,
            ),
            seal=self.seal,
            zone=self.settings.zone,
            leave=self.four_eyes.leave,
        )

    @property
    def seal(self) -> BundleSeal:
        """Signs bundles and has them stamped."""
        from evidence.seal import BundleSeal
        from infra.keys.key_folder import FolderSealer

        return BundleSeal(FolderSealer(self.ledger_keys), self.time_authority, self.clock)

    @property
    def time_authority(self) -> TimeAuthority | None:
        """The time-stamp authority of the settings; None where none is set."""
        chosen = self.settings.seal
        if not chosen.authority:
            return None
        from infra.keys.time_authority import HttpTimeAuthority

        return HttpTimeAuthority(chosen.authority, chosen.authority_ca, self.clock)

    @cached_property
    def absence(self) -> AbsenceService:
        """Service that writes certificates of absence."""
        from evidence.absence import AbsenceService

        return AbsenceService(
            self.register,
            self.catalogue,
            self.store,
            ledger=self.ledger,
            keys=self.ledger_keys.log_keys,
            custody=self.custody,
            clock=self.clock,
            software_version=version(),
            unfinished=self.unfinished_exports,
            zone=self.settings.zone,
            documents=self.documents,
            seal=self.seal,
        )

    @cached_property
    def documents(self) -> DocumentMaker:
        """Makes PDF files."""
        from infra.pdf.typst_pdf import TypstDocuments

        return TypstDocuments()

    def ledger_keeper(self) -> LedgerKeeper:
        """Build what extends the ledger; signs where this home has the private keys."""
        from evidence.ledger import LedgerKeeper
        from infra.keys.key_folder import FolderSigner

        keys = self.ledger_keys
        return LedgerKeeper(
            ledger=self.ledger,
            store=self.store,
            clock=self.clock,
            signer=FolderSigner(keys) if keys.can_sign() else None,
            folder=self.home / "ledger" / "work",
            keep=self.settings.ledger.lock,
        )

    def custody_tree(self) -> CustodyTree:
        """Build what extends the custody log's tree; signs where this home has the private keys."""
        from evidence.custody_tree import HINT, CustodyTree
        from footage.ledger_objects import custody_log
        from infra.custody.tree_file import TreeFile

        return CustodyTree(
            custody_log(self.ledger.state().log),
            self.custody,
            TreeFile(self.home / "custody", self.clock),
            self.store,
            self._publisher(self.home / "custody" / "work", HINT),
        )

    def checkpoint_stamps(self) -> CheckpointStamps | None:
        """Build what has checkpoints time-stamped; None where no authority, or no time, is set."""
        from evidence.checkpoint_stamps import CheckpointStamps
        from evidence.custody_tree import HINT

        authority, every = self.time_authority, self.settings.ledger.stamp_every
        if authority is None or not every:
            return None
        tree = self._publisher(self.home / "ledger" / "stamps", HINT)
        return CheckpointStamps(self.store, self.clock, authority, tree, every)

    def _publisher(self, folder: Path, hint: str) -> TreePublisher:
        from evidence.published_tree import TreePublisher
        from infra.keys.key_folder import FolderSigner

        keys = self.ledger_keys
        return TreePublisher(
            store=self.store,
            clock=self.clock,
            signer=FolderSigner(keys) if keys.can_sign() else None,
            folder=folder,
            keep=self.settings.ledger.lock,
            hint=hint,
        )

    def personal_purge(self, before: Instant) -> PersonalPurge:
        """Build what purges the personal parts of custody entries made before an instant."""
        from footage.case import CaseState
        from infra.custody.personal_purge import PersonalPurge

        def is_open(reference: str) -> bool:
            found = self.cases.of_reference(reference) if reference else None
            return found is not None and found.state is CaseState.OPEN

        return PersonalPurge(self.custody, self.home / "custody", before, is_open)

    @property
    def unfinished_exports(self) -> UnfinishedExports:
        """Notes of exports under way, and of what exports that crashed left."""
        from evidence.unfinished import UnfinishedExports

        return UnfinishedExports(self.home / "exports")

    @cached_property
    def exports(self) -> Exports:
        """Exports that are asked for over HTTP, as jobs."""
        from api.exports import Exports

        chosen = self.settings.api
        return Exports(
            self.jobs,
            self.accounts,
            self.register,
            self.catalogue,
            lambda: self.exporter,
            self.clock,
            folder=chosen.exports_folder or self.home / "exports" / "bundles",
            keep=chosen.exports_keep,
            admit=self.custody.require_admitted,
            ledger=lambda: self.ledger,
            leave=self.four_eyes.leave,
        )

    @cached_property
    def absences(self) -> Absences:
        """Certificates of absence that are asked for over HTTP, as jobs."""
        from api.absences import Absences

        return Absences(
            self.jobs,
            self.register,
            self.exports,
            lambda: self.absence,
            self.clock,
            self.custody.require_admitted,
        )

    @cached_property
    def export_checks(self) -> ExportChecks:
        """Checks of exported bundles that are asked for over HTTP, as jobs."""
        from api.export_checks import ExportChecks
        from infra.custody.custody_file import LOG
        from infra.custody.exported import find_export

        log = self.home / "custody" / LOG
        return ExportChecks(
            self.jobs,
            self.exports,
            self.clock,
            lambda bundle, intent: find_export(log, bundle, intent),
            lambda: [one.key.vkey for one in self.ledger_keys.log_keys()],
        )

    def _camera_changes(self, secret: bytes) -> CameraChanges:
        """Service that adds and changes cameras over HTTP."""
        from ipaddress import ip_network

        from api.camera_changes import CameraChanges
        from api.camera_sources import SourceRule
        from infra.config.camera_csv import Cameras
        from infra.custody.changes import save_cameras
        from infra.host.host_addresses import addresses_of

        def save(  # noqa: PLR0913 - as `SavePlaces`
            districts: Sequence[District],
            sites: Sequence[Site],
            camera: Camera,
            by: Purpose,
            *,
            since: Instant | None,
            correct: bool,
            as_read: ReadCamera,
        ) -> Collection[HoldId]:
            new = Cameras(tuple(districts), tuple(sites), (camera,))
            return save_cameras(new, self, since=since, correct=correct, by=by, as_read=[as_read])

        allowed = tuple(ip_network(one) for one in self.settings.api.camera_networks)
        sources, zone = SourceRule(addresses_of, allowed), self.settings.zone
        return CameraChanges(self.register, save, sources, self.clock, secret=secret, zone=zone)

    @cached_property
    def policy_book(self) -> PolicyBook:
        """The policy file as the HTTP API reads and replaces it."""
        from infra.config.policy_book import PolicyBook

        lock = self.home / "policies.lock"
        return PolicyBook(
            self.policy_path, lock, lambda: self.known_names, self.in_force, self.clock
        )

    @cached_property
    def retention_jobs(self) -> Retention:
        """Retention that is asked for over HTTP, as jobs."""
        from api.retention import Retention

        return Retention(
            self.jobs,
            self.accounts,
            self.clock,
            self._once(lambda: self.retention),
            self._once(lambda: self.purge),
            policies=self.policy_book,
            enter=self.entered_policies,
        )

    @cached_property
    def audit(self) -> Audit:
        """Service that checks the custody log as jobs."""
        from api.audit import Audit

        return Audit(self.jobs, self.accounts, self.clock, self.custody)

    @cached_property
    def store_probe(self) -> StoreProbe:
        """Service that tells what the object store guarantees."""
        from api.store_probe import StoreProbe

        kind = self.settings.store.kind
        return StoreProbe(self.jobs, self.accounts, self.clock, self.guarantees, kind)

    @cached_property
    def proxies(self) -> Proxies:
        """Proxies of stored segments, made when asked for over HTTP."""
        from api.proxies import Proxies
        from infra.media.proxy_transcoder import ProxyTranscoder

        chosen = self.settings.api
        transcoder = ProxyTranscoder(
            lambda: self.ffmpeg,
            self.store,
            height=chosen.proxy_height,
            max_pixels=self.settings.limits.pixels,
            within=chosen.proxy_within,
        )
        proxies = Proxies(
            transcoder,
            self.derived,
            self.catalogue,
            self.clock,
            at_once=chosen.proxies_at_once,
            within=chosen.proxy_within,
        )
        self._open.callback(proxies.close)
        return proxies

    @cached_property
    def proxy_jobs(self) -> ProxyJobs:
        """Service that makes the proxies of an interval as a job."""
        from api.proxy_jobs import ProxyJobs

        return ProxyJobs(
            self.jobs, self.accounts, self.register, self.catalogue, self.clock, self.proxies
        )

    def job_runner(self) -> JobRunner:
        """Build the runner of jobs of a process of the API."""
        from api import job_kinds
        from api.derived import discard_gone
        from infra.run.job_runner import JobRunner

        def upkeep() -> None:
            discard_gone(self.derived, self.catalogue)
            self.unfinished_exports.remove_leftovers()
            self.exports.remove_old()

        return JobRunner(
            self.jobs,
            {
                job_kinds.EXPORT: self.exports.run,
                job_kinds.EXPORT_VERIFY: self.export_checks.run,
                job_kinds.ABSENCE: self.absences.run,
                job_kinds.RETENTION_PLAN: self.retention_jobs.plan,
                job_kinds.RETENTION_APPLY: self.retention_jobs.apply,
                job_kinds.CUSTODY_VERIFY: self.audit.verify,
                job_kinds.STORE_PROBE: self.store_probe.run,
                job_kinds.PROXIES: self.proxy_jobs.run,
            },
            self.clock,
            at_once=self.settings.api.jobs_at_once,
            upkeep=upkeep,
        )

    @property
    def known_names(self) -> KnownNames:
        """Cameras, sites, classes and districts that a policy may name."""
        from infra.config.policy_names import KnownNames

        return KnownNames(self.register, lambda: self.catalogue, self.clock.now())

    def policies(self) -> Sequence[Policy] | None:
        """The retention policies in force; None without a policy file: everything is kept.

        Raises:
            BadInput: As `load_policies`.
            Misconfigured: The file that the settings name is missing, or cannot be read.
        """
        from infra.config.policy_file import load_policies

        policies = load_policies(self.policy_path, self.known_names)
        if policies is None and self.settings.retention.policies:
            raise Misconfigured(
                f"no policy file at {self.policy_path}", hint="[retention] policies names it"
            )
        return policies

    @property
    def policy_path(self) -> Path:
        """The policy file of the settings, whether there is one or not."""
        return self.settings.retention.policies or self.home / "policies.toml"

    def entered_policies(self) -> Sequence[Policy] | None:
        """The policies in force, entered in the custody log where they are others than before."""
        policies = self.policies()
        self.in_force.policies(policies, self.policy_path)
        return policies

    @cached_property
    def retention(self) -> DailyRetention:
        """Service that plans and runs the daily retention."""
        from infra.run.logged_marks import LoggedMarks
        from retention.jobs import DailyRetention

        marks = LoggedMarks(self.hold_marks)
        return DailyRetention(
            self.purge,
            self.register,
            self.catalogue,
            marks,
            self.entered_policies,
            self.clock,
            folder=self.home / "plans",
            store=lambda: self.store,
        )

    @cached_property
    def purge(self) -> Purge:
        """Service that applies retention plans."""
        from retention.execute import Purge

        return Purge(
            self.register,
            self.catalogue,
            self.vectors,
            self.store,
            self.custody,
            self.clock,
            derived=self.derived,
        )

    @cached_property
    def case_service(self) -> CaseService:
        """Service that reads and changes cases."""
        from evidence.cases import CaseService

        return CaseService(self.cases, self.custody, self.clock, self.settings.cases.purposes)

    @cached_property
    def outlook(self) -> Outlook:
        """Tells what is stored and held of footage, and when retention may delete the footage."""
        from retention.outlook import Outlook

        return Outlook(self.register, self.catalogue, self.policies)

    @cached_property
    def forecaster(self) -> Forecaster:
        """Tells what is stored, when the store is full, and how far back cameras will reach."""
        from retention.forecast import Forecaster

        return Forecaster(self.register, self.catalogue, self.policies, self._store_room)

    def _store_room(self) -> int | None:
        """Bytes free where the store is a folder; None where only the store knows."""
        from infra.node.facts import disk_of

        chosen = self.settings.store
        if chosen.kind != "directory":
            return None
        found = disk_of(chosen.path or self.home / "store")
        return found.free if found else None

    @cached_property
    def _passwords(self) -> Passwords:
        from api.people.passwords import Passwords

        return Passwords()

    @cached_property
    def people(self) -> AccountService:
        """Service that changes people and what lets them in."""
        from api.people.service import AccountService

        return AccountService(
            self.accounts, self.register, self._passwords, self.custody, self.clock
        )

    def _once(self, part: Callable[[], T]) -> Callable[[], T]:
        """Return a call that gives a part, built by one thread alone where several ask at once."""
        building = self._building

        def get() -> T:
            with building:  # a cached property alone may be built by two threads at once
                return part()

        return get

    @cached_property
    def _building(self) -> RLock:
        return RLock()

    def identity_provider(self) -> OidcProvider | None:
        """Build the client of the identity provider; None where the settings name none.

        Raises:
            Misconfigured: A setting is missing, or a file that a setting names cannot be read.
        """
        chosen = self.settings.oidc
        if not chosen.issuer:
            return None
        from infra.identity.oidc_provider import Client, OidcProvider, is_safe

        for name in ("client_id", "public_url"):
            if not getattr(chosen, name):
                raise Misconfigured(f"[oidc] issuer without {name}", hint="see docs/settings.md")
        if not is_safe(chosen.public_url):
            raise Misconfigured("[oidc] public_url is an address in clear", hint="https://...")
        secret = ""
        if chosen.client_secret_file:
            secret = loading.secret(chosen.client_secret_file, what="client secret of [oidc]")
        client = Client(
            issuer=chosen.issuer,
            name=chosen.client_id,
            secret=secret,
            return_address=chosen.return_address,
            home_address=chosen.public_url,
            claim=chosen.claim,
            scope=chosen.scope,
        )
        return OidcProvider(client, self.clock, chosen.authorities_file)

    def _searching(self) -> tuple[WorkPool, Callable[[Query, Purpose, Reach], bytes] | None]:
        """Return the threads for questions, and what answers them, None for this process."""
        from api.deps import question_pool

        count = self.settings.api.search_processes
        if not count:
            return question_pool(), None
        from infra.run.search_processes import SearchProcesses

        processes = SearchProcesses(count, self.settings)
        self._open.callback(processes.close)
        processes.start()
        return question_pool(count), processes.answer

    def services(self) -> Services:
        """Parts for the HTTP API: stores opened now, slow parts built once at the first request."""
        from api.deps import Services
        from api.people.by_provider import ProviderSignIn
        from api.people.sign_in import SignIn
        from infra.node.city_status import WatchedCity

        sign_in = SignIn(
            self.accounts,
            self._passwords,
            self.custody,
            self.clock,
            self.settings.oidc.linked_by_password,
        )
        provider = self.identity_provider()
        searching, answers = self._searching()
        once, secret = self._once, self.accounts.shared_secret("passes")
        return Services(
            clock=self.clock,
            register=self.traced(self.register, "register"),
            catalogue=self.traced(self.catalogue, "catalogue"),
            store=self.traced(self.store, "store"),
            custody=self.traced(self.custody, "custody"),
            pictures=self.pictures,
            accounts=self.accounts,
            people=self.people,
            sign_in=sign_in,
            by_provider=ProviderSignIn(provider, self.accounts, sign_in, self.clock)
            if provider
            else None,
            log=self.custody,
            audit=self.audit,
            store_probe=self.store_probe,
            jobs=self.jobs,
            exports=self.exports,
            export_checks=self.export_checks,
            absences=self.absences,
            cases=self.case_service,
            four_eyes=self.four_eyes,
            outlook=once(lambda: self.outlook),
            forecaster=once(lambda: self.forecaster),
            derived=self.derived,
            proxies=self.proxies,
            proxy_jobs=self.proxy_jobs,
            retention=self.retention_jobs,
            policies=self.policy_book,
            pass_secret=secret,
            camera_changes=self._camera_changes(secret),
            zone=self.settings.zone,
            encoder=once(lambda: self.encoder),
            search=once(lambda: self.search),
            example=self.example,
            holds=once(lambda: self.traced(self.holds, "holds")),
            preservation=once(lambda: self.preservation),
            expectations=once(lambda: self.expectations),
            status=WatchedCity(self).document,
            searching=searching,
            answers=answers,
            tracer=self.tracer,
        )


@contextmanager
def wired(settings: Settings | None = None) -> Iterator[Parts]:
    """Give the parts for `settings`, or the settings in force; close the parts at the end."""
    parts = Parts(settings or loading.load(), SystemClock())
    try:
        yield parts
    finally:
        parts.close()
