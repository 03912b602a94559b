"""Templates of job families are complete: whole weights, reasons, both languages, skills of the catalogue."""

from __future__ import annotations

import pytest

from mainstay.talent.v1 import jobs_pb2, profiles_pb2
from services.talent import job_rules, job_templates
from services.talent.catalogue.own import own_catalogue
from services.talent.job_templates import Template, templates
from services.talent.skill_rules import skill_id_of

REAL = {str(skill_id_of(key)): skill for key, skill in own_catalogue().items() if not skill.group}
EVERY = pytest.mark.parametrize("template", templates().values(), ids=templates().keys())
IN_BOTH = pytest.mark.parametrize("language", ["zh-CN", "en"])


def shown(code: str, language: str = "en") -> jobs_pb2.JobDemands:
    return next(one.demands for one in job_templates.messages(language) if one.code == code)


def test_there_is_a_template_for_every_family_of_the_works() -> None:
    assert templates().keys() >= {
        "iqa",
        "administrative-assistant",
        "data-statistics",
        "machine-operator",
        "quality-inspector",
        "purchasing",
        "planner",
        "research-engineer",
        "customer-support",
        "equipment-engineer",
        "team-lead",
        "hr-specialist",
    }


@EVERY
@IN_BOTH
def test_a_draft_from_a_template_could_be_approved_as_it_is(template: Template, language: str) -> None:
    requirements = template.stored(language)["requirements"]
    assert job_rules.weights_whole(requirements)
    assert job_rules.unexplained(requirements) == []


@EVERY
def test_a_template_names_skills_of_the_catalogue_each_once(template: Template) -> None:
    requirements = template.stored("en")["requirements"]
    assert {one["skill_id"] for one in requirements if one["skill_id"]} <= REAL.keys()
    levels = [one["skill_id"] for one in requirements if not one["indicator"]]
    assert len(levels) == len(set(levels))
    assert all(1 <= one["level"] <= 5 for one in requirements if not one["indicator"])


@EVERY
def test_a_template_says_everything_in_both_languages(template: Template) -> None:
    every = [template.said["purpose"], template.said["name"]]
    for one in template.said["requirements"]:
        every.append(one["reason"])
        if "indicator" in one:
            every.append(one["indicator"]["name"])
    assert [words for words in every if words.keys() != {"zh", "en"} or not all(words.values())] == []


@EVERY
def test_performance_counts_seventy_and_attitudes_and_dealing_with_people_thirty(template: Template) -> None:
    """Behaviour stands last in each template."""
    weights = [one["weight"] for one in template.said["requirements"]]
    sums = {sum(weights[:index]) for index in range(len(weights))}
    assert 70 in sums


def test_the_supplier_quality_template_asks_what_the_quality_manager_asks() -> None:
    iqa = shown("iqa")
    assert iqa.shift == profiles_pb2.SHIFT_OFFICE
    asked = {REAL[one.skill_id].key: one.must for one in iqa.requirements if not one.HasField("indicator")}
    assert {"supplier-audit", "quality-data-entry"} < asked.keys()
    assert [key for key, must in asked.items() if must] == ["communication"]
    indicators = {
        one.indicator.code: (one.indicator.direction, one.indicator.target)
        for one in iqa.requirements
        if one.HasField("indicator")
    }
    assert indicators == {
        "audit-error-rate": (jobs_pb2.DIRECTION_AT_MOST, "1"),
        "entry-on-time": (jobs_pb2.DIRECTION_AT_LEAST, "100"),
        "supplier-contact-success": (jobs_pb2.DIRECTION_AT_LEAST, "90"),
    }


def test_the_supplier_quality_template_splits_seventy_to_thirty_both_ways() -> None:
    requirements = shown("iqa").requirements
    attitudes = {"carefulness", "execution"}
    behaviour = sum(one.weight for one in requirements if REAL[one.skill_id].key in attitudes)
    measured = sum(one.weight for one in requirements if one.HasField("indicator"))
    assert (behaviour, measured) == (30, 30)


def test_templates_are_named_and_explained_in_the_readers_language() -> None:
    assert shown("iqa", "zh-CN").requirements[0].reason.startswith("准入")
    assert shown("iqa", "en").requirements[0].reason.startswith("The core")
    assert [one.name_en for one in shown("iqa").requirements][:2] == [
        "Supplier qualification audit",
        "Quality data entry",
    ]
    assert not any(one.requirement_id for one in shown("iqa").requirements)
