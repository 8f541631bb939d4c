"""A small network of hosts of their own inside one machine, by the kernel's network namespaces.

For servers that refuse to form a cluster on loopback. Each host is a namespace with one address,
kept by a process that does nothing; a bridge joins them. The network is laid inside the namespace
we run in, which must be a fresh one (`unshare --net`): the machine's own interfaces are never
touched, nothing outside can reach the hosts, and the kernel removes everything with the last
process, however that ends.
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
_OURS: Final = 254
_MOST: Final = 99
_LOOPBACK: Final = "lo"
_QUICK: Final = Elapsed.parse("10s")


@dataclass(frozen=True, slots=True, kw_only=True)
class Host:
    """One host: its address, and its link to the bridge."""

    address: str
    link: str
    keeper: Child

    def command(self, argv: Sequence[str]) -> list[str]:
        """The command line that runs `argv` on this host, under the same process number."""
        return ["nsenter", f"--net={_namespace(self.keeper)}", "--", *argv]

    def unplug(self) -> None:
        """Cut its cable: packets vanish without a word to anybody."""
        _ip("link", "set", self.link, "down")

    def plug(self) -> None:
        """Put the cable back."""
        _ip("link", "set", self.link, "up")


class Network:
    """Hosts 10.77.0.1, .2, … on a bridge; we are .254 there.

    Args:
        folder: For the logs of the keepers.
        hosts: How many.
        clock: To wait by.

    Raises:
        Misconfigured: Not root, a tool is missing, or this namespace has interfaces already.
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
            _ip("address", "add", f"{_PREFIX}.{_OURS}/24", "dev", _BRIDGE)
            _ip("link", "set", _BRIDGE, "up")
            self.hosts = tuple(self._host(number, folder) for number in range(1, hosts + 1))
        except BaseException:  # also Ctrl-C: nobody else knows of the keepers yet
            self.close()
            raise

    def close(self) -> None:
        """Remove hosts and bridge; a host goes with the last process that runs on it."""
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
    """Refuse a namespace with interfaces besides loopback: it might be the machine's own.

    Raises:
        Misconfigured: It has some.
    """
    if others := _interfaces_up() - {_LOOPBACK}:
        raise Misconfigured(
            f"not a network namespace of our own: it has {', '.join(sorted(others))}",
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
    """Kernels put some into each new namespace, but none of them up."""
    found = json.loads(process.run(["ip", "-json", "link", "show", "up"], timeout=_QUICK).text)
    return {each["ifname"] for each in found if each}  # what is not up may come as empty


def _has_left(keeper: Child) -> bool:
    """Whether it is in a namespace of its own by now: until then its number means ours."""
    return _inode(_namespace(keeper)) != _inode(Path("/proc/self/ns/net"))


def _namespace(keeper: Child) -> Path:
    return Path(f"/proc/{keeper.pid}/ns/net")


def _inode(path: Path) -> int:
    return path.stat().st_ino


def _ip(*words: str) -> None:
    process.run(["ip", *words], timeout=_QUICK)
