"""Builds the platform's image, or the parts', and says how large it is: `python -m tools.image [platform | parts] …`.

Takes docker, podman or buildah, whichever works here. Beside the image comes its bill of materials: what the lock files
brought and the packages of Debian in it, as CycloneDX, in `.cache/images/<name>-<version>.cdx.json`.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tools import sbom

ROOT = Path(__file__).resolve().parents[1]
BILLS = ROOT / ".cache" / "images"
_DEBIAN = ("dpkg-query", "-W", "-f", "${Package} ${Version} ${Architecture}\\n")


class ImageFailed(Exception):
    """There is nothing to build images with, or it failed."""


@dataclass(frozen=True)
class Image:
    name: str
    file: str

    def tag(self) -> str:
        return f"{self.name}:{version()}"


IMAGES = {"platform": Image("mainstay", "Dockerfile"), "parts": Image("mainstay-parts", "Dockerfile.evaluation")}


def version() -> str:
    """The platform's, as pyproject.toml and the images' tags say it."""
    told: str = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    return told


@dataclass(frozen=True)
class Builder:
    """docker, podman or buildah."""

    program: str

    def build(self, image: Image, *options: str) -> None:
        layers = ["--layers"] if self.program == "buildah" else []
        told = ["--build-arg", f"VERSION={version()}", "--build-arg", f"REVISION={revision()}"]
        self._run("build", *layers, "-f", image.file, "-t", image.tag(), *told, *options, ".")

    def size(self, image: Image) -> int:
        """Bytes, unpacked."""
        if self.program == "buildah":
            # Its own `inspect` does not say.
            listed = json.loads(self._asked("images", "--json", image.tag()))
            return _bytes(str(listed[0]["size"]))
        return int(self._asked("image", "inspect", "--format", "{{.Size}}", image.tag()))

    def debian(self, image: Image) -> list[str]:
        """The packages of Debian in it, as `sbom` wants them."""
        if self.program != "buildah":
            entry, *arguments = _DEBIAN
            return self._asked("run", "--rm", "--entrypoint", entry, image.tag(), *arguments).splitlines()
        container = self._asked("from", "--pull-never", image.tag()).strip()
        try:
            return self._asked("run", container, "--", *_DEBIAN).splitlines()
        finally:
            self._asked("rm", container)

    def _run(self, *arguments: str) -> None:
        done = subprocess.run([self.program, *arguments], cwd=ROOT, check=False)
        if done.returncode:
            raise ImageFailed(f"{self.program} {arguments[0]} failed")

    def _asked(self, *arguments: str) -> str:
        done = subprocess.run([self.program, *arguments], cwd=ROOT, capture_output=True, text=True, check=False)
        if done.returncode:
            raise ImageFailed(f"{self.program} {arguments[0]} failed: {done.stderr.strip()}")
        return done.stdout


def builder() -> Builder:
    """The first that works here: a docker without its daemon does not. Raises ImageFailed."""
    for program in ("docker", "podman", "buildah"):
        if shutil.which(program) and not subprocess.run([program, "info"], capture_output=True, check=False).returncode:
            return Builder(program)
    raise ImageFailed("none of docker, podman and buildah works here")


def revision() -> str:
    """The commit the image is built from; `unknown` outside a repository."""
    asked = subprocess.run(["git", "rev-parse", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=False)
    return asked.stdout.strip() or "unknown"


def _bytes(told: str) -> int:
    """Of a size as buildah tells it: `411 MB`."""
    number, unit = told.split()
    units = {"B": 1, "KB": 10**3, "MB": 10**6, "GB": 10**9}
    return round(float(number) * units[unit.upper()])


def make(name: str, options: Sequence[str]) -> None:
    image, by = IMAGES[name], builder()
    by.build(image, *options)
    print(f"{image.tag()}: {by.size(image) / 1e6:.0f} MB, built by {by.program}")
    if name == "platform":
        BILLS.mkdir(parents=True, exist_ok=True)
        bill = BILLS / f"{image.name}-{version()}.cdx.json"
        made = sbom.of_image(version(), by.debian(image))
        bill.write_text(json.dumps(made, indent=1, ensure_ascii=False))
        print(f"{bill.relative_to(ROOT)}: {len(made['components'])} packages")


def main() -> None:
    name, *options = sys.argv[1:] or ["platform"]
    if name not in IMAGES:
        sys.exit(f"name one of: {', '.join(IMAGES)}")
    try:
        make(name, options)
    except ImageFailed as failed:
        sys.exit(str(failed))


if __name__ == "__main__":
    main()
