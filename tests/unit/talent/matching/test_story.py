"""The operator who wants the office post of supplier quality: every number worked out by hand, none by the model."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from uuid import UUID

from services.talent.matching.advice import advise
from services.talent.matching.inputs import (
    Catalogue,
    Condition,
    Direction,
    HeldLevel,
    IndicatorRequirement,
    Name,
    Person,
    Post,
    Skill,
    SkillRequirement,
    Verdict,
)
from services.talent.matching.model import Outcome, Pace, Source, Standing
from services.talent.matching.posts import Aspect, Band, Kept, Opening, Wish, rank_posts
from services.talent.matching.report import match

ON = date(2026, 11, 2)
CAREFUL, EXECUTION = Name("细致认真", "Carefulness"), Name("执行力", "Execution")
COMMUNICATION, ERRORS = Name("沟通", "Communication"), Name("审核差错率", "Audit error rate")
SHIFT = Name("常白班", "Office shift")
CATALOGUE = Catalogue(
    [
        Skill("careful", Decimal(3)),
        Skill("execution", Decimal(3)),
        Skill("communication", Decimal(2), (Name("《客户沟通》", "Talking with customers"),)),
        Skill("typing", Decimal(1), (Name("《数据录入》", "Data entry"),)),
    ]
)
IQA = Post(
    UUID(int=1),
    [
        SkillRequirement("careful", CAREFUL, 30, must=True, level=4),
        SkillRequirement("execution", EXECUTION, 20, must=False, level=4),
        SkillRequirement("communication", COMMUNICATION, 30, must=True, level=4),
        IndicatorRequirement("errors", ERRORS, 20, False, Direction.AT_MOST, Decimal(1), Decimal("0.5")),
    ],
)
OPERATOR = Person(
    UUID(int=2),
    {
        # Two reviews of 4.7 of 5, the last a year ago; the supervisor's word, today; his own word on himself.
        "careful": HeldLevel(5, Source.REVIEW, date(2025, 11, 2)),
        "execution": HeldLevel(4, Source.REVIEW, date(2025, 11, 2)),
        "communication": HeldLevel(2, Source.MANAGER, ON),
        "typing": HeldLevel(4, Source.SELF, ON),
    },
    {},
    Pace.FAST,
)
FITS_SHIFT = Condition("shift", SHIFT, Verdict.PASSED)


def test_the_report_is_what_the_documented_formula_gives_by_hand() -> None:
    found = match(OPERATOR, IQA, CATALOGUE, on=ON, conditions=[FITS_SHIFT])
    careful, execution, communication, errors = found.findings

    assert [one.standing for one in found.findings] == [
        Standing.MET,
        Standing.MET,
        Standing.TRAINABLE_GAP,
        Standing.UNKNOWN,
    ]
    # 5 of 4 and 4 of 4 count fully, 2 of 4 a half, what nobody knows a half.
    assert [one.fit for one in found.findings] == [1, 1, Fraction(1, 2), Fraction(1, 2)]
    # 30 + 20 + 30/2 + 20/2 of 100; the unknown fifth makes it 65 to 85.
    assert (found.score, found.least, found.most) == (Fraction(75, 100), Fraction(65, 100), Fraction(85, 100))
    assert [one.contribution for one in found.findings] == [
        Fraction(30, 100),
        Fraction(20, 100),
        Fraction(15, 100),
        Fraction(10, 100),
    ]
    # A review a year old: 7/10 of 1095/1460, which is 3/4; a manager's word of today: 5/10.
    assert careful.confidence == execution.confidence == Fraction(21, 40)
    assert communication.confidence == Fraction(1, 2)
    assert errors.confidence == 0
    # (30 x 21/40 + 20 x 21/40 + 30 x 1/2) / 100 = (26.25 + 15) / 100
    assert found.confidence == Fraction(4125, 10_000)
    # Two levels of two months each at one and a half times the usual pace: 8/3 months, within six.
    assert (communication.short, communication.months) == (Fraction(2), Fraction(8, 3))
    assert found.outcome is Outcome.PROBATION
    assert found.focus == (communication,)
    assert careful.evidence is not None
    assert careful.evidence.age == 365


def test_the_advice_says_it_in_both_languages_out_of_the_facts() -> None:
    said = advise(match(OPERATOR, IQA, CATALOGUE, on=ON, conditions=[FITS_SHIFT]))
    assert said == Name(
        zh=(
            "适合以沟通为重点的试用（1项待评估，把握41%）：细致认真、执行力达标；"
            "沟通差2级，按较快的学习速度约需2.7个月，可通过《客户沟通》学习。"
        ),
        en=(
            "Suitable for a probation that focuses on Communication (1 not yet assessed, confidence 41%): "
            "Carefulness, Execution met; "
            "Communication short by 2 levels, at a fast pace about 2.7 months, taught by Talking with customers."
        ),
    )


def test_of_a_newcomer_it_is_said_that_too_little_is_known_and_what_to_assess_first() -> None:
    post = replace(IQA, requirements=[replace(one, must=one.key == "careful") for one in IQA.requirements])
    newcomer = replace(OPERATOR, levels={"careful": OPERATOR.levels["careful"]})
    found = match(newcomer, post, CATALOGUE, on=ON, conditions=[FITS_SHIFT])
    # 30 of 100 are assessed: the must is met, and what is said of the rest would be a guess.
    assert (found.outcome, found.assessed, found.score) == (
        Outcome.ASSESS_FIRST,
        Fraction(30, 100),
        Fraction(65, 100),
    )
    assert [one.requirement.key for one in found.to_assess] == ["communication"]
    assert advise(found) == Name(
        zh="所知太少，尚不能下结论（按权重只评估了30%）：先评估沟通；细致认真达标。",
        en="Too little is known to say (30% assessed by weight): assess Communication first; Carefulness met.",
    )
    both = replace(newcomer, levels={**newcomer.levels, "communication": OPERATOR.levels["communication"]})
    assert match(both, post, CATALOGUE, on=ON, conditions=[FITS_SHIFT]).outcome is Outcome.SUITABLE


def test_a_slow_learner_is_not_sent_into_a_probation_that_cannot_be_passed() -> None:
    # Two levels of three and a half months at three quarters of the usual pace: 9 1/3 months.
    skills = [replace(one, months_per_level=Decimal("3.5")) for one in CATALOGUE.skills.values()]
    found = match(replace(OPERATOR, pace=Pace.SLOW), IQA, Catalogue(skills), on=ON, conditions=[FITS_SHIFT])
    assert found.outcome is Outcome.NOT_NOW
    assert found.findings[2].months == Fraction(28, 3)
    assert "沟通差2级，按较慢的学习速度约需9.4个月，超过6个月的期限" in advise(found).zh


def test_the_bar_stays_where_the_quality_manager_put_it_whatever_else_is_best() -> None:
    untaught = Catalogue([replace(one, taught_by=()) for one in CATALOGUE.skills.values()])
    best = {key: HeldLevel(5, Source.VERIFIED, ON) for key in OPERATOR.levels} | {
        "communication": OPERATOR.levels["communication"]
    }
    found = match(replace(OPERATOR, levels=best), IQA, untaught, on=ON, conditions=[FITS_SHIFT])
    assert found.outcome is Outcome.NOT_NOW
    assert advise(found).zh.startswith("目前不适合：")
    assert "没有可补的培训" in advise(found).zh


def test_posts_that_fit_better_come_first_and_the_night_shift_behind_them() -> None:
    typing = SkillRequirement("typing", Name("数据录入", "Data entry"), 100, must=True, level=4)
    openings = [
        Opening(IQA, shift="office", conditions=[FITS_SHIFT]),
        Opening(Post(UUID(int=11), [typing]), shift="night"),
        Opening(Post(UUID(int=12), [typing]), shift="office"),
        Opening(Post(UUID(int=13), [replace(typing, key="law", level=5)]), shift="office"),
    ]
    wishes = [Wish(Aspect.SHIFT, frozenset({"office"}), firm=True)]
    found = rank_posts(OPERATOR, openings, CATALOGUE, on=ON, wishes=wishes)
    assert [(one.report.post_id.int, one.band) for one in found] == [
        (12, Band.SUITABLE),
        (1, Band.PROBATION),
        (13, Band.ASSESS_FIRST),
        (11, Band.AGAINST_WISH),
    ]
    assert found[-1].wishes == ((wishes[0], Kept.BROKEN),)
    assert found[-1].report.outcome is Outcome.SUITABLE
