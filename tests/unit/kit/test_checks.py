"""`helm test` as a whole: an installation that was given nothing is told everything, in the order to put it right."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from libs.kit.checks import __main__ as checks
from libs.kit.checks.findings import Finding
from libs.kit.checks.settings import CheckSettings
from libs.kit.settings import read
from tools.stack.certificates import Certificates

PROGRAMS = ("identity", "gateway")
NOTHING = {
    "MAINSTAY_CHECK_PROGRAMS": ",".join(f"{name}=http://no-such-host.invalid:9090" for name in PROGRAMS),
    "MAINSTAY_ISSUER": "http://127.0.0.1:1/realms/mainstay",
}


@pytest.fixture(autouse=True)
def nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folders = {name: str(tmp_path / name) for name in ("CHECK_DATABASES", "CHECK_CERTIFICATES")}
    for name, value in {**NOTHING, **{f"MAINSTAY_{name}": folder for name, folder in folders.items()}}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr("logging.disable", lambda _: None)


def test_who_is_given_nothing_is_told_of_everything_with_what_to_do(capsys: pytest.CaptureFixture[str]) -> None:
    assert checks.main() == 1
    *told, last = capsys.readouterr().out.splitlines()
    about = [line.removeprefix("WRONG  ").partition(":")[0] for line in told[::2]]
    assert about == [
        "keyring",
        "workload secret",
        "secret of mainstay-portal",
        *(f"certificate of {name}" for name in (*PROGRAMS, "admin")),
        *(f"database of {name}" for name in PROGRAMS),
        "Kafka",
        "issuer",
        *PROGRAMS,
    ]
    assert all(line.startswith("       Do: ") for line in told[1::2])
    assert last == f"0 as it should be, {len(about)} wrong"


def test_who_was_given_everything_right_is_told_so(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    async def look(settings: CheckSettings) -> list[Finding]:
        return [Finding(name, "ready") for name in settings.programs()]

    monkeypatch.setattr(checks, "look", look)
    assert checks.main() == 0
    assert capsys.readouterr().out.splitlines()[-1] == "2 as it should be, 0 wrong"


@pytest.mark.parametrize(
    ("given", "said"),
    [({}, "bus_url"), ({"MAINSTAY_BUS_URL": "mqtt://kafka"}, "MAINSTAY_BUS_URL")],
    ids=["none", "of something else"],
)
async def test_an_address_of_kafka_that_is_none_is_said(
    given: Mapping[str, str], said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tls = Certificates.in_folder(tmp_path / "authority").of("admin")
    files = {"TLS_AUTHORITY": tls.authority, "TLS_CERTIFICATE": tls.certificate, "TLS_KEY": tls.key}
    for name, value in {**{f"MAINSTAY_{name}": str(file) for name, file in files.items()}, **given}.items():
        monkeypatch.setenv(name, value)
    (finding,) = [one for one in await checks.look(read(CheckSettings)) if one.about == "Kafka"]
    assert said.lower() in finding.said.lower()
    assert finding.cure == "correct kafka.bootstrap"
