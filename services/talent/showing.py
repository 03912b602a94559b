"""Pure: the model's report as a message. Numbers are rounded here and nowhere before: half upwards, months upwards."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from fractions import Fraction
from uuid import UUID

from libs.kit.dates import text_of, timestamp
from mainstay.talent.v1 import jobs_pb2, matching_pb2, profiles_pb2
from services.talent.assembly import Demand
from services.talent.entry_rules import digits
from services.talent.matching.advice import advise
from services.talent.matching.inputs import Condition, Name, Verdict
from services.talent.matching.model import Key, Outcome, Standing
from services.talent.matching.posts import Kept, Wish
from services.talent.matching.report import Finding, Report

FITS = {
    Standing.MET: matching_pb2.FIT_MET,
    Standing.NEAR: matching_pb2.FIT_NEAR,
    Standing.TRAINABLE_GAP: matching_pb2.FIT_TRAINABLE_GAP,
    Standing.BLOCKING_GAP: matching_pb2.FIT_BLOCKING_GAP,
    Standing.UNKNOWN: matching_pb2.FIT_UNKNOWN,
}
OUTCOMES = {
    Outcome.SUITABLE: matching_pb2.OUTCOME_SUITABLE,
    Outcome.PROBATION: matching_pb2.OUTCOME_PROBATION,
    Outcome.ASSESS_FIRST: matching_pb2.OUTCOME_ASSESS_FIRST,
    Outcome.NOT_NOW: matching_pb2.OUTCOME_NOT_NOW,
}
# Between several things wanted, in every language: whoever shows them takes them apart here and names each.
LISTED = "、"
_POINTS, _PERCENT, _LEVELS = 10_000, 100, 100


@dataclass(frozen=True, slots=True)
class Setting:
    """What a report is shown with: names of skills, when it is made, in which language its arithmetic speaks, and of
    those who have given notice their last day, which no report knows.
    """

    names: Mapping[Key, Name]
    made_at: datetime
    language: str
    last_days: Mapping[UUID, date]


def shown(
    report: Report,
    demand: Demand,
    setting: Setting,
    *,
    entry: Callable[[Key], profiles_pb2.Entry | None],
    wishes: Sequence[tuple[Wish, Kept]] = (),
) -> matching_pb2.MatchReport:
    """`entry`: the entry that counted under a key."""
    advice = advise(report)
    message = matching_pb2.MatchReport(
        employee_id=str(report.person_id),
        post_id=str(report.post_id),
        title=demand.title.zh,
        title_en=demand.title.en,
        profile_number=demand.number,
        outcome=OUTCOMES[report.outcome],
        score_hundredths=_rounded(report.score, _POINTS),
        lowest_hundredths=_rounded(report.least, _POINTS),
        highest_hundredths=_rounded(report.most, _POINTS),
        confidence=_rounded(report.confidence, _PERCENT),
        wishes=[_wish(wish, kept, demand) for wish, kept in wishes],
        advice=advice.zh,
        advice_en=advice.en,
        learning=report.pace,
        made_at=timestamp(setting.made_at),
        arithmetic=arithmetic(report, setting.language),
        last_day=text_of(setting.last_days.get(report.person_id)),
    )
    for requirement, finding in zip(demand.requirements, report.findings, strict=True):
        message.requirements.append(_requirement(requirement, finding, setting.names, entry))
    for condition, verdict in zip(demand.conditions, report.conditions, strict=True):
        message.conditions.append(_condition(condition, verdict))
    return message


def arithmetic(report: Report, language: str) -> str:
    """`100 × (沟通 30 × 2/3 + 细心 20 × 1) ÷ 50 = 80.00`: weight times fit, added up, over the sum of the weights."""
    named = [(one.requirement.name.en if language == "en" else one.requirement.name.zh, one) for one in report.findings]
    parts = " + ".join(f"{name} {one.requirement.weight} × {one.fit}" for name, one in named)
    whole = sum(one.requirement.weight for one in report.findings)
    return f"100 × ({parts}) ÷ {whole} = {_rounded(report.score, _POINTS) / 100:.2f}"


def _requirement(
    requirement: jobs_pb2.Requirement,
    finding: Finding,
    names: Mapping[Key, Name],
    entry: Callable[[Key], profiles_pb2.Entry | None],
) -> matching_pb2.RequirementMatch:
    message = matching_pb2.RequirementMatch(
        requirement=requirement,
        fit=FITS[finding.standing],
        contribution_hundredths=_rounded(finding.contribution, _POINTS),
        possible_hundredths=_rounded(finding.share, _POINTS),
        confidence=_rounded(finding.confidence, _PERCENT),
        tenth_months=-int(-finding.months * 10 // 1) if finding.months is not None and finding.short else 0,
    )
    if finding.short:
        message.taught_by.extend(one.zh for one in finding.taught_by)
        message.taught_by_en.extend(one.en for one in finding.taught_by)
    _add_evidence(message, finding, names, entry)
    return message


def _add_evidence(
    message: matching_pb2.RequirementMatch,
    finding: Finding,
    names: Mapping[Key, Name],
    entry: Callable[[Key], profiles_pb2.Entry | None],
) -> None:
    found = finding.evidence
    if found is None:
        return
    if found.level is not None:
        message.held_hundredths = _rounded(found.level * found.share, _LEVELS)
    if found.value is not None:
        message.held_value = digits(found.value)
    message.evidence_days = max(0, found.age)
    if found.key != finding.requirement.key:
        name = names.get(found.key)
        message.by_skill, message.by_skill_en = (name.zh, name.en) if name else (str(found.key), str(found.key))
    shown_entry = entry(found.key)
    if shown_entry is not None:
        message.evidence.CopyFrom(shown_entry)


def _condition(condition: jobs_pb2.Condition, judged: Condition) -> matching_pb2.ConditionMatch:
    return matching_pb2.ConditionMatch(
        condition=condition,
        passed=judged.verdict is Verdict.PASSED,
        unknown=judged.verdict is Verdict.UNKNOWN,
    )


def _wish(wish: Wish, kept: Kept, demand: Demand) -> matching_pb2.WishMatch:
    """Not granted with nothing offered: the post does not say, one has to ask."""
    offered = {"shift": demand.shift, "place": demand.place, "family": demand.family}[wish.aspect.value]
    return matching_pb2.WishMatch(
        wish=wish.aspect.value,
        wanted=LISTED.join(sorted(wish.wanted)),
        offered=offered,
        granted=kept is Kept.KEPT,
        firm=wish.firm,
    )


def _rounded(part: Fraction, of: int) -> int:
    return int(part * of + Fraction(1, 2))
