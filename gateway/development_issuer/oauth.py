"""The wire forms of OAuth 2: what comes in a form, what goes out as JSON."""

from __future__ import annotations

import base64
import binascii
from urllib.parse import parse_qsl, unquote

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

TOKEN_SECONDS = 300
_FORM_LIMIT = 16 * 1024
NO_STORE = {"cache-control": "no-store", "pragma": "no-cache"}


async def read_form(request: Request) -> dict[str, str]:
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > _FORM_LIMIT:
            return {}
    try:
        return dict(parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=30))
    except ValueError:
        return {}


def credentials(request: Request, form: dict[str, str]) -> tuple[str, str]:
    """Client id and secret, from HTTP Basic or from the form."""
    scheme, _, encoded = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "basic":
        try:
            name, _, secret = base64.b64decode(encoded, validate=True).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            return "", ""
        return unquote(name), unquote(secret)
    return form.get("client_id", ""), form.get("client_secret", "")


def token_answer(said: dict[str, str]) -> Response:
    return JSONResponse({"token_type": "Bearer", "expires_in": TOKEN_SECONDS, **said}, headers=NO_STORE)


def refusal(error: str, status: int) -> Response:
    headers = {**NO_STORE, **({"www-authenticate": "Basic"} if status == 401 else {})}
    return JSONResponse({"error": error}, status, headers=headers)
