"""A call on its way to the service that answers it: the passport, the metadata, the deadline. Bytes in, bytes out."""

from __future__ import annotations

import time
from collections.abc import Mapping
from uuid import UUID

from gateway.callers import Caller, Headers
from gateway.passports import Held, Passports
from gateway.sessions import Sessions
from libs.kit.access.passports import METADATA as PASSPORT
from libs.kit.contract import Method
from libs.kit.errors import TemporarilyUnavailable
from libs.kit.rpc.channels import Channel
from libs.kit.rpc.status import Failed
from libs.kit.telemetry import CLIENT, accepted, rpc, span

_SHORTEST = 0.05
# The issuer still knows them, identity does not let them in.
_NO_ACCOUNT = frozenset({"ACCOUNT_UNKNOWN", "ACCOUNT_SUSPENDED"})


def trace_of(caller: Caller, headers: Headers) -> str:
    """The trace to go on with: a signed-in system's own, which it may follow through our spans.

    A browser's is not taken over: whoever has a person's browser could tie the person's calls to any trace, or have all
    of them kept. Nor is a stranger's, for whom no span is made at all.
    """
    if caller.session is not None:
        return ""
    return accepted(headers.get(b"traceparent", b"").decode("latin-1"))


class Calls:
    """Shared by REST and the gRPC edge. `channels` are the services by context."""

    def __init__(self, channels: Mapping[str, Channel], passports: Passports, sessions: Sessions) -> None:
        self._channels = channels
        self._passports = passports
        self._sessions = sessions

    async def call(
        self, method: Method, raw: bytes, caller: Caller, *, request_id: str, language: str, trace: str, seconds: float
    ) -> bytes:
        """The answer's bytes. Raises Failed or TemporarilyUnavailable. An empty language means the account's own."""
        ends = time.monotonic() + seconds
        held = self._passports.fresh(caller.principal) or await self._passport(caller, language)
        channel = self._channels.get(method.context)
        if channel is None:
            raise TemporarilyUnavailable(part=method.context)
        with span(method.name, trace, kind=CLIENT, attributes=rpc(method.name, "gateway")) as inner:
            meta = {
                PASSPORT: held.token,
                "mainstay-request-id": request_id,
                "accept-language": language or held.language,
                "traceparent": inner,
            }
            try:
                return await channel.call(method.name, raw, meta, max(_SHORTEST, ends - time.monotonic()))
            except Failed as failed:
                if failed.reason != "PASSPORT_INVALID":
                    raise
            # Rights changed since it was made, or the service knows newer keys: once more with a new one.
            self._passports.drop(caller.principal)
            meta[PASSPORT] = (await self._passport(caller, language)).token
            return await channel.call(method.name, raw, meta, max(_SHORTEST, ends - time.monotonic()))

    async def _passport(self, caller: Caller, language: str) -> Held:
        """Raises Failed; a person whose account is gone or suspended loses the session."""
        try:
            return await self._passports.get(caller.principal, language)
        except Failed as failed:
            if caller.session is not None and failed.reason in _NO_ACCOUNT:
                await self._sessions.end(UUID(caller.principal.session_id), "no_account")
            raise
