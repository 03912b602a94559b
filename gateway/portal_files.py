"""The built web app: hashed assets for ever, `index.html` never; any other path is the app's own and gets the page."""

from __future__ import annotations

import gzip
import mimetypes
import re
import secrets
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote

from gateway.callers import Headers
from gateway.headers import portal_policy
from gateway.visits import Pairs, Scope, Send

_NONCE = b"__CSP_NONCE__"
_HASHED = re.compile(r"assets/.+-[A-Za-z0-9_-]{8}\.[a-z0-9]+\Z")
_PACKED = re.compile(r"(text/|application/(javascript|json|manifest)|image/svg)")
_MISSING = (
    "<!doctype html><meta charset=utf-8><title>Mainstay</title>"
    "<p>门户还没有构建：<code>make portal</code><p>The portal is not built yet: <code>make portal</code>"
).encode()
# Windows' registry and small images know less than a browser needs.
_TYPES = {".js": "text/javascript", ".mjs": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml"}


@dataclass(slots=True)
class _File:
    body: bytes
    kind: str
    forever: bool
    packed: bytes = b""


class PortalFiles:
    """Reads files once; a new build is noticed by the page's time of change."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._files: dict[str, _File] = {}
        self._index = b""
        self._built_at = 0.0

    def answer(self, scope: Scope, headers: Headers) -> tuple[int, Pairs, bytes] | None:
        """Status, headers and body; None when the path names a file that is not there."""
        self._notice_build()
        name = unquote(str(scope["path"])).lstrip("/")
        found = self._file(name)
        if found is not None and name != "index.html":
            return self._send_file(found, headers)
        if name.startswith("assets/"):
            return None
        return self._page()

    def _page(self) -> tuple[int, Pairs, bytes]:
        nonce = secrets.token_urlsafe(16)
        body = self._index.replace(_NONCE, nonce.encode())
        headers: Pairs = [
            (b"content-type", b"text/html; charset=utf-8"),
            (b"cache-control", b"no-store"),
            (b"content-security-policy", portal_policy(nonce)),
        ]
        return (200 if self._built_at else 503), headers, body

    def _send_file(self, found: _File, headers: Headers) -> tuple[int, Pairs, bytes]:
        cache = b"public, max-age=31536000, immutable" if found.forever else b"no-cache"
        sent: Pairs = [(b"content-type", found.kind.encode()), (b"cache-control", cache)]
        if not found.packed and not _PACKED.match(found.kind):
            return 200, sent, found.body
        sent.append((b"vary", b"accept-encoding"))
        if b"gzip" not in headers.get(b"accept-encoding", b""):
            return 200, sent, found.body
        if not found.packed:
            found.packed = gzip.compress(found.body, 6)
        return 200, [*sent, (b"content-encoding", b"gzip")], found.packed

    def _file(self, name: str) -> _File | None:
        found = self._files.get(name)
        if found is None and name and "\0" not in name:
            path = (self._folder / name).resolve()
            if not path.is_relative_to(self._folder.resolve()) or not path.is_file() or ".vite" in path.parts:
                return None
            kind = _TYPES.get(path.suffix) or mimetypes.guess_type(path.name)[0] or "application/octet-stream"
            if kind.startswith("text/"):
                kind += "; charset=utf-8"
            found = self._files[name] = _File(path.read_bytes(), kind, bool(_HASHED.match(name)))
        return found

    def _notice_build(self) -> None:
        page = self._folder / "index.html"
        try:
            at = page.stat().st_mtime
        except OSError:
            self._index, self._built_at = _MISSING, 0.0
            return
        if at != self._built_at:
            self._files.clear()
            self._index, self._built_at = page.read_bytes(), at


async def send_answer(send: Send, answer: tuple[int, Pairs, bytes], *, head: bool) -> None:
    status, headers, body = answer
    length = (b"content-length", b"%d" % len(body))
    await send({"type": "http.response.start", "status": status, "headers": [*headers, length]})
    await send({"type": "http.response.body", "body": b"" if head else body})
