"""The backup's commands: what they do and say, and that they look at the bus."""

from __future__ import annotations

from pathlib import Path

import pytest

from libs.kit.backup.shelf import Shelf
from libs.kit.bus.opening import open_bus
from libs.kit.clock import SystemClock
from tests.contract.bus_conformance import message
from tests.integration.kit.backup.conftest import RING, Small, in_thread
from tests.support.backups import ask


async def test_the_command_looks_at_the_bus_unless_it_is_told_not_to(
    small: Small, empty_url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    await small.take()
    async with open_bus(empty_url, SystemClock(), client="test") as bus:
        await bus.ensure_topics({"employees.people": True})
        await bus.publish([message("employees.people", "k")])
    urls = await small.empty()
    monkeypatch.setenv("MAINSTAY_BACKUP_DATABASES", ",".join(f"{name}={url}" for name, url in urls.items()))
    monkeypatch.setenv("MAINSTAY_KEYRING", RING)
    monkeypatch.setenv("MAINSTAY_BUS_URL", empty_url)
    folder = str(small.shelf.data.parent)
    assert await in_thread("restore", folder) == 1
    assert "refused: the bus is not empty: records of another time, 1 in employees.people," in capsys.readouterr().err
    assert await in_thread("restore", folder, "--keep-topics") == 0
    assert await ask(urls["employees"], "SELECT count(*) FROM vault_keys") == 50


async def test_the_commands_say_what_they_do(
    small: Small, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("MAINSTAY_BACKUP_DATABASES", ",".join(f"{name}={url}" for name, url in small.urls.items()))
    monkeypatch.setenv("MAINSTAY_KEYRING", RING)
    folder = str(tmp_path / "shelf")
    commands = [["take", "--to", folder]] * 3 + [["check", folder], ["list", folder]]
    assert [await in_thread(*command) for command in commands] == [0] * 5
    assert [await in_thread("prune", folder, "--keep", "2", "--keep-keys", "1")] == [0]
    shelf = Shelf.at(Path(folder), None)
    assert [len(shelf.all("data")), len(shelf.all("keys"))] == [2, 1]
    assert shelf.data.stat().st_mode & 0o077 == 0
    assert {path.stat().st_mode & 0o177 for path in shelf.newest("keys").iterdir()} == {0}
    metrics = (Path(folder) / "backup.prom").read_text()
    assert 'mainstay_backup_last_success_timestamp_seconds{kind="keys"}' in metrics
    (shelf.newest("data") / "identity.dump").write_bytes(b"")
    assert await in_thread("restore", folder) == 1
    assert "refused: " in capsys.readouterr().err
