"""An identity provider by OpenID Connect: authorization code with PKCE (Authlib).

The provider's addresses and keys come from its own description (OpenID Connect Discovery), over TLS
unless the provider is on this machine. Nothing that the provider or a browser says is put into a
message, but for the codes of errors.
"""

from __future__ import annotations

import ssl
from contextlib import contextmanager
from dataclasses import dataclass
from ipaddress import ip_address
from threading import BoundedSemaphore
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlencode, urlsplit

import httpx2
from authlib.integrations.base_client import OAuthError
from authlib.integrations.httpx_client import OAuth2Client
from authlib.oidc.discovery import get_well_known_url

from footage.count_text import count_text
from footage.errors import Misconfigured, NotPermitted, Unavailable
from footage.instant import Elapsed
from footage.ports import Identity
from footage.ports.identity import LONGEST_SUBJECT
from infra.identity.id_token import Expected, UnknownKey, claims_of, keys_from
from infra.identity.kept import Kept
from infra.identity.limited_http import TIMEOUT, LimitedTransport

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from footage.clock import Clock
    from footage.ports import Challenge
    from infra.identity.id_token import PublishedKeys

_AT_ONCE: Final = 4
"""Most requests to a provider at once: one that hangs must not take all threads of the server."""
_WAIT: Final = Elapsed.parse("2s")
_SOON: Final = Elapsed.parse("500ms")
"""Longest wait of a person who asks who is signed in; the provider may answer the next one."""
_NOT_THIS_CLIENT: Final = frozenset({"invalid_client", "unauthorized_client"})
_NEEDED: Final = ("authorization_endpoint", "token_endpoint", "jwks_uri")
_EMAIL: Final = "email"
_FAULTS: Final = (httpx2.HTTPError, httpx2.InvalidURL, ValueError, RecursionError)
"""What a server's answer, or its absence, may raise; the last by JSON that is nested deeply."""


@dataclass(frozen=True, slots=True)
class Client:
    """This server as a client of a provider.

    Attributes:
        issuer: Address of the provider.
        name: Name by which the provider knows the client.
        secret: The client's secret; "" for a client without one, which PKCE alone protects.
        return_address: Address to which the provider sends browsers back.
        home_address: Address to which the provider sends browsers after signing out there.
        claim: Claim of the token that names the person.
        scope: What the provider is asked for.
    """

    issuer: str
    name: str
    secret: str
    return_address: str
    home_address: str
    claim: str = "sub"
    scope: str = "openid"

    def __repr__(self) -> str:
        return f"Client(issuer={self.issuer!r}, name={self.name!r})"


