"""Three years of the demo company, made up from a seed and a day: `company(today, seed)`.

Before the three years people come, unit by unit, heads first. In them things happen on working days at least two days
apart: people come and leave, free places are filled from within or from outside, a third workshop opens, engineers
are put under senior ones, second lines of reporting begin and end. After `today` lie two first days already signed
and three last days already set. The same seed and day give the same company; another day moves it as a whole.
"""

import heapq
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from random import Random

from services.employees.demo.contracts import contracts_of
from services.employees.demo.history import DAY, History, Seat
from services.employees.demo.identities import identities
from services.employees.demo.model import Company, Confirmed, DemoPerson, DemoPost, DemoUnit, Event, Hired, Left
from services.employees.demo.organization import PLAN, depth_of, post_code
from services.employees.demo.sign_ins import SIGN_INS

SEED = 20_260_831
_WINDOW = timedelta(days=3 * 365)
_BEFORE = timedelta(days=3900)
_YOUNG_AFTER = timedelta(days=430)
_LEAVERS = 38
_GROWTH = 30
# Heads of the sign-ins' units are founders too, so that from the first day everybody reports to somebody.
_FOUNDERS = ("PD-M", "GMO-M", "IT-M", "QA-IQA-M")
_REASONS = (
    ("RESIGNATION", "个人发展"), ("RESIGNATION", "回家乡发展"), ("RESIGNATION", "薪资期望"),
    ("RESIGNATION", "家庭原因"), ("RESIGNATION", "通勤太远"), ("MUTUAL", "协商一致解除"),
    ("DISMISSAL", "严重违反规章制度"),
)  # fmt: skip
_HEADS_WHO_LEAVE = ("SL-S-M", "PD-W2B-M", "LG-M", "RD-2-M")
_FEEDERS = {
    "SR": ("RE",), "SQ": ("IN",), "SV": ("WK",), "PE": ("TC", "MT"), "AM": ("SA", "CS"), "SE": ("BU",), "PC": ("ST",),
    "QS": ("CE", "IN"), "TC": ("OP", "AS"), "M": ("SR", "PE", "EE", "IN", "OP", "AS", "AM", "CS", "TC"),
}  # fmt: skip
_ZONES = ("Europe/Berlin", "America/Chicago", "Asia/Singapore")

Step = Callable[[date], None]


def company(today: date, seed: int = SEED) -> Company:
    """The company as of `today`, with its history."""
    story = _Story(today, seed)
    story.found()
    story.grow()
    story.live()
    return story.told()


