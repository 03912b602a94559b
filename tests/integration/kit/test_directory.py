"""The directory: one SQL condition for lists, one check for a person, and both say the same."""

from __future__ import annotations

import random
from uuid import UUID

import pytest
from sqlalchemy import select

from libs.kit import directory
from libs.kit.access.scopes import Scope, covers_person
from libs.kit.database import Database, Session, prepared
from libs.kit.tables import directory_people
from mainstay.employees.v1.events_pb2 import PersonPlaced, UnitPlaced

UNITS = [UUID(int=1000 + n) for n in range(8)]
PEOPLE = [UUID(int=1 + n) for n in range(24)]


def company(seed: int) -> tuple[list[UnitPlaced], list[PersonPlaced]]:
    """A random tree of units and a random reporting tree with dotted lines."""
    chance = random.Random(seed)
    units = [
        UnitPlaced(
            unit_id=str(unit),
            parent_id=str(UNITS[chance.randrange(position)]) if position and chance.random() < 0.9 else "",
            open=True,
            code=f"U{position}",
            name=f"部门{position}",
        )
        for position, unit in enumerate(UNITS)
    ]
    people = [
        PersonPlaced(
            employee_id=str(person),
            number=f"E{position:04}",
            unit_id=str(chance.choice(UNITS)),
            manager_id=str(PEOPLE[chance.randrange(position)]) if position and chance.random() < 0.95 else "",
            dotted_manager_ids=[str(chance.choice(PEOPLE))] if chance.random() < 0.2 else [],
            employed=True,
        )
        for position, person in enumerate(PEOPLE)
    ]
    return units, people


async def listed(session: Session, scopes: list[Scope], holder: UUID, *, at_once: bool = False) -> set[UUID]:
    reach = directory.reach(scopes, holder)
    inside = directory.inside(reach.shape, at_once=at_once)
    query = prepared(select(directory_people.c.employee_id).where(inside))
    return {row["employee_id"] for row in await session.rows(query, **reach.values)}


async def allowed(session: Session, scopes: list[Scope], holder: UUID) -> set[UUID]:
    found = set()
    for person in PEOPLE:
        place = await directory.place_of(session, person)
        assert place is not None
        if any(covers_person(scope, holder, place) for scope in scopes):
            found.add(person)
    return found


@pytest.mark.parametrize("seed", range(12))
async def test_the_filtered_list_is_exactly_the_people_each_check_allows(kit_database: Database, seed: int) -> None:
    chance = random.Random(seed)
    units, people = company(seed)
    async with kit_database.transaction() as session:
        for unit in units:
            await directory.place_unit(session, unit)
        for person in people:
            await directory.place_person(session, person)
        choices = [Scope("all"), Scope("self"), Scope("reports"), *(Scope("unit", unit) for unit in UNITS)]
        for _ in range(20):
            scopes = chance.sample(choices, chance.randrange(4))
            holder = chance.choice(PEOPLE)
            exact = await allowed(session, scopes, holder)
            assert await listed(session, scopes, holder) == exact
            assert await listed(session, scopes, holder, at_once=True) == exact


def truth(people: list[PersonPlaced]) -> dict[UUID, tuple[UUID, ...]]:
    """Chains worked out the plain way."""
    manager = {UUID(p.employee_id): UUID(p.manager_id) if p.manager_id else None for p in people}

    def above(person: UUID) -> tuple[UUID, ...]:
        boss = manager[person]
        return (boss, *above(boss)) if boss else ()

    return {person: above(person) for person in manager}


async def chains(session: Session) -> dict[UUID, tuple[UUID, ...]]:
    rows = await session.rows(select(directory_people.c.employee_id, directory_people.c.chain))
    return {row["employee_id"]: tuple(row["chain"]) for row in rows}


@pytest.mark.parametrize("seed", range(8))
async def test_chains_end_right_in_whatever_order_moves_arrive(kit_database: Database, seed: int) -> None:
    """Each person's own moves stay in order, different people's mix freely, loops on the way included."""
    chance = random.Random(seed)
    _, before = company(seed)
    shuffled = PEOPLE[:]
    chance.shuffle(shuffled)
    after = [
        PersonPlaced(
            employee_id=str(person),
            number=str(position),
            manager_id=str(shuffled[chance.randrange(position)]) if position else "",
            employed=True,
        )
        for position, person in enumerate(shuffled)
    ]
    chance.shuffle(after)
    async with kit_database.transaction() as session:
        for person in before:
            await directory.place_person(session, person)
        for person in after:
            await directory.place_person(session, person)
        assert await chains(session) == truth(after)
        await directory.place_people(session, before)
        assert await chains(session) == truth(before)


async def test_a_moved_unit_takes_its_people_along(kit_database: Database) -> None:
    holder = PEOPLE[0]
    async with kit_database.transaction() as session:
        for unit, parent in ((UNITS[0], ""), (UNITS[1], ""), (UNITS[2], str(UNITS[0]))):
            await directory.place_unit(
                session, UnitPlaced(unit_id=str(unit), parent_id=parent, open=True, code="x", name="x")
            )
        placed = PersonPlaced(employee_id=str(PEOPLE[1]), number="1", unit_id=str(UNITS[2]), employed=True)
        await directory.place_person(session, placed)
        assert await listed(session, [Scope("unit", UNITS[0])], holder) == {PEOPLE[1]}
        moved = UnitPlaced(unit_id=str(UNITS[2]), parent_id=str(UNITS[1]), open=True, code="x", name="x")
        await directory.place_unit(session, moved)
        assert await listed(session, [Scope("unit", UNITS[0])], holder) == set()
        assert await listed(session, [Scope("unit", UNITS[1])], holder) == {PEOPLE[1]}