class OidcProvider:
    """Keeps the contract of `footage.ports.IdentityProvider` for a provider of OpenID Connect.

    Nothing is asked of the provider on construction, so the server starts while it is away.

    Args:
        client: This server as a client of the provider.
        clock: Tells which tokens are of now, and the age of what is kept.
        authorities: File of certificates to trust; None: those of the system.

    Raises:
        Misconfigured: The file cannot be read, or the provider would be asked in clear.
    """

    def __init__(self, client: Client, clock: Clock, authorities: Path | None = None) -> None:
        if not is_safe(client.issuer):
            raise Misconfigured(
                f"the identity provider {client.issuer} would be asked in clear", hint="https://"
            )
        self._client, self._clock = client, clock
        try:
            self._tls = ssl.create_default_context(cafile=authorities)
        except (OSError, ssl.SSLError) as exc:
            raise Misconfigured(f"no certificates can be read from {authorities}") from exc
        self._free = BoundedSemaphore(_AT_ONCE)
        self._description = Kept(self._fetch_description, clock)
        self._keys = Kept(self._fetch_keys, clock)

    @property
    def issuer(self) -> str:
        """Address by which the provider is known."""
        return self._client.issuer

    def address_for(self, challenge: Challenge) -> str:
        """Return the address to which a browser is sent; raises Unavailable."""
        with self._taking_turns():
            at = self._description.get()["authorization_endpoint"]
        with self._session() as session:
            address, _ = session.create_authorization_url(
                at,
                state=challenge.state,
                code_verifier=challenge.verifier,
                nonce=challenge.nonce,
            )
        return str(address)

    def identify(self, code: str, challenge: Challenge, *, issuer: str | None) -> Identity:
        """Return the identity for which the provider vouches; raises as the port says."""
        with self._taking_turns():
            description = self._description.get()
            told = description.get("authorization_response_iss_parameter_supported") is True
            if issuer != self.issuer and (issuer is not None or told):
                raise NotPermitted("the browser comes from another provider than asked")
            answer = self._exchange(code, challenge, description)
            text, access = answer.get("id_token"), answer.get("access_token")
            if not isinstance(text, str) or not isinstance(access, str):
                raise NotPermitted("the provider gave no token that says who signed in")
            expected = Expected(self.issuer, self._client.name, challenge.nonce, access)
            try:
                claims = claims_of(text, self._keys.get(), expected, self._clock.now())
            except UnknownKey:
                claims = claims_of(text, self._keys.renewed(), expected, self._clock.now())
        return Identity(self.issuer, subject_of(claims, self._client.claim))

    def sign_out_address(self) -> str | None:
        """Return the address at which a browser ends its session at the provider, or None."""
        description = self._description.at_hand(_SOON)
        at = description.get("end_session_endpoint") if description else None
        if not isinstance(at, str) or not is_safe(at):
            return None
        back = {
            "client_id": self._client.name,
            "post_logout_redirect_uri": self._client.home_address,
        }
        return f"{at}{'&' if urlsplit(at).query else '?'}{urlencode(back)}"

    def check(self) -> str:
        """Ask the provider for its description and its keys; return what was found, for people.

        Raises:
            Unavailable: The provider cannot be asked, or does not answer in the protocol.
            Misconfigured: The provider publishes no key that can check a token.
        """
        with self._taking_turns():
            self._description.get()
            keys = self._keys.get()
        if not keys:
            raise Misconfigured(
                f"{self.issuer} publishes no key that can check a token",
                hint="let the provider sign with RS256 of 2048 bits or more, ES256 or EdDSA",
            )
        return f"{self.issuer} answers, and publishes {count_text(len(keys), 'key')}"

    # ------------------------------------------------------------------------ asking

    def _exchange(
        self, code: str, challenge: Challenge, description: Mapping[str, Any]
    ) -> Mapping[str, Any]:
        """Exchange a code for tokens."""
        ways = description.get("token_endpoint_auth_methods_supported", ["client_secret_basic"])
        basic = not isinstance(ways, list) or "client_secret_basic" in ways
        method = "client_secret_basic" if basic else "client_secret_post"
        with self._session(method if self._client.secret else "none") as session:
            try:
                found = session.fetch_token(
                    description["token_endpoint"],
                    grant_type="authorization_code",
                    code=code,
                    code_verifier=challenge.verifier,
                )
            except OAuthError as exc:
                if exc.error in _NOT_THIS_CLIENT:
                    raise Misconfigured(
                        f"{self.issuer} does not accept the client {self._client.name}",
                        hint="[oidc] client_id and client_secret_file",
                    ) from exc
                raise NotPermitted("the provider does not accept the code") from exc
            except _FAULTS as exc:
                raise self._away(exc) from exc
        return dict(found)

    def _fetch_description(self) -> Mapping[str, Any]:
        found = self._fetch(get_well_known_url(self.issuer, external=True))
        if found.get("issuer") != self.issuer:
            raise Unavailable(
                f"the provider at {self.issuer} calls itself otherwise",
                hint="[oidc] issuer must be as the provider writes it, to the last character",
            )
        for name in _NEEDED:
            if not isinstance(found.get(name), str) or not is_safe(found[name]):
                raise Unavailable(f"{self.issuer} gives no {name} that can be asked over TLS")
        return found

    def _fetch_keys(self) -> PublishedKeys:
        return keys_from(self._fetch(self._description.get()["jwks_uri"]))

    def _fetch(self, address: str) -> dict[str, Any]:
        with self._plain() as plain:
            try:
                answer = plain.get(address)
                found = answer.raise_for_status().json()
            except _FAULTS as exc:
                raise self._away(exc) from exc
        if not isinstance(found, dict):
            raise Unavailable(f"{self.issuer} does not answer in the protocol")
        return found

    def _away(self, exc: Exception) -> Unavailable:
        said = type(exc).__name__
        if isinstance(exc, httpx2.HTTPStatusError):
            said = f"status {exc.response.status_code}"
        return Unavailable(f"the identity provider {self.issuer}: {said}", hint=_mend(exc))

    @contextmanager
    def _taking_turns(self) -> Iterator[None]:
        if not self._free.acquire(timeout=_WAIT.in_seconds):
            raise Unavailable("too many sign-ins wait for the identity provider", hint="try again")
        try:
            yield
        finally:
            self._free.release()

    def _plain(self) -> httpx2.Client:
        transport = LimitedTransport(self._tls, self._clock)
        return httpx2.Client(transport=transport, timeout=TIMEOUT, trust_env=False)

    def _session(self, method: str = "none") -> OAuth2Client:
        """Return a client of the protocol, to be closed by the caller."""
        return OAuth2Client(
            client_id=self._client.name,
            client_secret=self._client.secret or None,
            token_endpoint_auth_method=method,
            code_challenge_method="S256",
            scope=self._client.scope,
            redirect_uri=self._client.return_address,
            transport=LimitedTransport(self._tls, self._clock),
            timeout=TIMEOUT,
            trust_env=False,
        )


def subject_of(claims: Mapping[str, Any], claim: str) -> str:
    """Return the text by which a provider names a person.

    Args:
        claims: Claims of a token that counts.
        claim: The claim that names the person.

    Raises:
        NotPermitted: The claim is absent, no text, or an address of e-mail that nobody verified.
    """
    found = claims.get(claim)
    if not isinstance(found, str) or not 0 < len(found) <= LONGEST_SUBJECT:
        raise NotPermitted(f"the provider does not tell the claim {claim}")
    if claim == _EMAIL and claims.get("email_verified") is not True:
        raise NotPermitted("the provider did not verify the person's e-mail address")
    return found


def _mend(exc: Exception) -> str:
    """Return what may mend a fault of asking; nothing that the provider says is in it."""
    if isinstance(exc, httpx2.ConnectError):
        if "CERTIFICATE_VERIFY_FAILED" in str(exc):
            return "name who vouches for its certificate in [oidc] authorities_file"
        return "look whether [oidc] issuer is right, and reached from this machine"
    if isinstance(exc, httpx2.TimeoutException):
        return "look whether the provider is up, and a firewall lets this machine ask"
    return "[oidc] issuer must be as the provider writes it, to the last character"


def is_safe(address: str) -> bool:
    """Return whether an address is over TLS, or on this machine."""
    try:
        parts = urlsplit(address)
        host = parts.hostname or ""
    except ValueError:
        return False
    if parts.scheme == "https":
        return bool(host)
    return parts.scheme == "http" and _is_loopback(host)


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False
