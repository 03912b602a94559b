"""`Mainstay`: the way in."""

from __future__ import annotations

from typing import Any, Self

import grpc
from mainstay_surface import Surface

from mainstay_client.calls import Calls
from mainstay_client.tokens import LOOPBACK, Tokens

_LARGEST = 64 * 1024 * 1024
_OPTIONS = (
    ("grpc.max_receive_message_length", _LARGEST),
    ("grpc.keepalive_time_ms", 60_000),
    ("grpc.keepalive_timeout_ms", 10_000),
)


class Mainstay(Surface):
    """The platform's contexts as attributes: `.employees.people.get_employee(employee_id=…)`.

    address        host:port of the gRPC edge
    client_id, client_secret, token_url   the service account, and where it gets its tokens
    language       of the sentences in errors, `zh-CN` or `en`
    timeout        seconds a call may take, with all its tries; each method also takes its own
    tries          how often a call is tried at most
    root_certificates   PEM of the authorities to trust, instead of the system's

    TLS always, except to loopback addresses. Safe to use from many threads; close it, or use it in a `with`.
    """

    def __init__(
        self,
        address: str,
        *,
        client_id: str,
        client_secret: str,
        token_url: str,
        language: str = "en",
        timeout: float = 10,
        tries: int = 5,
        root_certificates: bytes | None = None,
    ) -> None:
        host = address.rpartition(":")[0].strip("[]")
        self._channel: Any
        if host in LOOPBACK and root_certificates is None:
            self._channel = grpc.insecure_channel(address, options=_OPTIONS)
        else:
            credentials = grpc.ssl_channel_credentials(root_certificates)
            self._channel = grpc.secure_channel(address, credentials, options=_OPTIONS)
        tokens = Tokens(token_url, client_id, client_secret)
        super().__init__(Calls(self._channel, tokens, language=language, timeout=timeout, tries=tries))

    def close(self) -> None:
        self._channel.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
