"""Example client of the HTTP API: searches, and downloads the first moment's picture and film.

Needs Python 3.11 and nothing else. The token, as `footage users token` prints it, stands in a file:

    python docs/example_client.py http://127.0.0.1:8960 token.txt "a red pickup" \
        2026-11-22T13:00:00Z 2026-11-22T15:00:00Z "FIR 12/2026"
"""

import json
import shutil
import sys
from http.client import HTTPResponse
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.parse import quote, urlencode
from urllib.request import Request, urlopen


class Footage:
    """A server, asked on behalf of the person whose token is sent.

    Args:
        url: Address of the server, e.g. "http://127.0.0.1:8960".
        token: The token.
        case: Case, which goes into the custody log with each search and view.
        purpose: Purpose, which goes there too.
    """

    def __init__(self, url: str, token: str, case: str, purpose: str) -> None:
        self._url = f"{url.rstrip('/')}/api/v1"
        self._headers = {"Authorization": f"Bearer {token}"}
        self._why = {"case": case, "purpose": purpose}

    def search(self, text: str, start: str, end: str) -> dict[str, Any]:
        """Return the answer: `moments`, the best first, and the `coverage` of what was asked."""
        body = {"text": text, "from": start, "to": end, **self._why}
        headers = {"Content-Type": "application/json"}
        with self._open("/search", json.dumps(body).encode(), headers) as answer:
            found: dict[str, Any] = json.load(answer)
            return found

    def save_picture(self, thumbnail: str, target: Path) -> None:
        """Save the picture of a moment: `thumbnail` is the segment and the picture's offset."""
        segment, _, offset = thumbnail.partition("#")
        self._save(f"/keyframes/{quote(segment)}", {"offset": offset}, target)

    def save_film(self, camera: str, start: str, end: str, target: Path) -> None:
        """Save the film of an interval of up to an hour, of one unbroken span."""
        self._save(f"/cameras/{quote(camera)}/video", {"from": start, "to": end}, target)

    def _save(self, path: str, asked: dict[str, str], target: Path) -> None:
        with self._open(f"{path}?{urlencode({**asked, **self._why})}") as answer:
            with target.open("wb") as file:
                shutil.copyfileobj(answer, file)
            # A connection that breaks midway must not pass for the whole.
            if target.stat().st_size != int(answer.headers["Content-Length"]):
                raise ConnectionError(f"{target} was cut off")

    def _open(
        self, path: str, body: bytes | None = None, headers: dict[str, str] | None = None
    ) -> HTTPResponse:
        request = Request(self._url + path, body, {**self._headers, **(headers or {})})
        try:
            answer: HTTPResponse = urlopen(request, timeout=60)
        except HTTPError as error:
            problem = json.load(error)  # every error is a problem of RFC 9457
            raise SystemExit(f"{problem['detail']} (request {problem['request']})") from error
        return answer


def main() -> None:
    """Search as the command line says; save what was found first beside."""
    url, token_file, text, start, end, case = sys.argv[1:]
    footage = Footage(url, Path(token_file).read_text(encoding="utf-8").strip(), case, "theft")
    found = footage.search(text, start, end)
    coverage = found["coverage"]
    print(f"searched {coverage['searched_s']:.0f} s of {coverage['asked_s']:.0f} s asked about")
    if not found["moments"]:
        print("no moment")  # with the coverage above: not "it was not there"
        return
    first = found["moments"][0]
    print(f"{first['camera']} from {first['start']} to {first['end']}")
    footage.save_picture(first["thumbnail"], Path("moment.jpg"))
    footage.save_film(first["camera"], first["start"], first["end"], Path("moment.mp4"))


if __name__ == "__main__":
    main()
