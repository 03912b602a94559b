"""The evaluation stays what it is for: no door that everybody has the key to, and no switch that throws data away."""

from __future__ import annotations

import json
import shutil
from base64 import b64decode
from pathlib import Path
from typing import Any

import pytest
import yaml  # type: ignore[import-untyped]  # it ships none

from tests.support.chart import CHART, PROGRAMS, HelmRefused, case, refused, render

PUBLIC = "https://hr.example.com"


@pytest.mark.parametrize(
    "values", [{"publicUrl": PUBLIC}, {"evaluation": {"keycloak": {"url": "https://sso.example.com"}}}]
)
def test_a_password_everybody_knows_stays_on_this_machine(values: dict[str, Any]) -> None:
    told = refused("evaluation", values)
    assert "evaluation.demo.password" in told


def test_with_a_password_of_its_own_or_without_the_demo_it_may_be_open() -> None:
    render("evaluation", {"publicUrl": PUBLIC, "evaluation": {"demo": {"password": "only-we-know-this"}}})
    render("evaluation", {"publicUrl": PUBLIC, "evaluation": {"demo": {"enabled": False}}})
    render("evaluation", {"publicUrl": "http://127.0.0.1:8080"})


def made(values: dict[str, Any]) -> dict[str, str]:
    data = render("evaluation", values).named("Secret", "secrets")["data"]
    return {name: b64decode(value).decode() for name, value in data.items()}


def test_systems_have_secrets_nobody_can_guess_unless_the_values_give_one() -> None:
    own = made({"evaluation": {"clients": {"erp": "as-the-tests-know-it"}}})
    assert own["erp-client"] == "as-the-tests-know-it"
    others = made({})
    assert len({own["warehouse-client"], others["erp-client"], others["warehouse-client"]}) == 3
    assert min(map(len, others.values())) >= 32


# -- the same release as production


LOOK = 'lookup "apps/v1" "StatefulSet" .Release.Namespace (printf "%s-postgres" .Release.Name)'


def switched(folder: Path, found: dict[str, Any]) -> None:
    """Production over a namespace in which Helm finds that `<release>-postgres`. Raises HelmRefused."""
    chart = shutil.copytree(CHART, folder / "mainstay")
    parts = chart / "templates/evaluation/parts.yaml"
    text = parts.read_text()
    assert text.count(LOOK) == 1
    parts.write_text(text.replace(LOOK, f"fromJson `{json.dumps(found)}`"))
    render("standard", upgrade=True, chart=chart)


def test_an_evaluation_never_becomes_production_by_losing_its_volumes(tmp_path: Path) -> None:
    with pytest.raises(HelmRefused, match=r"would delete its databases .* evaluation\.keepData=true"):
        switched(tmp_path, case("evaluation").named("StatefulSet", "postgres"))


def test_with_volumes_that_stay_it_may(tmp_path: Path) -> None:
    switched(tmp_path, case("evaluation without the demo, data kept").named("StatefulSet", "postgres"))


def test_somebody_elses_database_of_that_name_is_theirs(tmp_path: Path) -> None:
    switched(tmp_path, {"metadata": {"name": "hr-postgres", "labels": {"app.kubernetes.io/name": "postgresql"}}})


# -- room for an upgrade

MIB = 2**20
# A connection at work, its server's own processes, and its buffers (`tools/stack/part.py`): the first two measured.
CONNECTION, SERVER, BUFFERS = 6 * MIB, 96 * MIB, 128 * MIB
# Keycloak's, and a job's.
OTHERS = 20


def test_postgres_has_memory_for_twice_the_pods() -> None:
    rendered = case("evaluation")
    pool = yaml.safe_load((CHART / "values.yaml").read_text())["defaults"]["databasePool"]
    connections = 2 * pool * len(PROGRAMS) + OTHERS
    [container] = rendered.named("StatefulSet", "postgres")["spec"]["template"]["spec"]["containers"]
    limit = container["resources"]["limits"]["memory"]
    assert limit.endswith("Gi")
    assert int(limit.removesuffix("Gi")) * 1024 * MIB >= connections * CONNECTION + SERVER + BUFFERS
