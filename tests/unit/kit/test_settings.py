from __future__ import annotations

import base64

import pytest
from pydantic import Field
from pydantic_settings import SettingsConfigDict

from libs.kit.settings import KitSettings, SettingsWrong, load, read

RIGHT = {
    "MAINSTAY_DATABASE_URL": "postgresql:///employees",
    "MAINSTAY_BUS_URL": "postgresql:///bus",
    "MAINSTAY_KEYRING": "k1:" + base64.b64encode(bytes(32)).decode(),
    "MAINSTAY_WORKLOAD_SECRET": "s" * 32,
}


class LoudSettings(KitSettings):
    model_config = SettingsConfigDict(env_prefix="MAINSTAY_", extra="ignore")

    volume: int = Field(default=3, ge=1, le=11, description="How loud")


@pytest.fixture(autouse=True)
def right(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in RIGHT.items():
        monkeypatch.setenv(name, value)


def test_settings_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAINSTAY_VOLUME", "11")
    monkeypatch.setenv("MAINSTAY_OF_SOMEBODY_ELSE", "1")
    found = load(LoudSettings)
    assert (found.database_url, found.volume, found.time_zone) == ("postgresql:///employees", 11, "Asia/Shanghai")


def test_what_is_given_wins_over_the_environment() -> None:
    assert read(LoudSettings, database_url="postgresql:///other").database_url == "postgresql:///other"


@pytest.mark.parametrize("name", RIGHT)
def test_each_missing_variable_is_named_and_described(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(name)
    with pytest.raises(SettingsWrong) as wrong:
        read(LoudSettings)
    lines = str(wrong.value).splitlines()
    assert len(lines) == 2
    assert lines[1].startswith(f"  {name}: Field required (")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("MAINSTAY_VOLUME", "twelve"),
        ("MAINSTAY_VOLUME", "12"),
        ("MAINSTAY_DATABASE_POOL", "1"),
        ("MAINSTAY_TIME_ZONE", "Mars/Olympus"),
        ("MAINSTAY_KEYRING", "k1:not-the-base64-of-32-bytes"),
        ("MAINSTAY_WORKLOAD_SECRET", "too-short-to-be-one"),
    ],
)
def test_a_wrong_variable_ends_the_process_naming_it_and_not_what_it_holds(
    name: str, value: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(SystemExit) as ended:
        load(LoudSettings)
    assert ended.value.code == 2
    said = capsys.readouterr().err
    assert f"  {name}: " in said
    assert len(value) < 3 or value not in said


def test_everything_wrong_is_said_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in RIGHT:
        monkeypatch.delenv(name)
    with pytest.raises(SettingsWrong) as wrong:
        read(LoudSettings)
    assert len(str(wrong.value).splitlines()) == 1 + len(RIGHT)


def test_secrets_do_not_show() -> None:
    shown = repr(read(LoudSettings))
    assert RIGHT["MAINSTAY_KEYRING"] not in shown
    assert RIGHT["MAINSTAY_WORKLOAD_SECRET"] not in shown
