"""Whether a call may do what it asks for in a case, and as what.

Whoever has a role in a case acts in it over their own; whoever holds `talent.case.manage` over the candidate runs it
like an owner, unless the case is about or for them or they decide it. An owner who no longer holds that right at all,
because HR took it back or they changed their work, is none any more. To everybody else no case exists.
"""

from __future__ import annotations

from uuid import UUID

from libs.kit.call import Call
from libs.kit.errors import Forbidden, VersionConflict
from libs.kit.words import say
from mainstay.talent.v1 import cases_pb2 as pb
from services.talent.cases import ledger, rules
from services.talent.cases.ledger import Case
from services.talent.errors import CaseNotFound, CaseWrongState, NotYoursToSay

MANAGE = "talent.case.manage"


async def reading(call: Call, case_id: UUID) -> tuple[Case, frozenset[rules.Role]]:
    """A case and the caller's roles in it, one at least. Raises CaseNotFound."""
    return await _taking_part(call, case_id, lock=False)


async def acting(
    call: Call, case_id: UUID, action: str, version: int | None = None
) -> tuple[Case, frozenset[rules.Role]]:
    """The same to act in one's role. Raises CaseNotFound, NotYoursToSay, CaseWrongState, VersionConflict."""
    case, roles = await _taking_part(call, case_id, lock=True)
    if not rules.has_say(roles, action):
        raise NotYoursToSay(case_id=case_id)
    _check(call, case, action, version)
    return case, roles


async def managing(call: Call, case_id: UUID, action: str, version: int | None = None) -> Case:
    """A case to run. Raises CaseNotFound, OutOfScope, NotYoursToSay, CaseWrongState, VersionConflict."""
    case, _ = await _taking_part(call, case_id, lock=True)
    # A role in it is not enough: the right has to reach the candidate too.
    await call.over_person(case.candidate)
    if not _may_run(call, case):
        raise NotYoursToSay(case_id=case_id)
    _check(call, case, action, version)
    return case


async def roles_in(call: Call, case: Case) -> frozenset[rules.Role]:
    """The caller's roles, with what running the case gives them; empty for strangers."""
    roles = named_in(call, case)
    if rules.OWNER in roles or not call.scopes(MANAGE) or not _may_run(call, case):
        return roles
    try:
        await call.over_person(case.candidate, MANAGE)
    except Forbidden:
        return roles
    return roles | {rules.OWNER}


def named_in(call: Call, case: Case) -> frozenset[rules.Role]:
    """The roles the caller was given in a case and still has the right to."""
    roles = case.roles_of(call.actor) if call.actor else frozenset[rules.Role]()
    return roles if call.scopes(MANAGE) else roles - {rules.OWNER}


def wrong_state(call: Call, state: rules.State) -> CaseWrongState:
    return CaseWrongState(state=state_words(call.language, state))


def state_words(language: str, state: rules.State) -> str:
    return say(language, "talent", f"case_states.{pb.CaseState.Name(state).removeprefix('CASE_STATE_').lower()}")


async def _taking_part(call: Call, case_id: UUID, *, lock: bool) -> tuple[Case, frozenset[rules.Role]]:
    case = await ledger.load(call, case_id, lock=lock)
    roles = await roles_in(call, case)
    if not roles:
        raise CaseNotFound(case_id=case_id)
    call.over_own()
    call.touch(case.candidate)
    return case, roles


def _may_run(call: Call, case: Case) -> bool:
    return call.actor not in case.parties and rules.DECIDER not in case.roles_of(call.actor)


def _check(call: Call, case: Case, action: str, version: int | None) -> None:
    if rules.after(case.state, action, case.facts) is None:
        raise wrong_state(call, case.state)
    if version is not None and version != case.row["version"]:
        raise VersionConflict(current_version=case.row["version"])
