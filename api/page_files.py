"""The web page: the files of its build, which the server gives to anybody.

The files hold nothing of the installation: what the page shows comes from the API, for whoever has
signed in. The page keeps its state behind the `#` of its address, which a browser never sends, so
that what somebody searched for reaches no log of a server or proxy on the way.
"""

from __future__ import annotations

import gzip
from dataclasses import dataclass, field
from functools import cache
from hashlib import sha256
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING, Final

from fastapi import Request, Response

from api.problems import Problem

if TYPE_CHECKING:
    from fastapi import FastAPI

FOLDER: Final = Path(__file__).parent / "page"
POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; "
    "img-src 'self' blob:; media-src 'self' blob:; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'; trusted-types svelte-trusted-html default"
)
"""Content security policy of the page: files of this server alone, nothing inline, no text that
becomes code. Pictures and films that a script fetched are `blob:`. The policy `default` of the page
lets the map start the map's own worker, and nothing else."""
_KINDS: Final = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
    ".woff2": "font/woff2",
}
_ASSETS: Final = "assets/"
_FOR_EVER: Final = "public, max-age=31536000, immutable"
"""For files whose name has the digest of what is in the file."""
_ASK_AGAIN: Final = "no-cache"


@dataclass(frozen=True, slots=True)
class PageFile:
    """A file of the page, ready to be sent.

    Attributes:
        gzipped: The bytes compressed; empty where that makes them no smaller.
    """

    data: bytes = field(repr=False)
    gzipped: bytes = field(repr=False)
    headers: dict[str, str]


def install(app: FastAPI) -> None:
    """Make `app` serve the page at `/` and the files of the page beside it, to anybody."""

    @app.api_route("/", methods=["GET", "HEAD"], include_in_schema=False)
    def get_page(request: Request) -> Response:
        return _answer(request, "index.html")

    @app.api_route("/assets/{name}", methods=["GET", "HEAD"], include_in_schema=False)
    def get_asset(request: Request, name: str) -> Response:
        return _answer(request, _ASSETS + name)

    @app.api_route("/icon.svg", methods=["GET", "HEAD"], include_in_schema=False)
    def get_icon(request: Request) -> Response:
        return _answer(request, "icon.svg")

    @app.api_route("/licences.txt", methods=["GET", "HEAD"], include_in_schema=False)
    def get_licences(request: Request) -> Response:
        return _answer(request, "licences.txt")


@cache
def files(folder: Path = FOLDER) -> dict[str, PageFile]:
    """Return the files of a build by their path in the folder of the build, read once.

    Files of kinds that the page does not have are left out.
    """
    found = (path for path in sorted(folder.rglob("*")) if path.suffix in _KINDS)
    return {path.relative_to(folder).as_posix(): _read(path, folder) for path in found}


def _read(path: Path, folder: Path) -> PageFile:
    data = path.read_bytes()
    gzipped = gzip.compress(data, mtime=0)
    hashed = path.relative_to(folder).as_posix().startswith(_ASSETS)
    headers = {
        "Content-Type": _KINDS[path.suffix],
        "Cache-Control": _FOR_EVER if hashed else _ASK_AGAIN,
        "ETag": f'"{sha256(data).hexdigest()[:32]}"',
        "Vary": "Accept-Encoding",
    }
    if path.suffix == ".html":
        headers["Content-Security-Policy"] = POLICY
        headers["Cross-Origin-Opener-Policy"] = "same-origin"
        headers["Permissions-Policy"] = "camera=(), microphone=(), geolocation=()"
    return PageFile(data, gzipped if len(gzipped) < len(data) else b"", headers)


def _answer(request: Request, name: str) -> Response:
    """Return the response with a file of the page.

    Raises:
        Problem: 404, the page has no such file, or was not built.
    """
    file = files().get(name)
    if file is None:
        said = f"the page has no {name}"
        if not files():
            said = "the page was not built: run `make setup` in the checkout, or install the wheel"
        raise Problem(HTTPStatus.NOT_FOUND, "not-found", said)
    if file.headers["ETag"] in request.headers.get("If-None-Match", ""):
        return Response(status_code=HTTPStatus.NOT_MODIFIED, headers=file.headers)
    if file.gzipped and _takes_gzip(request.headers.get("Accept-Encoding", "")):
        return Response(file.gzipped, headers=file.headers | {"Content-Encoding": "gzip"})
    return Response(file.data, headers=file.headers)


def _takes_gzip(accepted: str) -> bool:
    """Whether a client takes gzip, by its `Accept-Encoding`; `gzip;q=0` refuses."""
    offers = (offer.replace(" ", "").lower().partition(";q=") for offer in accepted.split(","))
    return any(
        name == "gzip" and weight not in {"0", "0.0", "0.00", "0.000"} for name, _, weight in offers
    )
