"""Keeps who is where while the demo's history is made up, and writes down each step so that it can be replayed."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, timedelta

from services.employees.demo.model import (
    Confirmed,
    DottedLineAdded,
    Event,
    HeadNamed,
    Hired,
    Left,
    ManagerChanged,
    Transferred,
)
from services.employees.demo.organization import PLAN, PLAN_OF, PostPlan, UnitPlan, post_code

DAY = timedelta(days=1)


@dataclass(slots=True, eq=False)
class Seat:
    """One place of a post. The first place of a unit's first post leads the unit."""

    unit: UnitPlan
    post: PostPlan
    leads: bool
    holder: str = ""
    never_filled: bool = False

    @property
    def post_code(self) -> str:
        """Code of its post."""
        return post_code(self.unit, self.post)


@dataclass(slots=True)
class Place:
    """Where somebody is now."""

    seat: Seat
    manager: str
    since: date
    """First day under this manager in this seat: what comes next comes later."""
    hired_on: date
    reports: set[str] = field(default_factory=set)
    dotted_to: set[str] = field(default_factory=set)


class History:
    """The company as it stands on the day the story has come to. Every step keeps the rules the services keep:
    one seat for each person, a manager who is there, nobody above themselves, no two events on one day of a person's
    line.
    """

    def __init__(self) -> None:
        self.seats = [
            Seat(unit, post, leads=post is unit.posts[0], never_filled=place >= post.places - post.vacant)
            for unit in PLAN
            for post in unit.posts
            for place in range(post.places)
        ]
        self.places: dict[str, Place] = {}
        self.events: list[Event] = []
        self._lead_of = {seat.unit.code: seat for seat in self.seats if seat.leads}
        self._seats_of: dict[str, list[Seat]] = defaultdict(list)
        for seat in self.seats:
            self._seats_of[seat.unit.code].append(seat)

    def manager_for(self, seat: Seat, *, but: str = "") -> str:
        """Who leads the people of a seat: the head of its unit, or of the nearest unit above that has one; a head's
        manager is above their own unit. `but` is passed over: somebody on the way out.
        """
        code = seat.unit.parent if seat.leads else seat.unit.code
        while code:
            head = self._lead_of[code].holder
            if head and head != but:
                return head
            code = PLAN_OF[code].parent
        return ""

    def hire(self, on: date, number: str, seat: Seat, *, probation: int = 90) -> None:
        """入. Probation in days; 0 for none."""
        manager = self.manager_for(seat)
        ends_on = on + timedelta(days=probation - 1) if probation else None
        self.events.append(Hired(on, number, seat.unit.code, seat.post_code, manager, ends_on))
        self._sit(on, number, seat, manager, hired_on=on)

    def confirm(self, on: date, number: str) -> None:
        """转."""
        self.events.append(Confirmed(on, number))

    def transfer(self, on: date, number: str, seat: Seat, reason: str) -> None:
        """调, handing over whoever reports to them to the manager of the seat they leave."""
        place = self.places[number]
        former = place.seat
        self._hand_over(on, number, self.manager_for(former, but=number), "原上级调岗")
        self._stand_up(on, number)
        manager = self.manager_for(seat)
        self.events.append(Transferred(on, number, seat.unit.code, seat.post_code, manager, reason))
        self._sit(on, number, seat, manager, hired_on=place.hired_on)

    def change_manager(self, on: date, number: str, manager: str, reason: str) -> None:
        """Another manager, same seat."""
        place = self.places[number]
        if on <= place.since:
            raise ValueError(f"{number} had another change on {place.since}")
        self.events.append(ManagerChanged(on, number, manager, reason))
        self._set_manager(on, place, number, manager)

    def leave(self, last_day: date, number: str, kind: str, reason: str) -> Seat:
        """离. Reports go to the manager of the seat the day after. Answers the seat that is free then."""
        place = self.places[number]
        successor = self.manager_for(place.seat, but=number) if place.reports else ""
        self.events.append(Left(last_day, number, kind, successor, reason))
        for report in sorted(place.reports):
            self._set_manager(last_day + DAY, self.places[report], report, successor)
        self._stand_up(last_day + DAY, number)
        del self.places[number]
        return place.seat

    def dotted(self, on: date, number: str, manager: str, ends_on: date | None, reason: str) -> None:
        """A second line of reporting."""
        self.places[number].dotted_to.add(manager)
        self.events.append(DottedLineAdded(on, number, manager, ends_on, reason))

    def followed(self, seat: Seat) -> list[str]:
        """Who is to report to whoever takes a leading seat: the unit's people and the heads right below, but for those
        who report to a senior colleague.
        """
        own = {each.holder for each in self._seats_of[seat.unit.code] if each.holder and each is not seat}
        heads = {self._lead_of[unit.code].holder for unit in PLAN if unit.parent == seat.unit.code} - {""}
        kept = {number for number in own if self.places[number].manager in own}
        return sorted(number for number in own - kept | heads if self.places[number].manager != seat.holder)

    def _sit(self, on: date, number: str, seat: Seat, manager: str, *, hired_on: date) -> None:
        seat.holder = number
        self.places[number] = Place(seat, manager, on, hired_on)
        if manager:
            self.places[manager].reports.add(number)
        if seat.leads:
            self.events.append(HeadNamed(on, seat.unit.code, number))
            for report in self.followed(seat):
                self.change_manager(on, report, number, "新任负责人到岗")

    def _stand_up(self, on: date, number: str) -> None:
        place = self.places[number]
        place.seat.holder = ""
        if place.manager:
            self.places[place.manager].reports.discard(number)
        if place.seat.leads:
            self.events.append(HeadNamed(on, place.seat.unit.code, ""))

    def _hand_over(self, on: date, number: str, manager: str, reason: str) -> None:
        for report in sorted(self.places[number].reports):
            self.change_manager(on, report, manager, reason)

    def _set_manager(self, on: date, place: Place, number: str, manager: str) -> None:
        if place.manager:
            self.places[place.manager].reports.discard(number)
        place.manager, place.since = manager, on
        if manager:
            self.places[manager].reports.add(number)
