"""Pure: what a stored skill says, its labels, and the order of broader skills that no relation may close to a loop.

Ids follow from keys (UUID version 5), so that a skill has the same id in every environment and a file imported again
finds what it brought before.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import NamedTuple
from uuid import NAMESPACE_DNS, UUID, uuid5

from services.talent.catalogue.folding import fold
from services.talent.catalogue.importing import taken_over
from services.talent.catalogue.own import level_words
from services.talent.catalogue.skills import (
    LEVELS,
    Kind,
    Origin,
    Relation,
    RelationKind,
    Skill,
    Source,
    Words,
)

_NAMESPACE = uuid5(NAMESPACE_DNS, "skills.talent.mainstay")
KINDS = (Kind.SKILL, Kind.KNOWLEDGE, Kind.ATTITUDE, Kind.LANGUAGE)
"""In the order of the contract's numbers, which begin at 1; so are the next two."""
RELATIONS = (RelationKind.BROADER, RelationKind.NEEDS, RelationKind.CLOSE)
ORIGINS = (Origin.OWN, Origin.ESCO, Origin.ONET)
BROADER, NEEDS, CLOSE = range(1, 4)
OWN = 1
_TEMPLATES = {Kind.SKILL: "practice"}
"""Level words of kinds that have no template of their own name."""
ZH, EN = "zh", "en"


class Label(NamedTuple):
    folded: str
    language: str
    label: str
    position: int
    """0 for the name."""


class Link(NamedTuple):
    """A relation as stored; a CLOSE one once, the smaller id first. `closeness` in percent."""

    skill_id: UUID
    kind: int
    other_id: UUID
    closeness: int = 0


@dataclass(frozen=True, slots=True)
class Stored:
    """A skill as the tables hold it. `kind` and `source` by the contract's numbers; `levels` lowest first."""

    skill_id: UUID
    code: str
    kind: int
    source: int
    name: str = ""
    name_en: str = ""
    description: str = ""
    description_en: str = ""
    levels: tuple[Words, ...] = ()
    tenth_months_per_level: int = 0
    taught_by: tuple[str, ...] = ()
    taught_by_en: tuple[str, ...] = ()
    synonyms: tuple[str, ...] = ()
    synonyms_en: tuple[str, ...] = ()
    is_group: bool = False

    @property
    def labels(self) -> list[Label]:
        """Of each language the name and then the synonyms; what folds to one already there is left out."""
        return [*_labels(ZH, self.name, self.synonyms), *_labels(EN, self.name_en, self.synonyms_en)]


def skill_id_of(key: str) -> UUID:
    return uuid5(_NAMESPACE, key)


def default_levels(kind: int) -> tuple[Words, ...]:
    """The words for the levels of a kind where nobody said others."""
    plain = KINDS[kind - 1]
    return level_words(_TEMPLATES.get(plain, str(plain)))


def stored(skill: Skill) -> Stored:
    """A skill of the delivered set or of a file. Synonyms that fold to the name or another are left out."""
    whole = Stored(
        skill_id=skill_id_of(skill.key),
        code=_code(skill),
        kind=KINDS.index(skill.kind) + 1,
        source=ORIGINS.index(skill.source.origin) + 1,
        name=skill.name.zh,
        name_en=skill.name.en,
        description=skill.description.zh,
        description_en=skill.description.en,
        levels=skill.levels,
        tenth_months_per_level=round((skill.months_per_level or 0) * 10),
        taught_by=tuple(one.zh for one in skill.taught_by if one.zh),
        taught_by_en=tuple(one.en for one in skill.taught_by if one.en),
        synonyms=skill.synonyms_zh,
        synonyms_en=skill.synonyms_en,
        is_group=skill.group,
    )
    return with_plain_synonyms(whole)


def with_plain_synonyms(one: Stored) -> Stored:
    """The same with the synonyms that are kept as labels, so that it equals itself once read back."""
    labels = one.labels
    return replace(
        one,
        synonyms=tuple(label.label for label in labels if label.position and label.language == ZH),
        synonyms_en=tuple(label.label for label in labels if label.position and label.language == EN),
    )


def imported_again(before: Stored, skill: Skill) -> Stored:
    """What a skill says after its file came again: `importing.taken_over` has the rule."""
    known = Skill(
        key=skill.key,
        kind=skill.kind,
        name=Words(before.name, before.name_en),
        levels=before.levels if len(before.levels) == LEVELS else skill.levels,
        source=skill.source,
        synonyms_zh=before.synonyms,
        synonyms_en=before.synonyms_en,
        description=Words(before.description, before.description_en),
    )
    again = taken_over(known, skill)
    return with_plain_synonyms(
        replace(
            before,
            kind=KINDS.index(again.kind) + 1,
            name_en=again.name.en,
            description_en=again.description.en,
            synonyms_en=again.synonyms_en,
            is_group=again.group,
        )
    )


def link(of: UUID, kind: int, to: UUID, closeness: int = 0) -> Link:
    if kind != CLOSE:
        return Link(of, kind, to)
    return Link(min(of, to), kind, max(of, to), closeness)


def link_of(relation: Relation) -> Link:
    percent = round(relation.closeness * 100) if relation.closeness is not None else 0
    kind = RELATIONS.index(relation.kind) + 1
    return link(skill_id_of(relation.of), kind, skill_id_of(relation.to), percent)


class Ladder:
    """Which skills are broader than which. It never holds a loop: every edge is asked for before it is added."""

    def __init__(self, edges: Iterable[tuple[UUID, UUID]] = ()) -> None:
        self._above: dict[UUID, set[UUID]] = defaultdict(set)
        for of, to in edges:
            self._above[of].add(to)

    def closes_loop(self, of: UUID, to: UUID) -> bool:
        """Whether `of` lies above `to` or is it, so that `to` cannot be the broader one."""
        seen: set[UUID] = set()
        ahead = [to]
        while ahead:
            one = ahead.pop()
            if one == of:
                return True
            if one not in seen:
                seen.add(one)
                ahead.extend(self._above.get(one, ()))
        return False

    def add(self, of: UUID, to: UUID) -> bool:
        """Adds the edge unless it closed a loop; says whether it did."""
        if self.closes_loop(of, to):
            return False
        self._above[of].add(to)
        return True


def _labels(language: str, name: str, synonyms: Iterable[str]) -> Iterator[Label]:
    given: set[str] = set()
    position = 0 if name else 1
    for label in (name, *synonyms) if name else synonyms:
        folded = fold(label)
        if folded.units and folded.text not in given:
            given.add(folded.text)
            yield Label(folded.text, language, label, position)
            position += 1


def _code(skill: Skill) -> str:
    """ESCO's URI, O*NET's element id (`2.A.1.a`); else the key: O*NET's tools share the code of what they are."""
    source: Source = skill.source
    element = source.origin is Origin.ONET and "." in source.id
    return source.id if source.origin is Origin.ESCO or element else skill.key
