"""Sign-in by a real identity provider, dex: the whole way of a browser, over HTTP."""

from __future__ import annotations

import os
import re
from dataclasses import replace
from html import unescape
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

from api.auth import COOKIE, CSRF_HEADER, SIGN_IN_COOKIE
from api.limits import Limits
from footage.access import Grant, Role, person_id
from footage.action import Action, Purpose
from footage.clock import SystemClock
from footage.instant import ZERO
from footage.ports import Identity
from infra.identity.kept import RENEWED_EVERY
from lab.servers import dex as dexes
from lab.servers import loopback
from lab.servers.dex import PEOPLE, subject_of
from tests.common.api_city import parts_of, serving
from tests.common.oidc_browser import CALLBACK, START, a_browser, oidc_of, sign_in_at
from tests.common.servers import require

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import httpx

    from footage.instant import Elapsed
    from lab.servers.dex import Dex
    from tests.common.api_city import ApiCity

pytestmark = pytest.mark.server

SADIA = person_id("sadia")
PASSWORD = "correct horse battery"  # noqa: S105 - of a test
BY = Purpose("root")
FROM_DEX = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"}


class Skipping(SystemClock):
    """The machine's clock, of which the stopwatch can be set ahead."""

    skipped = ZERO

    def monotonic(self) -> Elapsed:
        return super().monotonic() + self.skipped


@pytest.fixture
def oidc_city(home: Path, tmp_path: Path, dex_server: Dex, return_port: int) -> Iterator[ApiCity]:
    """The city, where sadia is linked to a person of dex, on the port that dex knows."""
    oidc = oidc_of(dex_server, tmp_path, return_port)
    parts = parts_of(home, oidc=oidc, clock=SystemClock())
    parts.people.add(SADIA, "Sadia Khan", [Grant(Role.INVESTIGATOR)], PASSWORD, BY)
    parts.people.link(SADIA, Identity(dex_server.issuer, subject_of(PEOPLE[0])), BY)
    with serving(parts, port=return_port) as city:
        yield city


@pytest.fixture
def browser(oidc_city: ApiCity) -> Iterator[httpx.Client]:
    with a_browser(oidc_city.client.base_url) as client:
        yield client


def begun(browser: httpx.Client, after: str = "") -> str:
    """Begin a sign-in; return the address at dex to which the browser is sent."""
    told = browser.get(START, params={"next": after} if after else {})
    assert told.status_code == 303, told.text
    return told.headers["location"]


def returned(dex: Dex, browser: httpx.Client, person: str = PEOPLE[0], after: str = "") -> str:
    """Sign in at dex; return the address at which the browser comes back, not yet asked."""
    return sign_in_at(dex, browser, begun(browser, after), person)


def kind_of(answer: httpx.Response) -> str:
    return str(answer.json()["type"]).rpartition(":")[2]


def test_a_person_signs_in_by_the_provider(
    oidc_city: ApiCity, browser: httpx.Client, dex_server: Dex
) -> None:
    ways = browser.get("/api/v1/session/ways").json()
    assert ways == {"provider": {"issuer": dex_server.issuer, "start": START}}
    address = begun(browser, "/page?camera=1&at=2")
    asked = parse_qs(urlsplit(address).query)
    assert asked["code_challenge_method"] == ["S256"]
    assert {"state", "nonce", "code_challenge"} <= asked.keys()
    assert asked["scope"] == ["openid"]
    back = sign_in_at(dex_server, browser, address)
    told = browser.get(back, headers=FROM_DEX)
    assert told.status_code == 200, told.text
    assert 'content="0;url=/page?camera=1&amp;at=2"' in told.text
    cookies = told.headers.get_list("set-cookie")
    (session,) = [one for one in cookies if one.startswith(f"{COOKIE}=")]
    assert "samesite=strict" in session.lower()
    assert "httponly" in session.lower()
    (gone,) = [one for one in cookies if one.startswith(f"{SIGN_IN_COOKIE}=")]
    assert "max-age=0" in gone.lower()
    who = browser.get("/api/v1/session").json()
    assert (who["person"], who["issuer"]) == ("sadia", dex_server.issuer)
    assert who["provider_sign_out"] is None  # dex offers none
    assert "search" in who["permissions"]
    (signed_in,) = [e for e in oidc_city.entries() if e.action is Action.SIGN_IN][::2]
    assert signed_in.actor == "sadia"
    assert signed_in.what["vouched_by"] == dex_server.issuer
    out = browser.delete("/api/v1/session", headers={CSRF_HEADER: who["csrf"]})
    assert out.status_code == 204
    assert browser.get("/api/v1/session").status_code == 401