class _Story:
    def __init__(self, today: date, seed: int) -> None:
        self.today = today
        self.begins = _workday(today - _WINDOW)
        self.founded = _workday(self.begins - _BEFORE)
        self.young_from = _workday(self.begins + _YOUNG_AFTER)
        self.chance = Random(seed)  # noqa: S311 - the same seed must give the same company
        self.history = History()
        self._identities = identities(Random(seed + 1))  # noqa: S311 - as above
        self._protected: set[str] = {sign_in.number for sign_in in SIGN_INS}
        self._hired: dict[str, tuple[date, Seat]] = {}
        self._next_number = len(SIGN_INS)
        self._later: list[Seat] = []
        self._queue: list[tuple[date, int, Step]] = []
        self._steps = 0

    # Before the three years.

    def found(self) -> None:
        """The first day: those whom one can sign in as, and their heads; heads first."""
        posts = [(sign_in.number, sign_in.post) for sign_in in SIGN_INS]
        posts += [(self._number(), code) for code in _FOUNDERS]
        seats = [(number, self._free(code)) for number, code in posts]
        for number, seat in sorted(seats, key=lambda each: (not each[1].leads, depth_of(each[1].unit.code), each[0])):
            self._hire(self.founded, seat, number=number)

    def grow(self) -> None:
        """Eleven years in which the places fill, each unit's head before its people; some are left for later."""
        open_seats = [seat for seat in self.history.seats if not (seat.holder or seat.never_filled or seat.unit.young)]
        staff = [seat for seat in open_seats if not seat.leads]
        self._later = self.chance.sample(staff, _GROWTH)
        days: dict[str, int] = {}
        for seat in open_seats:
            if seat.leads:
                above = days.get(seat.unit.parent, 0)
                days[seat.unit.code] = above + self.chance.randint(20, 260)
        hires = []
        for order, seat in enumerate(open_seats):
            if seat in self._later:
                continue
            first = days.get(seat.unit.code, 0)
            after = first if seat.leads else self.chance.randint(first + 5, _BEFORE.days - 30)
            hires.append((after, order, seat))
        for after, _, seat in sorted(hires, key=lambda each: each[:2]):
            self._hire(_workday(self.founded + timedelta(days=after)), seat)

    # The three years.

    def live(self) -> None:
        """Lets things happen in turn, each on a day of its own."""
        span = _WINDOW.days - 60
        for seat in self._later:
            self._plan(self.chance.randint(10, span), self._hire_into(seat))
        for _ in range(_LEAVERS):
            self._plan(self.chance.randint(40, span), self._somebody_leaves)
        for at, post in enumerate(_HEADS_WHO_LEAVE):
            self._plan(150 + 240 * at, self._head_leaves(post))
        self._plan(_YOUNG_AFTER.days, self._open_workshop)
        for code in ("RD-1", "RD-2"):
            self._plan(self.chance.randint(300, 500), self._put_under_seniors(code))
        self._plan(700, self._back_under_head("RD-1"))
        for at, line in enumerate(_DOTTED):
            self._plan(90 + at * 90, self._draw_line(*line))
        last = self.begins
        while self._queue:
            planned, _, step = heapq.heappop(self._queue)
            day = _workday(max(planned, last + 2 * DAY))
            if day > self.today - 2 * DAY:
                break
            step(day)
            last = day
        self._look_ahead()

    def _plan(self, after: int, step: Step, *, since: date | None = None) -> None:
        self._steps += 1
        day = (since or self.begins) + timedelta(days=after)
        heapq.heappush(self._queue, (day, self._steps, step))

    def _hire_into(self, seat: Seat) -> Step:
        def step(day: date) -> None:
            if not seat.holder:
                self._hire(day, seat)

        return step

    def _somebody_leaves(self, day: date) -> None:
        """Anybody who has been here a quarter of a year and leads no unit."""
        there = [
            number for number, place in sorted(self.history.places.items())
            if number not in self._protected and place.hired_on < day - timedelta(days=90) and not place.seat.leads
        ]  # fmt: skip
        number = self.chance.choice(there)
        kind, reason = self.chance.choice(_REASONS)
        self._refill(day, self.history.leave(day, number, kind, reason))

    def _head_leaves(self, post: str) -> Step:
        def step(day: date) -> None:
            for seat in self.history.seats:
                if seat.post_code == post and seat.holder:
                    self.history.leave(day, seat.holder, "RESIGNATION", "个人发展")
                    self._refill(day, seat)

        return step

    def _refill(self, day: date, seat: Seat) -> None:
        """A free place is filled within two months: from the ranks where there is somebody, else from outside."""
        self._plan(self.chance.randint(6, 55), self._fill(seat), since=day)

    def _fill(self, seat: Seat) -> Step:
        def step(day: date) -> None:
            if seat.holder:
                return
            candidates = self._candidates(seat, day)
            if candidates and (seat.leads or self.chance.random() < 0.35):
                self._move(day, self.chance.choice(candidates), seat, "内部竞聘" if seat.leads else "岗位调整")
            else:
                self._hire(day, seat)

        return step

    def _candidates(self, seat: Seat, day: date) -> list[str]:
        """Those below in the same family who are confirmed, and holders of the same title in other units."""
        feeders = _FEEDERS.get(seat.post.code, ())
        return [
            number for number, place in sorted(self.history.places.items())
            if number not in self._protected and not place.seat.leads and place.since < day - timedelta(days=200)
            and place.seat.post.family == seat.post.family
            and (
                place.seat.post.code in feeders
                or (place.seat.post.title == seat.post.title and place.seat.unit is not seat.unit)
            )
        ]  # fmt: skip

    def _move(self, day: date, number: str, seat: Seat, reason: str) -> None:
        left = self.history.places[number].seat
        self.history.transfer(day, number, seat, reason)
        self._refill(day, left)

    def _open_workshop(self, day: date) -> None:
        """The third workshop: its manager and shift leader come from the other two, then operators from both sides."""
        young = [seat for seat in self.history.seats if seat.unit.young and not seat.never_filled]
        for at, seat in enumerate(sorted(young, key=lambda each: (not each.leads, depth_of(each.unit.code)))):
            self._plan(at * 5, self._staff_workshop(seat), since=day)

    def _staff_workshop(self, seat: Seat) -> Step:
        def step(day: date) -> None:
            ranks = ("TC",) if seat.unit.code == "PD-W3" else ("OP", "AS")
            candidates = [
                number for number, place in sorted(self.history.places.items())
                if number not in self._protected and place.seat.post.code in ranks and not place.seat.unit.young
                and place.seat.unit.code.startswith("PD-W") and place.since < day - timedelta(days=300)
            ]  # fmt: skip
            if candidates and (seat.leads or self.chance.random() < 0.4):
                self._move(day, self.chance.choice(candidates), seat, "三车间投产")
            else:
                self._hire(day, seat)

        return step

    def _put_under_seniors(self, unit: str) -> Step:
        def step(day: date) -> None:
            places = self.history.places
            team = [each.holder for each in self.history.seats if each.unit.code == unit and each.holder]
            seniors = [number for number in team if places[number].seat.post.code == "SR"]
            engineers = [number for number in team if places[number].seat.post.code == "RE"]
            for number in engineers[:4] if seniors else []:
                self.history.change_manager(day, number, self.chance.choice(seniors), "按项目小组汇报")

        return step

    def _back_under_head(self, unit: str) -> Step:
        def step(day: date) -> None:
            for seat in self.history.seats:
                head = self.history.manager_for(seat)
                under_head = not seat.holder or self.history.places[seat.holder].manager == head
                if seat.unit.code == unit and not seat.leads and not under_head:
                    self.history.change_manager(day, seat.holder, head, "项目结束，恢复原汇报关系")
                    return

        return step

    def _draw_line(self, post: str, manager_post: str, days: int, reason: str) -> Step:
        def step(day: date) -> None:
            people = [seat.holder for seat in self.history.seats if seat.post_code == post and seat.holder]
            heads = [seat.holder for seat in self.history.seats if seat.post_code == manager_post and seat.holder]
            if people and heads and self.history.places[people[0]].manager != heads[0]:
                ends_on = day + timedelta(days=days) if days else None
                self.history.dotted(day, people[0], heads[0], ends_on, reason)

        return step

    # After today.

    def _look_ahead(self) -> None:
        """Two who have signed and are still to come, three who have given notice."""
        free = [seat for seat in self.history.seats if not (seat.holder or seat.leads)]
        free.sort(key=lambda seat: (seat.never_filled, seat.unit.code.startswith("QA")))
        for at, seat in enumerate(free[:2]):
            self._hire(_workday(self.today + timedelta(days=7 + 8 * at)), seat)
        staying = [
            number for number, place in sorted(self.history.places.items())
            if number not in self._protected and not place.reports and not place.seat.leads and not place.dotted_to
            and place.hired_on < self.begins
        ]  # fmt: skip
        for at, number in enumerate(self.chance.sample(staying, 3)):
            last_day = self.today + timedelta(days=9 + 7 * at)
            self.history.leave(last_day, number, "RESIGNATION", "个人发展")

    # What it all comes to.

    def told(self) -> Company:
        """The company with everything in the order it happened."""
        events = list(self.history.events)
        last_days = {event.number: event.on for event in events if isinstance(event, Left)}
        events += self._confirmations(events, last_days)
        people = self._people()
        seats = {number: seat for number, (_, seat) in self._hired.items()}
        for number, (hired_on, _) in self._hired.items():
            until = max(hired_on, min(last_days.get(number, self.today), self.today))
            events += contracts_of(number, events, seats[number], (hired_on, until), self.chance)
        # Sorting keeps the order of what happened on one day.
        events.sort(key=lambda event: event.on)
        return Company(self.today, tuple(self._units()), tuple(self._posts()), tuple(people), tuple(events))

    def _confirmations(self, events: list[Event], last_days: dict[str, date]) -> Iterator[Event]:
        for event in events:
            if isinstance(event, Hired) and event.probation_ends_on is not None:
                on = event.probation_ends_on + DAY
                if on <= self.today and on <= last_days.get(event.number, self.today):
                    yield Confirmed(on, event.number)

    def _people(self) -> list[DemoPerson]:
        people = []
        for number, (hired_on, seat) in sorted(self._hired.items()):
            zone = self.chance.choice(_ZONES) if seat.post_code == "SL-X-AM" else "Asia/Shanghai"
            age = self.chance.randint(*_ages(seat.post.level))
            people.append(next(self._identities).person(number, hired_on=hired_on, age=age, time_zone=zone))
        return people

    def _opened_on(self, *, young: bool) -> date:
        return self.young_from if young else self.founded - timedelta(days=30)

    def _units(self) -> Iterator[DemoUnit]:
        for unit in PLAN:
            yield DemoUnit(unit.code, unit.name, unit.name_en, unit.parent, self._opened_on(young=unit.young))

    def _posts(self) -> Iterator[DemoPost]:
        for unit in PLAN:
            for post in unit.posts:
                yield DemoPost(
                    post_code(unit, post), post.title, post.title_en, unit.code, post.family, post.level,
                    post.criticality, post.places, self._opened_on(young=unit.young),
                )  # fmt: skip

    def _hire(self, on: date, seat: Seat, *, number: str = "") -> None:
        number = number or self._number()
        self._hired[number] = (on, seat)
        self.history.hire(on, number, seat, probation=180 if seat.post.level >= 5 else 90)

    def _number(self) -> str:
        self._next_number += 1
        return f"E{self._next_number:04}"

    def _free(self, code: str) -> Seat:
        return next(seat for seat in self.history.seats if seat.post_code == code and not seat.holder)


_DOTTED = (
    ("HR-BP", "PD-M", 0, "支持生产部人力资源工作"),
    ("QA-IPQC-M", "PD-W1-M", 0, "制程质量驻点"),
    ("QA-IQA-SQ", "PU-M", 0, "供应商准入联合评审"),
    ("FN-CA", "PD-M", 0, "生产成本核算"),
    ("IT-SE", "SL-M", 180, "客户门户项目"),
    ("EHS-EN", "PD-W2-M", 0, "车间安全驻点"),
    ("RD-2-RE", "SL-X-M", 240, "海外客户定制项目"),
    ("ET-PE-PE", "PD-W1-M", 0, "机加工艺驻点"),
    ("IT-DA", "GMO-M", 0, "经营数据分析"),
)
"""Post of the person, post of the second manager, how many days (0 for open), and what for."""


def _ages(level: int) -> tuple[int, int]:
    """Ages on the first day, by level."""
    if level >= 8:
        return 33, 42
    if level >= 5:
        return 27, 37
    return (22, 33) if level >= 3 else (19, 40)


def _workday(day: date) -> date:
    """The day itself, or the Monday after a weekend."""
    return day + timedelta(days=max(0, 7 - day.weekday())) if day.weekday() >= 5 else day
