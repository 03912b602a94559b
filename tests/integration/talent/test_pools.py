"""Pools are picked by hand or by rule; members by rule follow what is known, and what a person decided stands."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import update

from libs.kit import directory, outbox, pages
from libs.kit.access.scopes import Scope
from libs.kit.call import Call
from libs.kit.deadlines import Deadline
from libs.kit.ids import uuid7
from mainstay.employees.v1 import events_pb2 as employees_events
from mainstay.talent.v1 import events_pb2, pools_pb2, profiles_pb2
from services.talent.pools import following
from services.talent.tables import entries, pools
from tests.integration.talent import matched
from tests.integration.talent.conftest import Desk


class Company:
    """Two units, a skill, and a pool for whoever has it at level 3."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk

    shop: str
    office: str
    post: str
    skill: UUID

    async def person(self, unit: str = "", level: int = 0) -> str:
        person = await self.desk.person(unit or self.shop, self.post)
        if level:
            await matched.holds(self.desk, person, self.skill, level)
        return person

    def rule(self, level: int = 3, **more: Any) -> pools_pb2.PoolRule:
        return pools_pb2.PoolRule(skills=[pools_pb2.SkillAtLeast(skill_id=str(self.skill), level=level)], **more)

    async def open(self, name: str = "储备", **more: Any) -> pools_pb2.Pool:
        request = pools_pb2.OpenPoolRequest(name=name, kind=pools_pb2.POOL_KIND_RESERVE, **more)
        return await self.ask("OpenPool", request)  # type: ignore[no-any-return]

    async def ask(self, name: str, request: Any, *more: Any) -> Any:
        return await self.desk.ask(f"PoolService.{name}", request, *more)

    async def members(self, pool: pools_pb2.Pool, *more: Any) -> list[str]:
        found = await self.ask("GetPool", pools_pb2.GetPoolRequest(pool_id=pool.pool_id), *more)
        return [one.employee_id for one in found.members]

    async def add(self, pool: pools_pb2.Pool, person: str) -> Any:
        request = pools_pb2.AddMemberRequest(pool_id=pool.pool_id, employee_id=person, reason="表现突出")
        return await self.ask("AddMember", request)

    async def remove(self, pool: pools_pb2.Pool, person: str) -> Any:
        request = pools_pb2.RemoveMemberRequest(pool_id=pool.pool_id, employee_id=person, reason="本人不愿意")
        return await self.ask("RemoveMember", request)

    async def tell(self, follow: Any, event: object) -> None:
        """Hands on an event or a deadline, as the consumer or the worker would; what is recorded is written."""
        async with self.desk.database.transaction() as db:
            call = Call(db=db, house=self.desk.gate.house, request_id="test")
            await follow(call, event)
            await outbox.write(db, call.events, source="talent", trace="")

    async def changed(self, person: str) -> None:
        await self.tell(following.follow_profile, events_pb2.ProfileChanged(employee_id=person, version=2))

    async def placed(self, person: str, *, unit: str = "", employed: bool = True, erased: bool = False) -> None:
        event = employees_events.PersonPlaced(
            employee_id=person, unit_id=unit or self.shop, post_id=self.post, employed=employed, erased=erased
        )
        async with self.desk.database.transaction() as db:
            await directory.place_person(db, event)
        await self.tell(following.follow_person, event)

    async def told(self) -> list[tuple[str, bool]]:
        return [(one.employee_id, one.member) for one in await self.desk.facts("PoolMembershipChanged")]


@pytest.fixture
async def company(desk: Desk) -> Company:
    made = Company(desk)
    roof = await desk.unit("ROOF")
    made.shop, made.office = await desk.unit("SHOP", roof), await desk.unit("OFFICE", roof)
    made.post = await desk.post(made.shop, "P")
    made.skill = await matched.skill(desk, "leads")
    return made


async def test_a_pool_by_hand_has_whom_somebody_put_in(company: Company) -> None:
    pool = await company.open(review_months=6)
    person = await company.person()
    member = await company.add(pool, person)
    assert (member.reason, member.by_rule, member.employee_id) == ("表现突出", False, person)
    assert member.review_on > company.desk.day(150)
    assert await company.members(pool) == [person]
    with matched.refused("MEMBER_ALREADY"):
        await company.add(pool, person)
    assert await company.told() == [(person, True)]


