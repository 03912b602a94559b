"""What the front door counts: every name in one place, since dashboards and alert rules are written against them.

Labels hold names of the contract and words from this house, never anything a caller sent.
"""

from __future__ import annotations

from prometheus_client import Counter, Gauge, Histogram

_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10)

HTTP_SECONDS = Histogram(
    "mainstay_http_seconds", "Duration of answered HTTP calls", ["route", "method", "status"], buckets=_SECONDS
)
HTTP_FAILURES = Counter(
    "mainstay_http_failures_total", "HTTP calls answered with a problem", ["route", "method", "status", "reason"]
)
EDGE_SECONDS = Histogram(
    "mainstay_edge_seconds", "Duration of answered gRPC calls from outside", ["method", "code"], buckets=_SECONDS
)
EDGE_FAILURES = Counter(
    "mainstay_edge_failures_total", "gRPC calls from outside that were refused or failed", ["method", "code", "reason"]
)
# `kind`: person, system or stranger.
LIMITED = Counter("mainstay_rate_limited_total", "Calls refused because their caller called too often", ["kind"])
# `outcome`: signed_in, confirmed (a step-up), refused, too_weak, other_person, other_account (a user of the issuer who
# is not the account's), no_name, unknown_account (tried again), not_asked (a step-up the issuer answered from memory;
# asked once more), not_let_in, unavailable.
SIGN_INS = Counter("mainstay_sign_ins_total", "People who came back from the issuer", ["outcome"])
# `why`: signed_out, issuer (back-channel logout), replaced (by another sign-in) or no_account.
SESSIONS_ENDED = Counter("mainstay_sessions_ended_total", "Sessions ended before their time", ["why"])
SESSIONS = Gauge("mainstay_sessions_active", "Sessions in use here during the last minutes")
SESSION_LOOKUPS = Counter("mainstay_session_lookups_total", "Sessions looked up in the database by their cookie")
STREAMS = Gauge("mainstay_event_streams", "Open event streams")
# `source`: memory or identity. Memory's share is the hit rate.
PASSPORTS = Counter("mainstay_passports_total", "Passports taken for a call", ["source"])
PASSPORTS_HELD = Gauge("mainstay_passports_held", "Passports in memory")
ISSUER_UP = Gauge("mainstay_issuer_up", "Whether the issuer answered when it was last asked")
ISSUER_AGE = Gauge("mainstay_issuer_copy_age_seconds", "Age of what the issuer published", ["what"])
# `outcome`: taken, repeated or refused.
LOGOUTS = Counter("mainstay_issuer_logouts_total", "Logout tokens of the issuer", ["outcome"])
