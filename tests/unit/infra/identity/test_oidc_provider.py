"""A provider that answers as none should, or does not answer: refused, bounded, not asked often."""

from __future__ import annotations

import gzip
import re
import socket
import threading
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from footage.clock import SimulatedClock, SystemClock
from footage.errors import Misconfigured, NotPermitted, Unavailable
from footage.instant import Elapsed
from footage.ports import Challenge, Identity
from infra.identity import limited_http, oidc_provider
from infra.identity.kept import KEPT_FOR, RENEWED_EVERY, TRIED_EVERY
from infra.identity.limited_http import MOST_BYTES, WITHIN
from infra.identity.oidc_provider import Client, OidcProvider, is_safe
from lab.servers.loopback import free_ports
from tests.common.builders import at
from tests.common.scripted_issuer import Answer, ScriptedIssuer, scripted_issuer
from tests.common.token_maker import ACCESS, CLIENT, TokenMaker, an_ec_key
from tests.common.until import until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SECRET = "s:ecret"  # noqa: S105 - of a test
CHALLENGE = Challenge("the-state", "the-nonce", "v" * 43)
DESCRIPTION = "/.well-known/openid-configuration"


@dataclass
class Meeting:
    """A provider, what makes its tokens, and the client under test."""

    issuer: ScriptedIssuer
    maker: TokenMaker
    clock: SimulatedClock
    provider: OidcProvider

    def answer_with(self, **claims: object) -> None:
        """Let the provider answer codes with a token of changed claims."""
        token = self.maker.token({**self.maker.claims(CHALLENGE.nonce), **claims})
        self.answer(id_token=token)

    def answer(self, **members: object) -> None:
        """Let the provider answer codes with these members besides an access token."""
        body = {"access_token": ACCESS, "token_type": "Bearer", **members}
        self.issuer.answers["/token"] = Answer(body)

    def publish(self) -> None:
        """Publish the key that signs."""
        self.issuer.answers["/keys"] = Answer(self.maker.published())

    def identify(self, issuer: str | None = None) -> Identity:
        return self.provider.identify("the-code", CHALLENGE, issuer=issuer)


def a_client(address: str) -> Client:
    back = "https://footage.example/api/v1/session/oidc/callback"
    return Client(address, CLIENT, SECRET, back, "https://footage.example")


