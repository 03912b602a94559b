"""One call: token, language, deadline, and trying again where that is safe."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from typing import Any, TypeVar, cast
from uuid import uuid4

import grpc
from google.protobuf.message import Message

from mainstay_client.errors import MainstayError, NotSignedIn, TooMany, Unavailable, error_of
from mainstay_client.tokens import Tokens

Answer = TypeVar("Answer", bound=Message)
_FIRST_PAUSE = 0.1
_LONGEST_PAUSE = 5.0
_SHORTEST_TRY = 0.05


class Calls:
    """Shared by everything a client offers; safe to use from many threads."""

    def __init__(
        self,
        channel: Any,
        tokens: Tokens,
        *,
        language: str,
        timeout: float,
        tries: int,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._channel = channel
        self._tokens = tokens
        self._language = language
        self._timeout = timeout
        self._tries = tries
        self._sleep = sleep
        self._methods: dict[str, Any] = {}

    def call(
        self, name: str, request: Message, answer: type[Answer], *, again: bool, timeout: float | None = None
    ) -> Answer:
        """Calls `package.Service/Method`. Raises a MainstayError, or TokenRefused.

        `again`: the call may be repeated when it is not known whether it arrived, because it only reads, or because
        its idempotency key makes the platform act once. The key is made here when the caller gave none. What was
        refused before anything happened (too many calls, a stale token) is repeated in any case. All tries together
        take `timeout` seconds at most.
        """
        if "idempotency_key" in request.DESCRIPTOR.fields_by_name and not cast("Any", request).idempotency_key:
            cast("Any", request).idempotency_key = str(uuid4())
        ends = time.monotonic() + (self._timeout if timeout is None else timeout)
        request_id, renewed = uuid4().hex, False
        for turn in range(1, self._tries + 1):
            token = self._tokens.get()
            try:
                return self._once(name, request, answer, token, request_id, ends)
            except NotSignedIn:
                # Rights or keys changed; a new token settles it, or nothing does.
                if renewed:
                    raise
                renewed = True
                self._tokens.drop(token)
            except MainstayError as error:
                pause = _pause(error, turn, again=again)
                if pause is None or turn == self._tries or time.monotonic() + pause >= ends:
                    raise
                self._sleep(pause)
        raise AssertionError("a try returns or raises")

    def _once(  # noqa: PLR0917 - one place calls it
        self, name: str, request: Message, answer: type[Answer], token: str, request_id: str, ends: float
    ) -> Answer:
        method = self._methods.get(name)
        if method is None:
            method = self._methods[name] = self._channel.unary_unary("/" + name)
        meta = (
            ("authorization", f"Bearer {token}"),
            ("accept-language", self._language),
            ("x-request-id", request_id),
        )
        left = max(_SHORTEST_TRY, ends - time.monotonic())
        try:
            raw: bytes = method(request.SerializeToString(), metadata=meta, timeout=left)
        except grpc.RpcError as failed:
            raise error_of(failed) from None
        return answer.FromString(raw)


def _pause(error: MainstayError, turn: int, *, again: bool) -> float | None:
    """How long to wait before the next try; None when there must be none."""
    if isinstance(error, TooMany) and error.reason == "RATE_LIMITED":
        # Refused at the door: nothing was done. Spread, so that many clients do not come back together.
        return (error.retry_after or 1.0) * random.uniform(1.0, 1.5)  # noqa: S311 - no secret
    if again and isinstance(error, Unavailable):
        backed_off = min(_LONGEST_PAUSE, _FIRST_PAUSE * 2 ** (turn - 1))
        longer: float = max(error.retry_after or 0.0, backed_off)
        return longer * random.uniform(0.5, 1.0)  # noqa: S311 - no secret
    return None
