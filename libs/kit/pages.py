"""Keyset pages: a token holds the key of the last row seen and a mark of the filters it was seen under."""

from __future__ import annotations

import base64
import hashlib
import json
from typing import Any, Protocol

from google.protobuf.message import Message

from libs.kit.errors import PageTokenInvalid

DEFAULT_SIZE = 50


class Paged(Protocol):
    page_size: int
    page_token: str


def size_of(request: Paged) -> int:
    return request.page_size or DEFAULT_SIZE


def _mark(request: Any) -> str:
    """What a token is good for: the same method with the same filters, whatever the page size."""
    bare = type(request)()
    bare.CopyFrom(request)
    for name in ("page_token", "page_size", "with_total"):
        if name in request.DESCRIPTOR.fields_by_name:
            bare.ClearField(name)
    text = type(request).DESCRIPTOR.full_name.encode() + bare.SerializeToString(deterministic=True)
    return hashlib.blake2b(text, digest_size=6).hexdigest()


def _is_text(part: object) -> bool:
    """Whether a key's part can be asked for: PostgreSQL knows neither U+0000 nor halves of characters."""
    return isinstance(part, str) and not any(one == "\0" or "\ud800" <= one <= "\udfff" for one in part)


def token_after(request: Message, *key: str) -> str:
    """The token that continues after the row with this key."""
    return base64.urlsafe_b64encode(json.dumps([_mark(request), *key]).encode()).decode().rstrip("=")


def key_in(request: Any, parts: int = 1) -> tuple[str, ...] | None:
    """The key the request's token continues after; None for a first page. Raises PageTokenInvalid for a foreign one."""
    token: str = request.page_token
    if not token:
        return None
    try:
        mark, *key = json.loads(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)))
    except (ValueError, TypeError):
        raise PageTokenInvalid from None
    if mark != _mark(request) or len(key) != parts or not all(_is_text(part) for part in key):
        raise PageTokenInvalid
    return tuple(key)
