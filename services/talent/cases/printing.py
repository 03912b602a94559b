"""Writes a case as a PDF. It is given the case as its reader sees it: what is not in there cannot be printed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from google.protobuf.timestamp_pb2 import Timestamp
from reportlab.lib.units import mm
from reportlab.platypus import Flowable, KeepTogether, Spacer

from libs.kit.dates import instant
from libs.kit.words import find, say
from mainstay.talent.v1 import cases_pb2 as pb
from mainstay.talent.v1 import jobs_pb2, matching_pb2, profiles_pb2
from services.talent.cases import sheet
from services.talent.cases.sheet import BODY, HEADING, MUTED_SMALL, SMALL, TITLE, WIDTH, text
from services.talent.showing import LISTED

_COLOURS: Mapping[int, str] = {
    matching_pb2.FIT_MET: "#15803d",
    matching_pb2.FIT_NEAR: "#65a30d",
    matching_pb2.FIT_TRAINABLE_GAP: "#d97706",
    matching_pb2.FIT_BLOCKING_GAP: "#b91c1c",
    matching_pb2.FIT_UNKNOWN: "#9ca3af",
}
_SIGNS: Mapping[int, str] = {
    jobs_pb2.DIRECTION_AT_LEAST: "≥",
    jobs_pb2.DIRECTION_AT_MOST: "≤",
    jobs_pb2.DIRECTION_EXACTLY: "=",
}


@dataclass(frozen=True, slots=True)
class Setting:
    """For whom and when it is printed. Numbers of people, titles of posts and names of skills are by id; `erased`: what
    the case said in words can no longer be read.
    """

    language: str
    zone: ZoneInfo
    printed_at: datetime
    printed_by: str
    numbers: Mapping[str, str]
    skills: Mapping[str, str]
    posts: Mapping[str, str]
    erased: bool = False

    def say(self, name: str, **values: Any) -> str:
        return say(self.language, "talent", f"dossier.{name}", values)

    def name(self, table: str, enum: Any, value: int) -> str:
        """The words for a value of the contract's enum."""
        prefix = _prefix(enum)
        return say(self.language, "talent", f"{table}.{enum.Name(value).removeprefix(prefix).lower()}")

    def person(self, employee_id: str) -> str:
        return self.numbers.get(employee_id) or employee_id[:8]

    def at(self, stamp: Timestamp) -> str:
        return f"{instant(stamp).astimezone(self.zone):%Y-%m-%d %H:%M}"

    def pair(self, what: str, value: str) -> str:
        return self.say("pair", what=what, value=value)

    def either(self, chinese: str, english: str) -> str:
        return (self.language == "en" and english) or chinese


def dossier(case: pb.Case, setting: Setting) -> bytes:
    """The PDF of what is in `case`."""
    title = f"{setting.say('title')} {case.number}"
    frame = sheet.Frame(
        title=title,
        confidential=setting.say("confidential"),
        printed=setting.say(
            "printed", who=setting.printed_by, at=f"{setting.printed_at.astimezone(setting.zone):%F %R}"
        ),
        watermark=setting.printed_by,
        page=lambda page, pages: setting.say("page", page=page, pages=pages),
    )
    return sheet.printed([text(title, TITLE), *_story(case, setting)], frame)


def _story(case: pb.Case, setting: Setting) -> Iterator[Flowable]:
    yield from _summary(case, setting)
    if case.related_employee_id or case.relation:
        yield from _relation(case, setting)
    if case.HasField("report"):
        yield from _report(case, setting)
    if case.alternatives:
        yield from _alternatives(case, setting)
    if case.opinions:
        yield from _opinions(case, setting)
    if case.HasField("decision"):
        yield from _decision(case, setting)
    if case.explanations:
        yield from _explanations(case, setting)
    yield from _steps(case, setting)
    if case.hidden:
        parts = setting.say("separator").join(setting.say(f"part_{part}") for part in case.hidden)
        yield Spacer(1, 4 * mm)
        yield text(setting.say("hidden", parts=parts), MUTED_SMALL)


def _heading(setting: Setting, name: str) -> Flowable:
    return text(setting.say(name), HEADING)


def _summary(case: pb.Case, setting: Setting) -> Iterator[Flowable]:
    people = setting.say("separator").join(_as(setting, one.employee_id, one.role) for one in case.participants)
    mine = setting.say("separator").join(_role(setting, role) for role in case.my_roles)
    rows = [
        ("candidate", setting.person(case.employee_id)),
        ("last_day", setting.say("leaves", day=case.last_day) if case.last_day else ""),
        ("post", setting.posts.get(case.post_id, "")),
        ("state", setting.name("case_states", pb.CaseState, case.state)),
        ("opened_at", setting.at(case.opened_at)),
        ("reason", case.reason),
        ("participants", people),
        ("roles", mine),
    ]
    yield _heading(setting, "summary")
    yield sheet.pairs([(setting.say(name), value) for name, value in rows if value])