def test_the_session_is_new_at_each_sign_in_and_changes_need_the_csrf_text(
    browser: httpx.Client, dex_server: Dex
) -> None:
    secrets = []
    for _ in range(2):
        browser.get(returned(dex_server, browser), headers=FROM_DEX)
        secrets.append(browser.cookies[COOKIE])
    assert secrets[0] != secrets[1]
    assert browser.delete("/api/v1/session").status_code == 403
    framed = browser.get("/api/v1/session", headers={"Sec-Fetch-Site": "cross-site"})
    assert framed.status_code == 403


def test_an_auditor_sees_who_signed_in_and_who_vouched(
    oidc_city: ApiCity, browser: httpx.Client, dex_server: Dex
) -> None:
    browser.get(returned(dex_server, browser), headers=FROM_DEX)
    by_password = {"person": "sadia", "password": PASSWORD}
    assert browser.post("/api/v1/session", json=by_password).status_code == 201
    with oidc_city.client_of("zara", Grant(Role.AUDITOR)) as auditor:
        page = auditor.get("/api/v1/custody", params={"action": "sign-in", "person": "sadia"})
    acts = page.json()["acts"]
    assert sorted(act["what"].get("vouched_by", "") for act in acts) == ["", dex_server.issuer]
    assert {act["state"] for act in acts} == {"done"}


def test_somebody_without_an_account_is_not_let_in(
    oidc_city: ApiCity, browser: httpx.Client, dex_server: Dex
) -> None:
    told = browser.get(returned(dex_server, browser, PEOPLE[1]), headers=FROM_DEX)
    assert (told.status_code, kind_of(told)) == (403, "no-account")
    assert subject_of(PEOPLE[1]) in told.json()["detail"], "what an administrator links"
    assert COOKIE not in browser.cookies
    assert len(oidc_city.parts.accounts.people()) == 2, "no account is made"


def test_a_refused_browser_is_led_back_to_the_form_of_the_page_with_the_reason(
    browser: httpx.Client, dex_server: Dex
) -> None:
    by_a_person = {"Accept": "text/html,*/*;q=0.8"}
    told = browser.get(returned(dex_server, browser, PEOPLE[1]), headers=by_a_person)
    assert told.status_code == 403
    assert "default-src 'none'" in told.headers["content-security-policy"]
    assert COOKIE not in browser.cookies
    (there,) = re.findall(r'content="0;url=([^"]*)"', told.text)
    path, _, query = unescape(there).partition("?")
    assert path == "/#/sign-in"
    assert parse_qs(query) == {
        "refused": ["no-account"],
        "request": [told.headers["x-request-id"]],
        "subject": [subject_of(PEOPLE[1])],
    }
    for page, params in ((START, {"next": "//evil.example"}), (CALLBACK, {"state": "x" * 2_001})):
        wrong = browser.get(page, params=params, headers=by_a_person)
        assert wrong.status_code == 422
        assert "0;url=/#/sign-in?refused=bad-input" in wrong.text
        assert "evil" not in wrong.text


