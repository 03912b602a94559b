"""Skills stand to each other both ways, and a skill is never broader than itself."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.talent.catalogue.catalogue import BroaderLoop, Catalogue, ClosenessDiffers, SkillTwice, SkillUnknown
from services.talent.catalogue.skills import Kind, Origin, Relation, RelationKind, Skill, Source, Words

LEVELS = tuple(Words(f"第{level}级", f"level {level}") for level in range(1, 6))


def skill(key: str, **fields: Any) -> Skill:
    given_fields: dict[str, Any] = {
        "kind": Kind.SKILL,
        "name": Words(en=key),
        "levels": LEVELS,
        "source": Source(Origin.OWN),
    }
    return Skill(key=key, **(given_fields | fields))


def broader(of: str, to: str) -> Relation:
    return Relation(of, RelationKind.BROADER, to)


def test_a_skill_is_asked_for_its_relations_and_closeness_goes_both_ways() -> None:
    relations = [
        broader("cmm", "metrology"),
        broader("metrology", "quality"),
        Relation("cmm", RelationKind.NEEDS, "gdt"),
        Relation("cmm", RelationKind.CLOSE, "gdt", Decimal("0.4")),
    ]
    catalogue = Catalogue(map(skill, ("cmm", "metrology", "quality", "gdt")), relations)
    assert catalogue.broader("cmm") == {"metrology"}
    assert catalogue.needs("cmm") == {"gdt"}
    assert catalogue.close("gdt") == {"cmm": Decimal("0.4")}
    assert catalogue.close("cmm") == {"gdt": Decimal("0.4")}
    assert catalogue.close("quality") == {}


def test_a_skill_nobody_knows_is_refused() -> None:
    catalogue = Catalogue([skill("a")])
    assert "b" not in catalogue
    assert catalogue.get("b") is None
    with pytest.raises(SkillUnknown, match="there is no skill b"):
        catalogue["b"]
    with pytest.raises(SkillUnknown, match="a needs b names it"):
        Catalogue([skill("a")], [Relation("a", RelationKind.NEEDS, "b")])


def test_a_key_belongs_to_one_skill() -> None:
    with pytest.raises(SkillTwice):
        Catalogue([skill("a"), skill("a")])


def test_two_skills_are_close_by_one_number() -> None:
    both = [
        Relation("a", RelationKind.CLOSE, "b", Decimal("0.4")),
        Relation("b", RelationKind.CLOSE, "a", Decimal("0.5")),
    ]
    with pytest.raises(ClosenessDiffers):
        Catalogue([skill("a"), skill("b")], both)


def test_a_loop_of_broader_skills_is_refused_and_shown() -> None:
    loop = [broader("a", "b"), broader("b", "c"), broader("c", "b")]
    with pytest.raises(BroaderLoop) as refused:
        Catalogue(map(skill, "abc"), loop)
    assert refused.value.path == ("b", "c", "b")
    assert str(refused.value).endswith("b → c → b")


@given(st.sets(st.tuples(st.integers(0, 7), st.integers(0, 7)).filter(lambda edge: edge[0] != edge[1]), max_size=14))
def test_relations_are_taken_exactly_when_no_skill_is_above_itself(edges: set[tuple[int, int]]) -> None:
    above = {one: {to for of, to in edges if of == one} for one in range(8)}
    for _ in range(8):
        above = {one: over | {far for near in over for far in above[near]} for one, over in above.items()}
    relations = [broader(f"s{of}", f"s{to}") for of, to in sorted(edges)]
    skills = [skill(f"s{number}") for number in range(8)]
    if any(one in over for one, over in above.items()):
        with pytest.raises(BroaderLoop):
            Catalogue(skills, relations)
        return
    catalogue = Catalogue(skills, relations)
    for one in range(8):
        assert catalogue.broader(f"s{one}") == {f"s{to}" for of, to in edges if of == one}


def test_a_group_orders_others_and_is_found_by_no_label() -> None:
    catalogue = Catalogue([skill("quality-work", group=True), skill("spc")], [broader("spc", "quality-work")])
    assert catalogue.labels.find("quality-work") == []
    assert [one.keys for one in catalogue.labels.find("SPC")] == [("spc",)]


@pytest.mark.parametrize(
    "fields",
    [
        {"levels": LEVELS[:4]},
        {"levels": (*LEVELS[:4], Words())},
        {"name": Words()},
        {"key": "With Spaces"},
        {"months_per_level": Decimal(0)},
        {"months_per_level": Decimal(-1)},
        {"months_per_level": Decimal(121)},
    ],
)
def test_what_cannot_be_a_skill_is_refused(fields: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"."):
        skill(**({"key": "a"} | fields))


@pytest.mark.parametrize(
    ("kind", "to", "closeness"),
    [
        (RelationKind.CLOSE, "b", None),
        (RelationKind.CLOSE, "b", Decimal(1)),
        (RelationKind.CLOSE, "b", Decimal(0)),
        (RelationKind.NEEDS, "b", Decimal("0.5")),
        (RelationKind.BROADER, "a", None),
    ],
)
def test_what_cannot_be_a_relation_is_refused(kind: RelationKind, to: str, closeness: Decimal | None) -> None:
    with pytest.raises(ValueError, match=r"."):
        Relation("a", kind, to, closeness)


def test_a_skill_is_trainable_when_something_teaches_it_and_somebody_said_how_long_it_takes() -> None:
    course = (Words("课程", "course"),)
    assert skill("a", months_per_level=Decimal(2), taught_by=course).trainable
    assert not skill("a", months_per_level=Decimal(2)).trainable
    assert not skill("a", taught_by=course).trainable


def test_words_fall_back_to_the_other_language() -> None:
    assert Words("沟通", "Communication").best("zh-CN") == "沟通"
    assert Words("沟通", "Communication").best("en") == "Communication"
    assert Words(en="Communication").best("zh-CN") == "Communication"
