"""A match report says what is known, by what it is known, and nothing to whom it may not."""

from __future__ import annotations

import re
from fractions import Fraction
from uuid import UUID

import pytest
from sqlalchemy import select

from libs.kit.access.scopes import Scope
from mainstay.talent.v1 import jobs_pb2, matching_pb2, profiles_pb2, skills_pb2
from services.talent.tables import refused_uses
from tests.integration.talent import matched
from tests.integration.talent.conftest import Desk

CAREFUL, TALKS, ERRORS = 40, 50, 10


class Office:
    """A quality engineer's post, and an operator for it."""

    unit: str
    post: str
    person: str
    careful: UUID
    talks: UUID


@pytest.fixture
async def office(desk: Desk) -> Office:
    made = Office()
    made.unit = await desk.unit("QA")
    made.post = await desk.post(made.unit, "QA-IQA", title="供应商质量保证", title_en="Supplier quality")
    made.person = await desk.person(made.unit, await desk.post(made.unit, "MA-OP"))
    made.careful, made.talks = await matched.skill(desk, "careful"), await matched.skill(desk, "talks")
    await matched.job(
        desk,
        made.post,
        [
            matched.needs(made.careful, 3, CAREFUL),
            matched.needs(made.talks, 3, TALKS, must=True),
            matched.measures("error-rate", jobs_pb2.DIRECTION_AT_MOST, "1.0", "0.5", ERRORS),
        ],
        shift=profiles_pb2.SHIFT_OFFICE,
    )
    return made


async def ask(desk: Desk, office: Office, **more: object) -> matching_pb2.MatchReport:
    request = matching_pb2.MatchPersonRequest(employee_id=office.person, post_id=office.post)
    report: matching_pb2.MatchReport = await desk.ask("MatchService.MatchPerson", request, **more)  # type: ignore[arg-type]
    return report


async def test_a_report_can_be_done_again_by_hand(desk: Desk, office: Office) -> None:
    await matched.holds(desk, office.person, office.careful, 4, words="零差错", observed_on=desk.today)
    await matched.holds(desk, office.person, office.talks, 2)
    await matched.measured(desk, office.person, "error-rate", "1.25")
    await matched.learns(desk, office.person, 3)
    report = await ask(desk, office)
    # 40 x 1 + 50 x 2/3 + 10 x (1 - 0.25 / (2 x 0.5)) = 40 + 33.33 + 7.5
    assert [one.contribution_hundredths for one in report.requirements] == [4000, 3333, 750]
    assert [one.possible_hundredths for one in report.requirements] == [4000, 5000, 1000]
    assert report.score_hundredths == 8083
    assert report.outcome == matching_pb2.OUTCOME_PROBATION
    careful, talks, errors = report.requirements
    assert (careful.fit, talks.fit, errors.fit) == (
        matching_pb2.FIT_MET,
        matching_pb2.FIT_TRAINABLE_GAP,
        matching_pb2.FIT_NEAR,
    )
    # One level at a month each, learnt half as fast again: 0.67 months, said upwards.
    assert (talks.tenth_months, list(talks.taught_by)) == (7, ["talks课"])
    assert (talks.held_hundredths, errors.held_value) == (200, "1.25")
    assert careful.evidence.evidence == "零差错"
    assert (report.title, report.title_en, report.profile_number, report.learning) == (
        "供应商质量保证",
        "Supplier quality",
        1,
        3,
    )
    # 0.4 x 0.5 + 0.5 x 0.5 + 0.1 x 0.5: a manager's word of today is worth a half.
    assert report.confidence == 50
    assert "talks能力" in report.advice
    assert "talks" in report.advice_en


async def test_the_arithmetic_gives_the_score(desk: Desk, office: Office) -> None:
    await matched.holds(desk, office.person, office.talks, 2)
    report = await ask(desk, office)
    terms, said = report.arithmetic.split(" = ")
    parts = re.findall(r"(\d+) × ([0-9/]+)", terms.partition("(")[2])
    whole = int(terms.rpartition("÷ ")[2])
    total = 100 * sum(int(weight) * Fraction(fit) for weight, fit in parts) / whole
    # Carefulness and the indicator are not known and count half.
    assert [fit for _, fit in parts] == ["1/2", "2/3", "1/2"]
    assert said == f"{float(total):.2f}" == f"{report.score_hundredths / 100:.2f}"
    assert (report.lowest_hundredths, report.highest_hundredths) == (3333, 8333)


async def test_a_close_skill_is_named_where_it_counts(desk: Desk, office: Office) -> None:
    sells = await matched.skill(desk, "sells")
    await matched.relate(desk, sells, skills_pb2.SKILL_RELATION_KIND_CLOSE, office.talks, closeness=85)
    await matched.holds(desk, office.person, sells, 3)
    talks = (await ask(desk, office)).requirements[1]
    # 85 per cent are eight tenths: 3 x 0.8.
    assert (talks.held_hundredths, talks.by_skill, talks.by_skill_en) == (240, "sells能力", "sells")


