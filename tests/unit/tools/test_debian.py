"""Steps that need the same program at once install it one after another, and once."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tools import debian

# Like apt's own it refuses a second one while the first is at work.
APT = """#!/bin/sh
mkdir {folder}/busy || exit 1
echo "$1" >> {folder}/asked
sleep 0.2
if [ "$1" = install ]; then printf '#!/bin/sh\n' > {folder}/wanted; chmod +x {folder}/wanted; fi
rmdir {folder}/busy
"""


@pytest.fixture
def apt(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "apt-get").write_text(APT.format(folder=tmp_path))
    (tmp_path / "apt-get").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    return tmp_path


def test_two_at_once_install_once(apt: Path) -> None:
    with ThreadPoolExecutor(2) as pool:
        told = list(pool.map(lambda _: debian.missing("It", ["wanted"], ["some-package"]), range(2)))
    assert told == ["", ""]
    assert (apt / "asked").read_text().split() == ["update", "install"]


def test_what_cannot_be_installed_is_said(apt: Path) -> None:
    (apt / "busy").mkdir()
    assert debian.missing("It", ["wanted"], ["some-package"]).startswith("It could not be installed: mkdir")


def test_without_root_it_is_said(apt: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert "needs root" in debian.missing("It", ["wanted"], ["some-package"])
    assert not (apt / "asked").exists()
