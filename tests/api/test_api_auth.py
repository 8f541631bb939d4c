"""Tokens and sessions that let in, and all else that does not."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import httpx
import pyotp
import pytest

from api.auth import COOKIE, CSRF_HEADER
from api.people import codes
from api.people.sign_in import IDLE, LOCKED_FOR, LONGEST, MOST_FAILURES
from footage.access import Grant, Permission, PersonId, Role, person_id
from footage.action import Action, Purpose
from footage.instant import DAY, Elapsed
from tests.common.api_city import FOREIGN_HOST, PLAIN, TOKEN_FILE, let_in
from tests.common.api_routes import OPERATIONS, filled

if TYPE_CHECKING:
    from footage.access import Person
    from tests.common.api_city import ApiCity

PASSWORD = "correct horse battery"  # noqa: S105 - of a test
NOW = "at once"
OPEN = {
    ("POST", "/api/v1/session"),
    ("GET", "/api/v1/session/ways"),
    ("GET", "/api/v1/session/oidc"),
    ("GET", "/api/v1/session/oidc/callback"),
}
"""Operations of whoever is not signed in yet."""


def signed_in(
    city: ApiCity, person: str = "sadia", *, code: str = "", password: str = PASSWORD
) -> httpx.Response:
    body = {"person": person, "password": password, "code": code}
    with _browser(city) as stranger:
        return stranger.post("/api/v1/session", json=body)


def _browser(city: ApiCity, answer: httpx.Response | None = None) -> httpx.Client:
    """Return a client like a browser: with the cookie of a sign-in, and no token."""
    cookies = answer.cookies if answer else None
    return httpx.Client(base_url=city.client.base_url, cookies=cookies, timeout=30, verify=PLAIN)


@pytest.fixture
def sadia(city: ApiCity) -> PersonId:
    by = Purpose("root")
    grants = [Grant(Role.INVESTIGATOR)]
    return city.parts.people.add(person_id("sadia"), "Sadia", grants, PASSWORD, by).id


@pytest.mark.parametrize(("method", "path"), sorted(OPERATIONS.keys() - OPEN))
def test_every_route_needs_a_token_or_session(city: ApiCity, method: str, path: str) -> None:
    token = (city.parts.home / TOKEN_FILE).read_text()
    url = city.client.base_url.join(filled(path))
    for headers in (
        {},
        {"Authorization": "Bearer wrong"},
        {"Authorization": f"Basic {token}"},
        {"Authorization": f"Bearer {token[:-1]}"},
        {"Authorization": f"Bearer {token[:-1]}~"},
        {"Authorization": f"Bearer {token} "},
        {"Authorization": "Bearer \xfc"},
        {"Cookie": f"{COOKIE}={token}"},
        {"Cookie": f"{COOKIE}="},
    ):
        if headers.get("Authorization", "").rstrip() == f"Bearer {token}":
            continue  # blanks around a header's value do not count
        encoded = [(name.encode(), value.encode("latin-1")) for name, value in headers.items()]
        answer = httpx.request(method, url, headers=encoded, timeout=30)
        assert answer.status_code == 401
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.headers["www-authenticate"].startswith("Bearer")
    assert httpx.request(method, url, params={"token": token}).status_code == 401
    assert city.entries() == []


def test_a_person_signs_in_asks_and_signs_out(city: ApiCity, sadia: PersonId) -> None:
    answer = signed_in(city)
    assert answer.status_code == 201
    session, device = (said.lower() for said in answer.headers.get_list("set-cookie"))
    for said in (session, device):
        assert "httponly" in said
        assert "samesite=strict" in said
    assert "path=/;" in session
    assert "max-age" not in session
    assert "path=/api/v1/session;" in device
    assert answer.headers["cache-control"] == "no-store"
    with _browser(city, answer) as browser:
        asked = browser.get("/api/v1/session").json()
        assert asked["person"] == sadia
        assert asked["csrf"] == answer.json()["csrf"]
        assert "search" in asked["permissions"]
        browser.headers[CSRF_HEADER] = asked["csrf"]
        found = browser.post("/api/v1/search", json={"text": "red"})
        assert found.status_code == 200
        assert browser.delete("/api/v1/session").status_code == 204
    with _browser(city, answer) as kept:  # the cookie is of no use to whoever kept a copy
        assert kept.get("/api/v1/session").status_code == 401
    actions = [(entry.action, entry.actor) for entry in city.entries()]
    assert actions == [(Action.SIGN_IN, "sadia")] * 2 + [(Action.SEARCH, "sadia")] * 2


@pytest.mark.usefixtures("sadia")
def test_the_cookie_goes_over_tls_alone_but_to_the_machine_itself(city: ApiCity) -> None:
    assert "secure" not in signed_in(city).headers["set-cookie"].lower()
    body = {"person": "sadia", "password": PASSWORD}
    with _browser(city) as stranger:
        told = stranger.post("/api/v1/session", json=body, headers={"Host": FOREIGN_HOST})
    assert told.status_code == 201
    assert all("secure" in said.lower() for said in told.headers.get_list("set-cookie"))


@pytest.mark.usefixtures("sadia")
def test_a_session_is_always_new(city: ApiCity) -> None:
    body = {"person": "sadia", "password": PASSWORD}
    known = "f" * 43
    with _browser(city) as stranger:
        stranger.cookies.set(COOKIE, known)
        answer = stranger.post("/api/v1/session", json=body)
    assert answer.cookies[COOKIE] != known
    with _browser(city) as stranger:
        stranger.cookies.set(COOKIE, known)
        assert stranger.get("/api/v1/session").status_code == 401


@pytest.mark.usefixtures("sadia")
def test_a_change_by_cookie_needs_what_only_our_page_knows(city: ApiCity) -> None:
    answer, other = signed_in(city), signed_in(city)
    with _browser(city, answer) as browser:
        for given in ("", "0" * 64, other.json()["csrf"], "\xfc"):
            headers = [(CSRF_HEADER.encode(), given.encode("latin-1"))]
            refused = browser.post("/api/v1/search", json={"text": "red"}, headers=headers)
            assert refused.status_code == 403
            assert refused.json()["type"].endswith("not-own-page")
    assert all(entry.action is Action.SIGN_IN for entry in city.entries())


@pytest.mark.usefixtures("sadia")
def test_a_form_of_a_foreign_page_signs_nobody_in(city: ApiCity) -> None:
    body = '{"person": "sadia", "password": "' + PASSWORD + '", "code": ""}'
    with _browser(city) as stranger:
        for kind in ("text/plain", "application/x-www-form-urlencoded"):
            told = stranger.post("/api/v1/session", content=body, headers={"Content-Type": kind})
            assert told.status_code == 422


@pytest.mark.usefixtures("sadia")
def test_a_refusal_never_says_what_was_wrong(city: ApiCity) -> None:
    def told(answer: httpx.Response) -> dict[str, Any]:
        return {name: said for name, said in answer.json().items() if name != "request"}

    city.parts.people.add(person_id("token-only"), "Program", [], "", Purpose("root"))
    wrong = signed_in(city, password="correct horse batterz")  # noqa: S106 - of a test
    said = told(wrong)
    assert (wrong.status_code, said["type"]) == (401, "urn:footage:problem:sign-in-refused")
    for name in ("nobody", "token-only", "Sadia", "sadia ", "../sadia", "x" * 200):
        assert told(signed_in(city, name)) == said
    assert told(signed_in(city, "token-only", password="")) == said


def test_five_failures_lock_an_account_for_a_while(city: ApiCity, sadia: PersonId) -> None:
    clock = city.simulated
    for _ in range(MOST_FAILURES):
        assert signed_in(city, password="wrong").status_code == 401  # noqa: S106
    assert signed_in(city).status_code == 401
    (will, did) = city.entries()
    assert (will.action, will.actor) == (Action.SIGN_IN, sadia)
    assert did.what["ok"] is False
    clock.sleep(LOCKED_FOR - Elapsed.parse("1s"))
    assert signed_in(city).status_code == 401
    clock.sleep(Elapsed.parse("1s"))
    assert signed_in(city).status_code == 201
    assert city.parts.accounts.failures(sadia) is None


def test_a_session_ends_when_idle_and_at_the_latest_after_a_day_of_work(
    city: ApiCity, sadia: PersonId
) -> None:
    clock, accounts = city.simulated, city.parts.accounts
    with _browser(city, signed_in(city)) as browser:
        answers = []
        for _ in range(int(LONGEST.in_seconds / IDLE.in_seconds) + 1):
            clock.sleep(IDLE - Elapsed.parse("1m"))
            answers.append(browser.get("/api/v1/session").status_code)
        assert answers[:-1] == [200] * (len(answers) - 1)
        assert answers[-1] == 401
    with _browser(city, signed_in(city)) as browser:
        clock.sleep(IDLE)
        assert browser.get("/api/v1/session").status_code == 401
    with _browser(city, signed_in(city)) as browser:
        known = accounts.person(sadia)
        city.parts.people.change(_disabled(known), Purpose("root"))
        assert browser.get("/api/v1/session").status_code == 401
    assert signed_in(city).status_code == 401


def test_a_new_password_ends_all_sessions(city: ApiCity, sadia: PersonId) -> None:
    new = "another long pass phrase"
    answer, other = signed_in(city), signed_in(city)
    change = {"password": PASSWORD, "new": new}
    with _browser(city, answer) as browser:
        browser.headers[CSRF_HEADER] = answer.json()["csrf"]
        wrong = browser.put("/api/v1/session/password", json={**change, "password": "wrong"})
        assert wrong.status_code == 401
        for bad in ("short", "aaaaaaaaaaaaaaaa", "sadia and her horse"):
            told = browser.put("/api/v1/session/password", json={**change, "new": bad})
            assert told.status_code == 422
            assert bad not in told.text
        assert browser.put("/api/v1/session/password", json=change).status_code == 204
        assert browser.get("/api/v1/session").status_code == 401
    with _browser(city, other) as elsewhere:
        assert elsewhere.get("/api/v1/session").status_code == 401
    assert signed_in(city).status_code == 401
    assert signed_in(city, password=new).status_code == 201
    assert not any(new in str(entry.what) for entry in city.parts.custody.read())
    assert city.parts.accounts.credentials(sadia).password not in repr(
        city.parts.accounts.credentials(sadia)
    )


def test_a_second_factor_is_asked_once_it_is_proven(city: ApiCity, sadia: PersonId) -> None:
    clock = city.simulated
    answer = signed_in(city)
    with _browser(city, answer) as browser:
        browser.headers[CSRF_HEADER] = answer.json()["csrf"]
        proposed = browser.post("/api/v1/session/second-factor").json()
        secret = proposed["secret"]
        assert proposed["address"].startswith(f"otpauth://totp/Footage:{sadia}?secret={secret}")
        path = "/api/v1/session/second-factor"
        wrong = {"secret": secret, "code": "000000", "password": PASSWORD}
        if code_of(secret, city) == "000000":
            wrong["code"] = "000001"
        assert browser.put(path, json=wrong).status_code == 422
        assert browser.put(path, json={**wrong, "secret": "AAAA"}).status_code == 422
        right = {**wrong, "code": code_of(secret, city)}
        assert browser.put(path, json={**right, "password": "wrong"}).status_code == 401
        recovery = browser.put(path, json=right).json()["recovery_codes"]
    assert len(set(recovery)) == codes.RECOVERY_CODES
    needed = signed_in(city)
    assert (needed.status_code, needed.json()["type"]) == (401, "urn:footage:problem:code-required")
    used = code_of(secret, city)
    assert signed_in(city, code=used).status_code == 401  # it proved the secret: taken
    clock.sleep(Elapsed.parse("30s"))
    fresh = code_of(secret, city)
    assert signed_in(city, code=fresh).status_code == 201
    assert signed_in(city, code=fresh).status_code == 401
    assert signed_in(city, code=recovery[0].upper()).status_code == 201
    assert signed_in(city, code=recovery[0]).status_code == 401
    assert secret not in repr(city.parts.accounts.credentials(sadia))
    assert not any(secret in str(entry.what) for entry in city.parts.custody.read())


def test_a_token_passes_on_no_more_than_was_said(city: ApiCity) -> None:
    grants = [Grant(Role.INVESTIGATOR)]
    token = let_in(city.parts, "program", grants, {Permission.READ_CAMERAS})
    with _browser(city) as program:
        program.headers["Authorization"] = f"Bearer {token}"
        assert program.get("/api/v1/cameras").status_code == 200
        assert program.post("/api/v1/search", json={"text": "red"}).status_code == 403
        assert program.get("/api/v1/session").json()["permissions"] == ["read-cameras"]
        for method, path, body in (
            ("PUT", "/api/v1/session/password", {"password": "", "new": "a long pass phrase"}),
            ("POST", "/api/v1/session/second-factor", None),
            ("POST", "/api/v1/tokens", {"label": "x", "permissions": ["search"], "expires": NOW}),
        ):
            refused = program.request(method, path, json=body)
            assert refused.status_code == 403
            assert refused.json()["type"].endswith("needs-session")


def test_a_token_ends_with_its_time_its_revoking_or_its_person(city: ApiCity) -> None:
    clock, people = city.simulated, city.parts.people
    with city.client_of("one", Grant(Role.AUDITOR)) as one:
        (token,) = city.parts.accounts.tokens(person_id("one"))
        assert one.get("/api/v1/cameras").status_code == 200
        people.revoke_token(token.id, Purpose("root"))
        assert one.get("/api/v1/cameras").status_code == 401
    with city.client_of("two", Grant(Role.AUDITOR)) as two:
        people.change(_disabled(city.parts.accounts.person(person_id("two"))), Purpose("root"))
        assert two.get("/api/v1/cameras").status_code == 401
    with city.client_of("three", Grant(Role.AUDITOR)) as three:
        clock.sleep(DAY * 365)
        assert three.get("/api/v1/cameras").status_code == 200
        clock.sleep(DAY)
        assert three.get("/api/v1/cameras").status_code == 401


def _disabled(person: Person) -> Person:
    return replace(person, disabled=True)


def code_of(secret: str, city: ApiCity) -> str:
    """Return the code of a secret at the present time of a city."""
    return pyotp.TOTP(secret).at(int(city.simulated.now().us // 1_000_000))
