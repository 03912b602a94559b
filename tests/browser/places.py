"""The portal's pages as HR's administrator has them."""

from __future__ import annotations

from dataclasses import dataclass

from tests.support.company import Company, find_person


@dataclass(frozen=True)
class Place:
    path: str
    named_by_data: bool = False
    """The page's title is a name somebody entered."""


async def places_of_hr(company: Company) -> list[Place]:
    someone = await find_person(await company.sign_in_by_password("hr.admin"), company.number("manager.quality"))
    person = f"/people/{someone['employeeId']}"
    return [
        Place("/"),
        Place("/people"),
        Place("/people/new"),
        *(Place(person + tab, named_by_data=True) for tab in ("", "/timeline", "/work", "/access")),
        Place("/organization"),
        Place(f"/organization?unit={someone['unitId']}"),
        Place("/imports"),
        Place("/imports/new"),
        Place("/matching/people"),
        Place("/matching/posts"),
        Place("/growth/contests"),
        Place("/pools"),
        Place("/placements"),
        Place("/placements/new"),
        Place("/fairness"),
        Place("/fairness?by=unit"),
        Place("/requests"),
        Place("/requests?view=mine"),
        Place("/grants"),
        Place("/accounts"),
        Place("/roles"),
        Place("/me/access"),
    ]
