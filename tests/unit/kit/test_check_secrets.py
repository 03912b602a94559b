"""Checks of secrets and certificates: each test spoils one thing, and the finding names it with what to do."""

from __future__ import annotations

import base64
import shutil
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from libs.kit.checks.findings import Finding
from libs.kit.checks.secrets import certificates, secrets
from libs.kit.checks.settings import CheckSettings
from libs.kit.settings import read
from tools.stack.certificates import Certificates

RING = "k1:" + base64.b64encode(bytes(32)).decode()
GOOD = {
    "keyring": RING,
    "workload_secret": "w" * 32,
    "oidc_client_secret": "o" * 16,
    "keycloak_client_secret": "k" * 16,
    "keycloak_url": "https://sso.example",
}


def wrong(findings: list[Finding]) -> dict[str, str]:
    return {one.about: one.said for one in findings if not one.good}


def test_good_secrets_are_good() -> None:
    assert wrong(secrets(read(CheckSettings, **GOOD))) == {}


@pytest.mark.parametrize(
    ("changed", "about", "said"),
    [
        ({"keyring": ""}, "keyring", "missing"),
        ({"keyring": "k1:c2hvcnQ="}, "keyring", "entry 1 of the keyring is not a new `id:base64 of 32 bytes`"),
        ({"workload_secret": "short"}, "workload secret", "5 characters"),
        ({"workload_secret": "w" * 40 + "\n"}, "workload secret", "begins or ends with a blank or a line break"),
        ({"oidc_client_secret": ""}, "secret of mainstay-portal", "missing"),
        ({"keycloak_client_secret": ""}, "secret of mainstay-identity", "missing"),
    ],
)
def test_a_secret_that_is_missing_or_unfit_is_named(changed: dict[str, str], about: str, said: str) -> None:
    assert wrong(secrets(read(CheckSettings, **{**GOOD, **changed}))) == {about: said}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """As the test's pod finds them: a folder for each program."""
    made = Certificates.in_folder(tmp_path / "authority")
    for name in ("identity", "admin"):
        tls, target = made.of(name), tmp_path / "mounted" / name
        target.mkdir(parents=True)
        for file, to in ((tls.authority, "ca.crt"), (tls.certificate, "tls.crt"), (tls.key, "tls.key")):
            shutil.copyfile(file, target / to)
    return tmp_path / "mounted"


def test_good_certificates_are_good(folder: Path) -> None:
    assert wrong(certificates(folder, {"identity": ""})) == {}


def _without_key(folder: Path) -> None:
    (folder / "identity" / "tls.key").unlink()


def _anothers(folder: Path) -> None:
    for file in ("tls.crt", "tls.key"):
        shutil.copyfile(folder / "admin" / file, folder / "identity" / file)


def _key_of_another(folder: Path) -> None:
    shutil.copyfile(folder / "admin" / "tls.key", folder / "identity" / "tls.key")


def _another_authority(folder: Path) -> None:
    made = Certificates.in_folder(folder / "elsewhere")
    shutil.copyfile(made.authority, folder / "identity" / "ca.crt")


def _no_certificate(folder: Path) -> None:
    (folder / "identity" / "tls.crt").write_text("-----BEGIN CERTIFICATE-----\nnone\n-----END CERTIFICATE-----\n")


def test_a_certificate_that_ends_soon_is_named_in_time(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tools.stack.certificates._CERTIFICATE_DAYS", 13)
    ending = Certificates.in_folder(folder.parent / "ending").of("identity")
    shutil.copyfile(ending.certificate, folder / "identity" / "tls.crt")
    (finding, _) = certificates(folder, {"identity": ""})
    assert finding.said == f"good until {datetime.now(UTC) + timedelta(days=13):%Y-%m-%d}"
    assert finding.cure.startswith("renew it in its Secret")


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (_without_key, "tls.key missing"),
        (_anothers, "its common name is ['admin']"),
        (_key_of_another, "certificate, key and authority do not belong together"),
        (_another_authority, "unable to get local issuer certificate"),
        (_no_certificate, "tls.crt is no PEM certificate"),
    ],
)
def test_a_certificate_nobody_could_use_is_named(folder: Path, spoil: Callable[[Path], None], said: str) -> None:
    spoil(folder)
    found = wrong(certificates(folder, {"identity": ""}))
    assert list(found) == ["certificate of identity"]
    assert said in found["certificate of identity"]


def test_a_finding_says_what_to_do() -> None:
    assert str(Finding("keyring", "missing", "make one")) == "WRONG  keyring: missing\n       Do: make one"
    assert str(Finding("keyring", "there")) == "ok     keyring: there"
