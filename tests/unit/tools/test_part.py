"""One part of the stack in a container: what it is told, whom it lets in, how it ends."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator, Mapping
from pathlib import Path

import asyncpg
import pytest

from libs.kit.postgres import PostgresFailed, PostgresServer
from tests.support.ports import free_port
from tools.stack import part
from tools.stack.kafka import KafkaServer
from tools.stack.keycloak import KeycloakServer
from tools.stack.part import PartSettings, serve


@pytest.fixture(scope="module")
def server(server_folder: Path) -> Iterator[PostgresServer]:
    who = server_folder / "who-may-come.conf"
    who.write_text(part._WHO_MAY_COME)
    running = PostgresServer(
        server_folder / "postgres", port=free_port(), settings={"hba_file": str(who)}, dies_with_parent=True
    )
    who.parent.chmod(0o755)
    running.start()
    yield running
    running.stop()


def secret(folder: Path, passwords: Mapping[str, str]) -> PartSettings:
    """A Secret as Kubernetes mounts it: files that are links into a folder of its own."""
    data = folder / "..2026_11_23"
    data.mkdir()
    (folder / "..data").symlink_to(data)
    for name, word in passwords.items():
        (data / name).write_text(word + "\n")
        (folder / name).symlink_to(Path("..data") / name)
    return PartSettings(database_passwords=folder)


def test_each_database_is_a_file_of_the_secret(tmp_path: Path) -> None:
    assert secret(tmp_path, {"identity": "one", "gateway": "two"}).databases() == {"identity": "one", "gateway": "two"}


def test_a_name_that_is_more_than_a_word_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PostgresFailed, match="cannot be a database's name"):
        secret(tmp_path, {"identity; DROP TABLE people": "one"}).databases()


async def test_each_role_reaches_its_own_database_and_no_other(server: PostgresServer) -> None:
    words = {"identity": "it's \\ a word", "gateway": "another"}
    part._make_databases(server, words)

    async def come(role: str, database: str, word: str) -> str:
        try:
            line = await asyncpg.connect(
                host="127.0.0.1", port=server.port, user=role, database=database, password=word
            )
        except asyncpg.PostgresError as refused:
            return type(refused).__name__
        try:
            await line.execute("CREATE TABLE mine (n int); DROP TABLE mine")
            return "in"
        finally:
            await line.close()

    assert await come("identity", "identity", words["identity"]) == "in"
    assert await come("gateway", "gateway", words["gateway"]) == "in"
    assert await come("identity", "gateway", words["identity"]) == "InsufficientPrivilegeError"
    assert await come("identity", "identity", "guessed") == "InvalidPasswordError"
    assert await come("postgres", "identity", "guessed") == "InvalidAuthorizationSpecificationError"

    part._make_databases(server, {**words, "gateway": "a third"})
    assert await come("gateway", "gateway", words["gateway"]) == "InvalidPasswordError"
    assert await come("gateway", "gateway", "a third") == "in"


def test_kafka_tells_its_clients_the_names_they_know_it_by(tmp_path: Path) -> None:
    server, _ = part.kafka(PartSettings(part_data=tmp_path, kafka_host="mainstay-kafka"))
    assert isinstance(server, KafkaServer)
    said = server._properties()
    assert said["advertised.listeners"] == "INNER://mainstay-kafka:9092"
    assert said["listeners"] == "INNER://0.0.0.0:9092,CONTROLLER://0.0.0.0:9093"


def test_keycloak_names_itself_as_browsers_know_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAINSTAY_BACK_CHANNEL_URL", "http://mainstay-gateway:8080")
    server, _ = part.keycloak(PartSettings(part_data=tmp_path, keycloak_address="https://sso.example.com"))
    assert isinstance(server, KeycloakServer)
    assert server.issuer == "https://sso.example.com/realms/mainstay"
    assert {"--hostname=https://sso.example.com", "--http-host=0.0.0.0"} <= set(server._arguments())
    assert server.secrets["MAINSTAY_BACK_CHANNEL_URL"] == "http://mainstay-gateway:8080"


# -- how it ends


class Stub:
    """Runs for so many looks, then dies, or is told to end meanwhile."""

    def __init__(self, looks: int, *, told: bool) -> None:
        self._looks = looks
        self._told = told
        self.seen: list[str] = []

    @property
    def pid(self) -> int | None:
        self.seen.append("ready" if part.READY.exists() else "not ready")
        if self._told:
            os.kill(os.getpid(), signal.SIGTERM)
        self._looks -= 1
        return 1 if self._looks >= 0 else None

    def start(self) -> None:
        self.seen.append("started")

    def stop(self) -> None:
        self.seen.append("stopped")


@pytest.fixture
def handlers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(part, "READY", tmp_path / "ready")
    monkeypatch.setattr(part, "_WATCH_SECONDS", 0.0)
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.mark.usefixtures("handlers")
def test_it_ends_cleanly_when_it_is_told_to() -> None:
    stub = Stub(1, told=True)
    assert serve(stub, lambda: stub.seen.append("prepared")) == ""
    assert stub.seen == ["started", "prepared", "ready", "stopped"]
    assert not part.READY.exists()


@pytest.mark.usefixtures("handlers")
def test_it_says_so_when_the_part_died() -> None:
    part.READY.touch()
    stub = Stub(1, told=False)
    assert serve(stub, lambda: stub.seen.append("not ready" if not part.READY.exists() else "ready")) != ""
    assert stub.seen == ["started", "not ready", "ready", "ready", "stopped"]
    assert not part.READY.exists()