@pytest.fixture(scope="module")
def authorities(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with one certificate: reading those of the system takes 40 ms in each test."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "an authority")])
    unsigned = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    certificate = (
        unsigned.not_valid_before(datetime(2026, 1, 1, tzinfo=UTC))
        .not_valid_after(datetime(2036, 1, 1, tzinfo=UTC))
        .sign(key, SHA256())
    )
    path = tmp_path_factory.mktemp("authorities") / "root.pem"
    path.write_bytes(certificate.public_bytes(Encoding.PEM))
    return path


@pytest.fixture
def meeting(authorities: Path) -> Iterator[Meeting]:
    with scripted_issuer() as issuer:
        clock = SimulatedClock(at(0))
        maker = TokenMaker(at(0), issuer.address)
        provider = OidcProvider(a_client(issuer.address), clock, authorities)
        made = Meeting(issuer, maker, clock, provider)
        issuer.describe()
        made.publish()
        made.answer_with()
        yield made


def test_a_code_becomes_an_identity(meeting: Meeting) -> None:
    sent = meeting.provider.address_for(CHALLENGE)
    assert sent.startswith(f"{meeting.issuer.address}/authorize?")
    assert {name: values[0] for name, values in parse_qs(urlsplit(sent).query).items()} == {
        "response_type": "code",
        "client_id": CLIENT,
        "redirect_uri": "https://footage.example/api/v1/session/oidc/callback",
        "scope": "openid",
        "state": CHALLENGE.state,
        "nonce": CHALLENGE.nonce,
        "code_challenge": create_s256_code_challenge(CHALLENGE.verifier),
        "code_challenge_method": "S256",
    }
    assert meeting.identify() == Identity(meeting.issuer.address, "7f3a")
    (form,) = meeting.issuer.forms
    assert form["code_verifier"] == CHALLENGE.verifier
    assert form["redirect_uri"] == "https://footage.example/api/v1/session/oidc/callback"
    assert form["authorization"].startswith("Basic ")
    assert "client_secret" not in form


def test_the_client_proves_itself_as_the_provider_asks(meeting: Meeting) -> None:
    meeting.issuer.describe(token_endpoint_auth_methods_supported=["client_secret_post"])
    meeting.identify()
    assert meeting.issuer.forms[0]["client_secret"] == SECRET
    public = OidcProvider(replace(a_client(meeting.issuer.address), secret=""), meeting.clock)
    public.identify("the-code", CHALLENGE, issuer=None)
    assert "client_secret" not in meeting.issuer.forms[1]
    assert meeting.issuer.forms[1]["client_id"] == CLIENT


@pytest.mark.parametrize(
    "claims",
    [
        {"nonce": "other"},
        {"aud": "other"},
        {"iss": "https://id.evil.example"},
        {"at_hash": "AAAAAAAAAAAAAAAAAAAAAA"},
        {"exp": 0},
        {"sub": 7},
    ],
)
def test_a_token_that_does_not_count_is_refused(meeting: Meeting, claims: dict[str, Any]) -> None:
    meeting.answer_with(**claims)
    with pytest.raises(NotPermitted):
        meeting.identify()


def test_an_access_token_is_no_proof_of_who_signed_in(meeting: Meeting) -> None:
    for members in ({}, {"id_token": None}, {"id_token": ["x"]}, {"id_token": ACCESS}):
        meeting.answer(**members)
        with pytest.raises(NotPermitted):
            meeting.identify()
    meeting.issuer.answers["/token"] = Answer({"id_token": "x", "token_type": "Bearer"})
    with pytest.raises(NotPermitted):
        meeting.identify()


def test_an_email_address_counts_where_the_provider_verified_it(meeting: Meeting) -> None:
    client = replace(a_client(meeting.issuer.address), claim="email", scope="openid email")
    provider = OidcProvider(client, meeting.clock)
    assert "scope=openid+email" in provider.address_for(CHALLENGE).replace("%20", "+")
    meeting.answer_with(email="sadia@city.example", email_verified=False)
    with pytest.raises(NotPermitted, match="verify"):
        provider.identify("the-code", CHALLENGE, issuer=None)
    meeting.answer_with(email="sadia@city.example", email_verified=True)
    found = provider.identify("the-code", CHALLENGE, issuer=None)
    assert found.subject == "sadia@city.example"


def test_the_issuer_that_comes_back_must_be_the_one_asked(meeting: Meeting) -> None:
    assert meeting.identify(meeting.issuer.address).subject == "7f3a"
    for other in ("https://id.evil.example", "", f"{meeting.issuer.address}/"):
        with pytest.raises(NotPermitted, match="another provider"):
            meeting.identify(other)
    assert len(meeting.issuer.forms) == 1, "the code of a mixed-up sign-in is sent nowhere"
    meeting.issuer.describe(authorization_response_iss_parameter_supported=True)
    meeting.clock.sleep(KEPT_FOR)
    meeting.maker.now = meeting.clock.now()
    meeting.answer_with()
    with pytest.raises(NotPermitted, match="another provider"):
        meeting.identify(None)
    assert meeting.identify(meeting.issuer.address).subject == "7f3a"


# ------------------------------------------------------------------------ what is kept


def test_addresses_and_keys_are_kept_for_an_hour(meeting: Meeting) -> None:
    for _ in range(3):
        meeting.identify()
    assert (meeting.issuer.asked[DESCRIPTION], meeting.issuer.asked["/keys"]) == (1, 1)
    meeting.clock.sleep(KEPT_FOR)
    meeting.maker.now = meeting.clock.now()
    meeting.answer_with()
    meeting.identify()
    assert (meeting.issuer.asked[DESCRIPTION], meeting.issuer.asked["/keys"]) == (2, 2)


def test_a_new_key_of_the_provider_is_fetched_and_not_too_often(meeting: Meeting) -> None:
    meeting.identify()
    meeting.maker.key = an_ec_key("k2")
    meeting.answer_with()
    meeting.publish()
    with pytest.raises(NotPermitted, match="does not publish"):
        meeting.identify()
    assert meeting.issuer.asked["/keys"] == 1, "a moment ago"
    meeting.clock.sleep(RENEWED_EVERY)
    assert meeting.identify().subject == "7f3a"
    assert meeting.issuer.asked["/keys"] == 2
    meeting.maker.key = an_ec_key("k3")  # never published
    meeting.answer_with()
    for _ in range(5):
        with pytest.raises(NotPermitted, match="does not publish"):
            meeting.identify()
    assert meeting.issuer.asked["/keys"] == 2


def test_a_key_that_was_taken_back_counts_no_more_after_an_hour(meeting: Meeting) -> None:
    meeting.identify()
    meeting.issuer.answers["/keys"] = Answer({"keys": []})
    meeting.clock.sleep(KEPT_FOR)
    meeting.maker.now = meeting.clock.now()
    meeting.answer_with()
    with pytest.raises(NotPermitted, match="does not publish"):
        meeting.identify()


def test_a_provider_that_is_away_is_not_asked_for_each_sign_in(meeting: Meeting) -> None:
    meeting.issuer.answers[DESCRIPTION] = Answer({}, 500)
    for _ in range(3):
        with pytest.raises(Unavailable):
            meeting.provider.address_for(CHALLENGE)
    assert meeting.issuer.asked[DESCRIPTION] == 1
    meeting.issuer.describe()
    meeting.clock.sleep(TRIED_EVERY)
    assert meeting.provider.address_for(CHALLENGE)


# ------------------------------------------------------------------------ answers as none should be


def refused(meeting: Meeting, answer: Answer) -> None:
    meeting.issuer.answers[DESCRIPTION] = answer
    with pytest.raises(Unavailable):
        meeting.provider.address_for(CHALLENGE)


@pytest.mark.parametrize(
    "body",
    [b"", b"<html>", b"[]", b"null", b'{"issuer": 1}', b"\xff\xfe", b"[" * 100_000],
)
def test_a_description_that_is_none_is_refused(meeting: Meeting, body: bytes) -> None:
    refused(meeting, Answer(body))


@pytest.mark.parametrize(
    "changed",
    [
        {"issuer": "https://id.evil.example"},
        {"issuer": "http://127.0.0.1"},
        {"token_endpoint": "http://id.example/token"},
        {"token_endpoint": "file:///etc/passwd"},
        {"token_endpoint": None},
        {"jwks_uri": "http://10.0.0.1/keys"},
        {"authorization_endpoint": "javascript:alert(1)"},
        {"authorization_endpoint": "https://"},
        {"authorization_endpoint": "https://[::"},
    ],
)
def test_an_address_that_would_be_asked_in_clear_is_refused(
    meeting: Meeting, changed: dict[str, object]
) -> None:
    meeting.issuer.describe(**changed)
    with pytest.raises(Unavailable):
        meeting.provider.address_for(CHALLENGE)


@pytest.mark.parametrize("name", ["token_endpoint", "jwks_uri"])
def test_an_address_that_cannot_be_asked_is_a_fault_of_the_provider(
    meeting: Meeting, name: str
) -> None:
    meeting.issuer.describe(**{name: "https://id.example:port/"})
    with pytest.raises(Unavailable):
        meeting.identify()


def test_a_redirect_is_not_followed(meeting: Meeting) -> None:
    refused(meeting, Answer({}, 302, {"Location": f"{meeting.issuer.address}/elsewhere"}))
    assert meeting.issuer.asked["/elsewhere"] == 0


def test_an_answer_without_end_is_cut_off(meeting: Meeting) -> None:
    """A right description but for its length."""
    meeting.issuer.describe(more="x" * MOST_BYTES)
    with pytest.raises(Unavailable, match="ReadError"):
        meeting.provider.address_for(CHALLENGE)


def test_a_compressed_answer_is_refused(meeting: Meeting) -> None:
    """A right description that takes 64 MiB unpacked."""
    meeting.issuer.describe(more="x" * (64 << 20))
    bomb = gzip.compress(meeting.issuer.answers[DESCRIPTION].data())
    assert len(bomb) < MOST_BYTES
    meeting.issuer.answers[DESCRIPTION] = Answer(bomb, headers={"Content-Encoding": "gzip"})
    with pytest.raises(Unavailable, match="DecodingError"):
        meeting.provider.address_for(CHALLENGE)


def test_an_answer_that_takes_too_long_is_cut_off(meeting: Meeting) -> None:
    """Each piece comes in time, all of them together do not."""

    class Slow(SimulatedClock):
        def monotonic(self) -> Elapsed:
            self.sleep(WITHIN)
            return super().monotonic()

    provider = OidcProvider(a_client(meeting.issuer.address), Slow(at(0)))
    with pytest.raises(Unavailable, match="ReadTimeout"):
        provider.address_for(CHALLENGE)


@pytest.mark.parametrize("error", ["invalid_client", "unauthorized_client"])
def test_a_client_that_the_provider_does_not_know_is_a_mistake_in_the_settings(
    meeting: Meeting, error: str
) -> None:
    meeting.issuer.answers["/token"] = Answer({"error": error}, 401)
    with pytest.raises(Misconfigured, match="client"):
        meeting.identify()


def test_a_refused_code_is_a_refusal_and_a_fault_is_none(meeting: Meeting) -> None:
    words = "who is <script>"
    meeting.issuer.answers["/token"] = Answer(
        {"error": "invalid_grant", "error_description": words}, 400
    )
    with pytest.raises(NotPermitted, match="does not accept the code") as caught:
        meeting.identify()
    assert words not in str(caught.value)
    for answer in (Answer({}, 500), Answer(b"<html>", 502), Answer(b"[]")):
        meeting.issuer.answers["/token"] = answer
        with pytest.raises(Unavailable):
            meeting.identify()


# ------------------------------------------------------------------------ a check by an operator


def test_a_check_says_what_the_provider_publishes(meeting: Meeting) -> None:
    assert meeting.provider.check() == f"{meeting.issuer.address} answers, and publishes 1 key"


@pytest.mark.parametrize(
    ("path", "answer", "said"),
    [
        (DESCRIPTION, Answer({}, 404), "status 404 ([oidc] issuer must be as the provider writes"),
        (DESCRIPTION, Answer({"issuer": "https://other"}), "calls itself otherwise ([oidc] issuer"),
        ("/keys", Answer({}, 500), "status 500"),
        ("/keys", Answer({"keys": [{"kty": "oct", "k": "AA"}]}), "no key that can check a token"),
        ("/keys", Answer([]), "does not answer in the protocol"),
    ],
)
def test_a_check_says_what_is_wrong_and_the_mend(
    meeting: Meeting, path: str, answer: Answer, said: str
) -> None:
    meeting.issuer.answers[path] = answer
    with pytest.raises((Unavailable, Misconfigured), match=re.escape(said)):
        meeting.provider.check()


def test_a_check_of_an_address_where_nobody_listens_says_so() -> None:
    (port,) = free_ports(1)
    provider = OidcProvider(a_client(f"http://127.0.0.1:{port}"), SimulatedClock(at(0)))
    with pytest.raises(Unavailable, match="reached from this machine"):
        provider.check()


# ------------------------------------------------------------------------ signing out, and settings


def test_the_address_to_sign_out_at_comes_from_the_description(meeting: Meeting) -> None:
    out = f"{meeting.issuer.address}/out"
    for offered, told in (
        ({}, None),
        ({"end_session_endpoint": out}, out),
        ({"end_session_endpoint": "javascript:alert(1)"}, None),
    ):
        meeting.issuer.describe(**offered)
        provider = OidcProvider(a_client(meeting.issuer.address), meeting.clock)
        address = provider.sign_out_address()
        assert (address.partition("?")[0] if address else None) == told
        if address:
            assert parse_qs(urlsplit(address).query) == {
                "client_id": [CLIENT],
                "post_logout_redirect_uri": ["https://footage.example"],
            }


def test_a_description_that_is_old_serves_those_who_sign_out_until_there_is_a_new_one(
    meeting: Meeting,
) -> None:
    meeting.issuer.describe(end_session_endpoint=f"{meeting.issuer.address}/out")
    address = meeting.provider.sign_out_address()
    meeting.clock.sleep(KEPT_FOR)
    meeting.issuer.answers.clear()
    assert meeting.provider.sign_out_address() == address
    meeting.issuer.describe(end_session_endpoint=f"{meeting.issuer.address}/away")

    def is_new() -> bool:  # the fetch that fails may end at any time
        meeting.clock.sleep(TRIED_EVERY)
        return "/away" in str(meeting.provider.sign_out_address())

    until(is_new)


@contextmanager
def a_silent_server() -> Iterator[tuple[str, threading.Event, threading.Event]]:
    """A server that takes a request and never answers; tells when it is asked and left."""
    asked, left = threading.Event(), threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve() -> None:
            connection, _ = listening.accept()
            with connection:
                while connection.recv(1 << 16):
                    asked.set()
                left.set()

        thread = threading.Thread(target=serve)
        thread.start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}", asked, left
        thread.join(30)
        assert not thread.is_alive()


