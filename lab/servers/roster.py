"""The list of servers: purpose, needs, installation, start and health check of each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from footage.errors import BadInput, Misconfigured
from lab.servers import dex, elasticsearch, minio, postgres, rtsp, system, toxiproxy, versitygw
from lab.servers.running import Former

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from pathlib import Path

    from footage.clock import Clock
    from lab.servers.cache import Say
    from lab.servers.running import Running


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """A kind of server, such as MinIO.

    Attributes:
        name: Name on the command line.
        purpose: Purpose, for people.
        source: Origin of the program, named when the server is missing.
        needs: Packages of the operating system to install or to run the server.
        find: Returns the place of the installed program, given the cache; None if not installed.
        build: Installs the program in the cache; None where the packages of `needs` suffice.
        launch: Starts what `find` returned, with its data in a folder, given the `Former` run.
        healthy: Whether the server with these facts answers.
    """

    name: str
    purpose: str
    source: str
    needs: tuple[system.Need, ...]
    find: Callable[[Path], Path | None]
    launch: Callable[[Path, Path, Clock, Former], Running]
    healthy: Callable[[Mapping[str, str]], bool]
    build: Callable[[Path, Clock, Say], Path] | None = None

    def install(self, cache: Path, *, uid: int, clock: Clock, say: Say) -> None:
        """Install the server and everything it needs; a second call does nothing.

        Raises:
            Misconfigured: A need is missing that this user may not or cannot install.
            Unavailable: A download, compilation or apt-get failed; the text has its last lines.
        """
        if self.find(cache) is None or self.build is None:
            system.ensure(self.needs, uid=uid, say=say)
            if self.build is not None:
                self.build(cache, clock, say)
        say(f"{self.name}: ready in {self.find(cache)}")

    def start(
        self, cache: Path, folder: Path, *, clock: Clock, former: Former | None = None
    ) -> Running:
        """Start the installed server with data in `folder`; `former` gives ports and keys again.

        Raises:
            Misconfigured: The server is not installed.
            Unavailable: The server did not get ready; the text has the end of its log.
        """
        found = self.find(cache)
        if found is None:
            raise Misconfigured(
                f"{self.name} is not installed", hint=f"run `footage servers install {self.name}`"
            )
        return self.launch(found, folder, clock, former or Former())


_GO_PROXY: Final = "Go module proxy"
_DEBIAN: Final = "packages of the operating system"

SERVERS: Final = (
    Server(
        name="minio",
        purpose="object store with locks and holds",
        source=_GO_PROXY,
        needs=(system.GO,),
        find=minio.find,
        build=lambda cache, clock, say: minio.install(cache, clock=clock, say=say),
        launch=lambda found, folder, clock, former: minio.start(
            found,
            folder,
            clock=clock,
            ports=former.ports("port", "console"),
            keys=former.keys(),
        ),
        healthy=minio.healthy,
    ),
    Server(
        name="versitygw",
        purpose="a second object store, of other makers",
        source=_GO_PROXY,
        needs=(system.GO,),
        find=versitygw.find,
        build=lambda cache, clock, say: versitygw.install(cache, clock=clock, say=say),
        launch=lambda found, folder, clock, former: versitygw.start(
            found, folder, clock=clock, ports=former.ports("port"), keys=former.keys()
        ),
        healthy=versitygw.healthy,
    ),
    Server(
        name="elasticsearch",
        purpose="catalogue",
        source="Maven Central",
        needs=(system.JAVA, system.MAVEN),
        find=elasticsearch.find,
        build=lambda cache, clock, say: elasticsearch.install(cache, clock=clock, say=say),
        launch=lambda found, folder, clock, former: elasticsearch.start(
            found, folder, clock=clock, ports=former.ports("port", "transport")
        ),
        healthy=elasticsearch.healthy,
    ),
    Server(
        name="postgres",
        purpose="register",
        source=_DEBIAN,
        needs=(system.POSTGRESQL,),
        find=lambda _: postgres.find(),
        launch=lambda found, folder, clock, former: postgres.start(
            found,
            folder,
            clock=clock,
            ports=former.ports("port"),
            password=former.secrets.get("password"),
            durable=True,
        ),
        healthy=postgres.healthy,
    ),
    Server(
        name="rtsp",
        purpose="cameras",
        source=_DEBIAN,
        needs=(system.GSTREAMER, system.FFMPEG),
        find=lambda _: rtsp.find(),
        launch=lambda found, folder, clock, former: rtsp.start(
            found, folder, clock=clock, ports=former.ports("port", "control")
        ),
        healthy=rtsp.healthy,
    ),
    Server(
        name="toxiproxy",
        purpose="faults on the way to the others",
        source=_GO_PROXY,
        needs=(system.GO,),
        find=toxiproxy.find,
        build=lambda cache, clock, say: toxiproxy.install(cache, clock=clock, say=say),
        launch=lambda found, folder, clock, former: toxiproxy.start(
            found, folder, clock=clock, ports=former.ports("port")
        ),
        healthy=toxiproxy.healthy,
    ),
    Server(
        name="dex",
        purpose="identity provider",
        source=_GO_PROXY,
        needs=(system.GO, system.C_COMPILER),
        find=dex.find,
        build=lambda cache, clock, say: dex.install(cache, clock=clock, say=say),
        launch=lambda found, folder, clock, former: dex.start(
            found, folder, clock=clock, ports=former.ports("port"), keys=former.keys()
        ),
        healthy=dex.healthy,
    ),
)


def choose(names: Iterable[str]) -> tuple[Server, ...]:
    """Return the servers of these names, in the order of `SERVERS`; all where no name is given.

    Raises:
        BadInput: A name that is not in `SERVERS`.
    """
    wanted = set(names)
    known = {server.name for server in SERVERS}
    if unknown := wanted - known:
        raise BadInput(
            f"no such server: {', '.join(sorted(unknown))}",
            hint=f"known are {', '.join(sorted(known))}",
        )
    return tuple(server for server in SERVERS if not wanted or server.name in wanted)
