"""Headers that keep a browser from doing anything we did not mean, and the content policy of each kind of page."""

from __future__ import annotations

from gateway.settings import GatewaySettings
from gateway.visits import Pairs

_ALWAYS: Pairs = [
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (
        b"permissions-policy",
        b"camera=(), microphone=(), geolocation=(), payment=(), usb=(), display-capture=(), browsing-topics=()",
    ),
    (b"x-frame-options", b"DENY"),
]
NOTHING = b"default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"


def common(settings: GatewaySettings) -> Pairs:
    """What every answer carries."""
    if settings.secure:
        return [*_ALWAYS, (b"strict-transport-security", b"max-age=31536000; includeSubDomains")]
    return list(_ALWAYS)


def portal_policy(nonce: str) -> bytes:
    """The web app's: our own scripts, no inline ones, and styles that carry this answer's nonce."""
    return (
        "default-src 'none'; script-src 'self'; "
        f"style-src 'self' 'nonce-{nonce}'; img-src 'self' data: blob:; font-src 'self'; connect-src 'self'; "
        "manifest-src 'self'; worker-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    ).encode()


def page_policy(nonce: str) -> bytes:
    """A page made here: its own style sheet and nothing else."""
    return (
        f"default-src 'none'; style-src 'nonce-{nonce}'; img-src 'self'; base-uri 'none'; "
        "form-action 'none'; frame-ancestors 'none'"
    ).encode()
