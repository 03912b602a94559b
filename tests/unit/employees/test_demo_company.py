"""The demo company keeps the rules it is shown under, whatever the seed and the day."""

from collections import Counter, defaultdict
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from functools import cache
from itertools import pairwise

import pytest

from services.employees.demo import SIGN_INS, company
from services.employees.demo.model import (
    Company,
    Confirmed,
    ContractSigned,
    DottedLineAdded,
    HeadNamed,
    Hired,
    Left,
    ManagerChanged,
    Transferred,
)
from services.employees.importing.national_ids import check_character
from services.employees.names import token_to_search, tokens_to_store

TODAY = date(2026, 11, 23)
DAY = timedelta(days=1)
STORIES = [(TODAY, 1), (TODAY, 20_260_831), (date(2028, 2, 29), 7), (date(2027, 1, 3), 99)]


@dataclass
class Stretch:
    """A place somebody held."""

    unit: str
    post: str
    manager: str
    starts_on: date
    ends_on: date | None = None

    def holds(self, day: date) -> bool:
        return self.starts_on <= day and (self.ends_on is None or day <= self.ends_on)


@dataclass
class Career:
    hired_on: date
    last_day: date | None = None
    stretches: list[Stretch] = field(default_factory=list)


@cache
def story(today: date = TODAY, seed: int = 20_260_831) -> Company:
    return company(today, seed)


def careers(told: Company) -> dict[str, Career]:
    """Replays the events as the services would."""
    lives: dict[str, Career] = {}

    def goes_on(number: str, on: date, **changes: str) -> None:
        former = lives[number].stretches[-1]
        assert former.ends_on is None
        assert on > former.starts_on, (number, on)
        former.ends_on = on - DAY
        lives[number].stretches.append(replace(former, starts_on=on, ends_on=None, **changes))

    for event in told.events:
        match event:
            case Hired():
                assert event.number not in lives
                lives[event.number] = Career(event.on, None, [Stretch(event.unit, event.post, event.manager, event.on)])
            case Transferred():
                goes_on(event.number, event.on, unit=event.unit, post=event.post, manager=event.manager)
            case ManagerChanged():
                goes_on(event.number, event.on, manager=event.manager)
            case Left():
                reports = [
                    number for number, life in lives.items()
                    if life.last_day is None and life.stretches[-1].manager == event.number
                ]  # fmt: skip
                assert bool(reports) == bool(event.new_manager), event
                for number in reports:
                    goes_on(number, event.on + DAY, manager=event.new_manager)
                lives[event.number].last_day = event.on
                lives[event.number].stretches[-1].ends_on = event.on
            case _:
                pass
    return lives


def change_days(told: Company) -> list[date]:
    days = {
        day
        for life in careers(told).values()
        for stretch in life.stretches
        for day in (stretch.starts_on, stretch.ends_on)
        if day
    }
    return sorted(days | {day + DAY for day in days} | {told.today})


@pytest.mark.parametrize(("today", "seed"), STORIES)
def test_on_every_day_of_employment_everybody_has_exactly_one_place(today: date, seed: int) -> None:
    for number, life in careers(story(today, seed)).items():
        first, last = life.stretches[0], life.stretches[-1]
        assert (first.starts_on, last.ends_on) == (life.hired_on, life.last_day), number
        for before, after in pairwise(life.stretches):
            assert before.ends_on == after.starts_on - DAY


@pytest.mark.parametrize(("today", "seed"), STORIES)
def test_on_every_day_managers_are_there_and_nobody_is_above_themselves(today: date, seed: int) -> None:
    told = story(today, seed)
    lives = careers(told)
    for day in change_days(told):
        above = {
            number: stretch.manager
            for number, life in lives.items()
            for stretch in life.stretches
            if stretch.holds(day)
        }
        tops = [number for number, manager in above.items() if not manager]
        assert tops == ["E0001"]
        for number, manager in above.items():
            line, at = [number], manager
            while at:
                assert at in above, (day, number, at)
                assert at not in line, (day, line)
                line.append(at)
                at = above[at]
            assert len(line) <= 7


@pytest.mark.parametrize(("today", "seed"), STORIES)
def test_no_post_is_overfilled_and_nobody_is_in_a_unit_before_it_opens(today: date, seed: int) -> None:
    told = story(today, seed)
    posts, units = {post.code: post for post in told.posts}, {unit.code: unit for unit in told.units}
    lives = careers(told)
    for day in change_days(told):
        held = Counter(stretch.post for life in lives.values() for stretch in life.stretches if stretch.holds(day))
        assert all(count <= posts[code].headcount for code, count in held.items()), day
    for life in lives.values():
        for stretch in life.stretches:
            assert posts[stretch.post].unit == stretch.unit
            assert units[stretch.unit].opened_on <= stretch.starts_on
            assert posts[stretch.post].opened_on <= stretch.starts_on


