"""Secrets and certificates: all there, readable, good for what they are needed for."""

from __future__ import annotations

import ssl
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.x509.oid import NameOID

from libs.kit.checks.findings import Finding
from libs.kit.checks.settings import CheckSettings
from libs.kit.vault import Keyring

ADMIN = "admin"
_SOON = timedelta(days=14)
_SECRET_CHARACTERS = 32
_CLIENT_CHARACTERS = 16


def secrets(settings: CheckSettings) -> list[Finding]:
    return [
        _keyring(settings.keyring.get_secret_value()),
        _long_enough("workload secret", settings.workload_secret.get_secret_value(), _SECRET_CHARACTERS),
        _long_enough("secret of mainstay-portal", settings.oidc_client_secret.get_secret_value(), _CLIENT_CHARACTERS),
        *(
            [_long_enough("secret of mainstay-identity", settings.keycloak_client_secret.get_secret_value(), 1)]
            if settings.keycloak_url
            else []
        ),
    ]


def _keyring(given: str) -> Finding:
    cure = 'give `k1:` and `openssl rand -base64 32`, and keep a copy outside the cluster; see values "secrets.keyring"'
    if not given:
        return Finding("keyring", "missing", cure)
    try:
        names = Keyring.parse(given).names
    except ValueError as error:
        return Finding("keyring", str(error), cure)
    return Finding("keyring", f"keys {', '.join(names)}")


def _long_enough(about: str, given: str, least: int) -> Finding:
    if not given:
        return Finding(about, "missing", "make the Secret and the key that the values name under `secrets`")
    if given != given.strip():
        return Finding(about, "begins or ends with a blank or a line break", "write it without: printf instead of echo")
    if len(given) < least:
        return Finding(about, f"{len(given)} characters", f"give at least {least}: openssl rand -hex 32")
    return Finding(about, "there")


def certificates(folder: Path, programs: Mapping[str, str]) -> list[Finding]:
    """`folder` has a folder for each program, and `admin`: tls.crt, tls.key, ca.crt as its TLS Secret holds them."""
    return [_certificate(folder / name, name) for name in (*programs, ADMIN)]


def _certificate(folder: Path, name: str) -> Finding:
    about = f"certificate of {name}"
    missing = [one for one in ("tls.crt", "tls.key", "ca.crt") if not (folder / one).is_file()]
    if missing:
        cure = "make it with cert-manager (tls.certManager), or a Secret with tls.crt, tls.key and ca.crt"
        return Finding(about, f"{', '.join(missing)} missing", cure)
    try:
        leaf = x509.load_pem_x509_certificates((folder / "tls.crt").read_bytes())[0]
    except ValueError:
        return Finding(about, "tls.crt is no PEM certificate", "give PEM files")
    left = leaf.not_valid_after_utc - datetime.now(UTC)
    if left < _SOON:
        end = f"{leaf.not_valid_after_utc:%Y-%m-%d}"
        cure = "renew it in its Secret, see kubectl describe certificate for why nobody did; no restart is needed"
        return Finding(about, f"good until {end}", cure)
    common = [str(one.value) for one in leaf.subject.get_attributes_for_oid(NameOID.COMMON_NAME)]
    if common != [name]:
        return Finding(about, f"its common name is {common}", f"Kafka knows it by CN={name}, with nothing beside")
    refused = _handshake(folder, name)
    if refused:
        return Finding(about, refused, f"issue one by the authority in ca.crt that names {name} (DNS), for both sides")
    return Finding(about, f"good until {leaf.not_valid_after_utc:%Y-%m-%d}")


def _handshake(folder: Path, name: str) -> str:
    """What a caller and a server of this very certificate say when they meet; empty when both trust the other."""
    authority, certificate, key = folder / "ca.crt", folder / "tls.crt", folder / "tls.key"
    try:
        server = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=str(authority))
        server.verify_mode = ssl.CERT_REQUIRED
        caller = ssl.create_default_context(cafile=str(authority))
        for side in (server, caller):
            side.load_cert_chain(certificate, key)
    except (ssl.SSLError, OSError) as error:
        return f"certificate, key and authority do not belong together ({_words(error)})"
    to_server, to_caller = ssl.MemoryBIO(), ssl.MemoryBIO()
    ends = (
        caller.wrap_bio(to_caller, to_server, server_hostname=name),
        server.wrap_bio(to_server, to_caller, server_side=True),
    )
    return _meet(ends)


def _meet(ends: Iterable[ssl.SSLObject]) -> str:
    under_way = list(ends)
    # Three flights each are what TLS 1.3 with certificates takes at most.
    for _ in range(4):
        for end in tuple(under_way):
            try:
                end.do_handshake()
            except ssl.SSLWantReadError:
                continue
            except ssl.SSLError as error:
                return _words(error)
            under_way.remove(end)
    return "" if not under_way else "no handshake comes about"


def _words(error: OSError) -> str:
    return str(getattr(error, "verify_message", "") or getattr(error, "reason", "") or type(error).__name__)
