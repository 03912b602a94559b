"""What containers are told: variables that their program knows, all that it needs, and secrets by name alone."""

from __future__ import annotations

import ast
import base64
import importlib
import re
from collections.abc import Mapping
from typing import Any

import pytest
from pydantic import SecretStr
from pydantic_settings import BaseSettings

from gateway.settings import GatewaySettings
from libs.kit.backup.settings import BackupSettings
from libs.kit.bus.topics import TopicSettings
from libs.kit.checks.settings import CheckSettings
from libs.kit.settings import SettingsWrong, read
from services.identity.realm import RealmSettings
from tests.support.chart import CASES, NAMESPACE, PROGRAMS, RELEASE, Rendered, case, render, walk
from tools.contract import ROOT
from tools.stack.part import PartSettings

PREFIX = "MAINSTAY_"
SETTINGS: Mapping[str, type[BaseSettings]] = {
    "gateway": GatewaySettings,
    "libs.kit.bus.topics": TopicSettings,
    "libs.kit.backup": BackupSettings,
    "libs.kit.checks": CheckSettings,
    "services.identity.realm": RealmSettings,
    "tools.stack.part": PartSettings,
}
OUTSIDE = [name for name, one in CASES.items() if one.profile != "evaluation"]


def module_of(container: Mapping[str, Any]) -> str:
    """What Python runs in a container: `services.identity` of `python -m services.identity migrate`."""
    if container["image"].startswith("mainstay-parts:"):
        return "tools.stack.part"
    line = " ".join([*container.get("command", []), *container.get("args", [])])
    found = re.search(r"-m ([a-z_.]+)", line)
    return found[1] if found else ""


def settings_of(module: str) -> type[BaseSettings] | None:
    """The settings a program reads; None where it reads single variables only."""
    if module.startswith("services.") and module not in SETTINGS:
        found: type[BaseSettings] = importlib.import_module(f"{module}.service").service.settings
        return found
    return SETTINGS.get(module)


def named_in_source() -> frozenset[str]:
    """Variables that some source of ours reads by their full name."""
    sources = [
        path for folder in ("libs", "services", "gateway", "tools/stack") for path in (ROOT / folder).rglob("*.py")
    ]
    texts = (
        node.value
        for path in sources
        if "node_modules" not in path.parts
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    )
    return frozenset(text for text in texts if re.fullmatch(r"MAINSTAY_[A-Z_]+", text))


@pytest.fixture(scope="module")
def by_name() -> frozenset[str]:
    return named_in_source()


def known_to(settings: type[BaseSettings] | None) -> set[str]:
    return {PREFIX + name.upper() for name in settings.model_fields} if settings else set()


def test_every_variable_is_known_to_the_program_that_is_given_it(rendered: Rendered, by_name: frozenset[str]) -> None:
    """A variable that nobody reads is a setting an operator believes in."""
    for pod in rendered.pods:
        for box in pod.containers:
            told = {name for name in rendered.environment(box) if name.startswith(PREFIX)}
            unknown = told - known_to(settings_of(module_of(box))) - by_name
            assert not unknown, (pod.name, box["name"])


def test_every_program_finds_all_it_needs_and_takes_it(rendered: Rendered, monkeypatch: pytest.MonkeyPatch) -> None:
    """Read by the program's own settings, with something in place of what Secrets hold."""
    for pod in rendered.pods:
        for box in pod.containers:
            settings = settings_of(module_of(box))
            if settings is None:
                continue
            with monkeypatch.context() as patch:
                for name, value in environment(rendered, box).items():
                    patch.setenv(name, value)
                read(settings)


def environment(rendered: Rendered, container: Mapping[str, Any]) -> dict[str, str]:
    """As a container sees it: what Secrets hold put in, `$(NAME)` too."""
    found = {
        name: given if isinstance(given, str) else held(name) for name, given in rendered.environment(container).items()
    }
    return {name: re.sub(r"\$\((\w+)\)", lambda one: found[one[1]], value) for name, value in found.items()}


