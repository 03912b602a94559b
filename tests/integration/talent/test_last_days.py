"""Who has given notice is marked wherever they are found or looked at, and is found as before."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select, update

from libs.kit.access.scopes import Scope
from libs.kit.ids import uuid7
from libs.kit.tables import directory_people
from mainstay.employees.v1.events_pb2 import PersonPlaced
from mainstay.talent.v1 import cases_pb2 as pb
from mainstay.talent.v1 import matching_pb2, pools_pb2
from services.talent import memory
from services.talent.memory import Memory
from services.talent.service import service
from tests.integration.talent import matched, placing
from tests.integration.talent.conftest import Desk
from tests.integration.talent.matched import refused
from tests.integration.talent.placing import Company
from tests.integration.talent.test_cases_decision import key_of, row_of
from tests.integration.talent.test_cases_dossier import words

HIS, HERS = "2031-03-31", "2031-06-30"
SAID = {
    "none": PersonPlaced(number="E0007", employed=True),
    "given": PersonPlaced(number="E0007", employed=True, last_day=HIS),
    "moved": PersonPlaced(number="E0007", employed=True, last_day=HERS),
    "over": PersonPlaced(number="E0007"),
    "erased": PersonPlaced(number="E0007", erased=True),
}


@pytest.fixture
async def company(desk: Desk) -> Company:
    return await placing.company(desk)


@pytest.mark.parametrize(
    ("story", "known"),
    [
        (["none"], None),
        (["none", "given"], HIS),
        (["given", "moved"], HERS),
        (["none", "given", "none"], None),
        (["given", "over"], None),
        # Told again from the beginning, as after a rebuild or to a copy that never heard of it.
        (["none", "given", "moved", "none", "given", "moved"], HERS),
        (["moved", "moved"], HERS),
        (["erased", "given"], None),
        (["given", "erased", "given"], None),
    ],
)
async def test_the_last_day_is_the_one_told_last(desk: Desk, story: Sequence[str], known: str | None) -> None:
    person = str(uuid7())
    unit = await desk.unit("QA")
    for name in story:
        event = PersonPlaced()
        event.CopyFrom(SAID[name])
        event.employee_id, event.unit_id = person, unit
        await desk.tell(service.subscriptions()[PersonPlaced], event)
    async with desk.database.reading() as db:
        (row,) = await db.rows(select(directory_people.c.last_day))
    assert (row["last_day"].isoformat() if row["last_day"] else None) == known


async def match(company: Company) -> matching_pb2.MatchReport:
    request = matching_pb2.MatchPersonRequest(employee_id=company.candidate, post_id=company.post)
    found: matching_pb2.MatchReport = await company.desk.ask("MatchService.MatchPerson", request)
    return found


async def find(company: Company, method: str, request: Any, **held: tuple[Scope, ...]) -> list[Any]:
    rights = {f"talent.match.{name}": scopes for name, scopes in held.items()} or None
    found = await company.desk.ask(f"MatchService.{method}", request, rights)
    return [one for one in found.reports if not one.ClearField("made_at")]


async def test_a_report_says_it_and_comes_to_the_same(company: Company) -> None:
    before = await match(company)
    assert before.last_day == ""
    await company.desk.gives_notice(company.candidate, 21)
    after = await match(company)
    assert after.last_day == company.desk.day(21)
    after.ClearField("last_day")
    for one in (before, after):
        one.ClearField("made_at")
    assert after == before
    posts = await find(company, "FindPosts", matching_pb2.FindPostsRequest(employee_id=company.candidate))
    assert posts
    assert {one.last_day for one in posts} == {company.desk.day(21)}


async def test_people_are_found_in_the_same_order_and_the_leaver_is_marked(company: Company) -> None:
    house = company.desk.gate.house
    house.add(Memory())
    await matched.holds(company.desk, company.quality, company.careful, 3)
    await memory.load(house, house.part(Memory))
    request = matching_pb2.FindPeopleRequest(post_id=company.post)
    before = await find(company, "FindPeople", request)
    best = before[0].employee_id
    await company.desk.gives_notice(best, 14)
    after = await find(company, "FindPeople", request)
    assert [one.last_day for one in after] == [company.desk.day(14)] + [""] * (len(before) - 1)
    after[0].ClearField("last_day")
    assert after == before
    # Whoever may not see the person is told nothing of them.
    elsewhere = (Scope("unit", UUID(await company.desk.unit("MA"))),)
    assert await find(company, "FindPeople", request, search=elsewhere) == []
    with refused("OUT_OF_SCOPE"):
        asked = matching_pb2.MatchPersonRequest(employee_id=best, post_id=company.post)
        await company.desk.ask("MatchService.MatchPerson", asked, {"talent.match.read": elsewhere})


async def test_a_pools_members_are_marked_for_whoever_sees_them(company: Company) -> None:
    desk = company.desk
    opened = pools_pb2.OpenPoolRequest(name="储备", kind=pools_pb2.POOL_KIND_RESERVE)
    pool = await desk.ask("PoolService.OpenPool", opened)
    for person in (company.candidate, company.quality):
        added = pools_pb2.AddMemberRequest(pool_id=pool.pool_id, employee_id=person, reason="表现突出")
        assert (await desk.ask("PoolService.AddMember", added)).last_day == ""
    await desk.gives_notice(company.candidate, 14)
    asked = pools_pb2.GetPoolRequest(pool_id=pool.pool_id)
    shown = (await desk.ask("PoolService.GetPool", asked)).members
    marked = {company.candidate: desk.day(14), company.quality: ""}
    assert {one.employee_id: one.last_day for one in shown} == marked
    listed = pools_pb2.ListMembershipsRequest(pool_id=pool.pool_id)
    rows = (await desk.ask("PoolService.ListMemberships", listed)).members
    assert {one.employee_id: one.last_day for one in rows} == marked
    elsewhere = {"talent.pool.read": (Scope("unit", UUID(await desk.unit("MA"))),)}
    assert desk.day(14) not in str(await desk.ask("PoolService.GetPool", asked, elsewhere))
    assert desk.day(14) not in str(await desk.ask("PoolService.ListMemberships", listed, elsewhere))
    out = pools_pb2.RemoveMemberRequest(pool_id=pool.pool_id, employee_id=company.candidate, reason="即将离职")
    assert (await desk.ask("PoolService.RemoveMember", out)).last_day == ""


async def test_a_case_of_somebody_who_leaves_is_opened_and_says_so(company: Company) -> None:
    await company.desk.gives_notice(company.candidate, 5)
    day = company.desk.day(5)
    case = await company.in_opinions()
    assert (case.last_day, case.report.last_day, {one.last_day for one in case.alternatives}) == (day, day, {day})
    assert [one.last_day for one in (await company.listed(company.executive)).cases] == [day]
    # The probation is to begin when they are gone: whoever decides knows, and decides.
    await company.give(case, company.quality, pb.STANCE_SUPPORT)
    decided = await company.decide(await company.now(case), without_all_opinions=True)
    assert (decided.decision.starts_on > day, decided.decision.last_day) == (True, day)


@pytest.mark.parametrize(("known", "heard"), [(None, 20), (20, 30), (20, None)])
async def test_a_report_made_before_it_changed_is_outdated(
    company: Company, known: int | None, heard: int | None
) -> None:
    desk = company.desk
    await desk.gives_notice(company.candidate, known)
    case = await company.answered()
    assert not case.outdated
    await desk.gives_notice(company.candidate, known)
    assert not (await company.now(case)).outdated
    await desk.gives_notice(company.candidate, heard)
    case = await company.now(case)
    assert (case.outdated, case.last_day) == (True, "" if heard is None else desk.day(heard))
    with refused("REPORT_OUTDATED"):
        await company.decide(case)
    assert "match" in [name for name, _ in await company.tasks(company.hr)]
    again = await company.match(case)
    assert (again.outdated, again.report.last_day) == (False, "" if heard is None else desk.day(heard))


async def test_a_last_day_that_is_over_outdates_nothing(company: Company) -> None:
    desk = company.desk
    await desk.gives_notice(company.candidate, 2)
    case = await company.answered()
    desk.clock.move(timedelta(days=3))
    async with desk.database.transaction() as db:
        mine = directory_people.c.employee_id == UUID(company.candidate)
        await db.run(update(directory_people).where(mine).values(employed=False, last_day=None))
    case = await company.now(case)
    assert (case.outdated, case.last_day) == (False, "")
    decided = await company.decide(case, pb.DECISION_KIND_NOT_NOW)
    assert decided.decision.intact


async def frozen_in(company: Company, case: pb.Case) -> Any:
    row = await row_of(company.desk, case)
    key = await key_of(company.desk, company.candidate)
    return json.loads(key.open("cases", "evidence", row["case_id"], row["evidence"]))["last_day"]


@pytest.mark.parametrize("heard", [None, 90])
async def test_what_was_known_at_the_decision_stays_in_it(company: Company, heard: int | None) -> None:
    desk = company.desk
    await desk.gives_notice(company.candidate, 60)
    case = await company.decided()
    await desk.gives_notice(company.candidate, heard)
    case = await company.now(case)
    now = "" if heard is None else desk.day(heard)
    assert (case.last_day, case.decision.last_day, case.report.last_day) == (now, desk.day(60), desk.day(60))
    assert (case.decision.intact, case.outdated) == (True, False)
    assert await frozen_in(company, case) == desk.day(60)


async def test_it_is_frozen_where_there_is_no_report(company: Company) -> None:
    await company.candidate_refuses()
    await company.desk.gives_notice(company.candidate, 60)
    case = await company.add(await company.open(), company.quality, pb.CASE_ROLE_POST_MANAGER)
    await company.ask_for_opinions(case)
    await company.give(case, company.quality, pb.STANCE_SUPPORT)
    case = await company.decide(await company.now(case))
    assert (case.HasField("report"), case.decision.last_day) == (False, company.desk.day(60))
    assert await frozen_in(company, case) == company.desk.day(60)


@pytest.mark.parametrize("who", ["hr", "executive", "quality", "candidate", "adviser", "engineering"])
async def test_the_dossier_says_it_to_those_who_weigh_it(company: Company, who: str) -> None:
    await company.desk.gives_notice(company.candidate, 60)
    case = await company.decided()
    await company.desk.gives_notice(company.candidate, 90)
    printed = await words(company, case, getattr(company, who))
    shown = who not in {"adviser", "engineering"}
    assert (f"将于 {company.desk.day(60)} 离职" in printed) == shown
    assert (f"将于 {company.desk.day(90)} 离职" in printed) == shown
    assert (company.desk.day(60) in printed, company.desk.day(90) in printed) == (shown, shown)
