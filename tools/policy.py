"""Programs that judge Kubernetes resources by what others learned: checkov in an environment of its own, kube-score,
and kubeconform.

They are for checks alone and come with a hundred packages that nothing of ours needs, so they stay out of
requirements.lock: checkov's stand in `checkov.lock` with their hashes (`python -m tools.policy lock` writes it anew),
the others are compiled where the machine has Go, which checks their modules against the public log of sums.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import venv
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from tools.cache import CACHE, once

LOCK = Path(__file__).resolve().parent / "checkov.lock"
CHECKOV = "checkov==3.3.30"
KUBE_SCORE = "github.com/zegl/kube-score/cmd/kube-score@v1.20.0"
KUBECONFORM = "github.com/yannh/kubeconform/cmd/kubeconform@v0.7.0"
_MAKE_SECONDS = 900
_RUN_SECONDS = 180


class PolicyFailed(Exception):
    """A program cannot be had or did not end well; says why."""


@dataclass(frozen=True, order=True)
class Finding:
    """A check that a resource did not pass. `resource`: `Deployment/name`."""

    check: str
    resource: str
    said: str


def checkov_missing() -> str:
    """Why there is no checkov; nothing when there is. Installs it (290 MB) when it is not there."""
    try:
        _checkov()
    except PolicyFailed as failed:
        return str(failed)
    return ""


def kube_score_missing() -> str:
    """Why there is no kube-score; nothing when there is. Compiles it (a minute) when it is not there."""
    return _uncompiled(KUBE_SCORE)


def kubeconform_missing() -> str:
    """Why there is no kubeconform; nothing when there is. Compiles it (some seconds) when it is not there."""
    return _uncompiled(KUBECONFORM)


def _uncompiled(module: str) -> str:
    try:
        _compiled(module)
    except PolicyFailed as failed:
        return str(failed)
    return ""


def checkov(folder: Path) -> list[Finding]:
    """What checkov finds in the resources of a folder's files. Asks nobody outside. Raises PolicyFailed."""
    options = ["--framework", "kubernetes", "--skip-download", "--compact", "--quiet", "--soft-fail", "-o", "json"]
    told = _run([str(_checkov()), "-m", "checkov.main", "-d", str(folder), *options])
    answer: dict[str, Any] = json.loads(told)
    if answer["summary"]["parsing_errors"] or not answer["summary"]["passed"]:
        raise PolicyFailed(f"checkov could not read everything: {answer['summary']}")
    return sorted(
        {Finding(one["check_id"], _resource(one["resource"]), one["check_name"]) for one in _failed_checks(answer)}
    )


def _failed_checks(answer: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    found: Sequence[Mapping[str, Any]] = answer["results"]["failed_checks"]
    return found


def _resource(name: str) -> str:
    """`Deployment/hr-identity` of `Deployment.people.hr-identity`."""
    kind, _, rest = name.partition(".")
    return f"{kind}/{rest.partition('.')[2]}"


def kube_score(file: Path, *, kubernetes: str) -> list[Finding]:
    """What kube-score calls critical in a file's resources. Raises PolicyFailed."""
    told = _run(
        [str(_compiled(KUBE_SCORE)), "score", str(file), "-o", "json", "--kubernetes-version", kubernetes], ends=(0, 1)
    )
    return sorted(
        {
            Finding(check["check"]["id"], f"{one['type_meta']['kind']}/{one['object_meta']['name']}", remark["summary"])
            for one in json.loads(told)
            for check in one["checks"]
            if not check["skipped"] and check["grade"] == _CRITICAL
            for remark in check["comments"] or ()
        }
    )


_CRITICAL = 1


def kubeconform(where: Path, schemas: Path, *, skip: Iterable[str]) -> tuple[list[Finding], int]:
    """What kubeconform says against the resources of a file or a folder, and how many it judged. Raises PolicyFailed.

    `schemas` has a file for each kind, `deployment-apps-v1.json`, whole in itself; it asks nobody outside. Kinds to
    `skip` are not judged.
    """
    kinds = f"{schemas}/{{{{ .ResourceKind }}}}{{{{ .KindSuffix }}}}.json"
    options = ["-strict", "-summary", "-output", "json", "-schema-location", kinds, "-skip", ",".join(skip)]
    told = json.loads(_run([str(_compiled(KUBECONFORM)), *options, str(where)], ends=(0, 1)))
    wrong = {Finding(one["status"], f"{one['kind']}/{one['name']}", one["msg"]) for one in told["resources"]}
    return sorted(wrong), told["summary"]["valid"]


@cache
def _checkov() -> Path:
    """The Python that has it."""
    wanted = hashlib.sha256(LOCK.read_bytes() + sys.version.encode()).hexdigest()
    return once(CACHE / "policy" / f"checkov-{wanted[:12]}", _install) / "bin" / "python"


def _install(folder: Path) -> None:
    print("Installing checkov…", flush=True)
    venv.create(folder, with_pip=True)
    options = ["--quiet", "--disable-pip-version-check", "--require-hashes", "--no-compile"]
    _run([str(folder / "bin" / "python"), "-m", "pip", "install", *options, "-r", str(LOCK)])


@cache
def _compiled(module: str) -> Path:
    """A Go program by its module and version: `host/path/name@v1.2.3`."""
    program, _, version = module.rpartition("/")[2].partition("@")
    go = shutil.which("go")
    if go is None:
        raise PolicyFailed(f"{program} needs Go, which is not here")

    def compile_(folder: Path) -> None:
        print(f"Compiling {program}…", flush=True)
        _run([go, "install", "-trimpath", module], environment={"GOBIN": str(folder), "CGO_ENABLED": "0"})

    return once(CACHE / "policy" / f"{program}-{version}", compile_) / program


def _run(command: Sequence[str], *, ends: Sequence[int] = (0,), environment: Mapping[str, str] | None = None) -> str:
    # Python's own variables would lead a program of another environment into this one.
    env = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    try:
        done = subprocess.run(
            command,
            capture_output=True,
            text=True,
            check=False,
            timeout=_RUN_SECONDS if environment is None and "pip" not in command else _MAKE_SECONDS,
            env={**env, **(environment or {})},
        )
    except subprocess.TimeoutExpired:
        raise PolicyFailed(f"{Path(command[0]).name} did not end in time") from None
    if done.returncode not in ends:
        told = done.stderr.strip().splitlines() or ["no reason given"]
        raise PolicyFailed(f"{' '.join(command[:4])}: {told[-1]}")
    return done.stdout


def _lock() -> None:
    """Compiles `checkov.lock` anew."""
    options = ["--quiet", "--generate-hashes", "--strip-extras", "--allow-unsafe", "--no-header"]
    options += ["--no-emit-index-url", "--no-emit-find-links", "--no-emit-trusted-host"]
    command = [sys.executable, "-m", "piptools", "compile", *options, "-o", str(LOCK), "-"]
    subprocess.run(command, input=CHECKOV + "\n", text=True, check=True)


if __name__ == "__main__":
    if sys.argv[1:] != ["lock"]:
        sys.exit(__doc__)
    _lock()