async def test_a_pool_by_rule_has_who_fulfils_it(company: Company) -> None:
    able, _, clerk = await company.person(level=3), await company.person(level=2), await company.person(level=4)
    pool = await company.open(rule=company.rule())
    assert {one.employee_id for one in pool.members} == {able, clerk}
    assert {one.by_rule for one in pool.members} == {True}
    assert sorted(await company.told()) == sorted([(able, True), (clerk, True)])


async def test_members_by_rule_follow_the_profile(company: Company) -> None:
    pool = await company.open(rule=company.rule())
    person = await company.person()
    await company.changed(person)
    assert await company.members(pool) == []
    entry = await matched.holds(company.desk, person, company.skill, 3)
    await company.changed(person)
    await company.changed(person)
    assert await company.members(pool) == [person]
    async with company.desk.database.transaction() as db:
        ended = update(entries).where(entries.c.entry_id == entry).values(ended_at=company.desk.clock.now())
        await db.run(ended)
    await company.changed(person)
    assert await company.members(pool) == []
    assert await company.told() == [(person, True), (person, False)]


async def test_members_by_rule_follow_where_people_are_placed(company: Company) -> None:
    pool = await company.open(rule=company.rule(unit_id=company.office))
    person = await company.person(level=5)
    assert await company.members(pool) == []
    await company.placed(person, unit=company.office)
    assert await company.members(pool) == [person]
    await company.placed(person)
    assert await company.members(pool) == []


async def test_who_was_taken_out_stays_out_until_somebody_puts_them_in(company: Company) -> None:
    person = await company.person(level=4)
    pool = await company.open(rule=company.rule())
    taken = await company.remove(pool, person)
    assert (taken.end_reason, taken.HasField("until")) == ("本人不愿意", True)
    await company.changed(person)
    changed = await company.ask(
        "ChangePool",
        pools_pb2.ChangePoolRequest(pool_id=pool.pool_id, version=1, name="储备", rule=company.rule(2)),
    )
    assert list(changed.members) == []
    with matched.refused("NOT_A_MEMBER"):
        await company.remove(pool, person)
    await company.add(pool, person)
    # Put in by hand they stay, whatever becomes of the rule.
    await company.ask(
        "ChangePool",
        pools_pb2.ChangePoolRequest(pool_id=pool.pool_id, version=2, name="储备", rule=company.rule(5)),
    )
    await company.changed(person)
    assert await company.members(pool) == [person]


async def test_a_changed_rule_is_followed_at_once(company: Company) -> None:
    three, four = await company.person(level=3), await company.person(level=4)
    pool = await company.open(rule=company.rule(4))
    assert await company.members(pool) == [four]
    request = pools_pb2.ChangePoolRequest(pool_id=pool.pool_id, version=1, name="储备", rule=company.rule(3))
    assert {one.employee_id for one in (await company.ask("ChangePool", request)).members} == {three, four}
    with matched.refused("VERSION_CONFLICT"):
        await company.ask("ChangePool", request)
    by_hand = pools_pb2.ChangePoolRequest(pool_id=pool.pool_id, version=2, name="储备")
    assert (await company.ask("ChangePool", by_hand)).size == 0


async def test_who_leaves_the_company_leaves_all_pools(company: Company) -> None:
    person = await company.person(level=4)
    ruled, picked = await company.open(rule=company.rule()), await company.open("轮岗")
    await company.add(picked, person)
    await company.placed(person, employed=False)
    assert (await company.members(ruled), await company.members(picked)) == ([], [])
    history = pools_pb2.ListMembershipsRequest(pool_id=picked.pool_id)
    (ended,) = (await company.ask("ListMemberships", history)).members
    assert (ended.HasField("until"), ended.removed_by, "离开公司" in ended.end_reason) == (True, "", True)
    # Nobody kept them out: the rule takes them back when they come back.
    await company.placed(person)
    assert await company.members(ruled) == [person]


async def test_of_an_erased_person_no_membership_stays(company: Company) -> None:
    person = await company.person()
    pool = await company.open()
    await company.add(pool, person)
    await company.placed(person, employed=False, erased=True)
    history = pools_pb2.ListMembershipsRequest(pool_id=pool.pool_id)
    assert list((await company.ask("ListMemberships", history)).members) == []


