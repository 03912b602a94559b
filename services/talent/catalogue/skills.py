"""Pure: what a skill is, and how two skills stand to each other.

A competency is knowledge + skills + attitudes; each of the three is an entry of its own and says which it is.
"""

import re
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum

LEVELS = 5
"""Every skill has five levels: 1 (knows of it) to 5 (others come to learn it here). No evidence at all is level 0."""
KEY = re.compile(r"[a-z0-9][a-z0-9.:+#-]{0,79}")
"""Shape of a key. Own keys are plain words (`supplier-audit`); imported ones begin with `esco:` or `onet:`."""


@dataclass(frozen=True)
class Words:
    """One text in Chinese and English. Empty where nobody has said it in that language yet: nothing is translated
    by machine.
    """

    zh: str = ""
    en: str = ""

    def best(self, language: str) -> str:
        """In the language asked for (`zh-CN` or `en`), else in the other one: better a foreign name than none."""
        first, second = (self.en, self.zh) if language.startswith("en") else (self.zh, self.en)
        return first or second

    def __bool__(self) -> bool:
        return bool(self.zh or self.en)


class Kind(StrEnum):
    SKILL = "skill"
    KNOWLEDGE = "knowledge"
    ATTITUDE = "attitude"
    LANGUAGE = "language"


class Origin(StrEnum):
    OWN = "own"
    ESCO = "esco"
    ONET = "onet"


@dataclass(frozen=True)
class Source:
    """Where the entry comes from; `id` is the ESCO URI or the O*NET element id or commodity code, empty for our own."""

    origin: Origin
    id: str = ""


@dataclass(frozen=True)
class Skill:
    """One entry of the catalogue.

    `months_per_level` is the months of practice, with what teaches it, that a person of ordinary speed needs from one
    level to the next. None is "nobody has said": such a skill counts as not trainable until somebody does, because a
    guessed duration would become a promise. The same holds when `taught_by` is empty: nothing teaches it.
    A `group` only orders others ("quality methods"): nobody has it at a level, no label finds it.
    Raises ValueError where a field cannot be.
    """

    key: str
    kind: Kind
    name: Words
    levels: tuple[Words, ...]
    source: Source
    synonyms_zh: tuple[str, ...] = ()
    synonyms_en: tuple[str, ...] = ()
    description: Words = field(default_factory=Words)
    months_per_level: Decimal | None = None
    taught_by: tuple[Words, ...] = ()
    group: bool = False

    def __post_init__(self) -> None:
        if not KEY.fullmatch(self.key):
            raise ValueError(f"{self.key!r} is no key: small letters, digits and . : + # - only, at most 80")
        if not self.name:
            raise ValueError(f"{self.key} has no name in any language")
        if len(self.levels) != LEVELS or not all(self.levels):
            raise ValueError(f"{self.key} does not say in words what each of its {LEVELS} levels is")
        if self.months_per_level is not None and not 0 < self.months_per_level <= 120:
            raise ValueError(f"{self.key}: months per level must be above 0 and at most 120")

    @property
    def trainable(self) -> bool:
        """Something teaches it, and somebody has said how long a level takes."""
        return self.months_per_level is not None and bool(self.taught_by) and not self.group

    @property
    def labels(self) -> tuple[str, ...]:
        """Every text that means this skill, names first, as written, without repetition."""
        every = (self.name.zh, self.name.en, *self.synonyms_zh, *self.synonyms_en)
        return tuple(dict.fromkeys(label for label in every if label))


class RelationKind(StrEnum):
    BROADER = "broader"
    """`to` is the wider notion: 三坐标测量 → metrology."""
    NEEDS = "needs"
    """Who does `of` well does it with `to`: supplier audit → audit technique."""
    CLOSE = "close"
    """Experience in one counts partly for the other, both ways alike."""


@dataclass(frozen=True)
class Relation:
    """`of` stands to `to` as `kind` says. `closeness` in (0, 1) goes with CLOSE and only with it."""

    of: str
    kind: RelationKind
    to: str
    closeness: Decimal | None = None

    def __post_init__(self) -> None:
        if self.of == self.to:
            raise ValueError(f"{self.of} stands in a relation to itself")
        if (self.kind is RelationKind.CLOSE) != (self.closeness is not None):
            raise ValueError(f"{self.of} – {self.to}: closeness goes with 'close' and only with it")
        if self.closeness is not None and not 0 < self.closeness < 1:
            raise ValueError(f"{self.of} – {self.to}: closeness lies between 0 and 1, both excluded")
