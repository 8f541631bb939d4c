"""Parts of a recorder that shares cameras with others: leases, watchdog, lease keeper."""

from __future__ import annotations

import hashlib
import secrets
from contextlib import ExitStack
from functools import cached_property, partial
from typing import TYPE_CHECKING

from footage.ids import node_id
from infra.media.watchdog import Watchdog
from infra.node.home import default_node, held
from infra.node.peers_http import HttpPeers, registered_address
from recorder.leases.identity import NodeIdentity, Ports
from recorder.leases.lease_keeper import LeaseKeeper

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from footage.clock import Clock
    from footage.instant import Elapsed
    from footage.ports import Leases, Register
    from footage.scope import Scope
    from infra.config.sections.recording import Recording
    from recorder.events import Event


class NodeLeases:
    """Leases, watchdog and home folder of a recording process, held until closed.

    Args:
        settings: Of recording.
        home: The home folder; held before the leases are opened.
        open_leases: Opens the leases, which are closed with the stack given.
        clock: To wait by.

    Raises:
        Unavailable: Another recorder holds the home folder, or the register cannot be reached.
    """

    def __init__(
        self,
        settings: Recording,
        home: Path,
        open_leases: Callable[[ExitStack], Leases],
        clock: Clock,
    ) -> None:
        self._settings = settings
        self._clock = clock
        self._open = ExitStack()
        self._folder = home
        self._home = self._open.enter_context(held(home))
        try:
            self.leases = open_leases(self._open)
        except BaseException:
            self._open.close()
            raise

    def close(self) -> None:
        """Let the home folder go, and the watchdog."""
        self._open.close()

    @cached_property
    def watchdog(self) -> Watchdog | None:
        """Only where somebody else might record our cameras."""
        if not self.leases.shared:
            return None
        watchdog = Watchdog(self._folder / "watchdog.log", self._clock)
        watchdog.start()
        self._open.callback(watchdog.close)
        return watchdog

    def keeper(
        self,
        scope: Scope,
        register: Register,
        address: Callable[[], str],
        tell: Callable[[Event], None],
    ) -> LeaseKeeper:
        """A keeper for the cameras in scope; `address` says where our pages stand now."""
        named = self._settings.node
        identity = NodeIdentity(
            node=node_id(named) if named else default_node(),
            home=self._home,
            secret=secrets.token_hex(16),
            group=_group(scope),
            ttl=self._settings.lease,
            address=lambda: registered_address(address()),
        )
        ports = Ports(
            leases=self.leases,
            cameras=partial(register.cameras, scope),
            peers=HttpPeers(),
            extend=self._extend,
        )
        return LeaseKeeper(identity, ports, self._clock, tell)

    def _extend(self, until: Elapsed) -> None:
        if self.watchdog is not None:
            self.watchdog.extend(until)


def _group(scope: Scope) -> str:
    """Name for a choice of cameras, the same for any order of writing."""
    parts = [sorted(scope.cameras), sorted(scope.sites), sorted(scope.districts), scope.circle]
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:16]