async def test_the_history_tells_who_was_in_when_newest_first(company: Company) -> None:
    pool = await company.open()
    first, second = await company.person(), await company.person()
    for person in (first, second):
        await company.add(pool, person)
    await company.remove(pool, first)
    await company.add(pool, first)
    history = pools_pb2.ListMembershipsRequest(pool_id=pool.pool_id, page_size=2)
    page = await company.ask("ListMemberships", history)
    history.page_token = page.next_page_token
    rest = await company.ask("ListMemberships", history)
    assert [one.employee_id for one in (*page.members, *rest.members)] == [first, second, first]
    assert (rest.next_page_token, rest.members[0].reason, rest.members[0].end_reason) == ("", "表现突出", "本人不愿意")


async def test_a_pool_is_named_visibly_and_names_that_look_alike_are_one(company: Company) -> None:
    for blank in (" ", "\u3000", "\u200b"):
        with matched.refused("FIELDS_INVALID"):
            await company.open(blank)
    assert (await company.open(" 后备  班长 ")).name == "后备 班长"
    for alike in ("后备 班长", "后备 班\u200b长", "\u202e后备 班长"):
        with matched.refused("POOL_NAME_TAKEN"):
            await company.open(alike)


async def test_the_next_look_at_a_member_does_not_lie_in_the_past(company: Company) -> None:
    pool, person = await company.open(), await company.person()
    await company.add(pool, person)
    look = {"pool_id": pool.pool_id, "employee_id": person, "note": "面谈过,愿意接班"}
    with matched.refused("FIELDS_INVALID"):
        await company.ask("ReviewMember", pools_pb2.ReviewMemberRequest(next_on=company.desk.day(-1), **look))
    member = await company.ask("ReviewMember", pools_pb2.ReviewMemberRequest(next_on=company.desk.day(), **look))
    assert member.review_on == company.desk.day()


async def test_successors_are_of_a_post_that_is_there(company: Company) -> None:
    with matched.refused("POST_UNKNOWN"):
        await company.open(post_id=str(uuid7()))
    assert (await company.open(post_id=company.post)).post_id == company.post


async def test_members_come_in_pages_that_lose_nobody(company: Company) -> None:
    pool = await company.open()
    people = [await company.person() for _ in range(5)]
    for person in people:
        await company.add(pool, person)
    # Two to be looked at, on the same day; the pool has no rhythm, so that nobody else ever is.
    for person in people[3:]:
        review = pools_pb2.ReviewMemberRequest(
            pool_id=pool.pool_id, employee_id=person, note="准备接班", next_on=company.desk.day(0)
        )
        await company.ask("ReviewMember", review)
    seen: list[list[str]] = []
    request = pools_pb2.GetPoolRequest(pool_id=pool.pool_id, page_size=2)
    while not seen or request.page_token:
        page = await company.ask("GetPool", request)
        assert (page.size, page.due, len(page.members)) == (5, 2, 1 if len(seen) == 2 else 2)
        seen.append([one.employee_id for one in page.members])
        request.page_token = page.next_page_token
    assert seen == [people[3:], people[:2], people[2:3]]


async def test_a_forged_token_is_refused(company: Company) -> None:
    pool = await company.open()
    members = pools_pb2.GetPoolRequest(pool_id=pool.pool_id)
    for day, member in (("x", pool.pool_id), (company.desk.day(0), "x")):
        members.page_token = pages.token_after(members, day, member)
        with matched.refused("PAGE_TOKEN_INVALID"):
            await company.ask("GetPool", members)
    history = pools_pb2.ListMembershipsRequest(pool_id=pool.pool_id)
    history.page_token = pages.token_after(history, "x")
    with matched.refused("PAGE_TOKEN_INVALID"):
        await company.ask("ListMemberships", history)


async def test_a_review_notes_what_was_found_and_when_the_next_is(company: Company) -> None:
    pool = await company.open(review_months=12)
    soon, late = await company.person(), await company.person()
    for person in (late, soon):
        await company.add(pool, person)
    request = pools_pb2.ReviewMemberRequest(
        pool_id=pool.pool_id, employee_id=soon, note="准备接班", next_on=company.desk.day(0)
    )
    reviewed = await company.ask("ReviewMember", request)
    assert (reviewed.review_note, reviewed.review_on) == ("准备接班", company.desk.day(0))
    found = await company.ask("GetPool", pools_pb2.GetPoolRequest(pool_id=pool.pool_id))
    assert ([one.employee_id for one in found.members], found.due) == ([soon, late], 1)
    (listed,) = (await company.ask("ListPools", pools_pb2.ListPoolsRequest())).pools
    assert (listed.size, listed.due) == (2, 1)


