"""Whoever asks Keycloak believes the authority in the file as it is then: the gateway, and identity."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest

from gateway.issuer_line import Line
from services.identity.issuer import IssuerClosed, IssuerUnreachable
from services.identity.keycloak_directory import KeycloakDirectory
from services.identity.settings import IdentitySettings
from tests.support.certificates import knows_nothing
from tests.support.passports import KEYRING, SECRET
from tools.stack.certificates import Certificates


@pytest.fixture
def theirs(tmp_path: Path) -> Certificates:
    """Of the authority that comes later."""
    return Certificates.in_folder(tmp_path / "theirs")


@pytest.fixture
def believed(tmp_path: Path) -> Path:
    """The file, with an authority that is about to go."""
    file = tmp_path / "believed.pem"
    file.write_bytes(Certificates.in_folder(tmp_path / "former").authority.read_bytes())
    return file


def believe_also(believed: Path, others: Certificates) -> None:
    believed.write_bytes(believed.read_bytes() + others.authority.read_bytes())


async def test_the_gateway_believes_an_authority_that_came_later(theirs: Certificates, believed: Path) -> None:
    async with knows_nothing(theirs.of("keycloak")) as port:
        line = Line(authority=believed)
        with pytest.raises(httpx.ConnectError, match="CERTIFICATE_VERIFY_FAILED"):
            await line.http.get(f"https://127.0.0.1:{port}/")
        believe_also(believed, theirs)
        assert (await line.http.get(f"https://127.0.0.1:{port}/")).status_code == 404
        await line.http.aclose()


async def test_identity_believes_an_authority_that_came_later(theirs: Certificates, believed: Path) -> None:
    async with knows_nothing(theirs.of("keycloak")) as port:
        told = {
            "database_url": "unused",
            "bus_url": "postgresql:///unused",
            "keyring": KEYRING,
            "workload_secret": SECRET,
            "keycloak_url": f"https://127.0.0.1:{port}",
            "keycloak_client_secret": "unused",
            "keycloak_authority": believed,
        }
        directory = KeycloakDirectory(IdentitySettings.model_validate(told))
        with pytest.raises(IssuerUnreachable) as unheard:
            await directory.entry("person", "nobody")
        assert not isinstance(unheard.value, IssuerClosed)
        believe_also(believed, theirs)
        # Heard, and told that there is no door for this client.
        with pytest.raises(IssuerClosed):
            await directory.entry("person", "nobody")
        await directory.close()