def _relation(case: pb.Case, setting: Setting) -> Iterator[Flowable]:
    yield _heading(setting, "relation")
    rows = [("related", setting.person(case.related_employee_id)), ("relation_words", case.relation)]
    yield sheet.pairs([(setting.say(name), value) for name, value in rows if value])
    yield text(setting.say("relation_note"), MUTED_SMALL)


def _report(case: pb.Case, setting: Setting) -> Iterator[Flowable]:
    report = case.report
    yield _heading(setting, "report")
    if case.outdated:
        yield text(setting.say("outdated"), BODY)
    yield text(_verdict(report, setting), BODY)
    yield text(setting.either(report.advice, report.advice_en), BODY)
    if report.last_day:
        yield text(setting.say("leaves", day=report.last_day), BODY)
    head = [text(setting.say(name), MUTED_SMALL) for name in ("requirement", "points", "fit", "evidence")]
    rows = [_requirement(one, setting) for one in report.requirements]
    yield sheet.grid([head, *rows], [52 * mm, 34 * mm, 26 * mm, WIDTH - 112 * mm], headed=True)
    if report.arithmetic:
        yield text(setting.pair(setting.say("arithmetic"), report.arithmetic), MUTED_SMALL)
    for title, lines in (("conditions", _conditions(report, setting)), ("wishes", _wishes(report, setting))):
        if lines:
            yield KeepTogether([_heading(setting, title), *(text(line, SMALL) for line in lines)])


def _verdict(report: matching_pb2.MatchReport, setting: Setting) -> str:
    outcome = setting.name("case_outcomes", matching_pb2.Outcome, report.outcome)
    if count := _unassessed(report):
        outcome += setting.say("unassessed", count=count)
    score = setting.say(
        "score",
        score=_hundredths(report.score_hundredths),
        lowest=_hundredths(report.lowest_hundredths),
        highest=_hundredths(report.highest_hundredths),
        confidence=report.confidence,
    )
    return f"{outcome} · {score}"


def _unassessed(report: matching_pb2.MatchReport) -> int:
    """On how many requirements nothing is known, where the outcome stands without them; as the kept report has it."""
    if report.outcome not in {matching_pb2.OUTCOME_SUITABLE, matching_pb2.OUTCOME_PROBATION}:
        return 0
    return sum(one.fit == matching_pb2.FIT_UNKNOWN for one in report.requirements)


def _requirement(one: matching_pb2.RequirementMatch, setting: Setting) -> list[Any]:
    asked = one.requirement
    name = setting.either(asked.name, asked.name_en)
    must = f" · {setting.say('must')}" if asked.must else ""
    possible = one.possible_hundredths
    points = f"{_hundredths(one.contribution_hundredths)} / {_hundredths(possible)}"
    bar = sheet.Bar(
        one.contribution_hundredths / possible if possible else 0, _COLOURS.get(one.fit, "#9ca3af"), width=30 * mm
    )
    return [
        [text(name, SMALL), text(f"{_asked(asked)} · {asked.weight} %{must}", MUTED_SMALL)],
        [bar, text(points, MUTED_SMALL)],
        text(setting.name("case_fits", matching_pb2.Fit, one.fit), SMALL),
        _evidence(one, setting),
    ]


def _asked(requirement: jobs_pb2.Requirement) -> str:
    if requirement.HasField("indicator"):
        indicator = requirement.indicator
        return f"{_SIGNS.get(indicator.direction, '')} {indicator.target} {indicator.unit}".strip()
    return f"L{requirement.level}"


def _evidence(one: matching_pb2.RequirementMatch, setting: Setting) -> list[Flowable]:
    if not one.HasField("evidence"):
        return [text(setting.say("no_evidence"), MUTED_SMALL)]
    entry = one.evidence
    value = one.held_value or f"L{one.held_hundredths / 100:g}"
    by = setting.either(one.by_skill, one.by_skill_en)
    source = setting.name("case_sources", profiles_pb2.EntrySource, entry.source)
    lines: list[Flowable] = [
        text(" · ".join(filter(None, (setting.either(entry.title, entry.title_en), value, by))), SMALL),
        text(setting.say("seen", source=source, day=entry.observed_on), MUTED_SMALL),
    ]
    lines.extend(text(words, MUTED_SMALL) for words in (entry.evidence, entry.contested) if words)
    return lines


def _conditions(report: matching_pb2.MatchReport, setting: Setting) -> list[str]:
    def stands(one: matching_pb2.ConditionMatch) -> str:
        return setting.say("condition_unknown" if one.unknown else "passed" if one.passed else "failed")

    return [setting.pair(one.condition.certificate, stands(one)) for one in report.conditions]