async def test_only_people_in_scope_are_shown_and_counted(company: Company) -> None:
    pool = await company.open()
    worker, clerk = await company.person(), await company.person(company.office)
    for person in (worker, clerk):
        await company.add(pool, person)
    held = {"talent.pool.read": (Scope.parse(f"unit:{company.office}"),)}
    assert await company.members(pool, held) == [clerk]
    (listed,) = (await company.ask("ListPools", pools_pb2.ListPoolsRequest(), held)).pools
    assert listed.size == 1
    history = pools_pb2.ListMembershipsRequest(pool_id=pool.pool_id)
    assert [one.employee_id for one in (await company.ask("ListMemberships", history, held)).members] == [clerk]
    place = {"talent.pool.place": (Scope.parse(f"unit:{company.office}"),)}
    with matched.refused("OUT_OF_SCOPE"):
        await company.ask(
            "AddMember",
            pools_pb2.AddMemberRequest(pool_id=pool.pool_id, employee_id=worker, reason="表现突出"),
            place,
        )


async def test_a_closed_pool_is_history_and_its_name_is_free(company: Company) -> None:
    pool, person = await company.open(), await company.person()
    await company.add(pool, person)
    with matched.refused("POOL_NAME_TAKEN"):
        await company.open()
    closed = await company.ask("ClosePool", pools_pb2.ClosePoolRequest(pool_id=pool.pool_id, version=1))
    assert (closed.closed, closed.size) == (True, 0)
    again = await company.open()
    assert [one.pool_id for one in (await company.ask("ListPools", pools_pb2.ListPoolsRequest())).pools] == [
        again.pool_id
    ]
    both = await company.ask("ListPools", pools_pb2.ListPoolsRequest(closed_too=True))
    assert len(both.pools) == 2
    with matched.refused("POOL_NOT_FOUND"):
        await company.add(pool, person)
    other = await company.open("别的")
    with matched.refused("POOL_NAME_TAKEN"):
        await company.ask("ChangePool", pools_pb2.ChangePoolRequest(pool_id=other.pool_id, version=1, name="储备"))


async def test_a_rule_names_skills_that_exist(company: Company) -> None:
    rule = pools_pb2.PoolRule(skills=[pools_pb2.SkillAtLeast(skill_id=str(uuid7()), level=1)])
    with matched.refused("SKILL_NOT_FOUND"):
        await company.open(rule=rule)


async def test_nobody_puts_themselves_in(company: Company) -> None:
    pool, person = await company.open(), await company.person()
    request = pools_pb2.AddMemberRequest(pool_id=pool.pool_id, employee_id=person, reason="表现突出")
    with matched.refused("OWN_RECORD"):
        await company.ask("AddMember", request, None, person)


async def test_once_a_day_all_rules_are_applied_anew(company: Company) -> None:
    person = await company.person()
    await matched.holds(company.desk, person, company.skill, 4, valid_to=company.desk.today)
    pool = await company.open(rule=company.rule(learns_fast=False))
    assert await company.members(pool) == [person]
    async with company.desk.database.transaction() as db:
        lapsed = update(entries).values(valid_to=company.desk.today.replace(year=2020))
        await db.run(lapsed.where(entries.c.employee_id == UUID(person)))
    await company.tell(following.turn_day, Deadline(uuid7(), following.DAILY, "all", company.desk.clock.now(), {}, 0))
    assert await company.members(pool) == []


async def test_every_part_of_a_rule_counts_in_the_database_too(company: Company) -> None:
    person = await company.person(company.office, level=3)
    review: dict[str, Any] = {"title": "2025", "value": 45, "scale": "50", "kind": profiles_pb2.ENTRY_KIND_REVIEW}
    await matched.entry(company.desk, person, **review)
    await matched.learns(company.desk, person, 3)
    growth = profiles_pb2.POTENTIAL_KIND_GROWTH
    await matched.entry(company.desk, person, kind=profiles_pb2.ENTRY_KIND_POTENTIAL, potential=growth, level=4)
    whole: dict[str, Any] = {"review_percent": 90, "growth": 4, "learns_fast": True, "unit_id": company.office}
    assert (await company.open("都满足", rule=company.rule(**whole))).size == 1
    for name, more in {"review_percent": 91, "growth": 5, "unit_id": company.shop}.items():
        pool = await company.open(name, rule=company.rule(**(whole | {name: more})))
        assert pool.size == 0, name
        await company.changed(person)
        assert await company.members(pool) == [], name
    async with company.desk.database.reading() as db:
        assert len(await db.rows(pools.select())) == 4
