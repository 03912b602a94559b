"""Secrets that only whoever installs can make: one that is missing is named at once, not by a Job minutes later."""

from __future__ import annotations

import json
import re
import shutil
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.support.chart import CASES, CHART, HelmRefused, Rendered, case, render

LOOKS = {
    'lookup "v1" "ServiceAccount" .Release.Namespace "default"': "true",
    '(lookup "v1" "Secret" $.Release.Namespace $name)': "(get (fromJson `%s`) $name | default dict)",
}
PRODUCTION = sorted(name for name, one in CASES.items() if one.profile != "evaluation")
Secrets = Mapping[str, Any]


def install(name: str, found: Secrets, folder: Path) -> Rendered:
    """A combination over a namespace in which Helm finds these Secrets, name to keys. Raises HelmRefused."""
    chart = shutil.copytree(CHART, folder / "mainstay")
    asking = chart / "templates/_secrets.tpl"
    text = asking.read_text()
    there = json.dumps({secret: {"data": dict.fromkeys(keys, "eA==")} for secret, keys in found.items()})
    for look, answer in LOOKS.items():
        assert text.count(look) == 1
        text = text.replace(look, answer.replace("%s", there))
    asking.write_text(text)
    return render(CASES[name].profile, CASES[name].values, upgrade=CASES[name].upgrade, chart=chart)


def asked(rendered: Rendered) -> dict[str, set[str]]:
    """Secret to keys, of all that pods cannot start without and the release or cert-manager does not make."""
    wanted: dict[str, set[str]] = defaultdict(set)
    for pod in rendered.pods:
        for one in objects(pod.spec):
            if one.get("optional"):
                continue
            if "secretName" in one:
                wanted[one["secretName"]] |= {item["key"] for item in one.get("items", [])}
            elif "secretKeyRef" in one and not one["secretKeyRef"].get("optional"):
                wanted[one["secretKeyRef"]["name"]].add(one["secretKeyRef"]["key"])
    made = {one["metadata"]["name"] for one in rendered.of("Secret")}
    made |= {one["spec"]["secretName"] for one in rendered.of("Certificate")}
    return {name: keys for name, keys in wanted.items() if name not in made}


def objects(value: Any) -> Iterator[dict[str, Any]]:
    """Every object within, itself too."""
    if isinstance(value, dict):
        yield value
    for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from objects(inner)


def named(refusal: str) -> dict[str, set[str]]:
    return {name: set(keys.split(", ")) for name, keys in re.findall(r"([\w.-]+) \(([\w., -]+)\)", refusal)}


def refusal(name: str, found: Secrets, folder: Path) -> str:
    with pytest.raises(HelmRefused) as refused:
        install(name, found, folder)
    [said] = re.findall(r"Secrets are missing in the namespace people: (.*)\. charts/", str(refused.value))
    return str(said)


@pytest.mark.parametrize("name", PRODUCTION)
def test_an_empty_namespace_is_told_every_secret_that_some_pod_asks_for(name: str, tmp_path: Path) -> None:
    wanted, told = asked(case(name)), named(refusal(name, {}, tmp_path))
    assert len(wanted) >= 5
    assert {secret for secret, keys in wanted.items() if not keys <= told.get(secret, set())} == set()
    assert set(told) == set(wanted)


@pytest.mark.parametrize("name", PRODUCTION)
def test_with_all_of_them_there_it_is_installed(name: str, tmp_path: Path) -> None:
    told = named(refusal(name, {}, tmp_path / "none"))
    assert install(name, told, tmp_path / "all").text == case(name).text


def test_a_key_that_a_secret_lacks_is_named_and_nothing_else(tmp_path: Path) -> None:
    told = named(refusal("standard", {}, tmp_path / "none"))
    found = told | {"hr-secrets": told["hr-secrets"] - {"keyring"}}
    assert refusal("standard", found, tmp_path / "some") == "hr-secrets (keyring)"


def test_the_evaluation_makes_its_own(tmp_path: Path) -> None:
    assert install("evaluation", {}, tmp_path).pods


def test_the_example_shows_each(tmp_path: Path) -> None:
    shown = (CHART / "examples/secrets.yaml").read_text()
    for secret, keys in named(refusal("standard", {}, tmp_path)).items():
        assert f"name: {secret.replace('hr-', 'mainstay-', 1)}\n" in shown, secret
        assert all(re.search(rf"^  {key}:", shown, re.MULTILINE) for key in keys), secret
