"""Pure: what a version of a job profile asks for, as stored in its columns, as messages; for whoever shows, compares or
tells of it.

`requirements` and `conditions` are lists of what `job_rules` stores: `Requirement.stored`, `Condition.stored`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from mainstay.talent.v1 import jobs_pb2

Stored = Mapping[str, Any]
Names = Mapping[UUID, tuple[str, str]]
"""Chinese and English names of skills; either may be empty."""


def demands_message(row: Stored, names: Names) -> jobs_pb2.JobDemands:
    """From the columns of a version, or of a draft yet to be kept."""
    return jobs_pb2.JobDemands(
        purpose=row["purpose"],
        requirements=[requirement_message(one, names) for one in row["requirements"]],
        conditions=[condition_message(one) for one in row["conditions"]],
        shift=row["shift"],
        place=row["place"],
        family=row["family"],
        training_months=row["training_months"],
    )


def requirement_message(one: Stored, names: Names) -> jobs_pb2.Requirement:
    """Named after its indicator or its skill, by the other language's name where one is not said; a skill that `names`
    has not is named by its id.
    """
    said = one["indicator"]
    named = (said["name"], said["name_en"]) if said else names.get(UUID(one["skill_id"]), (one["skill_id"], ""))
    return jobs_pb2.Requirement(
        requirement_id=one["requirement_id"],
        skill_id=one["skill_id"] or "",
        level=one["level"],
        indicator=jobs_pb2.Indicator(**said) if said else None,
        must=one["must"],
        weight=one["weight"],
        reason=one["reason"],
        name=named[0] or named[1],
        name_en=named[1] or named[0],
    )


def condition_message(one: Stored) -> jobs_pb2.Condition:
    return jobs_pb2.Condition(condition_id=one["condition_id"], certificate=one["certificate"], reason=one["reason"])


def indicators_in(requirements: Sequence[Stored]) -> list[jobs_pb2.Requirement]:
    """What is measured in the post, in the order of its job profile."""
    return [requirement_message(one, {}) for one in requirements if one["indicator"]]


def skills_in(requirements: Sequence[Stored]) -> set[UUID]:
    """Skills that requirements name: to be held, or resting under an indicator."""
    return {UUID(one["skill_id"]) for one in requirements if one["skill_id"]}
