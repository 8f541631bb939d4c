"""A small network of hosts inside a single machine, by the kernel's network namespaces.

For servers that refuse to form a cluster on loopback. Each host is a namespace with an address,
kept alive by a process that does nothing; a bridge joins the hosts. The network is laid inside the
namespace of the calling process, which must be fresh (`unshare --net`): the machine's own
interfaces are never touched, nothing outside can reach the hosts, and the kernel removes everything
with the last process, however that ends.
"""

from __future__ import annotations

import json
import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from footage.errors import Misconfigured
from footage.instant import Elapsed
from infra.host import process
from infra.host.process import Child
from lab.servers.cluster import wait_whole

if TYPE_CHECKING:
    from collections.abc import Sequence

    from footage.clock import Clock

_TOOLS: Final = ("ip", "nsenter", "unshare")
_BRIDGE: Final = "footage0"
_PREFIX: Final = "10.77.0"
_OWN_NUMBER: Final = 254
_MOST: Final = 99
_LOOPBACK: Final = "lo"
_QUICK: Final = Elapsed.parse("10s")


@dataclass(frozen=True, slots=True, kw_only=True)
class Host:
    """A host of the network: address, link to the bridge, process that keeps the namespace."""

    address: str
    link: str
    keeper: Child

    def command(self, argv: Sequence[str]) -> list[str]:
        """Return the command line that runs `argv` on this host, under the same process id."""
        return ["nsenter", f"--net={_namespace(self.keeper)}", "--", *argv]

    def unplug(self) -> None:
        """Take the host's link down: packets vanish, no peer is told."""
        _ip("link", "set", self.link, "down")

    def plug(self) -> None:
        """Bring the host's link up again."""
        _ip("link", "set", self.link, "up")


class Network:
    """Hosts 10.77.0.1, .2, … on a bridge; the calling process has the address .254.

    Args:
        folder: Folder for the logs of the processes that keep the namespaces.
        hosts: Number of hosts, 1 to 99.
        clock: Clock for the waiting.

    Raises:
        Misconfigured: Not root, a tool is missing, a wrong number of hosts, or this namespace has
            interfaces already.
    """

    def __init__(self, folder: Path, *, hosts: int, clock: Clock) -> None:
        _require_tools()
        require_fresh()
        self._clock = clock
        self._keepers: list[Child] = []
        self._links: list[str] = []
        if not 1 <= hosts <= _MOST:
            raise Misconfigured(f"not a number of hosts: {hosts}", hint=f"1 to {_MOST}")
        try:
            _ip("link", "set", _LOOPBACK, "up")
            self._add(_BRIDGE, "type", "bridge")
            _ip("address", "add", f"{_PREFIX}.{_OWN_NUMBER}/24", "dev", _BRIDGE)
            _ip("link", "set", _BRIDGE, "up")
            self.hosts = tuple(self._host(number, folder) for number in range(1, hosts + 1))
        except BaseException:  # also Ctrl-C: no caller can stop the keeper processes yet
            self.close()
            raise

    def close(self) -> None:
        """Remove hosts and bridge; a host disappears with the last process that runs there."""
        for link in self._links:
            _ip("link", "delete", link)
        self._links = []
        for keeper in self._keepers:
            keeper.kill()

    def _host(self, number: int, folder: Path) -> Host:
        keeper = Child(
            ["unshare", "--net", "--", "sleep", "infinity"], log=folder / f"host{number}.log"
        )
        self._keepers.append(keeper)
        wait_whole(
            lambda: _has_left(keeper), what=f"host {number}", within=_QUICK, clock=self._clock
        )
        address, link = f"{_PREFIX}.{number}", f"host{number}"
        host = Host(address=address, link=link, keeper=keeper)
        pid = str(keeper.pid)
        self._add(link, "type", "veth", "peer", "name", "eth0", "netns", pid)
        _ip("link", "set", link, "master", _BRIDGE, "up")
        for words in (
            ("address", "add", f"{address}/24", "dev", "eth0"),
            ("link", "set", "eth0", "up"),
            ("link", "set", _LOOPBACK, "up"),  # a host reaches its own address through it
        ):
            process.run(host.command(["ip", *words]), timeout=_QUICK)
        return host

    def _add(self, link: str, *words: str) -> None:
        _ip("link", "add", link, *words)
        self._links.insert(0, link)  # the bridge goes last


def require_fresh() -> None:
    """Refuse a network namespace with interfaces besides loopback: perhaps the machine's own.

    Raises:
        Misconfigured: The namespace has such interfaces.
    """
    if others := _interfaces_up() - {_LOOPBACK}:
        raise Misconfigured(
            f"not a fresh network namespace: it has {', '.join(sorted(others))}",
            hint="run this below `unshare --net`, as `make cluster` does",
        )


def _require_tools() -> None:
    if os.geteuid() != 0:
        raise Misconfigured("network namespaces need root", hint="run it as root")
    if lacking := [tool for tool in _TOOLS if shutil.which(tool) is None]:
        raise Misconfigured(
            f"missing: {', '.join(lacking)}", hint="apt-get install iproute2 util-linux"
        )


def _interfaces_up() -> set[str]:
    """Names of the interfaces that are up; kernels add interfaces to a new namespace, all down."""
    found = json.loads(process.run(["ip", "-json", "link", "show", "up"], timeout=_QUICK).text)
    return {each["ifname"] for each in found if each}  # what is not up may come as empty


def _has_left(keeper: Child) -> bool:
    """Whether the keeper process is in a new namespace by now, no longer in the caller's."""
    return _inode(_namespace(keeper)) != _inode(Path("/proc/self/ns/net"))


def _namespace(keeper: Child) -> Path:
    return Path(f"/proc/{keeper.pid}/ns/net")


def _inode(path: Path) -> int:
    return path.stat().st_ino


def _ip(*words: str) -> None:
    process.run(["ip", *words], timeout=_QUICK)