def test_a_disabled_account_is_not_let_in_and_the_log_says_so(
    oidc_city: ApiCity, browser: httpx.Client, dex_server: Dex
) -> None:
    parts = oidc_city.parts
    parts.people.change(replace(parts.accounts.person(SADIA), disabled=True), BY)
    told = browser.get(returned(dex_server, browser), headers=FROM_DEX)
    assert (told.status_code, kind_of(told)) == (403, "account-disabled")
    assert COOKIE not in browser.cookies
    last = oidc_city.entries()[-1]
    assert (last.action, last.actor, last.what["ok"]) == (Action.SIGN_IN, "sadia", False)


def test_disabling_and_unlinking_end_sessions_at_once(
    oidc_city: ApiCity, browser: httpx.Client, dex_server: Dex
) -> None:
    browser.get(returned(dex_server, browser), headers=FROM_DEX)
    assert browser.get("/api/v1/session").status_code == 200
    oidc_city.parts.people.unlink(SADIA, BY)
    assert browser.get("/api/v1/session").status_code == 401
    told = browser.get(returned(dex_server, browser), headers=FROM_DEX)
    assert kind_of(told) == "no-account"


def test_an_administrator_links_accounts_over_http(
    oidc_city: ApiCity, browser: httpx.Client, dex_server: Dex
) -> None:
    path = "/api/v1/people/sadia/identity"
    with oidc_city.client_of("root", Grant(Role.SYSTEM_ADMIN)) as admin:
        assert admin.get(path).json()["subject"] == subject_of(PEOPLE[0])
        taken = admin.put("/api/v1/people/amina/identity", json={"subject": subject_of(PEOPLE[0])})
        assert taken.status_code == 409
        own = admin.put("/api/v1/people/root/identity", json={"subject": "me"})
        assert own.status_code == 403
        assert admin.put(path, json={"subject": subject_of(PEOPLE[1])}).status_code == 204
        browser.get(returned(dex_server, browser, PEOPLE[1]), headers=FROM_DEX)
        assert browser.get("/api/v1/session").json()["person"] == "sadia"
        assert admin.delete(path).status_code == 204
        assert admin.get(path).status_code == 404
    done = [e.what for e in oidc_city.parts.custody.read() if e.action is Action.PEOPLE]
    changes = [what["change"] for what in done if what.get("person") == "sadia"]
    assert changes[-3:] == ["linked", "linked", "unlinked"]


# ------------------------------------------------------------------------ attacks


def test_a_code_counts_once(browser: httpx.Client, dex_server: Dex) -> None:
    """The state was taken; with a fresh state, dex itself refuses the code."""
    back = returned(dex_server, browser)
    kept = browser.cookies[SIGN_IN_COOKIE]
    assert browser.get(back, headers=FROM_DEX).status_code == 200
    browser.cookies.clear()
    browser.cookies.set(SIGN_IN_COOKIE, kept)
    again = browser.get(back, headers=FROM_DEX)
    assert (again.status_code, kind_of(again)) == (401, "sign-in-refused")
    browser.cookies.clear()
    state = parse_qs(urlsplit(begun(browser)).query)["state"][0]
    code = parse_qs(urlsplit(back).query)["code"][0]
    replayed = browser.get(CALLBACK, params={"state": state, "code": code})
    assert (replayed.status_code, kind_of(replayed)) == (401, "sign-in-refused")
    assert COOKIE not in browser.cookies


def test_a_code_that_another_browser_fetched_signs_nobody_in(
    oidc_city: ApiCity, browser: httpx.Client, dex_server: Dex
) -> None:
    """Login CSRF: a stranger's own code and state, sent to somebody else's browser."""
    with a_browser(oidc_city.client.base_url) as victim:
        for prepare in (False, True):
            back = returned(dex_server, browser)
            if prepare:
                begun(victim)  # the victim signs in at this very time
            told = victim.get(back, headers=FROM_DEX)
            assert (told.status_code, kind_of(told)) == (401, "sign-in-refused")
            assert COOKIE not in victim.cookies


