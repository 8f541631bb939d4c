"""Builds what retention needs: policies, plans, deletion, forecast: a part of `infra.wiring`.

Third-party clients are imported where an object is built.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from footage.errors import Misconfigured
from infra.evidence_wiring import EvidenceParts

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from infra.config.policy_names import KnownNames
    from retention.execute import Purge
    from retention.forecast import Forecaster
    from retention.jobs import DailyRetention
    from retention.outlook import Outlook
    from retention.policy import Policy


class RetentionParts(EvidenceParts):
    """Services of retention, on the process's stores and holds."""

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