def test_who_is_signed_in_does_not_wait_for_a_silent_provider(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(oidc_provider, "_SOON", Elapsed.parse("10ms"))
    with a_silent_server() as (address, asked, left):
        provider = OidcProvider(a_client(address), SystemClock())
        with monkeypatch.context() as patch:
            patch.setattr(limited_http, "WITHIN", Elapsed.parse("2s"))
            assert provider.sign_out_address() is None
            assert asked.wait(30)
            assert not left.is_set(), "the provider is still being asked, by nobody who waits"
            assert provider.sign_out_address() is None
            assert left.wait(30)


def test_a_provider_that_says_nothing_is_left_when_the_time_is_over(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(oidc_provider, "TIMEOUT", httpx2.Timeout(600))
    monkeypatch.setattr(limited_http, "WITHIN", Elapsed.parse("200ms"))
    with a_silent_server() as (address, _, left):
        provider = OidcProvider(a_client(address), SystemClock())
        with pytest.raises(Unavailable, match="ReadTimeout"):
            provider.address_for(CHALLENGE)
        assert left.wait(30), "no thread goes on reading"


def test_a_provider_is_never_asked_in_clear(tmp_path: Path) -> None:
    clock = SimulatedClock(at(0))
    for address in ("http://id.example", "id.example", "ftp://id.example", ""):
        with pytest.raises(Misconfigured, match="in clear"):
            OidcProvider(a_client(address), clock)
    broken = tmp_path / "authorities.pem"
    for text in (None, "no certificate"):
        if text:
            broken.write_text(text)
        with pytest.raises(Misconfigured, match=re.escape(str(broken))):
            OidcProvider(a_client("https://id.example"), clock, broken)


def test_addresses_of_this_machine_may_be_in_clear() -> None:
    for address in ("http://localhost:1", "http://127.0.0.1/x", "http://[::1]:5556/dex"):
        assert is_safe(address)
    for address in ("http://localhost.evil.example", "http://127.0.0.1.evil.example", "http://"):
        assert not is_safe(address)


def test_no_secret_is_shown(meeting: Meeting) -> None:
    assert "ecret" not in repr(a_client("https://id.example"))
    assert not {CHALLENGE.state, CHALLENGE.nonce, CHALLENGE.verifier} & set(
        re.findall(r"[\w-]+", repr(CHALLENGE))
    )
    assert "ecret" not in repr(meeting.provider)