def test_a_stolen_code_is_worth_nothing_without_the_verifier(
    browser: httpx.Client, dex_server: Dex
) -> None:
    """A code of another sign-in of the same browser: dex compares the digest of the verifier."""
    code = parse_qs(urlsplit(returned(dex_server, browser)).query)["code"][0]
    state = parse_qs(urlsplit(begun(browser)).query)["state"][0]
    told = browser.get(CALLBACK, params={"state": state, "code": code}, headers=FROM_DEX)
    assert (told.status_code, kind_of(told)) == (401, "sign-in-refused")
    assert "does not accept the code" in told.json()["detail"]


def test_a_browser_from_another_issuer_is_refused(browser: httpx.Client, dex_server: Dex) -> None:
    back = f"{returned(dex_server, browser)}&{urlencode({'iss': 'https://id.evil.example'})}"
    told = browser.get(back, headers=FROM_DEX)
    assert (told.status_code, kind_of(told)) == (401, "sign-in-refused")
    assert "another provider" in told.json()["detail"]


@pytest.mark.parametrize(
    "after",
    [
        "https://evil.example/",
        "//evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "/ok\r\nSet-Cookie: a=b",
        "javascript:alert(1)",
        "evil.example",
        "/" + "x" * 500,
        "/%09/evil.example\t",
    ],
)
def test_the_next_page_is_one_of_this_server(browser: httpx.Client, after: str) -> None:
    told = browser.get(START, params={"next": after})
    assert told.status_code == 422
    assert "location" not in told.headers


def test_the_next_page_cannot_break_out_of_the_page(browser: httpx.Client, dex_server: Dex) -> None:
    after = '/"><script>alert(1)</script>'
    told = browser.get(returned(dex_server, browser, after=after), headers=FROM_DEX)
    assert told.status_code == 200
    assert "<script" not in told.text
    assert "default-src 'none'" in told.headers["content-security-policy"]


def test_another_site_cannot_begin_a_sign_in(browser: httpx.Client) -> None:
    for site in ("cross-site", "same-site"):
        told = browser.get(START, headers={"Sec-Fetch-Site": site})
        assert told.status_code == 403


@pytest.mark.parametrize("error", ["access_denied", "<script>", "x" * 100])
def test_an_error_of_the_provider_is_a_refusal(browser: httpx.Client, error: str) -> None:
    state = parse_qs(urlsplit(begun(browser)).query)["state"][0]
    told = browser.get(CALLBACK, params={"state": state, "error": error})
    assert (told.status_code, kind_of(told)) == (401, "sign-in-refused")
    assert ("access_denied" in told.text) is (error == "access_denied")
    assert "<script>" not in told.text


def test_a_return_without_anything_is_a_refusal(browser: httpx.Client) -> None:
    for params in ({}, {"state": "x"}, {"code": "x"}, {"state": "x" * 2_000, "code": "x"}):
        told = browser.get(CALLBACK, params=params)
        assert (told.status_code, kind_of(told)) == (401, "sign-in-refused")
    assert browser.get(CALLBACK, params={"state": "x" * 2_001}).status_code == 422


def test_attempts_are_limited_by_address(
    home: Path, tmp_path: Path, dex_server: Dex, return_port: int
) -> None:
    parts = parts_of(home, oidc=oidc_of(dex_server, tmp_path, return_port), clock=SystemClock())
    with (
        serving(parts, Limits(sign_ins_per_minute=3), port=return_port) as city,
        a_browser(city.client.base_url) as client,
    ):
        answers = [client.get(START).status_code for _ in range(4)]
    assert answers == [303, 303, 303, 429]


# ------------------------------------------------------------------------ the provider away


