"""A web server on this machine that gives files as an object store and a repository of Hugging Face do, too."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit


@dataclass
class Site:
    """What a server has, and what it was asked."""

    files: dict[str, bytes] = field(default_factory=dict)
    """By path."""
    url: str = ""
    asked: list[tuple[str, str, dict[str, str]]] = field(default_factory=list)
    """Method, path and headers."""
    fails: int = 0
    """How many of the next answers are failures of the server."""
    cut: int | None = None
    """After how many bytes an answer breaks off."""
    secret: str | None = None
    """What has to stand in the header Authorization."""


class _Handler(BaseHTTPRequestHandler):
    site: Site
    protocol_version = "HTTP/1.1"

    def log_message(self, *_: Any) -> None:
        pass

    def do_HEAD(self) -> None:
        self.do_GET()

    def do_GET(self) -> None:
        site = self.site
        where = urlsplit(self.path)
        path = unquote(where.path)
        site.asked.append((self.command, path, dict(self.headers)))
        if site.fails > 0:
            site.fails -= 1
            self._give(503, b"")
        elif site.secret is not None and site.secret not in self.headers.get("Authorization", ""):
            self._give(403, b"")
        elif path.startswith("/api/"):
            self._give(200, *self._tree(path, where.query))
        elif "list-type" in where.query:
            self._give(200, self._objects(path.strip("/"), parse_qs(where.query).get("prefix", [""])[0]))
        elif path in site.files:
            self._give(200, site.files[path])
        else:
            self._give(404, b"<Error><Code>NoSuchKey</Code><Message>none</Message></Error>")

    def _tree(self, path: str, query: str) -> tuple[bytes, dict[str, str]]:
        """Two files a page."""
        base = path.removeprefix("/api").replace("/tree/", "/resolve/")
        root = base[: base.index("/resolve/")] + "/resolve/main/"
        keys = sorted(key.removeprefix(root) for key in self.site.files if key.startswith(base))
        page = int(parse_qs(query).get("page", ["0"])[0])
        entries = [{"type": "file", "path": key} for key in keys[2 * page : 2 * page + 2]]
        more = {"Link": f'<{self.site.url}{path}?recursive=true&page={page + 1}>; rel="next"'}
        return json.dumps([{"type": "directory", "path": "x"}, *entries]).encode(), more if len(
            keys
        ) > 2 * page + 2 else {}

    def _objects(self, bucket: str, prefix: str) -> bytes:
        found = [key.removeprefix(f"/{bucket}/") for key in self.site.files if key.startswith(f"/{bucket}/{prefix}")]
        entries = "".join(
            f"<Contents><Key>{key}</Key><LastModified>2026-01-01T00:00:00.000Z</LastModified><ETag>e</ETag>"
            f"<Size>{len(self.site.files[f'/{bucket}/{key}'])}</Size></Contents>"
            for key in found
        )
        return f"<ListBucketResult><IsTruncated>false</IsTruncated>{entries}</ListBucketResult>".encode()

    def _give(self, status: int, content: bytes, more: dict[str, str] | None = None) -> None:
        asked = self.headers.get("Range")
        headers = {"ETag": '"e"', "Last-Modified": "Thu, 01 Jan 2026 00:00:00 GMT", **(more or {})}
        if asked is not None and status == 200:
            first, _, last = asked.removeprefix("bytes=").partition("-")
            end = min(int(last) + 1 if last else len(content), len(content))
            headers["Content-Range"] = f"bytes {first}-{end - 1}/{len(content)}"
            status, content = 206, content[int(first) : end]
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(content))}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content[: self.site.cut])
        if self.site.cut is not None:
            self.close_connection = True


@contextmanager
def serving() -> Iterator[Site]:
    """Start a server, and end it."""
    site = Site()
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"site": site}))
    server.daemon_threads = True
    site.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield site
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
