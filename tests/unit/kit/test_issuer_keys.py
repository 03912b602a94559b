from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from tools.stack import issuer_keys
from tools.stack.issuer_keys import IssuerKeys

FOUND = b'{"keys": [{"kid": "one"}]}'


class Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(FOUND)

    def log_message(self, *_: object) -> None:
        """Nothing is to be said."""


@pytest.fixture
def address() -> Iterator[str]:
    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/keys"
        server.shutdown()
        thread.join()


@pytest.fixture
def keys(address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[IssuerKeys]:
    monkeypatch.setattr(issuer_keys, "_FIRST_SECONDS", 0.01)
    keys = IssuerKeys(address, tmp_path / "keys.json")
    yield keys
    keys.stop()


def eventually(check: Callable[[], bool]) -> bool:
    until = time.monotonic() + 5
    while not check() and time.monotonic() < until:
        time.sleep(0.01)
    return check()


def asking() -> int:
    return sum(thread.name == "issuer-keys" for thread in threading.enumerate())


@pytest.mark.filterwarnings("error::pytest.PytestUnhandledThreadExceptionWarning")
def test_it_goes_on_asking_when_the_keys_cannot_be_written_at_first(keys: IssuerKeys) -> None:
    # A folder in the place of the file to write fails as a full disk does: with an OSError.
    obstacle = keys.file.with_suffix(".fresh")
    obstacle.mkdir(parents=True)
    keys.start()
    assert not keys.refresh()
    time.sleep(0.2)
    assert asking() == 1
    assert b"one" not in keys.file.read_bytes()
    obstacle.rmdir()
    assert eventually(lambda: keys.file.read_bytes() == FOUND)


def test_a_file_that_went_away_is_written_again(keys: IssuerKeys) -> None:
    assert keys.refresh()
    keys.file.unlink()
    assert keys.refresh()
    assert keys.file.read_bytes() == FOUND


def test_started_again_it_asks_no_oftener_and_stopped_not_at_all(keys: IssuerKeys) -> None:
    for _ in range(3):
        keys.start()
    assert asking() == 1
    keys.stop()
    assert asking() == 0
    keys.start()
    assert asking() == 1
