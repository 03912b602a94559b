"""The rows of placement cases: loaded with what beside them decides, changed with their version raised.

Words are sealed under the candidate's key. Of an erased candidate they read as empty, and none are added.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import Date, Uuid, and_, any_, bindparam, func, select, update
from sqlalchemy.dialects.postgresql import ARRAY, insert

from libs.kit.call import Call
from libs.kit.database import Query, Session, prepared
from libs.kit.ids import uuid7
from libs.kit.tables import directory_people, vault_keys
from libs.kit.vault import SubjectKey
from services.talent import sealing
from services.talent.cases import kept, rules
from services.talent.errors import CaseNotFound
from services.talent.job_versions import in_force
from services.talent.tables import (
    case_explanations,
    case_opinions,
    case_participants,
    case_steps,
    cases,
    job_profiles,
    posts,
    profiles,
)

_IN_FORCE = select(job_profiles.c.number).where(
    job_profiles.c.post_id == cases.c.post_id, in_force(bindparam("today", type_=Date))
)
ASKS = (
    select(1).where(case_explanations.c.case_id == cases.c.case_id, case_explanations.c.answered_at.is_(None)).exists()
)
_CANDIDATE = directory_people.alias("candidate")
# A case with the facts that decide what can be done in it, its post's titles, and its candidate's key.
SHOWN = select(
    cases,
    posts.c.title,
    posts.c.title_en,
    func.coalesce(profiles.c.version, 0).label("version_now"),
    func.coalesce(profiles.c.automated_use_refused, False).label("refused"),
    _IN_FORCE.scalar_subquery().label("job_now"),
    ASKS.label("asks"),
    func.coalesce(_CANDIDATE.c.employed, False).label("works_here"),
    _CANDIDATE.c.last_day.label("last_day_now"),
    vault_keys.c.ring_key,
    vault_keys.c.wrapped,
).select_from(
    cases.outerjoin(posts, posts.c.post_id == cases.c.post_id)
    .outerjoin(profiles, profiles.c.employee_id == cases.c.employee_id)
    .outerjoin(_CANDIDATE, _CANDIDATE.c.employee_id == cases.c.employee_id)
    .outerjoin(vault_keys, vault_keys.c.subject_id == cases.c.employee_id)
)
_LOCK = prepared(select(cases.c.case_id).where(cases.c.case_id == bindparam("case_id")).with_for_update())
_ONE = prepared(SHOWN.where(cases.c.case_id == bindparam("case_id")))
_PEOPLE = prepared(
    select(case_participants)
    .where(
        case_participants.c.case_id == any_(bindparam("case_ids", type_=ARRAY(Uuid))),
        case_participants.c.removed_at.is_(None),
    )
    .order_by(case_participants.c.case_id, case_participants.c.role, case_participants.c.employee_id)
)
_NEW_PERSON = insert(case_participants).values(
    case_id=bindparam("case_id"),
    employee_id=bindparam("employee_id"),
    role=bindparam("role"),
    opinion_due_on=bindparam("due_on"),
    answered_at=None,
    removed_at=None,
)
# Somebody who was in it before comes back as if new.
_ADD_PERSON = prepared(
    _NEW_PERSON.on_conflict_do_update(
        index_elements=["case_id", "employee_id", "role"],
        set_={"opinion_due_on": _NEW_PERSON.excluded.opinion_due_on, "answered_at": None, "removed_at": None},
    )
)
_REMOVE_PERSON = prepared(
    update(case_participants)
    .where(
        and_(
            case_participants.c.case_id == bindparam("in_case"),
            case_participants.c.employee_id == bindparam("who"),
            case_participants.c.role != rules.CANDIDATE,
            case_participants.c.removed_at.is_(None),
        )
    )
    .values(removed_at=bindparam("at"))
)
_HAS_RUN = prepared(
    select(1)
    .where(
        case_steps.c.case_id == bindparam("case_id"),
        case_steps.c.actor_id == bindparam("who"),
        case_steps.c.step == any_(bindparam("steps", type_=ARRAY(case_steps.c.step.type))),
    )
    .limit(1)
)
_SPOKEN_AS = prepared(
    select(case_opinions.c.role).where(
        case_opinions.c.case_id == bindparam("case_id"), case_opinions.c.employee_id == bindparam("who")
    )
)
_ADD_STEP = prepared(insert(case_steps).values({column.name: bindparam(column.name) for column in case_steps.c}))


@dataclass(frozen=True, slots=True)
class Case:
    """A case with everybody who is in it now, and its candidate's key; None when they were erased. `replaced`: the job
    profile of another post that it was compared with is no longer in force.
    """

    row: Any
    people: Sequence[Any]
    key: SubjectKey | None
    replaced: bool = False

    @property
    def case_id(self) -> UUID:
        found: UUID = self.row["case_id"]
        return found

    @property
    def candidate(self) -> UUID:
        found: UUID = self.row["employee_id"]
        return found

    @property
    def state(self) -> rules.State:
        found: rules.State = self.row["state"]
        return found

    @property
    def parties(self) -> rules.Parties:
        return rules.Parties(self.candidate, self.row["related_employee_id"])

    @property
    def outdated(self) -> bool:
        """The candidate's evidence or last day, or what the post or another one compared asks for, changed after the
        report was made, days alone do not; or there is none since they refused automatic ranking, which they no longer
        do.
        """
        row = self.row
        if self.state not in rules.UNDECIDED:
            return False
        if row["report"] is None:
            return self.state == rules.OPINIONS and not row["refused"]
        same = (row["version_now"], row["job_now"]) == (row["profile_version"], row["job_number"])
        # A last day that is over is no change: nobody can be compared anew who no longer works here.
        stays = not row["works_here"] or row["last_day_now"] == row["last_day"]
        return self.replaced or not same or not stays

    @property
    def reported(self) -> bool:
        """Its reports count and are shown: not while the candidate refuses automatic ranking, nor once it was decided
        without them for that.
        """
        return bool(self.row["outcome"] if self.row["decision"] else not self.row["refused"])

    @property
    def facts(self) -> rules.Facts:
        return rules.Facts(outdated=self.outdated, refused=self.row["refused"], asks=self.row["asks"])

    @property
    def unanswered(self) -> list[Any]:
        """Those whose opinion is asked for and not given."""
        return [one for one in self.people if one["opinion_due_on"] and one["answered_at"] is None]

    @property
    def heard(self) -> list[Any]:
        """Those whose opinion is asked for and given."""
        return [one for one in self.people if one["opinion_due_on"] and one["answered_at"]]

    @property
    def lacks_opinions(self) -> bool:
        return bool(self.unanswered) or not self.heard

    def roles_of(self, employee_id: UUID | None) -> frozenset[rules.Role]:
        return frozenset(one["role"] for one in self.people if one["employee_id"] == employee_id)

    def holders(self, role: rules.Role) -> list[UUID]:
        return [one["employee_id"] for one in self.people if one["role"] == role]

    def words(self, column: str) -> str:
        """A sealed column of the case itself; empty for an erased candidate. Raises SealBroken when it was altered."""
        return sealing.opened(self.key, "cases", column, self.case_id, self.row[column])

    def shown(self, column: str) -> str:
        """The same to look at; see `sealing.shown`."""
        return sealing.shown(self.key, "cases", column, self.case_id, self.row[column])

    def seal(self, column: str, text: str) -> bytes | None:
        return self.seal_in("cases", column, self.case_id, text)

    def seal_in(self, table: str, column: str, row_id: UUID, text: str) -> bytes | None:
        return sealing.sealed(self.key, table, column, row_id, text) if self.key else None


async def load(call: Call, case_id: UUID, *, lock: bool = False) -> Case:
    """Raises CaseNotFound."""
    if lock:
        # First alone: what is read beside it is then as it was when the row was ours.
        await call.db.run(_LOCK, case_id=case_id)
    row = await call.db.row(_ONE, case_id=case_id, today=call.house.today())
    if row is None:
        raise CaseNotFound(case_id=case_id)
    return (await cases_of(call, [row]))[0]


async def cases_of(call: Call, rows: Sequence[Any]) -> list[Case]:
    """Cases of rows of `SHOWN`, with what else belongs to them."""
    ids = [row["case_id"] for row in rows]
    people = defaultdict(list)
    for one in await people_of(call.db, ids) if ids else []:
        people[one["case_id"]].append(one)
    found = [Case(row, people[row["case_id"]], key_of(call, row)) for row in rows]
    texts = {one.case_id: one.shown("alternatives") for one in found if one.state in rules.UNDECIDED}
    replaced = await kept.replaced(call.db, texts, call.house.today())
    return [replace(one, replaced=one.case_id in replaced) for one in found]


async def people_of(db: Session, case_ids: Iterable[UUID]) -> list[Any]:
    """Open roles in these cases."""
    return await db.rows(_PEOPLE, case_ids=list(case_ids))


def key_of(call: Call, row: Any) -> SubjectKey | None:
    if row["wrapped"] is None:
        return None
    return call.house.vault.unwrap(row["employee_id"], row["ring_key"], row["wrapped"])


async def change(call: Call, case: Case, **values: Any) -> None:
    """Sets columns of the case and raises its version."""
    given = {f"new_{name}": value for name, value in values.items()}
    await call.db.run(_change(frozenset(values)), in_case=case.case_id, **given)


@cache
def _change(columns: frozenset[str]) -> Query:
    values = {name: bindparam(f"new_{name}", type_=cases.c[name].type) for name in sorted(columns)}
    return prepared(
        update(cases).where(cases.c.case_id == bindparam("in_case")).values(version=cases.c.version + 1, **values)
    )


async def add_person(
    call: Call, case_id: UUID, employee_id: UUID, role: rules.Role, due_on: date | None = None
) -> None:
    await call.db.run(_ADD_PERSON, case_id=case_id, employee_id=employee_id, role=role, due_on=due_on)


async def remove_person(call: Call, case_id: UUID, employee_id: UUID) -> int:
    """Ends all roles but the candidate's. Returns how many there were."""
    return await call.db.run(_REMOVE_PERSON, in_case=case_id, who=employee_id, at=call.now)


async def has_run(call: Call, case: Case, employee_id: UUID) -> bool:
    """Whether somebody did what only those do who run a case, in a role or not."""
    return bool(await call.db.value(_HAS_RUN, case_id=case.case_id, who=employee_id, steps=list(rules.RUNNING)))


async def spoken_as(call: Call, case: Case, employee_id: UUID) -> set[rules.Role]:
    """In which roles somebody has given an opinion, though they may have been taken out since."""
    rows = await call.db.rows(_SPOKEN_AS, case_id=case.case_id, who=employee_id)
    return {row["role"] for row in rows}


async def add_step(
    call: Call, case: Case, step: rules.Step, *, about: UUID | None = None, milestone: int = 0, note: str = ""
) -> None:
    """Records what happened, by whoever calls."""
    step_id = uuid7()
    await call.db.run(
        _ADD_STEP,
        step_id=step_id,
        case_id=case.case_id,
        step=step,
        actor_id=call.actor,
        employee_id=about,
        milestone=milestone,
        note=case.seal_in("case_steps", "note", step_id, note),
        at=call.now,
    )
