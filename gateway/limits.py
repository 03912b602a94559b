"""How often each caller may call: a token bucket per session, system or address, in this process's memory.

With several replicas behind a balancer a caller gets the rate of each; the limit protects a replica, it sells no quota.
"""

from __future__ import annotations

import math
import time
from collections import OrderedDict

from gateway.callers import SESSION, Principal
from gateway.settings import GatewaySettings
from libs.kit.errors import RateLimited

_MOST = 50_000


class Buckets:
    """Buckets of one kind of caller: `rate` calls per second, `burst` at once."""

    def __init__(self, rate: float, burst: float) -> None:
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
            raise RateLimited(retry_after_seconds=max(1, math.ceil((1.0 - level) / self._rate)))
        self._full[who] = (level - 1.0, now)
        self._full.move_to_end(who)


class Limits:
    """The buckets of the front door: people, other systems, and those who have not signed in."""

    def __init__(self, settings: GatewaySettings) -> None:
        burst = settings.burst_seconds
        self._people = Buckets(settings.session_rate, settings.session_rate * burst)
        self._systems = Buckets(settings.service_rate, settings.service_rate * burst)
        self._strangers = Buckets(settings.anonymous_rate, settings.anonymous_rate * burst)

    def known(self, principal: Principal) -> None:
        """Counts a call of somebody known. Raises RateLimited."""
        (self._people if principal.use == SESSION else self._systems).take(principal.counted_as)

    def stranger(self, address: str) -> None:
        """Counts a call of nobody known. Raises RateLimited."""
        self._strangers.take(address)
