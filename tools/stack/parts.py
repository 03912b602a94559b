"""Fetches the real stack's Java parts, once, with Maven: Kafka's jars and Keycloak's distribution.

python -m tools.stack.parts        fetch what is missing and print where it is
python -m tools.stack.parts pin    after a change of versions in pom.xml: write the digests of what Maven brings

Versions stand in `pom.xml`, the SHA-256 of every file that becomes part of the stack in `parts.sha256`.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path

HERE = Path(__file__).resolve().parent
POM = HERE / "pom.xml"
PINS = HERE / "parts.sha256"
CACHE = HERE.parents[1] / ".cache" / "stack"
JAVA_WANTED = 17
_FETCH_SECONDS = 1200
# The lines of Maven's output that tell what went wrong; the rest are stack traces and advice.
_TOLD_LINES = 12


class PartsFailed(Exception):
    """The parts cannot be had; says what is missing or which file is not the pinned one."""


@dataclass(frozen=True)
class Parts:
    """`kafka`: the folder of Kafka's jars. `keycloak`: the distribution as it was published; build in a copy of it."""

    kafka: Path
    keycloak: Path


def java() -> Path | None:
    """The `java` of JAVA_HOME, or else of the PATH; None when there is none or it is older than 17."""
    home = os.environ.get("JAVA_HOME")
    found = shutil.which("java", path=f"{home}/bin" if home else None) or shutil.which("java")
    return Path(found) if found and _java_version(found) >= JAVA_WANTED else None


@cache
def _java_version(program: str) -> int:
    told = subprocess.run([program, "-version"], capture_output=True, text=True, check=False).stderr
    version = re.search(r'version "(\d+)', told)
    return int(version[1]) if version else 0


def missing() -> str:
    """Why the stack cannot run on this machine; empty when it can. Fetched parts need no Maven any more."""
    if java() is None:
        return f"no Java {JAVA_WANTED} or newer on this machine"
    if not _folder().exists() and shutil.which("mvn") is None:
        return "no Maven (mvn) on this machine to fetch Kafka and Keycloak with"
    return ""


def fetch() -> Parts:
    """Fetches what is not there yet (235 MB) and checks it. Blocks; safe in several processes at once.

    Raises PartsFailed.
    """
    folder = _folder()
    if not folder.exists():
        with _alone():
            if not folder.exists():
                _make(folder)
    return Parts(folder / "kafka", folder / "keycloak")


def pin() -> int:
    """Writes the digests of what Maven brings for the present `pom.xml`. Returns how many files there are."""
    with _alone(), _incoming() as incoming:
        _run_maven(incoming)
        found = _digests(incoming)
    PINS.write_text("".join(f"{digest}  {name}\n" for name, digest in sorted(found.items())))
    return len(found)


def _folder() -> Path:
    """Named by what is wanted: another version or digest is another folder, and a folder that is there is whole."""
    wanted = hashlib.sha256(POM.read_bytes() + PINS.read_bytes()).hexdigest()
    return CACHE / f"parts-{wanted[:12]}"


def _make(folder: Path) -> None:
    with _incoming() as incoming:
        _run_maven(incoming)
        _check(_digests(incoming), _pinned())
        _unpack(incoming)
        incoming.rename(folder)


def _run_maven(target: Path) -> None:
    if shutil.which("mvn") is None or java() is None:
        raise PartsFailed(missing() or "no Maven (mvn) on this machine")
    command = ["mvn", "-B", "-q", "-ntp", "-f", str(POM), f"-Dparts.folder={target}", "generate-resources"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=_FETCH_SECONDS)
    except subprocess.TimeoutExpired:
        raise PartsFailed(f"Maven did not fetch the stack's parts in {_FETCH_SECONDS} s") from None
    if done.returncode:
        told = [line for line in (done.stdout + done.stderr).splitlines() if line.startswith("[ERROR]")]
        raise PartsFailed("\n".join(["Maven could not fetch the stack's parts:", *told[:_TOLD_LINES]]))


def _digests(folder: Path) -> dict[str, str]:
    """SHA-256 of every file below the folder, by its path there."""
    found = {}
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            with path.open("rb") as file:
                found[path.relative_to(folder).as_posix()] = hashlib.file_digest(file, "sha256").hexdigest()
    return found


def _pinned() -> dict[str, str]:
    lines = (line.split("  ", 1) for line in PINS.read_text().splitlines())
    return {name: digest for digest, name in lines}


def _check(found: Mapping[str, str], pinned: Mapping[str, str]) -> None:
    """Raises PartsFailed, naming each file that is not what was pinned."""
    wrong = [f"{name}: not the pinned file" for name in found.keys() & pinned.keys() if found[name] != pinned[name]]
    wrong += [f"{name}: has no pinned digest" for name in found.keys() - pinned.keys()]
    wrong += [f"{name}: was not fetched" for name in pinned.keys() - found.keys()]
    if wrong:
        raise PartsFailed("\n".join([f"What Maven fetched is not what {PINS.name} says:", *sorted(wrong)]))


def _unpack(folder: Path) -> None:
    """Puts the archive of Keycloak in place as the folder `keycloak`."""
    (archive,) = folder.glob("keycloak-*.tar.gz")
    with tarfile.open(archive) as packed:
        # Python before 3.11.4 knows no filters; the archive is the pinned one.
        packed.extraction_filter = getattr(tarfile, "data_filter", None)
        packed.extractall(folder / "unpacked")  # noqa: S202 - as above
    (inner,) = (folder / "unpacked").iterdir()
    inner.rename(folder / "keycloak")
    (folder / "unpacked").rmdir()
    archive.unlink()


@contextmanager
def _alone() -> Iterator[None]:
    CACHE.mkdir(parents=True, exist_ok=True)
    with (CACHE / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@contextmanager
def _incoming() -> Iterator[Path]:
    """An empty folder; what an interrupted fetch left in it is thrown away. Only for whoever has the lock."""
    folder = CACHE / "incoming"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def main() -> None:
    try:
        if sys.argv[1:] == ["pin"]:
            print(f"{pin()} digests written to {PINS.name}")
        else:
            parts = fetch()
            print(f"Kafka: {parts.kafka}\nKeycloak: {parts.keycloak}")
    except PartsFailed as failed:
        sys.exit(str(failed))


if __name__ == "__main__":
    main()
