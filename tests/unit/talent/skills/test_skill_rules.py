"""A skill reads back as it was kept, has the same id everywhere, and broader skills make no loop."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.talent.catalogue.folding import fold
from services.talent.catalogue.importing import imported
from services.talent.catalogue.own import own_catalogue
from services.talent.catalogue.skills import Kind, Origin, Relation, RelationKind, Source
from services.talent.skill_rules import (
    CLOSE,
    Ladder,
    Link,
    default_levels,
    imported_again,
    link_of,
    skill_id_of,
    stored,
    with_plain_synonyms,
)

NODES = st.integers(0, 7).map(lambda n: UUID(int=n))
ESCO = Source(Origin.ESCO, "http://data.europa.eu/esco/skill/1")
WORDS = st.text("ab 细-\u200b", min_size=1, max_size=4)
NAMES = WORDS.filter(lambda words: bool(fold(words).units))


def test_ids_are_the_same_in_every_environment() -> None:
    """Written down: an id that changed would part every profile from its skills."""
    assert skill_id_of("communication") == UUID("ed7f62f1-eaa2-5f7e-9306-c1bf9ba9d8bc")


@given(st.lists(st.tuples(NODES, NODES), max_size=40))
def test_whatever_is_added_broader_skills_make_no_loop(edges: list[tuple[UUID, UUID]]) -> None:
    ladder = Ladder()
    above: dict[UUID, set[UUID]] = {}
    for of, to in edges:
        if ladder.add(of, to):
            above.setdefault(of, set()).add(to)
    for start, wider in above.items():
        reached: set[UUID] = set()
        ahead = set(wider)
        while ahead:
            reached |= ahead
            ahead = {one for below in ahead for one in above.get(below, ())} - reached
        assert start not in reached


def test_only_what_closes_a_loop_is_refused() -> None:
    one, two, three = (UUID(int=n) for n in range(3))
    ladder = Ladder([(one, two), (two, three)])
    assert not ladder.add(three, one)
    assert not ladder.add(one, one)
    assert ladder.add(one, three)


def test_closeness_is_kept_once_whoever_says_it() -> None:
    close = Relation("a", RelationKind.CLOSE, "b", Decimal("0.55"))
    other = Relation("b", RelationKind.CLOSE, "a", Decimal("0.55"))
    assert link_of(close) == link_of(other)
    assert link_of(close)[1::2] == (CLOSE, 55)
    needs = link_of(Relation("b", RelationKind.NEEDS, "a"))
    assert needs == Link(skill_id_of("b"), 2, skill_id_of("a"), 0)


@pytest.mark.parametrize("key", own_catalogue())
def test_a_delivered_skill_keeps_its_names_months_and_what_teaches_it(key: str) -> None:
    skill = own_catalogue()[key]
    kept = stored(skill)
    assert (kept.code, kept.name, kept.name_en) == (key, skill.name.zh, skill.name.en)
    assert Decimal(kept.tenth_months_per_level) / 10 == (skill.months_per_level or 0)
    assert len(kept.taught_by) == len(kept.taught_by_en) == len(skill.taught_by)
    assert {label.label for label in kept.labels} >= set(skill.labels) - {kept.name, kept.name_en}


@given(NAMES, NAMES, st.lists(WORDS, max_size=5), st.lists(WORDS, max_size=5))
def test_labels_are_one_per_language_and_spelling_names_first(
    name: str, name_en: str, synonyms: list[str], synonyms_en: list[str]
) -> None:
    one = replace(
        stored(own_catalogue()["excel"]),
        name=name,
        name_en=name_en,
        synonyms=tuple(synonyms),
        synonyms_en=tuple(synonyms_en),
    )
    labels = one.labels
    assert len({(label.folded, label.language) for label in labels}) == len(labels)
    assert all(label.label in {name, name_en} for label in labels if label.position == 0)
    plain = with_plain_synonyms(one)
    assert plain.labels == labels
    assert with_plain_synonyms(plain) == plain


def test_the_same_file_again_says_nothing_new() -> None:
    skill = imported("esco:1", Kind.SKILL, "use spreadsheets", ESCO, synonyms=("Use  Spreadsheets", "sheets", "Sheets"))
    assert imported_again(stored(skill), skill) == stored(skill)


def test_a_newer_file_brings_its_english_words_and_leaves_what_people_said() -> None:
    before = stored(imported("esco:1", Kind.SKILL, "use spreadsheets", ESCO, synonyms=("sheets",)))
    peoples = replace(
        before,
        name="表格软件",
        synonyms=("电子表格",),
        synonyms_en=("sheets", "workbooks"),
        tenth_months_per_level=15,
        taught_by=("课", "带教"),
        taught_by_en=("course",),
    )
    again = imported_again(
        peoples, imported("esco:1", Kind.KNOWLEDGE, "spreadsheets", ESCO, synonyms=("tables",), description="new")
    )
    assert (again.name, again.name_en, again.description_en, again.kind) == ("表格软件", "spreadsheets", "new", 2)
    assert again.synonyms_en == ("tables", "sheets", "workbooks")
    assert (again.synonyms, again.tenth_months_per_level) == (("电子表格",), 15)
    assert (again.taught_by, again.taught_by_en) == (("课", "带教"), ("course",))


@pytest.mark.parametrize("kind", [1, 2, 3, 4])
def test_every_kind_has_words_for_its_five_levels(kind: int) -> None:
    levels = default_levels(kind)
    assert len(levels) == 5
    assert all(words.zh and words.en for words in levels)


def test_codes_of_imported_skills_are_unique_and_their_own() -> None:
    tool = Source(Origin.ONET, "43232110")
    one, two = (imported(f"onet:tool:{name}", Kind.SKILL, name, tool) for name in ("excel", "calc"))
    element = imported("onet:2.a.1.a", Kind.SKILL, "Reading", Source(Origin.ONET, "2.A.1.a"))
    esco = imported("esco:1", Kind.SKILL, "x", ESCO)
    assert [stored(skill).code for skill in (one, two, element, esco)] == [
        "onet:tool:excel",
        "onet:tool:calc",
        "2.A.1.a",
        ESCO.id,
    ]
