"""Templates of job families, from `job_templates.toml` beside this file: words in both languages, skills by key."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from libs.kit.ids import uuid7
from mainstay.talent.v1 import jobs_pb2, profiles_pb2
from services.talent.catalogue.own import own_catalogue
from services.talent.catalogue.skills import Words
from services.talent.job_demands import demands_message
from services.talent.job_rules import Condition, Indicator, Requirement
from services.talent.skill_rules import skill_id_of

_FILE = Path(__file__).with_name("job_templates.toml")


@dataclass(frozen=True)
class Template:
    code: str
    name: Words
    said: Mapping[str, Any]

    def stored(self, language: str) -> dict[str, Any]:
        """What a draft from it says, as columns of `job_profiles`, with new ids."""
        return {
            "purpose": _in(language, self.said["purpose"]),
            "requirements": [_requirement(one, language).stored(uuid7()) for one in self.said["requirements"]],
            "conditions": [
                Condition(None, one["certificate"], _in(language, one["reason"])).stored(uuid7())
                for one in self.said.get("conditions", ())
            ],
            "shift": profiles_pb2.Shift.Value(self.said["shift"]),
            "place": "",
            "family": self.said["family"],
            "training_months": self.said.get("training_months", 0),
        }


@cache
def templates() -> Mapping[str, Template]:
    """By code, in the order of the file. Read once."""
    entries = tomllib.loads(_FILE.read_text(encoding="utf-8"))
    return {code: Template(code, Words(**entry["name"]), entry) for code, entry in entries.items()}


def messages(language: str) -> list[jobs_pb2.JobTemplate]:
    """By name in the language; skills are named as the delivered set names them, requirements have no ids yet."""
    found = sorted(templates().values(), key=lambda one: one.name.best(language))
    return [_message(one, language) for one in found]


def _message(one: Template, language: str) -> jobs_pb2.JobTemplate:
    names = {skill_id_of(key): (skill.name.zh, skill.name.en) for key, skill in own_catalogue().items()}
    demands = demands_message(one.stored(language), names)
    for requirement in demands.requirements:
        requirement.requirement_id = ""
    for condition in demands.conditions:
        condition.condition_id = ""
    return jobs_pb2.JobTemplate(code=one.code, name=one.name.zh, name_en=one.name.en, demands=demands)


def _requirement(one: Mapping[str, Any], language: str) -> Requirement:
    said = one.get("indicator")
    skill = one.get("skill") or one.get("rests_on")
    return Requirement(
        requirement_id=None,
        skill_id=skill_id_of(skill) if skill else None,
        level=one.get("level", 0),
        indicator=_indicator(said) if said else None,
        must=one.get("must", False),
        weight=one["weight"],
        reason=_in(language, one["reason"]),
    )


def _indicator(said: Mapping[str, Any]) -> Indicator:
    return Indicator(
        code=said["code"],
        name=said["name"]["zh"],
        name_en=said["name"]["en"],
        direction=jobs_pb2.Direction.Value(said["direction"]),
        target=Decimal(said["target"]),
        tolerance=Decimal(said["tolerance"]),
        unit=said["unit"],
    )


def _in(language: str, words: Mapping[str, str]) -> str:
    return Words(**words).best(language)
