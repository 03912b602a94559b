"""The portal's files, the documentation and the settings."""

from __future__ import annotations

import gzip
import os
import re
from pathlib import Path

import pytest
from pydantic import ValidationError

from gateway.portal_files import PortalFiles
from gateway.settings import GatewaySettings
from tests.unit.gateway.conftest import SETTINGS, House

INDEX = (
    '<!doctype html><meta name="csp-nonce" content="__CSP_NONCE__"><script type="module" src="/assets/a.js"></script>'
)


@pytest.fixture
def built(house: House) -> Path:
    folder = house.gateway.settings.portal
    (folder / "assets").mkdir(parents=True)
    (folder / ".vite").mkdir()
    (folder / "index.html").write_text(INDEX)
    (folder / "favicon.svg").write_text("<svg/>")
    (folder / "assets" / "index-Ab12_-cd.js").write_text("export{};" * 500)
    (folder / ".vite" / "manifest.json").write_text("{}")
    (folder.parent / "secret.txt").write_text("secret")
    return folder


async def test_every_page_of_the_app_is_the_same_page_with_a_nonce_of_its_own(house: House, built: Path) -> None:
    client = house.browser().http
    nonces = set()
    for path in ("/", "/people/e1", "/index.html", "/deep/er?x=1"):
        answer = await client.get(path)
        assert answer.status_code == 200
        assert answer.headers["cache-control"] == "no-store"
        [nonce] = re.findall(r'content="([^"]+)"', answer.text)
        policy = answer.headers["content-security-policy"]
        assert f"style-src 'self' 'nonce-{nonce}'" in policy
        assert "script-src 'self';" in policy
        assert "unsafe" not in policy
        nonces.add(nonce)
    assert len(nonces) == 4


async def test_hashed_files_stay_for_ever_and_go_out_packed(house: House, built: Path) -> None:
    client = house.browser().http
    answer = await client.get("/assets/index-Ab12_-cd.js")
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert answer.headers["content-encoding"] == "gzip"
    assert answer.headers["content-type"] == "text/javascript; charset=utf-8"
    assert answer.text == "export{};" * 500
    plain = await client.get("/assets/index-Ab12_-cd.js", headers={"accept-encoding": "identity"})
    assert "content-encoding" not in plain.headers
    assert (await client.get("/favicon.svg")).headers["cache-control"] == "no-cache"
    head = await client.head("/favicon.svg")
    assert (head.status_code, head.content) == (200, b"")


@pytest.mark.parametrize(
    "path",
    ["/assets/gone-12345678.js", "/../secret.txt", "/..%2fsecret.txt", "/.vite/manifest.json", "/%00", "/assets"],
)
async def test_nothing_outside_the_build_is_shown(house: House, built: Path, path: str) -> None:
    answer = await house.browser().http.get(path)
    assert "secret" not in answer.text
    assert answer.status_code == 404 or "csp-nonce" in answer.text


def test_a_path_out_of_the_folder_finds_the_page_only(built: Path) -> None:
    files = PortalFiles(built)
    for path in ("/../secret.txt", "/assets/../../secret.txt", "//etc/passwd", "/%2e%2e/secret.txt"):
        answer = files.answer({"path": path}, {})
        assert answer is None or b"csp-nonce" in answer[2]


async def test_a_new_build_is_noticed(house: House, built: Path) -> None:
    client = house.browser().http
    await client.get("/")
    page = built / "index.html"
    page.write_text(INDEX + "new")
    os.utime(page, (1, 1))
    assert "new" in (await client.get("/")).text


async def test_without_a_build_the_door_says_what_to_do(house: House) -> None:
    answer = await house.browser().http.get("/")
    assert answer.status_code == 503
    assert "make portal" in answer.text


async def test_only_reading_is_possible_beside_the_api(house: House, built: Path) -> None:
    answer = await house.browser().post("/people")
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET, HEAD")
    assert (await house.browser().post("/auth/session")).status_code == 405
    assert (await house.browser().http.get("/auth/nothing")).json()["reason"] == "ROUTE_NOT_FOUND"


async def test_the_documentation_is_for_those_signed_in(house: House) -> None:
    browser = house.browser()
    for path in ("/docs", "/openapi.json"):
        assert (await browser.http.get(path)).status_code == 401
    await browser.sign_in()
    document = (await browser.http.get("/openapi.json")).json()
    assert "/v1/employees/{employeeId}" in document["paths"]
    assert document["components"]["securitySchemes"]["session"]["name"] == "mainstay"
    flows = document["components"]["securitySchemes"]["clientCredentials"]["flows"]
    assert flows["clientCredentials"]["tokenUrl"] == "http://localhost:8082/token"
    page = await browser.http.get("/docs")
    assert "/v1/employees/{employeeId}" in page.text
    assert "<script" not in page.text
    assert "unsafe" not in page.headers["content-security-policy"]
    assert not re.search(r"(src|href)=\"https?:", page.text)


async def test_a_browser_that_opens_the_documentation_is_sent_to_sign_in(house: House) -> None:
    browser, opened = house.browser(), {"accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
    for path in ("/docs", "/openapi.json"):
        answer = await browser.http.get(path, headers=opened)
        assert (answer.status_code, answer.headers["location"]) == (303, f"/auth/sign-in?return_to={path}")
    landed = await browser.sign_in(return_to="/docs")
    assert "url=/docs" in landed.text
    assert (await browser.http.get("/docs", headers=opened)).status_code == 200


def made(**changed: str) -> GatewaySettings:
    return GatewaySettings(**{**SETTINGS, **changed})


@pytest.mark.parametrize(
    "changed",
    [
        {"public_url": "http://hr.example.com"},
        {"public_url": "https://hr.example.com/mainstay"},
        {"public_url": "hr.example.com"},
        {"issuer": "http://issuer.example"},
        {"issuer": "https://issuer.example?x=1"},
        {"oidc_client_secret": "short"},
        {"services": "identity"},
        {"idle_minutes": "0"},
    ],
)
def test_settings_that_would_be_unsafe_stop_the_start(changed: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        made(**changed)


def test_settings_say_what_follows_from_them() -> None:
    settings = made(
        public_url="https://hr.example.com/", more_hosts="hr.internal", services="identity=a:1,employees=b:2"
    )
    assert settings.public_url == "https://hr.example.com"
    assert settings.cookie == "__Host-mainstay"
    assert settings.hosts == {b"hr.example.com", b"hr.internal"}
    assert settings.addresses() == {"identity": ["a:1"], "employees": ["b:2"]}
    assert made().hosts == {b"localhost:8080", b"127.0.0.1:8080", b"[::1]:8080"}


def test_packed_files_are_what_they_were(built: Path) -> None:
    answer = PortalFiles(built).answer({"path": "/assets/index-Ab12_-cd.js"}, {b"accept-encoding": b"gzip"})
    assert answer is not None
    assert gzip.decompress(answer[2]).decode() == "export{};" * 500
