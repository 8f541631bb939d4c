"""dex, an identity provider by OpenID Connect, with people of its own who have passwords."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from functools import partial
from hashlib import sha256
from typing import TYPE_CHECKING, Final

import bcrypt

from footage.instant import Elapsed
from infra.host.process import Child
from lab.servers import golang, loopback
from lab.servers.pins import DEX
from lab.servers.running import Keys, Running, bare_environment, own_folder, wait_healthy

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from footage.clock import Clock
    from lab.servers.cache import Say

_PATH: Final = "/dex"
_HEALTH: Final = f"{_PATH}/healthz"
_WITHIN: Final = Elapsed.parse("30s")
_CHEAP: Final = 10
"""Cost of a password's hash: the least that dex takes."""
PEOPLE: Final = ("sadia@dex.example", "amir@dex.example")
"""E-mail addresses of the people who can sign in; all have the same password, made at random."""
_RETURN_PATH: Final = "/api/v1/session/oidc/callback"
_USUAL_PORT: Final = 8960


@dataclass(frozen=True, slots=True, kw_only=True)
class Dex(Running):
    """A running dex on loopback, which keeps its state in memory."""

    port: int
    keys: Keys

    @property
    def issuer(self) -> str:
        """Address by which the provider is known."""
        return _issuer(self.port)

    @property
    def client(self) -> str:
        """Name of the client that may send people here."""
        return self.keys.access_key

    @property
    def client_secret(self) -> str:
        """The client's secret."""
        return self.keys.secret_key

    @property
    def password(self) -> str:
        """Password of each of `PEOPLE`."""
        return _password(self.keys)

    def facts(self) -> dict[str, str]:
        """Return port, issuer and people."""
        return {"port": str(self.port), "issuer": self.issuer, "people": ", ".join(PEOPLE)}

    def secrets(self) -> dict[str, str]:
        """Return name and secret of the client, and the password of the people."""
        return {
            "access_key": self.client,
            "secret_key": self.client_secret,
            "password": self.password,
        }


def find(cache: Path) -> Path | None:
    """Return the path of the installed program, or None."""
    return golang.find(cache, DEX)


def install(cache: Path, *, clock: Clock, say: Say) -> Path:
    """Compile dex into the cache: a minute and a half on two cores."""
    return golang.install(cache, DEX, clock=clock, say=say)


def start(
    program: Path,
    folder: Path,
    *,
    clock: Clock,
    ports: Sequence[int] | None = None,
    keys: Keys | None = None,
    returns: Iterable[int] = (_USUAL_PORT,),
) -> Dex:
    """Start dex and wait until ready; each start signs with new keys and knows no sessions.

    Args:
        program: Path of the program, from `find` or `install`.
        folder: Folder for settings and log.
        clock: Clock for the waiting.
        ports: The port, a tuple of one; None chooses a free port.
        keys: Name and secret of the client; None makes new ones.
        returns: Ports of 127.0.0.1 at which Footage gets browsers back.

    Raises:
        Unavailable: The server did not get ready; the text has the end of its log.
    """
    (port,) = loopback.claim(ports, 1)
    keys = keys or Keys()
    folder = own_folder(folder.resolve())
    settings = folder / "dex.json"
    settings.touch(mode=0o600)
    settings.write_text(json.dumps(_settings(port, keys, returns)))
    child = Child(
        [str(program), "serve", str(settings)],
        log=folder / "dex.log",
        env=bare_environment(folder),
    )
    wait_healthy(
        child, partial(loopback.answers, port, _HEALTH), what="dex", within=_WITHIN, clock=clock
    )
    return Dex(child=child, folder=folder, port=port, keys=keys)


def healthy(facts: Mapping[str, str]) -> bool:
    """Whether a server with these facts answers."""
    return loopback.answers(int(facts["port"]), _HEALTH)


def subject_of(email: str) -> str:
    """Return the claim `sub` of one of `PEOPLE`: id and kind of list, as dex packs the two."""
    number, kind = _id_of(email).encode(), b"local"
    packed = b"\x0a" + bytes([len(number)]) + number + b"\x12" + bytes([len(kind)]) + kind
    return base64.urlsafe_b64encode(packed).rstrip(b"=").decode("ascii")


def _id_of(email: str) -> str:
    return sha256(email.encode()).hexdigest()[:12]


def _settings(port: int, keys: Keys, returns: Iterable[int]) -> dict[str, object]:
    """Return dex's settings; dex reads YAML, of which JSON is a part."""
    hashed = bcrypt.hashpw(_password(keys).encode(), bcrypt.gensalt(_CHEAP)).decode("ascii")
    return {
        "issuer": _issuer(port),
        "storage": {"type": "memory"},
        "web": {"http": f"{loopback.HOST}:{port}"},
        "oauth2": {"skipApprovalScreen": True},
        "enablePasswordDB": True,
        "staticClients": [
            {
                "id": keys.access_key,
                "secret": keys.secret_key,
                "name": "Footage",
                "redirectURIs": [f"http://{loopback.HOST}:{at}{_RETURN_PATH}" for at in returns],
            }
        ],
        "staticPasswords": [
            {
                "email": email,
                "hash": hashed,
                "username": email.partition("@")[0],
                "userID": _id_of(email),
            }
            for email in PEOPLE
        ],
    }


def _issuer(port: int) -> str:
    return f"http://{loopback.HOST}:{port}{_PATH}"


def _password(keys: Keys) -> str:
    return sha256(f"people {keys.secret_key}".encode()).hexdigest()[:24]