def _wishes(report: matching_pb2.MatchReport, setting: Setting) -> list[str]:
    return [
        setting.say(
            "wish",
            wish=say(setting.language, "talent", f"case_wishes.{one.wish}"),
            wanted=_wish(one, one.wanted, setting),
            offered=_wish(one, one.offered, setting),
            granted=setting.say("granted" if one.granted else "not_granted"),
            firm=setting.say("firm") if one.firm else "",
        )
        for one in report.wishes
    ]


def _wish(one: matching_pb2.WishMatch, value: str, setting: Setting) -> str:
    """Shifts and the delivered families are said by their names, places and a company's own families as written."""
    table = "case_families" if one.wish == "family" else "fairness.shift"
    said = [find(setting.language, "talent", f"{table}.{word}") or word for word in value.split(LISTED)]
    return setting.say("separator").join(said) or setting.say("none")


def _alternatives(case: pb.Case, setting: Setting) -> Iterator[Flowable]:
    yield _heading(setting, "alternatives")
    rows = [
        [
            text(setting.either(one.title, one.title_en), SMALL),
            [sheet.Bar(one.score_hundredths / 10000, "#475569", width=30 * mm)],
            [text(_verdict(one, setting), SMALL), text(setting.either(one.advice, one.advice_en), MUTED_SMALL)],
        ]
        for one in case.alternatives
    ]
    yield sheet.grid(rows, [38 * mm, 34 * mm, WIDTH - 72 * mm])


def _opinions(case: pb.Case, setting: Setting) -> Iterator[Flowable]:
    yield _heading(setting, "opinions")
    rows = []
    for one in case.opinions:
        stance = setting.name("case_stances", pb.Stance, one.stance)
        who = _as(setting, one.employee_id, one.role)
        replaced = setting.say("replaced") if one.replaced else ""
        rows.append(
            [
                [text(who, SMALL), text(setting.at(one.given_at), MUTED_SMALL)],
                text(f"{stance}{replaced}", SMALL),
                text(one.reason, SMALL),
            ]
        )
    yield sheet.grid(rows, [46 * mm, 32 * mm, WIDTH - 78 * mm])


def _decision(case: pb.Case, setting: Setting) -> Iterator[Flowable]:
    one = case.decision
    term = setting.say("term_days", starts_on=one.starts_on, ends_on=one.ends_on) if one.starts_on else ""
    focus = setting.say("separator").join(setting.skills.get(skill_id, skill_id) for skill_id in one.focus_skill_ids)
    kind = setting.name("case_decisions", pb.DecisionKind, one.kind)
    rows = [
        ("decision", f"{kind} · {setting.posts.get(one.post_id, '')}"),
        ("decided_by", f"{setting.person(one.decided_by)} · {setting.at(one.decided_at)}"),
        ("decision_reason", one.reason),
        ("term", term),
        ("focus", focus),
        ("known_then", setting.say("leaves", day=one.last_day) if one.last_day else ""),
    ]
    if one.evidence_hash:
        state = "erased" if setting.erased else "intact" if one.intact else "broken"
        rows.append(("hash", f"{one.evidence_hash}\n{setting.say(state)}"))
    yield KeepTogether(
        [
            _heading(setting, "decision"),
            sheet.pairs([(setting.say(name), value) for name, value in rows if value]),
        ]
    )


def _explanations(case: pb.Case, setting: Setting) -> Iterator[Flowable]:
    yield _heading(setting, "explanations")
    rows = [
        [
            text(setting.at(one.asked_at), MUTED_SMALL),
            [text(one.question, SMALL), text(one.answer or setting.say("unanswered"), MUTED_SMALL)],
        ]
        for one in case.explanations
    ]
    yield sheet.grid(rows, [34 * mm, WIDTH - 34 * mm])


def _steps(case: pb.Case, setting: Setting) -> Iterator[Flowable]:
    yield _heading(setting, "steps")
    rows = []
    for one in case.steps:
        what = say(setting.language, "talent", f"case_steps.{one.step}")
        if one.milestone:
            what = f"{what} · {setting.name('case_milestones', pb.Milestone, one.milestone)}"
        who = " → ".join(setting.person(person) for person in (one.actor_id, one.employee_id) if person)
        rows.append([text(setting.at(one.at), MUTED_SMALL), text(what, SMALL), text(who, SMALL), text(one.note, SMALL)])
    yield sheet.grid(rows, [34 * mm, 44 * mm, 30 * mm, WIDTH - 108 * mm])


def _as(setting: Setting, employee_id: str, role: pb.CaseRole) -> str:
    """A person, and what they are in the case."""
    return setting.say("person_as", person=setting.person(employee_id), role=_role(setting, role))


def _role(setting: Setting, role: pb.CaseRole) -> str:
    return setting.name("case_roles", pb.CaseRole, role)


def _hundredths(value: int) -> str:
    return f"{value / 100:g}"


def _prefix(enum: Any) -> str:
    """What the names of an enum's values begin with: `CASE_STATE_`."""
    return str(enum.Name(0)).removesuffix("UNSPECIFIED")