def held(variable: str) -> str:
    """Something of the form a Secret has to hold for the variable."""
    address = "postgresql://hr:secret@postgres:5432/hr"
    ring = f"k1:{base64.b64encode(bytes(32)).decode()}"
    return ring if variable == "MAINSTAY_KEYRING" else address if "DATABASE" in variable else "s" * 48


def test_a_program_that_is_told_too_little_would_be_found(monkeypatch: pytest.MonkeyPatch) -> None:
    rendered = case("standard")
    [box] = rendered.program("gateway").spec["containers"]
    for name, value in environment(rendered, box).items():
        if name != "MAINSTAY_ISSUER":
            monkeypatch.setenv(name, value)
    with pytest.raises(SettingsWrong, match="MAINSTAY_ISSUER"):
        read(GatewaySettings)


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("program", PROGRAMS)
def test_a_program_knows_where_the_services_are(name: str, program: str) -> None:
    """Each by the headless Service that stands for all its pods."""
    rendered = case(name)
    [box] = rendered.program(program).spec["containers"]
    told = dict(one.split("=", 1) for one in rendered.environment(box)["MAINSTAY_SERVICES"].split(","))
    assert set(told) == set(PROGRAMS) - {"gateway"}
    for service, address in told.items():
        assert address == f"dns:///{RELEASE}-{service}.{NAMESPACE}.svc.cluster.local:50051"
        found = rendered.named("Service", service)["spec"]
        assert found["clusterIP"] == "None"
        assert {one["port"] for one in found["ports"]} >= {50051}


# -- secrets


def references(rendered: Rendered) -> set[tuple[str, str]]:
    """Every (Secret, key) that a container or a volume names; key `*` for a whole one."""
    found = set()
    for pod in rendered.pods:
        for box in pod.containers:
            for one in box.get("env", []):
                if given := one.get("valueFrom", {}).get("secretKeyRef"):
                    found.add((given["name"], given["key"]))
        for volume in pod.spec.get("volumes", []):
            if given := volume.get("secret"):
                keys = [one["key"] for one in given.get("items", [])] or ["*"]
                found |= {(given["secretName"], key) for key in keys}
    return found


def secret_variables() -> set[str]:
    kinds = [settings_of(one if one == "gateway" else f"services.{one}") for one in PROGRAMS]
    fields = {name: field for kind in kinds if kind for name, field in kind.model_fields.items()}
    held = {name for name, field in fields.items() if field.annotation is SecretStr}
    return {PREFIX + name.upper() for name in held | {"database_url"}}


def test_what_is_secret_comes_from_a_secret(rendered: Rendered) -> None:
    for pod in rendered.pods:
        for box in pod.containers:
            for name, given in rendered.environment(box).items():
                plain = isinstance(given, str)
                assert not (plain and name in secret_variables()), (pod.name, name)


@pytest.mark.parametrize("name", OUTSIDE)
def test_with_parts_outside_nothing_secret_is_rendered(name: str) -> None:
    """What Helm renders stays in the release's history, readable to whoever may read Secrets of the namespace."""
    rendered = case(name)
    assert rendered.of("Secret") == []
    for one in rendered.resources:
        for path, value in walk(one):
            assert not re.search(r"://[^/\s]+:[^/\s]+@|PRIVATE KEY|BEGIN CERTIFICATE", str(value)), path


def test_in_the_evaluation_every_secret_that_is_named_is_made() -> None:
    rendered = case("evaluation")
    made = {
        one["metadata"]["name"]: {*one.get("data", {}), *one.get("stringData", {})} for one in rendered.of("Secret")
    }
    for secret, key in references(rendered):
        assert secret in made, secret
        assert key in made[secret] | {"*"}, (secret, key)


def test_the_evaluations_secrets_differ_from_release_to_release() -> None:
    """Nothing that is the same everywhere could be kept secret; the demo's two clients are in the README."""
    first, second = (
        {one["metadata"]["name"]: one.get("data", {}) for one in render("evaluation", {"timeZone": zone}).of("Secret")}
        for zone in ("Asia/Shanghai", "Asia/Tokyo")
    )
    same = {
        (name, key) for name, data in first.items() for key, value in data.items() if second[name].get(key) == value
    }
    assert {key for _, key in same} <= {"erp-client", "warehouse-client"}
