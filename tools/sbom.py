"""What the image is made of, as a CycloneDX document: its bill of materials.

Python's packages come from `requirements.runtime.lock`, the portal's from its `package-lock.json`, each with the
digests that the build insists on; licences are what the packages say of themselves. Debian's packages are those of
the built image.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from importlib.metadata import PackageNotFoundError, metadata
from pathlib import Path
from typing import Any
from urllib.parse import quote
from uuid import NAMESPACE_URL, uuid5

ROOT = Path(__file__).resolve().parents[1]
RUNTIME_LOCK = ROOT / "requirements.runtime.lock"
PORTAL_LOCK = ROOT / "gateway" / "portal" / "package-lock.json"
_PINNED = re.compile(r"^(?P<name>[A-Za-z0-9._-]+)==(?P<version>[^ \\]+)")
_DIGEST = re.compile(r"--hash=sha256:([0-9a-f]{64})")
_HASHES = {"sha512": "SHA-512", "sha384": "SHA-384", "sha256": "SHA-256", "sha1": "SHA-1"}

Component = dict[str, Any]


def pinned(lock: str) -> Mapping[str, tuple[str, list[str]]]:
    """Versions and SHA-256 digests by package, of a lock file of pip's."""
    found: dict[str, tuple[str, list[str]]] = {}
    name = ""
    for line in lock.splitlines():
        if begins := _PINNED.match(line):
            name = begins["name"].lower()
            found[name] = (begins["version"], [])
        elif digest := _DIGEST.search(line):
            found[name][1].append(digest[1])
    return found


def python_packages(lock: str) -> Iterator[Component]:
    for name, (version, digests) in pinned(lock).items():
        purl = f"pkg:pypi/{name}@{quote(version)}"
        # One digest for each file of a release, which a component's own hashes could not tell apart.
        files = [{"type": "distribution", "url": purl, "hashes": _sha256(digests)}]
        yield _component(name, version, purl, licence=_licence(name)) | {"externalReferences": files}


def portal_packages(lock: Mapping[str, Any]) -> Iterator[Component]:
    """What is built into the portal: the packages it needs while it is used, not those that build it."""
    for path, entry in lock["packages"].items():
        if not path or entry.get("dev") or entry.get("devOptional"):
            continue
        name, version = path.rpartition("node_modules/")[2], entry["version"]
        scope, slash, bare = name.rpartition("/")
        purl = f"pkg:npm/{quote(scope)}{slash}{bare}@{quote(version)}"
        made = _component(name, version, purl, licence=entry.get("license", ""))
        if entry.get("integrity"):
            made["hashes"] = [_integrity(one) for one in entry["integrity"].split()]
        yield made


def debian_packages(lines: Iterable[str]) -> Iterator[Component]:
    """Of lines of `name version architecture`."""
    for name, version, architecture in (line.split() for line in lines if line.strip()):
        purl = f"pkg:deb/debian/{quote(name)}@{quote(version)}?arch={architecture}"
        yield _component(name, version, purl)


def document(name: str, version: str, components: Iterable[Component]) -> dict[str, Any]:
    """The same components make the same document, serial number and all."""
    listed = sorted({one["bom-ref"]: one for one in components}.values(), key=lambda one: str(one["bom-ref"]))
    said = json.dumps([name, version, listed], sort_keys=True)
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{uuid5(NAMESPACE_URL, said)}",
        "version": 1,
        "metadata": {"component": {"type": "container", "name": name, "version": version, "bom-ref": name}},
        "components": listed,
        "dependencies": [{"ref": name, "dependsOn": [one["bom-ref"] for one in listed]}],
    }


def of_image(version: str, debian: Iterable[str]) -> dict[str, Any]:
    """The platform's image, with the packages of Debian that are in it."""
    components = [
        *python_packages(RUNTIME_LOCK.read_text()),
        *portal_packages(json.loads(PORTAL_LOCK.read_text())),
        *debian_packages(debian),
    ]
    return document("mainstay", version, components)


def _component(name: str, version: str, purl: str, *, licence: str = "") -> Component:
    made: Component = {"type": "library", "bom-ref": purl, "name": name, "version": version, "purl": purl}
    if licence:
        # A name: what packages say is an SPDX expression only sometimes.
        made["licenses"] = [{"license": {"name": licence}}]
    return made


def _licence(package: str) -> str:
    """What an installed package says of itself; empty when it is not installed or says a whole text."""
    try:
        told = metadata(package)
    except PackageNotFoundError:
        return ""
    said = told["License-Expression"] or told["License"] or ""
    if said and "\n" not in said:
        return str(said)
    kinds = [one.rpartition(" :: ")[2] for one in told.get_all("Classifier") or () if one.startswith("License ::")]
    return " AND ".join(kinds)


def _sha256(digests: Iterable[str]) -> list[dict[str, str]]:
    return [{"alg": "SHA-256", "content": digest} for digest in digests]


def _integrity(told: str) -> dict[str, str]:
    kind, _, content = told.partition("-")
    return {"alg": _HASHES[kind], "content": base64.b64decode(content).hex()}
