"""Builds holds, cases, exports, certificates, seal and ledger: a part of `infra.wiring`.

Third-party clients are imported where an object is built.
"""

from __future__ import annotations

from functools import cached_property, partial
from typing import TYPE_CHECKING

from infra.config.release import version
from infra.store_wiring import Stores

if TYPE_CHECKING:
    from pathlib import Path

    from evidence.absence import AbsenceService
    from evidence.approvals import FourEyes
    from evidence.case_release import CaseReleases
    from evidence.cases import CaseService
    from evidence.checkpoint_stamps import CheckpointStamps
    from evidence.custody_tree import CustodyTree
    from evidence.exhibit_holds import ExhibitHolds
    from evidence.expectations import Expectations
    from evidence.export import ExportService
    from evidence.hold_marks import HoldMarks
    from evidence.holds import HoldService
    from evidence.ledger import LedgerKeeper
    from evidence.preservation import Preservation
    from evidence.published_tree import TreePublisher
    from evidence.seal import BundleSeal, TimeAuthority
    from evidence.unfinished import UnfinishedExports
    from footage.instant import Instant
    from footage.ports import DocumentMaker
    from footage.recipient_rule import RecipientRule
    from infra.custody.personal_purge import PersonalPurge


class EvidenceParts(Stores):
    """Services of holds and evidence, on the process's stores."""

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
    def case_service(self) -> CaseService:
        """Service that reads and changes cases."""
        from evidence.cases import CaseService

        return CaseService(
            self.cases,
            self.custody,
            self.clock,
            self.exhibit_holds,
            self.settings.cases.purposes,
        )

    @cached_property
    def exhibit_holds(self) -> ExhibitHolds:
        """Service that holds exhibits of cases."""
        from evidence.exhibit_holds import ExhibitHolds

        return ExhibitHolds(self.holds, self.register, self.cases, self.clock)

    @cached_property
    def case_releases(self) -> CaseReleases:
        """Service that proposes and does the release of a closed case's holds."""
        from evidence.case_release import CaseReleases

        return CaseReleases(self.holds, self.register, self.four_eyes)

    @property
    def recipient_rule(self) -> RecipientRule:
        """The rule of the settings for recipients of exports."""
        from footage.recipient_rule import RecipientRule

        chosen = self.settings.recipients
        return RecipientRule(
            required=chosen.required,
            kinds=chosen.kinds,
            only=chosen.only,
            without_originals=chosen.without_originals,
            second_person=chosen.second_person,
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
        from evidence.papers import Papers, documents_of, exhibits_of
        from evidence.view_making import Views
        from footage.ledger_objects import custody_log
        from infra.custody.tree_file import TreeFile
        from infra.media.view_encoder import FfmpegViews

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
            recipients=self.recipient_rule,
            documents=partial(documents_of, self.cases),
            views=Views(
                FfmpegViews(lambda: self.ffmpeg, max_pixels=self.settings.limits.pixels),
                self.settings.export.view_most,
            ),
        )

    @property
    def seal(self) -> BundleSeal:
        """Signs bundles and has them stamped."""
        from evidence.seal import BundleSeal

        return BundleSeal(
            self.ledger_keys.sealer(),
            self.time_authority,
            self.clock,
            required=self.settings.seal.required,
        )

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

        return LedgerKeeper(
            ledger=self.ledger,
            store=self.store,
            clock=self.clock,
            signer=self.ledger_keys.signer(),
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

        return TreePublisher(
            store=self.store,
            clock=self.clock,
            signer=self.ledger_keys.signer(),
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
