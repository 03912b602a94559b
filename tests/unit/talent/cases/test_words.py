"""Whatever a case shows has its words in both languages."""

from __future__ import annotations

import re
from typing import Any, get_args

import pytest

from libs.kit.words import LANGUAGES, ROOT, find
from mainstay.talent.v1 import cases_pb2 as pb
from mainstay.talent.v1 import matching_pb2, profiles_pb2
from services.talent.cases import rules
from services.talent.job_templates import templates

ENUMS: dict[str, Any] = {
    "case_states": pb.CaseState,
    "case_roles": pb.CaseRole,
    "case_stances": pb.Stance,
    "case_decisions": pb.DecisionKind,
    "case_milestones": pb.Milestone,
    "case_outcomes": matching_pb2.Outcome,
    "case_fits": matching_pb2.Fit,
    "case_sources": profiles_pb2.EntrySource,
}
CODE = ROOT / "services/talent/cases"


def said(language: str, *names: str) -> list[str]:
    return [name for name in names if find(language, "talent", name) is None]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("table", ENUMS)
def test_every_value_that_is_printed_has_its_word(language: str, table: str) -> None:
    enum = ENUMS[table]
    prefix = enum.Name(0).removesuffix("UNSPECIFIED")
    names = [f"{table}.{name.removeprefix(prefix).lower()}" for name, value in enum.items() if value]
    assert said(language, *names) == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_family_of_a_template_has_its_name(language: str) -> None:
    families = {one.said["family"] for one in templates().values()}
    assert len(families) > 3
    assert said(language, *(f"case_families.{family}" for family in families)) == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_step_part_and_rule_has_its_words(language: str) -> None:
    code = "".join(path.read_text(encoding="utf-8") for path in sorted(CODE.glob("*.py")))
    rules_said = re.findall(r'fields\.refuse\(call, "\w+", "case_rules\.(\w+)"', code)
    spoken = re.findall(r'setting\.say\(\s*"(\w+)"', code)
    assert min(len(rules_said), len(spoken)) > 3
    assert said(language, *(f"case_steps.{name}" for name in get_args(rules.Step))) == []
    assert said(language, *(f"case_rules.{name}" for name in rules_said)) == []
    assert said(language, *(f"dossier.{name}" for name in spoken)) == []
    assert said(language, *(f"dossier.part_{part}" for part in rules.NAMED)) == []
    assert said(language, "cases.left", *(f"case_wishes.{wish}" for wish in ("shift", "place", "family"))) == []