async def test_a_narrower_skill_stands_for_the_broader_one(desk: Desk, office: Office) -> None:
    writes, mails = await matched.skill(desk, "writes"), await matched.skill(desk, "mails")
    await matched.relate(desk, writes, skills_pb2.SKILL_RELATION_KIND_BROADER, office.talks)
    await matched.relate(desk, mails, skills_pb2.SKILL_RELATION_KIND_BROADER, writes)
    await matched.holds(desk, office.person, mails, 3)
    talks = (await ask(desk, office)).requirements[1]
    assert (talks.fit, talks.by_skill_en) == (matching_pb2.FIT_MET, "mails")


async def test_who_may_not_read_the_profile_sees_no_words(desk: Desk, office: Office) -> None:
    await matched.holds(desk, office.person, office.careful, 4, words="客户投诉处理")
    held = {"talent.match.read": (Scope("all"),)}
    report = await ask(desk, office, held=held)
    assert report.requirements[0].evidence.level == 4
    assert report.requirements[0].evidence.evidence == ""
    assert "客户投诉处理".encode() not in report.SerializeToString()


async def test_a_condition_passes_fails_or_is_not_known(desk: Desk, office: Office) -> None:
    post = await desk.post(office.unit, "QA-FORK")
    titles = ["叉车证", "电工证", "焊工证"]
    await matched.job(desk, post, [matched.needs(office.careful, 1, 100)], titles)
    await matched.certified(desk, office.person, "叉车证", valid_to=desk.today)
    await matched.certified(desk, office.person, "电工证", valid_to=desk.today.replace(year=2020))
    request = matching_pb2.MatchPersonRequest(employee_id=office.person, post_id=post)
    report = await desk.ask("MatchService.MatchPerson", request)
    assert [(one.passed, one.unknown) for one in report.conditions] == [(True, False), (False, False), (False, True)]
    assert report.outcome == matching_pb2.OUTCOME_NOT_NOW


async def test_ones_own_word_for_a_certificate_passes_no_condition_until_it_is_confirmed(
    desk: Desk, office: Office
) -> None:
    post = await desk.post(office.unit, "QA-FORK")
    titles = ["叉车证", "电工证"]
    await matched.job(desk, post, [matched.needs(office.careful, 1, 100)], titles)
    await matched.holds(desk, office.person, office.careful, 3)
    await matched.certified(desk, office.person, "电工证", valid_to=desk.today.replace(year=2020))
    own = {
        title: await matched.certified(desk, office.person, title, source=profiles_pb2.ENTRY_SOURCE_SELF)
        for title in titles
    }

    async def conditions() -> list[tuple[bool, bool]]:
        request = matching_pb2.MatchPersonRequest(employee_id=office.person, post_id=post)
        report = await desk.ask("MatchService.MatchPerson", request)
        return [(one.passed, one.unknown) for one in report.conditions]

    # Of the forklift nobody has seen a licence; the electrician's has expired, whatever the person says.
    assert await conditions() == [(False, True), (False, False)]
    for entry_id in own.values():
        confirmed = profiles_pb2.VerifyEntryRequest(employee_id=office.person, entry_id=str(entry_id))
        await desk.ask("ProfileService.VerifyEntry", confirmed)
    assert await conditions() == [(True, False), (True, False)]


async def test_what_was_ended_or_has_lapsed_does_not_count(desk: Desk, office: Office) -> None:
    await matched.holds(desk, office.person, office.careful, 4, valid_to=desk.today.replace(year=2020))
    await matched.holds(desk, office.person, office.talks, 4, ended_at=desk.clock.now())
    report = await ask(desk, office)
    assert {one.fit for one in report.requirements} == {matching_pb2.FIT_UNKNOWN}


async def test_who_refused_is_not_matched_and_the_attempt_is_kept(desk: Desk, office: Office) -> None:
    await matched.says(desk, office.person, automated_use_refused=True)
    asker = await desk.person(office.unit, office.post)
    with matched.refused("AUTOMATED_USE_REFUSED"):
        await ask(desk, office, employee_id=asker)
    async with desk.database.reading() as db:
        rows = await db.rows(select(refused_uses))
    assert [(str(row["employee_id"]), row["use"], str(row["tried_by"])) for row in rows] == [
        (office.person, "match", asker)
    ]


async def test_a_post_without_job_profile_cannot_be_matched(desk: Desk, office: Office) -> None:
    bare = await desk.post(office.unit, "QA-BARE")
    for post, reason in ((bare, "JOB_PROFILE_NOT_FOUND"), (str(UUID(int=5)), "POST_UNKNOWN")):
        with matched.refused(reason):
            await desk.ask(
                "MatchService.MatchPerson", matching_pb2.MatchPersonRequest(employee_id=office.person, post_id=post)
            )


async def test_nobody_is_matched_who_does_not_work_here(desk: Desk, office: Office) -> None:
    request = matching_pb2.MatchPersonRequest(employee_id=str(UUID(int=9)), post_id=office.post)
    with matched.refused("PERSON_NOT_FOUND"):
        await desk.ask("MatchService.MatchPerson", request)
