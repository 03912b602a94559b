"""Numbers of the business that stand in more than one place: each is the same wherever somebody reads it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from libs.kit.contract import rules_of
from mainstay.talent.v1 import cases_pb2, jobs_pb2, profiles_pb2, skills_pb2
from services.talent.cases.term import MOST_MONTHS
from services.talent.catalogue.skills import LEVELS
from services.talent.importing.checking import LIMITS
from services.talent.importing.columns import Field
from services.talent.matching.model import HIGHEST_LEVEL, TRAINING_MONTHS

ROOT = Path(__file__).resolve().parents[2]
PORTAL = "gateway/portal/src"


def number_in(path: str, pattern: str) -> int:
    """The one number that a file has at a place."""
    (found,) = re.findall(pattern, (ROOT / path).read_text(encoding="utf-8"))
    return int(found)


@pytest.mark.parametrize(
    ("path", "pattern"),
    [
        ("protos/mainstay/talent/v1/cases.proto", r"Its months, 1 to (\d+), for PROBATION"),
        (f"{PORTAL}/placements/DecideDialog.tsx", r'name="months"[^/]*<InputNumber min=\{1\} max=\{(\d+)\}'),
        (f"{PORTAL}/i18n/en/placements.ts", r'monthsHelp:\s*"1 to (\d+) months'),
        (f"{PORTAL}/i18n/zh-CN/placements.ts", r'monthsHelp:\s*"1 至 (\d+) 个月'),
    ],
)
def test_a_probation_is_as_long_at_most_wherever_that_is_said(path: str, pattern: str) -> None:
    assert number_in(path, pattern) == MOST_MONTHS == rules_of(cases_pb2.DecideCaseRequest, "months").uint32.lte > 0


@pytest.mark.parametrize(
    ("path", "pattern"),
    [
        ("protos/mainstay/talent/v1/jobs.proto", r"before it blocks, in months; (\d+),"),
        (f"{PORTAL}/jobs/demands.ts", r"USUAL_MONTHS = (\d+)"),
        (f"{PORTAL}/i18n/en/jobs.ts", r'trainingHelp:\s*"[^"]*?(\d+) when nothing is said'),
        (f"{PORTAL}/i18n/zh-CN/jobs.ts", r'trainingHelp:\s*"[^"]*?不填为 (\d+) 个月'),
    ],
)
def test_a_post_gives_as_long_to_grow_into_it_wherever_that_is_said(path: str, pattern: str) -> None:
    assert number_in(path, pattern) == TRAINING_MONTHS


def test_a_file_brings_in_every_code_that_an_indicator_may_have() -> None:
    pattern, most = rules_of(jobs_pb2.Indicator, "code").string.pattern, LIMITS[Field.CODE]
    assert re.fullmatch(pattern, "a" * most)
    assert not re.fullmatch(pattern, "a" * (most + 1))


def test_the_levels_of_the_contract_are_those_of_the_model() -> None:
    assert HIGHEST_LEVEL == LEVELS
    for message in (jobs_pb2.Requirement, profiles_pb2.RateSkillRequest, skills_pb2.SkillLevel):
        assert rules_of(message, "level").uint32.lte == HIGHEST_LEVEL, message.DESCRIPTOR.full_name