def test_a_password_of_a_linked_account_may_be_switched_off(
    home: Path, tmp_path: Path, dex_server: Dex, return_port: int
) -> None:
    oidc = oidc_of(dex_server, tmp_path, return_port)
    oidc = oidc.model_copy(update={"linked_by_password": False})
    parts = parts_of(home, oidc=oidc, clock=SystemClock())
    for name in ("sadia", "amir"):
        parts.people.add(person_id(name), name, [Grant(Role.INVESTIGATOR)], PASSWORD, BY)
    parts.people.link(SADIA, Identity(dex_server.issuer, subject_of(PEOPLE[0])), BY)
    with (
        serving(parts, port=return_port) as city,
        a_browser(city.client.base_url) as client,
    ):
        for name, status in (("amir", 201), ("sadia", 401)):
            told = client.post("/api/v1/session", json={"person": name, "password": PASSWORD})
            assert told.status_code == status
        client.cookies.clear()
        client.get(returned(dex_server, client), headers=FROM_DEX)
        assert client.get("/api/v1/session").json()["person"] == "sadia"


def test_while_the_provider_is_away_passwords_and_sessions_go_on(
    home: Path, tmp_path: Path, server_cache: Path, server_folder: Path, return_port: int
) -> None:
    """dex ends and comes back with other keys: sign-ins say so, and count again afterwards."""
    program = require("dex", server_cache, os.environ)
    clock = Skipping()
    dex = dexes.start(program, server_folder, clock=clock, returns=[return_port])
    parts = parts_of(home, oidc=oidc_of(dex, tmp_path, return_port), clock=clock)
    parts.people.add(SADIA, "Sadia Khan", [Grant(Role.INVESTIGATOR)], PASSWORD, BY)
    parts.people.link(SADIA, Identity(dex.issuer, subject_of(PEOPLE[0])), BY)
    try:
        with (
            serving(parts, port=return_port) as city,
            a_browser(city.client.base_url) as signed_in,
            a_browser(city.client.base_url) as other,
        ):
            signed_in.get(returned(dex, signed_in), headers=FROM_DEX)
            back = returned(dex, other)
            dex.stop()
            told = other.get(back, headers=FROM_DEX)
            assert (told.status_code, kind_of(told)) == (503, "provider-unavailable")
            assert told.headers["retry-after"]
            assert dex.issuer not in told.text
            assert signed_in.get("/api/v1/session").json()["person"] == "sadia"
            by_password = {"person": "sadia", "password": PASSWORD}
            assert other.post("/api/v1/session", json=by_password).status_code == 201
            dex = dexes.start(
                program,
                server_folder,
                clock=SystemClock(),
                ports=[dex.port],
                keys=dex.keys,
                returns=[return_port],
            )
            clock.skipped = RENEWED_EVERY  # the keys kept by now lack dex's new one
            other.cookies.clear()
            assert other.get(returned(dex, other), headers=FROM_DEX).status_code == 200
    finally:
        dex.stop()


def test_a_server_that_starts_while_the_provider_is_away_serves(
    home: Path, tmp_path: Path, dex_server: Dex, return_port: int
) -> None:
    oidc = oidc_of(dex_server, tmp_path, return_port)
    nobody = f"http://127.0.0.1:{loopback.free_ports(1)[0]}"
    parts = parts_of(home, oidc=oidc.model_copy(update={"issuer": nobody}), clock=SystemClock())
    with serving(parts, port=return_port) as city:
        assert city.client.get("/api/v1/session").status_code == 200
        told = city.client.get(START)
        assert (told.status_code, kind_of(told)) == (503, "provider-unavailable")


def test_without_a_provider_there_is_no_such_way(city: ApiCity) -> None:
    assert city.client.get("/api/v1/session/ways").json() == {"provider": None}
    assert city.client.get(START).status_code == 404
    assert city.client.get(CALLBACK).status_code == 404
    told = city.client.put("/api/v1/people/sadia/identity", json={"subject": "x"})
    assert told.status_code == 409
