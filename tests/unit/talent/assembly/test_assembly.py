"""Stored rows become what the model is given: no more of a person, and no better than was said."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mainstay.talent.v1 import profiles_pb2, skills_pb2
from services.talent import assembly
from services.talent.entry_rules import Statement
from services.talent.evidence import Evidence, Wishes
from services.talent.matching.inputs import Name, Verdict
from services.talent.matching.model import Pace, Source
from services.talent.matching.posts import Aspect

TODAY = date(2026, 11, 23)
WRITES, SPEAKS, SINGS = (UUID(int=number) for number in (1, 2, 3))
WHO = UUID(int=77)


def said(kind: int, **more: Any) -> Statement:
    given_: dict[str, Any] = {
        "entry_id": UUID(int=9),
        "employee_id": WHO,
        "kind": kind,
        "source": profiles_pb2.ENTRY_SOURCE_MANAGER,
        "observed_on": date(2026, 1, 1),
    }
    return Statement(**(given_ | more))


SKILL = said(profiles_pb2.ENTRY_KIND_SKILL, skill_id=WRITES, level=3)
MEASURED = said(profiles_pb2.ENTRY_KIND_INDICATOR, code="Error-Rate", value=Decimal("0.8"))
FAST = said(profiles_pb2.ENTRY_KIND_POTENTIAL, potential=profiles_pb2.POTENTIAL_KIND_LEARNING, level=3)


def relation(kind: int, one: UUID, other: UUID, closeness: int = 0) -> dict[str, Any]:
    return {"skill_id": one, "kind": kind, "other_id": other, "closeness": closeness}


def skill(skill_id: UUID, tenths: int = 10, zh: tuple[str, ...] = ("课",), en: tuple[str, ...] = ()) -> dict[str, Any]:
    return {"skill_id": skill_id, "tenth_months_per_level": tenths, "taught_by": list(zh), "taught_by_en": list(en)}


def test_a_person_is_levels_values_and_pace() -> None:
    person = assembly.known_of(Evidence(WHO, held=(SKILL, MEASURED, FAST))).person
    assert person.person_id == WHO
    assert {key: (one.level, one.source) for key, one in person.levels.items()} == {WRITES: (3, Source.MANAGER)}
    assert {key: one.value for key, one in person.values.items()} == {"error-rate": Decimal("0.8")}
    assert person.pace is Pace.FAST


@given(
    st.lists(
        st.sampled_from(
            [
                said(profiles_pb2.ENTRY_KIND_AWARD, title="操作能手", level=5),
                said(profiles_pb2.ENTRY_KIND_REVIEW, title="2025", value=Decimal("4.7"), scale="5"),
                said(profiles_pb2.ENTRY_KIND_POTENTIAL, potential=profiles_pb2.POTENTIAL_KIND_GROWTH, level=5),
                said(profiles_pb2.ENTRY_KIND_CERTIFICATE, title="电工证"),
            ]
        )
    ),
    st.builds(Wishes, st.integers(0, 4), st.booleans(), st.text(), st.booleans(), st.tuples(st.text()), st.booleans()),
    st.integers(0, 99),
)
def test_nothing_else_that_is_stored_reaches_the_person(other: list[Statement], wishes: Wishes, version: int) -> None:
    bare = Evidence(WHO, held=(SKILL, MEASURED, FAST))
    more = Evidence(WHO, version, held=(*other, SKILL, MEASURED, FAST), wishes=wishes)
    assert assembly.known_of(more).person == assembly.known_of(bare).person


def test_words_and_titles_of_what_counts_do_not_reach_the_person() -> None:
    told = replace(SKILL, title="她", title_en="she", evidence="the wife of", contested=True, entry_id=UUID(int=5))
    one, other = (assembly.known_of(Evidence(WHO, held=(entry,))).person for entry in (SKILL, told))
    assert one == other


def test_what_hr_verified_is_trusted_most() -> None:
    held = assembly.known_of(Evidence(WHO, held=(replace(SKILL, verified=True),)))
    assert held.person.levels[WRITES].source is Source.VERIFIED


def test_what_is_older_than_the_columns_reach_counts_as_their_first_day() -> None:
    held = assembly.known_of(Evidence(WHO, held=(replace(SKILL, observed_on=date(1931, 1, 1)),)))
    assert held.person.levels[WRITES].observed_on == date(1950, 1, 1)


@pytest.mark.parametrize(("percent", "tenths"), [(99, 9), (85, 8), (10, 1), (9, None), (0, None)])
def test_closeness_counts_in_tenths_downwards_and_both_ways(percent: int, tenths: int | None) -> None:
    catalogue = assembly.catalogue_of(
        [], [relation(skills_pb2.SKILL_RELATION_KIND_CLOSE, WRITES, SPEAKS, closeness=percent)]
    )
    for one, other in ((WRITES, SPEAKS), (SPEAKS, WRITES)):
        found = {related.key: related.tenths for related in catalogue.related(one)}
        assert found == ({other: tenths} if tenths else {})


def test_the_narrower_counts_for_the_broader_and_what_is_needed_for_nothing() -> None:
    relations = [
        relation(skills_pb2.SKILL_RELATION_KIND_BROADER, SINGS, SPEAKS),
        relation(skills_pb2.SKILL_RELATION_KIND_NEEDS, SPEAKS, WRITES),
    ]
    catalogue = assembly.catalogue_of([], relations)
    assert [one.key for one in catalogue.related(SPEAKS)] == [SINGS]
    assert catalogue.related(SINGS) == catalogue.related(WRITES) == ()


def test_what_nobody_can_say_the_time_of_teaches_nothing() -> None:
    catalogue = assembly.catalogue_of([skill(WRITES, 0), skill(SPEAKS, 15)], [])
    assert list(catalogue.skills) == [SPEAKS]
    assert catalogue.skills[SPEAKS].months_per_level == Decimal("1.5")


def test_a_course_named_in_one_language_is_named_so_in_both() -> None:
    taught = assembly.taught_by(skill(WRITES, zh=("写作课",), en=("writing", "coaching")))
    assert taught == (Name("写作课", "writing"), Name("coaching", "coaching"))


@pytest.mark.parametrize(
    ("last", "expected"),
    [
        (None, Verdict.PASSED),
        (TODAY, Verdict.PASSED),
        (date(2026, 11, 22), Verdict.FAILED),
    ],
)
def test_a_certificate_passes_while_it_is_valid(last: date | None, expected: Verdict) -> None:
    rows = [{"employee_id": WHO, "title": "低压 电工证", "valid_to": last}]
    mine = assembly.certificates_in(rows)[WHO]
    assert assembly.verdict(mine, "低压 电工证", TODAY) is expected
    assert assembly.verdict(mine, "焊工证", TODAY) is Verdict.UNKNOWN


def test_of_two_certificates_the_one_valid_longest_counts() -> None:
    days = [date(2020, 1, 1), None, date(2030, 1, 1)]
    rows = [{"employee_id": WHO, "title": "Forklift", "valid_to": day} for day in days]
    assert assembly.certificates_in(rows)[WHO] == {assembly.certificate_key("forklift"): None}
    assert assembly.certificates_in(rows[::2])[WHO] == {assembly.certificate_key("FORKLIFT"): date(2030, 1, 1)}


def test_wishes_are_what_was_said_and_families_are_never_firm() -> None:
    wishes = assembly.wishes_of(Wishes(profiles_pb2.SHIFT_OFFICE, True, " 苏州 ", False, ("质量",)))
    assert [(one.aspect, one.wanted, one.firm) for one in wishes] == [
        (Aspect.SHIFT, frozenset({"SHIFT_OFFICE"}), True),
        (Aspect.PLACE, frozenset({"苏州"}), False),
        (Aspect.FAMILY, frozenset({"质量"}), False),
    ]
    assert assembly.wishes_of(Wishes()) == ()
