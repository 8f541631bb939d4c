"""A browser that signs in at dex: follows redirects, fills in dex's form, keeps cookies."""

from __future__ import annotations

import re
from html import unescape
from typing import TYPE_CHECKING, Final

import httpx

from infra.config.sections.api import Oidc
from lab.servers.dex import PEOPLE
from tests.common.api_city import PLAIN

if TYPE_CHECKING:
    from pathlib import Path

    from lab.servers.dex import Dex

START: Final = "/api/v1/session/oidc"
CALLBACK: Final = f"{START}/callback"
_FORM: Final = re.compile(r'<form[^>]*action="([^"]*)"')
_MOST_STEPS: Final = 10


def oidc_of(dex: Dex, folder: Path, port: int) -> Oidc:
    """Return settings by which a city on a port of 127.0.0.1 signs in at dex."""
    secret = folder / "client-secret"
    secret.write_text(dex.client_secret)
    return Oidc(
        issuer=dex.issuer,
        client_id=dex.client,
        client_secret_file=secret,
        public_url=f"http://127.0.0.1:{port}",
    )


def a_browser(base: httpx.URL | str) -> httpx.Client:
    """Return a browser without cookies that reaches a city at `base`."""
    return httpx.Client(base_url=base, timeout=30, verify=PLAIN)


def sign_in_at(
    dex: Dex, browser: httpx.Client, address: str, person: str = PEOPLE[0], password: str = ""
) -> str:
    """Sign in at dex; return the address by which dex sends the browser back.

    Args:
        dex: The provider.
        browser: The browser.
        address: The address of dex to which the city sent the browser.
        person: E-mail address of the person.
        password: The password typed; "": the right one.
    """
    form = {"login": person, "password": password or dex.password}
    answer = browser.get(address)
    for _ in range(_MOST_STEPS):
        if answer.is_redirect:
            address = str(answer.url.join(answer.headers["location"]))
            if CALLBACK in address:
                return address
            answer = browser.get(address)
        else:
            found = _FORM.search(answer.text)
            assert found, f"no form at {answer.url}: {answer.text[:300]}"
            assert "Invalid" not in answer.text, "dex refused the password"
            answer = browser.post(str(answer.url.join(unescape(found[1]))), data=form)
    raise AssertionError(f"dex does not send the browser back from {answer.url}")
