"""Pure: where a placement case can go from where it stands, who may do what in it, and who sees which part of it.

States and what leads from one to another (`NEXT`):

    state      | action              | state after
    -----------|---------------------|---------------------------------------------------------------
    OPEN       | match               | MATCHED
    OPEN       | ask for opinions    | OPINIONS, only when the candidate refused automatic ranking
    MATCHED    | match               | MATCHED
    MATCHED    | ask for opinions    | OPINIONS
    OPINIONS   | ask for opinions    | OPINIONS, with another day
    OPINIONS   | give an opinion     | OPINIONS
    OPINIONS   | match               | MATCHED, only when the report is outdated: opinions are then asked for anew
    OPINIONS   | decide              | DECIDED
    DECIDED    | record progress     | PROBATION when that started, else DECIDED
    PROBATION  | record progress     | PROBATION
    DECIDED, PROBATION            | close    | CLOSED
    OPEN, MATCHED, OPINIONS       | withdraw | WITHDRAWN

Participants come and go until the case has ended; the decider only until it is decided. The candidate may ask for an
explanation at any time, also afterwards, and gets an answer at any time.

Roles (`MAY`): who runs the case (OWNER, or whoever else holds `talent.case.manage` over the candidate) does everything
but decide; the DECIDER decides and has no other role, so that nobody weighs their own opinion; POST_MANAGER, ADVISER,
CONCERNED and OWNER give opinions, the first three are asked for them; the CANDIDATE asks for explanations. Neither the
candidate nor the person in whose interest the case was opened ever has a say in it.

A decision waits for opinions: for all that are asked for, and for one at least. Without them the decider says so, gives
the reason with the decision's, and that it was decided without them is part of its evidence.

What each role sees is `SEES`, part by part; a person of several roles sees what any of them shows. That the candidate
has given notice, and their last day, is shown with the evidence. Number, state, post,
candidate, the caller's own roles and opinions, and what was decided are shown to every role.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal
from uuid import UUID

from mainstay.talent.v1 import cases_pb2 as pb

State = pb.CaseState
Role = pb.CaseRole

OPEN, MATCHED, OPINIONS = pb.CASE_STATE_OPEN, pb.CASE_STATE_MATCHED, pb.CASE_STATE_OPINIONS
DECIDED, PROBATION = pb.CASE_STATE_DECIDED, pb.CASE_STATE_PROBATION
CLOSED, WITHDRAWN = pb.CASE_STATE_CLOSED, pb.CASE_STATE_WITHDRAWN
UNDECIDED = (OPEN, MATCHED, OPINIONS)
UNENDED = (*UNDECIDED, DECIDED, PROBATION)
STATES = (*UNENDED, CLOSED, WITHDRAWN)

OWNER, DECIDER, POST_MANAGER = pb.CASE_ROLE_OWNER, pb.CASE_ROLE_DECIDER, pb.CASE_ROLE_POST_MANAGER
CONCERNED, CANDIDATE, ADVISER = pb.CASE_ROLE_CONCERNED, pb.CASE_ROLE_CANDIDATE, pb.CASE_ROLE_ADVISER
ROLES = (OWNER, DECIDER, POST_MANAGER, CONCERNED, CANDIDATE, ADVISER)
# Whose opinion is asked for; of several roles of a person the first is the one they speak in.
ASKED = (POST_MANAGER, ADVISER, CONCERNED)
OPINING = (*ASKED, OWNER)
# One person at a time.
SINGLE = (DECIDER, POST_MANAGER)

ADD, REMOVE = "AddParticipant", "RemoveParticipant"
MATCH, ASK, OPINE, DECIDE = "MatchCase", "AskForOpinions", "GiveOpinion", "DecideCase"
PROGRESS, CLOSE, WITHDRAW = "RecordProgress", "CloseCase", "WithdrawCase"
EXPLAIN, ANSWER = "AskForExplanation", "AnswerExplanation"
ACTIONS = (ADD, REMOVE, MATCH, ASK, OPINE, DECIDE, PROGRESS, CLOSE, WITHDRAW, EXPLAIN, ANSWER)

_ALWAYS = (EXPLAIN, ANSWER)
_PEOPLE = (ADD, REMOVE)


def _stays(state: State, *actions: str) -> dict[str, State]:
    return dict.fromkeys(actions, state)


NEXT: Mapping[State, Mapping[str, State]] = {
    OPEN: _stays(OPEN, *_PEOPLE, *_ALWAYS) | {MATCH: MATCHED, ASK: OPINIONS, WITHDRAW: WITHDRAWN},
    MATCHED: _stays(MATCHED, *_PEOPLE, *_ALWAYS, MATCH) | {ASK: OPINIONS, WITHDRAW: WITHDRAWN},
    OPINIONS: _stays(OPINIONS, *_PEOPLE, *_ALWAYS, ASK, OPINE) | {MATCH: MATCHED, DECIDE: DECIDED, WITHDRAW: WITHDRAWN},
    DECIDED: _stays(DECIDED, *_PEOPLE, *_ALWAYS, PROGRESS) | {CLOSE: CLOSED},
    PROBATION: _stays(PROBATION, *_PEOPLE, *_ALWAYS, PROGRESS) | {CLOSE: CLOSED},
    CLOSED: _stays(CLOSED, *_ALWAYS),
    WITHDRAWN: _stays(WITHDRAWN, *_ALWAYS),
}

MAY: Mapping[Role, frozenset[str]] = {
    OWNER: frozenset({ADD, REMOVE, MATCH, ASK, OPINE, PROGRESS, CLOSE, WITHDRAW, ANSWER}),
    DECIDER: frozenset({DECIDE}),
    POST_MANAGER: frozenset({OPINE}),
    CONCERNED: frozenset({OPINE}),
    CANDIDATE: frozenset({EXPLAIN}),
    ADVISER: frozenset({OPINE}),
}

# Parts of a case. Those of `NAMED` are told to whoever does not see them.
REPORT, EVIDENCE, ALL_OPINIONS, RELATION, EXPLANATIONS = "report", "evidence", "opinions", "relation", "explanations"
NAMED = (REPORT, EVIDENCE, ALL_OPINIONS, RELATION, EXPLANATIONS)
# All participants and who has answered; otherwise who runs and decides the case, the candidate, and oneself.
EVERYBODY = "everybody"
# Why it was decided so, on which gaps a probation concentrates, and the hash of the evidence.
GROUNDS = "grounds"
PARTS = (*NAMED, EVERYBODY, GROUNDS)

SEES: Mapping[Role, frozenset[str]] = {
    OWNER: frozenset(PARTS),
    DECIDER: frozenset(PARTS),
    POST_MANAGER: frozenset({REPORT, EVIDENCE, ALL_OPINIONS, RELATION, EVERYBODY, GROUNDS}),
    CONCERNED: frozenset(),
    CANDIDATE: frozenset({REPORT, EVIDENCE, EXPLANATIONS, GROUNDS}),
    ADVISER: frozenset({REPORT, EVERYBODY, GROUNDS}),
}


@dataclass(frozen=True, slots=True)
class Facts:
    """What decides beside the state: the report is outdated, the candidate refused automatic ranking, or has a question
    that nobody has answered.
    """

    outdated: bool = False
    refused: bool = False
    asks: bool = False


@dataclass(frozen=True, slots=True)
class Parties:
    """The people a case is about or for."""

    candidate: UUID
    related: UUID | None = None

    def __contains__(self, employee_id: object) -> bool:
        return employee_id is not None and employee_id in (self.candidate, self.related)


def after(state: State, action: str, facts: Facts) -> State | None:
    """The state an action leads to; None when it cannot be done."""
    if action == ASK and state == OPEN and not facts.refused:
        return None
    if action == MATCH and state == OPINIONS and not facts.outdated:
        return None
    return NEXT[state].get(action)


def after_milestone(state: State, milestone: pb.Milestone, *, placed: bool) -> State | None:
    """The state a milestone leads to; None when it cannot be reached from here.

    A probation starts once, and ends only after it started; plans and training may follow any decision.
    """
    if state not in {DECIDED, PROBATION}:
        return None
    if milestone == pb.MILESTONE_PROBATION_STARTED:
        return PROBATION if placed and state == DECIDED else None
    if milestone == pb.MILESTONE_PROBATION_ENDED:
        return PROBATION if state == PROBATION else None
    return state


def has_say(roles: Iterable[Role], action: str) -> bool:
    return any(action in MAY[role] for role in roles)


def may(state: State, roles: Collection[Role], facts: Facts) -> list[str]:
    """What somebody of these roles may do now, in the order of `ACTIONS`: nothing without sense, such as answering what
    nobody asks or matching whoever refused it.
    """
    possible = [action for action in ACTIONS if has_say(roles, action) and after(state, action, facts) is not None]
    senseless = {ANSWER} if not facts.asks else set()
    if facts.refused:
        senseless.add(MATCH)
    return [action for action in possible if action not in senseless]


def seen(roles: Iterable[Role]) -> frozenset[str]:
    return frozenset().union(*(SEES[role] for role in roles))


def hidden(parts: Collection[str]) -> list[str]:
    return [part for part in NAMED if part not in parts]


def speaks_as(roles: Collection[Role]) -> Role | None:
    """The role in which somebody gives an opinion."""
    return next((role for role in OPINING if role in roles), None)


def conflicted(parties: Parties, role: Role, employee_id: UUID | None, held: Collection[Role]) -> bool:
    """Whether somebody with these roles cannot have another: whom the case is about or for has no say in it, and the
    decider has no other role.
    """
    roles = {*held, role}
    return employee_id in parties or (DECIDER in roles and len(roles) > 1)


# What happens in a case and stays on record; `CaseStep.step`.
Step = Literal[
    "opened",
    "participant_added",
    "participant_removed",
    "matched",
    "opinions_asked",
    "opinion_given",
    "reminded",
    "decided",
    "progress",
    "explanation_asked",
    "explanation_answered",
    "closed",
    "withdrawn",
]
# What people are asked for; `CaseTask.task` and `PlacementTaskDue.task`.
TaskName = Literal["match", "ask_for_opinions", "opinion", "decision", "explanation"]

# Steps that only whoever runs the case takes before it is decided.
RUNNING: tuple[Step, ...] = ("opened", "participant_added", "participant_removed", "matched", "opinions_asked")
# Steps about one participant: others see them only when they see everybody.
_ABOUT_ONE: tuple[Step, ...] = ("participant_added", "participant_removed", "opinion_given", "reminded")
_ABOUT_QUESTIONS: tuple[Step, ...] = ("explanation_asked", "explanation_answered")
# Steps whose note is for everybody in the case.
_OPEN_NOTES: tuple[Step, ...] = ("progress", "closed")


def step_shown(step: Step, *, mine: bool, parts: Collection[str]) -> bool:
    """Whether somebody who sees these parts is told of a step; `mine`: it is by or about them."""
    if step in _ABOUT_QUESTIONS:
        return EXPLANATIONS in parts
    return mine or EVERYBODY in parts or step not in _ABOUT_ONE


def note_shown(step: Step, parts: Collection[str]) -> bool:
    return step in _OPEN_NOTES or GROUNDS in parts


@dataclass(frozen=True, slots=True)
class Task:
    """Something one person is asked for in a case, by a day if there is one."""

    name: TaskName
    due_on: date | None = None

    def overdue(self, today: date) -> bool:
        return self.due_on is not None and self.due_on < today


@dataclass(frozen=True, slots=True)
class Asked:
    """What is outstanding: the day opinions are asked for until, how many are missing, and whether the caller's is."""

    due_on: date | None
    missing: int
    mine: bool


def tasks(state: State, roles: Collection[Role], facts: Facts, asked: Asked, today: date) -> list[Task]:
    """What somebody of these roles is asked for: an opinion while theirs is missing; a decision once all are there or
    their day is over; the next step and answers by who runs the case.
    """
    found = []
    if state == OPINIONS and asked.mine:
        found.append(Task("opinion", asked.due_on))
    late = asked.due_on is not None and asked.due_on < today
    if state == OPINIONS and DECIDER in roles and (late or not asked.missing):
        found.append(Task("decision", asked.due_on if late else None))
    if OWNER in roles:
        if MATCH in may(state, (OWNER,), facts) and (facts.outdated or state == OPEN):
            found.append(Task("match"))
        if (state == MATCHED and not facts.outdated) or (state == OPEN and facts.refused):
            found.append(Task("ask_for_opinions"))
        if facts.asks:
            found.append(Task("explanation"))
    return found
