"""How often each caller may call: a token bucket per session, system or address, in this process's memory.

With several replicas behind a balancer a caller gets the rate of each; the limit protects a replica, it sells no quota.
"""

from __future__ import annotations

import math
import time
from collections import OrderedDict

from gateway.callers import SESSION, Principal
from gateway.metrics import LIMITED
from gateway.settings import GatewaySettings
from libs.kit.errors import RateLimited

_MOST = 50_000


class Buckets:
    """Buckets of one kind of caller: `rate` calls per second, `burst` at once."""

    def __init__(self, kind: str, rate: float, burst: float) -> None:
        self._kind = kind
        self._rate = rate
        self._burst = max(1.0, burst)
        self._full: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, who: str) -> None:
        """Counts one call. Raises RateLimited, saying when the next may come."""
        now = time.monotonic()
        found = self._full.get(who)
        if found is None:
            level = self._burst
            if len(self._full) >= _MOST:
                # The one that called longest ago has most likely a full bucket again.
                self._full.popitem(last=False)
        else:
            level = min(self._burst, found[0] + (now - found[1]) * self._rate)
        if level < 1.0:
            self._full[who] = (level, now)
            LIMITED.labels(self._kind).inc()
            raise RateLimited(retry_after_seconds=max(1, math.ceil((1.0 - level) / self._rate)))
        self._full[who] = (level - 1.0, now)
        self._full.move_to_end(who)

    def give_back(self, who: str) -> None:
        """Undoes one `take`."""
        found = self._full.get(who)
        if found is not None:
            self._full[who] = (min(self._burst, found[0] + 1.0), found[1])


class Limits:
    """The buckets of the front door: people, other systems, and those who have not signed in."""

    def __init__(self, settings: GatewaySettings) -> None:
        burst = settings.burst_seconds
        self._people = Buckets("person", settings.session_rate, settings.session_rate * burst)
        self._systems = Buckets("system", settings.service_rate, settings.service_rate * burst)
        self._strangers = Buckets("stranger", settings.anonymous_rate, settings.anonymous_rate * burst)

    def known(self, principal: Principal) -> None:
        """Counts a call of somebody known. Raises RateLimited."""
        (self._people if principal.use == SESSION else self._systems).take(principal.counted_as)

    def stranger(self, address: str) -> None:
        """Counts a call of nobody known, before its credential is looked at. Raises RateLimited."""
        self._strangers.take(address)

    def no_stranger(self, address: str) -> None:
        """The credential was good: the call does not count as a stranger's after all. Many people share an address."""
        self._strangers.give_back(address)
