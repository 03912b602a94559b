"""What people say of a skill in a request, made ready to be kept."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from uuid import UUID

from libs.kit.call import Call
from mainstay.talent.v1 import skills_pb2
from services.talent import fields
from services.talent.catalogue.folding import fold
from services.talent.catalogue.skills import Words
from services.talent.skill_rules import CLOSE, Link, Stored, default_levels, link, with_plain_synonyms


def said(call: Call, words: skills_pb2.SkillWords, before: Stored) -> Stored:
    """The skill as the words have it; id, code, source and whether it is a group stay. Raises FieldsInvalid."""
    _check_labels(call, words)
    return with_plain_synonyms(
        replace(
            before,
            kind=words.kind,
            name=_line(words.name),
            name_en=_line(words.name_en),
            description=words.description.strip(),
            description_en=words.description_en.strip(),
            levels=_levels(call, words),
            tenth_months_per_level=words.tenth_months_per_level,
            taught_by=_lines(words.taught_by),
            taught_by_en=_lines(words.taught_by_en),
            synonyms=_lines(words.synonyms),
            synonyms_en=_lines(words.synonyms_en),
        )
    )


def links_said(call: Call, words: skills_pb2.SkillWords, skill_id: UUID) -> list[Link]:
    """The relations said of a skill. Raises FieldsInvalid for one said twice, and for closeness without a number."""
    links: dict[tuple[UUID, int, UUID], Link] = {}
    for index, relation in enumerate(words.relations):
        field = f"words.relations[{index}]"
        if relation.kind == CLOSE and not relation.closeness:
            fields.refuse(call, f"{field}.closeness", "skills.closeness_needed")
        new = link(skill_id, relation.kind, UUID(relation.skill_id), relation.closeness)
        if new[:3] in links:
            fields.refuse(call, f"{field}.skill_id", "skills.relation_twice")
        links[new[:3]] = new
    return list(links.values())


def _check_labels(call: Call, words: skills_pb2.SkillWords) -> None:
    """A label has to say something: no text could name a skill by punctuation that folds away."""
    if not fold(words.name).units:
        fields.refuse(call, "words.name", "skills.name_needed")
    if words.name_en and not fold(words.name_en).units:
        fields.refuse(call, "words.name_en", "skills.label_empty")
    for field, many in (("synonyms", words.synonyms), ("synonyms_en", words.synonyms_en)):
        for index, label in enumerate(many):
            if not fold(label).units:
                fields.refuse(call, f"words.{field}[{index}]", "skills.label_empty")


def _levels(call: Call, words: skills_pb2.SkillWords) -> tuple[Words, ...]:
    """Those not said get the words of their kind."""
    levels = list(default_levels(words.kind))
    given: set[int] = set()
    for index, one in enumerate(words.levels):
        if one.level in given:
            fields.refuse(call, f"words.levels[{index}].level", "skills.level_twice")
        given.add(one.level)
        own = Words(one.words.strip(), one.words_en.strip())
        if own:
            levels[one.level - 1] = own
    return tuple(levels)


def _lines(many: Iterable[str]) -> tuple[str, ...]:
    return tuple(line for one in many if (line := _line(one)))


def _line(words: str) -> str:
    return " ".join(words.split())
