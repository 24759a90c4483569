"""Files on web servers and in repositories of Hugging Face."""

from __future__ import annotations

import errno
import json
import os
import re
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import quote, unquote

from polars_fast_csv._access import Access

# How often a server that does not answer is asked again.
_RETRIES = 2
# The seconds that it may be silent.
_TIMEOUT = 60


class Response:
    """The body of an answer, which breaks off with an error and not with an end."""

    def __init__(self, url: str, response: Any) -> None:
        self._url, self._response = url, response

    @property
    def next_page(self) -> str | None:
        """Where an answer in pages goes on."""
        found = re.search(r'<([^>]+)>;\s*rel="next"', self._response.headers.get("Link") or "")
        return None if found is None else found[1]

    def read(self, count: int, /) -> bytes:
        found: bytes = self._response.read(count)
        if not found and self._response.length:
            msg = f"{self._url} broke off {self._response.length} bytes before its end"
            raise ConnectionError(msg)
        return found


def open_web(url: str, access: Access) -> Response:
    options = access.storage_options
    headers = {"Accept-Encoding": "identity", "User-Agent": "polars-fast-csv", **options.get("default_headers", {})}
    if "user_agent" in options:
        headers["User-Agent"] = options["user_agent"]
    token = options.get("token") or (os.environ.get("HF_TOKEN") if url.startswith(_endpoint() + "/") else None)
    if token:
        headers["Authorization"] = f"Bearer {token}"
    request = urllib.request.Request(quote(url, safe="/:?#[]@!$&'()*+,;=%~"), headers=headers)
    retries = int(options.get("max_retries", _RETRIES))
    while True:
        try:
            return Response(url, urllib.request.urlopen(request, timeout=_seconds(options.get("timeout", _TIMEOUT))))
        except urllib.error.HTTPError as error:
            if error.code in (404, 410):
                raise FileNotFoundError(errno.ENOENT, error.reason, url) from None
            if error.code in (401, 403):
                raise PermissionError(errno.EACCES, error.reason, url) from None
            if error.code < 500 or not retries:
                msg = f"{url}: the server answers {error.code} {error.reason}"
                raise OSError(msg) from None
        except urllib.error.URLError as error:
            if not retries:
                msg = f"{url}: {error.reason}"
                raise ConnectionError(msg) from None
        retries -= 1


def _seconds(given: Any) -> float:
    if isinstance(given, timedelta):
        return given.total_seconds()
    found = re.fullmatch(r"\s*([0-9]+(?:[.][0-9]+)?)\s*(ms|s|m)?\s*", str(given))
    if found is None:
        msg = f"storage_options: timeout must be a number of seconds, or end in ms, s or m, got {given!r}"
        raise ValueError(msg)
    return float(found[1]) * {"ms": 1e-3, "m": 60.0}.get(found[2] or "s", 1.0)


def _endpoint() -> str:
    return os.environ.get("HF_ENDPOINT", "https://huggingface.co").rstrip("/")


@dataclass(frozen=True)
class Repository:
    """A repository of Hugging Face, at one revision."""

    kind: str
    name: str
    revision: str
    access: Access

    @classmethod
    def of(cls, url: str, access: Access) -> tuple[Repository, str]:
        """
        Find the repository, and the path in it, that a URL names.

        Raises
        ------
        ValueError
            It is not written as such URLs are.
        """
        parts = url.partition("://")[2].split("/", 3)
        if len(parts) < 4 or parts[0] not in ("datasets", "spaces"):
            msg = f"a URL of Hugging Face is hf://datasets/OWNER/NAME/PATH, where NAME may be NAME@REVISION, got {url}"
            raise ValueError(msg)
        kind, owner, name, key = parts
        name, _, revision = name.partition("@")
        return cls(kind, f"{owner}/{name}", quote(unquote(revision or "main"), safe=""), access), key

    def open(self, key: str) -> Response:
        """Open a file."""
        return open_web(f"{_endpoint()}/{self.kind}/{self.name}/resolve/{self.revision}/{quote(key)}", self.access)

    def keys(self, folder: str) -> Iterator[str]:
        """List the files in a folder and those below."""
        tree = f"{_endpoint()}/api/{self.kind}/{self.name}/tree/{self.revision}/{quote(folder)}".rstrip("/")
        page: str | None = f"{tree}?recursive=true"
        while page is not None:
            answer = open_web(page, self.access)
            content = bytearray()
            while piece := answer.read(1 << 20):
                content += piece
            yield from (entry["path"] for entry in json.loads(content) if entry["type"] == "file")
            page = answer.next_page
