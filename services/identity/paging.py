"""Where the next page begins, for lists whose key is an id."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from libs.kit import pages
from libs.kit.errors import PageTokenInvalid


def id_after(request: Any) -> UUID | None:
    """The id the request's token continues after. Raises PageTokenInvalid."""
    after = pages.key_in(request)
    return id_in(after[0]) if after else None


def id_in(text: str) -> UUID:
    """Raises PageTokenInvalid when the text of a token is no id."""
    try:
        return UUID(text)
    except ValueError:
        raise PageTokenInvalid from None