@pytest.mark.parametrize(("today", "seed"), STORIES)
def test_contracts_follow_each_other_without_gap_or_overlap(today: date, seed: int) -> None:
    told = story(today, seed)
    lives = careers(told)
    signed: dict[str, list[ContractSigned]] = defaultdict(list)
    for event in told.events:
        if isinstance(event, ContractSigned):
            signed[event.number].append(event)
    assert set(signed) == set(lives)
    for number, contracts in signed.items():
        life = lives[number]
        assert contracts[0].starts_on == life.hired_on
        for before, after in pairwise(contracts):
            assert before.ends_on == after.starts_on - DAY
        until = min(life.last_day or today, today)
        assert contracts[-1].ends_on is None or contracts[-1].ends_on >= until
        assert all(contract.pay > 3000 and contract.pay % 50 == 0 for contract in contracts)
        assert all((contract.ends_on is None) == (contract.kind == "OPEN_ENDED") for contract in contracts)
    ending = [
        each
        for every in signed.values()
        for each in every[-1:]
        if each.ends_on and each.ends_on < today + timedelta(days=180)
    ]
    assert ending, "no contract is about to end: nothing to renew"


@pytest.mark.parametrize(("today", "seed"), STORIES)
def test_confirmations_and_second_lines_fall_into_employment(today: date, seed: int) -> None:
    told = story(today, seed)
    lives = careers(told)
    probation = {event.number: event.probation_ends_on for event in told.events if isinstance(event, Hired)}
    for event in told.events:
        if isinstance(event, Confirmed):
            ends_on = probation[event.number]
            assert ends_on is not None
            assert event.on == ends_on + DAY
            assert event.on <= (lives[event.number].last_day or today)
        if isinstance(event, DottedLineAdded):
            primary = next(each for each in lives[event.number].stretches if each.holds(event.on))
            assert event.manager not in {event.number, primary.manager}
            assert lives[event.manager].last_day is None
            assert event.ends_on is None or event.ends_on > event.on


@pytest.mark.parametrize(("today", "seed"), STORIES)
def test_each_unit_is_led_by_the_holder_of_its_first_post(today: date, seed: int) -> None:
    told = story(today, seed)
    lives = careers(told)
    heads: dict[str, str] = {}
    for event in told.events:
        if isinstance(event, HeadNamed) and event.on <= today:
            heads[event.unit] = event.number
    for unit in told.units:
        holder = [
            number for number, life in lives.items() for stretch in life.stretches
            if stretch.post == f"{unit.code}-M" and stretch.holds(today)
        ]  # fmt: skip
        assert heads[unit.code] == (holder[0] if holder else "")


def test_there_are_about_320_people_in_a_believable_company() -> None:
    told = story()
    assert 300 <= len(told.people) <= 340
    assert {"研发中心", "工程技术部", "品质部", "生产部", "销售部", "行政部", "人力资源部"} <= {
        unit.name for unit in told.units
    }
    kinds = Counter(type(event).__name__ for event in told.events)
    assert all(
        kinds[name] >= least
        for name, least in {"Left": 35, "Transferred": 15, "ManagerChanged": 20, "DottedLineAdded": 6}.items()
    )
    lives = careers(told)
    assert sum(life.hired_on > TODAY for life in lives.values()) == 2
    assert sum((life.last_day or TODAY) > TODAY for life in lives.values()) == 3
    now = Counter(stretch.post for life in lives.values() for stretch in life.stretches if stretch.holds(TODAY))
    quality = next(post for post in told.posts if post.code == "QA-IQA-SQ")
    assert now["QA-IQA-SQ"] < quality.headcount, "the vacancy the placement story is about"


def test_one_can_sign_in_as_each_role_under_a_stable_number() -> None:
    for today, seed in STORIES:
        told = story(today, seed)
        lives = careers(told)
        for sign_in in SIGN_INS:
            (stretch,) = (each for each in lives[sign_in.number].stretches if each.holds(today))
            assert stretch.post == sign_in.post
    roles = {sign_in.role for sign_in in SIGN_INS}
    assert roles == {"executive", "hr_admin", "hr_specialist", "hrbp", "manager", "employee", "it_admin", "auditor"}
    assert len({sign_in.name for sign_in in SIGN_INS}) == len({sign_in.number for sign_in in SIGN_INS}) == len(SIGN_INS)


def test_personal_data_has_the_right_form_and_belongs_to_nobody() -> None:
    people = story().people
    for person in people:
        assert person.national_id.startswith("990101")
        assert person.national_id[-1] == check_character(person.national_id[:-1])
        assert person.national_id[6:14] == f"{person.birth_date:%Y%m%d}"
        assert person.mobile.startswith("1990000")
        assert len(person.mobile) == 11
        assert person.work_mail.endswith("@hengyuan.example")
        assert token_to_search(person.name_en) in tokens_to_store(person.name, person.name_en, person.number)
    for value in ("number", "name", "work_mail", "mobile", "national_id"):
        assert len({getattr(person, value) for person in people}) == len(people)
    lives = careers(story())
    for person in people:
        age = (lives[person.number].hired_on - person.birth_date).days // 365
        assert 18 <= age <= 45
        assert (TODAY - person.birth_date).days // 365 < 60


def test_the_same_seed_and_day_give_the_same_company() -> None:
    assert company(TODAY, 5) == company(TODAY, 5)
    assert company(TODAY, 5).people != company(TODAY, 6).people
    # Those who came before the three years keep number and name from day to day.
    first, second = (company(day, 5).people[:230] for day in (TODAY, TODAY + DAY))
    assert [(person.number, person.name) for person in first] == [(person.number, person.name) for person in second]
