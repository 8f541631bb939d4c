"""Files of a model hub, fetched by huggingface_hub and compared with the digests the hub names.

The hub is `HF_ENDPOINT`, else huggingface_hub's own. A connection that drops is tried again where
the file stopped; what has come stays for the next run. The comparison finds a broken download, not
a hub that lies: the digest of the weights is told so that people can compare it elsewhere.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from huggingface_hub import constants, get_hf_file_metadata, hf_hub_url
from huggingface_hub.errors import EntryNotFoundError, RepositoryNotFoundError
from huggingface_hub.file_download import http_get
from huggingface_hub.utils._headers import build_hf_headers

from footage import durable
from footage.digest import Digest
from footage.errors import DataLoss, FootageError, NotFound, Unavailable

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from huggingface_hub import HfFileMetadata

_SHA256: Final = re.compile(r"[0-9a-f]{64}")
_GIT_BLOB: Final = re.compile(r"[0-9a-f]{40}")
_CHUNK: Final = 1 << 20
_AGAIN: Final = "run the same command again: what has come is kept"


@dataclass(frozen=True, slots=True)
class HubFile:
    """A file of a hub, whole and as the hub says.

    Attributes:
        path: The file here.
        repo: Repository of the hub, "owner/name".
        commit: Version of the repository.
        digest: SHA-256 of the bytes.
    """

    path: Path
    repo: str
    commit: str
    digest: Digest


class Hub:
    """A model hub.

    Args:
        say: Called with a line for people before a file is fetched.
        endpoint: Address; "" takes that of huggingface_hub, which reads `HF_ENDPOINT`.
    """

    def __init__(self, say: Callable[[str], None], endpoint: str = "") -> None:
        self.endpoint = (endpoint or constants.ENDPOINT).rstrip("/")
        self._say = say
        self._commits: dict[str, str] = {}

    def fetch(self, repo: str, name: str, into: Path) -> HubFile:
        """Fetch a file into a folder, or find it there, and compare it with the hub's digest.

        All files of a repository are of one version: of the newest when the first was fetched.

        Raises:
            NotFound: The hub has no such repository or file.
            DataLoss: The bytes are not those the hub says; the file is removed.
            Unavailable: The hub cannot be reached, or the connection dropped too often.
            FootageError: The disk refused.
        """
        try:
            about = self._about(repo, name)
            commit = self._commits.setdefault(repo, about.commit_hash or "main")
            self._say(f"fetching {name} ({_size(about.size)}) of {repo} from {self.endpoint}")
            named, path = about.etag or "", into / name
            if not (path.is_file() and _digest(path, named) == named):
                self._download(
                    hf_hub_url(repo, name, revision=commit, endpoint=self.endpoint), about, path
                )
        except FootageError:
            raise
        except (EntryNotFoundError, RepositoryNotFoundError) as exc:
            raise NotFound(f"{self.endpoint} has no {name} of {repo}") from exc
        except Exception as exc:  # of four libraries, with no class in common
            if isinstance(exc, OSError) and exc.errno:
                with durable.seam(into):
                    raise
            why = str(exc).partition("\n")[0] or type(exc).__name__
            raise Unavailable(f"{name} of {repo} did not come whole: {why}", hint=_AGAIN) from exc
        return HubFile(path, repo, commit, Digest.of_file(path))

    def _download(self, url: str, about: HfFileMetadata, path: Path) -> None:
        """Download beside the final name, going on where an earlier run stopped; then compare."""
        named = about.etag or ""
        part = path.with_name(f".{path.name}.{re.sub(r'[^0-9a-f]', '', named)[:16]}.part")
        path.parent.mkdir(parents=True, exist_ok=True)
        with part.open("ab") as file:
            http_get(
                url,
                file,
                resume_size=file.tell(),
                headers=build_hf_headers(),
                expected_size=about.size,
                displayed_filename=path.name,
            )
        found = _digest(part, named)
        if found != named:
            part.unlink()
            raise DataLoss(
                f"{path.name} is broken: its digest is {found}, the hub says {named}",
                hint="the file was removed; run the same command again to fetch it anew",
            )
        part.rename(path)

    def _about(self, repo: str, name: str) -> HfFileMetadata:
        url = hf_hub_url(repo, name, revision=self._commits.get(repo), endpoint=self.endpoint)
        return get_hf_file_metadata(url, endpoint=self.endpoint, timeout=30)


def _digest(path: Path, named: str) -> str:
    """Return the digest of a file, by the kind of the digest that the hub `named`."""
    if _SHA256.fullmatch(named):
        hasher = hashlib.sha256()
    elif _GIT_BLOB.fullmatch(named):
        hasher = hashlib.sha1(b"blob %d\0" % path.stat().st_size, usedforsecurity=False)
    else:
        raise DataLoss(f"the hub names no digest of {path.name}, so it cannot be checked")
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            hasher.update(chunk)
    return hasher.hexdigest()


def _size(size: int | None) -> str:
    if size is None:
        return "size unknown"
    return f"{size / 1e6:.1f} MB" if size >= 1e5 else f"{size / 1e3:.1f} kB"  # noqa: PLR2004
