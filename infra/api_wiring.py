"""Builds what the HTTP API is given, jobs and sign-in included: a part of `infra.wiring`.

Third-party clients are imported where an object is built.
"""

from __future__ import annotations

from functools import cached_property
from threading import RLock
from typing import TYPE_CHECKING, TypeVar

from footage.errors import Misconfigured
from infra.config import loading
from infra.recording_wiring import RecordingParts
from infra.retention_wiring import RetentionParts
from infra.search_wiring import SearchParts

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

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
    from footage.access import Reach
    from footage.action import Purpose
    from footage.camera import Camera, District, Site
    from footage.ids import HoldId
    from footage.instant import Instant
    from footage.ports import ReadCamera
    from infra.config.policy_book import PolicyBook
    from infra.identity.oidc_provider import OidcProvider
    from infra.run.job_runner import JobRunner
    from search.query import Query

T = TypeVar("T")


class ApiParts(RetentionParts, SearchParts, RecordingParts):
    """Parts of the HTTP API and the runner of the API's jobs, on all other parts of a process."""

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
            recipients=self.recipient_rule,
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
            case_releases=self.case_releases,
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
