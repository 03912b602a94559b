"""Pure: all skills together: looked up by key and by label, with their relations both ways."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from types import MappingProxyType

from services.talent.catalogue.labels import Labels
from services.talent.catalogue.skills import Relation, RelationKind, Skill


class CatalogueWrong(ValueError):
    """Skills and relations that do not make a catalogue."""


@dataclass
class SkillTwice(CatalogueWrong):
    key: str

    def __str__(self) -> str:
        return f"two skills have the key {self.key}"


@dataclass
class SkillUnknown(CatalogueWrong):
    """`by` is the relation that names it, empty when a caller asked."""

    key: str
    by: str = ""

    def __str__(self) -> str:
        return f"there is no skill {self.key}" + (f", but {self.by} names it" if self.by else "")


@dataclass
class ClosenessDiffers(CatalogueWrong):
    of: str
    to: str

    def __str__(self) -> str:
        return f"{self.of} and {self.to} are close by two different numbers"


@dataclass
class BroaderLoop(CatalogueWrong):
    """`path` begins and ends with the same key; each is broader than the one before it."""

    path: tuple[str, ...]

    def __str__(self) -> str:
        return "a skill cannot be broader than itself: " + " → ".join(self.path)


class Catalogue(Mapping[str, Skill]):
    """Skills by key; `in`, iteration and `len` as of any mapping; `catalogue[key]` raises SkillUnknown.

    Raises SkillTwice, SkillUnknown, ClosenessDiffers, BroaderLoop when built from what cannot be one catalogue.
    The same relation given twice counts once.
    """

    def __init__(self, skills: Iterable[Skill], relations: Iterable[Relation] = ()) -> None:
        self._skills: dict[str, Skill] = {}
        for skill in skills:
            if skill.key in self._skills:
                raise SkillTwice(skill.key)
            self._skills[skill.key] = skill
        self._to: dict[RelationKind, dict[str, set[str]]] = {kind: defaultdict(set) for kind in RelationKind}
        self._closeness: dict[str, dict[str, Decimal]] = defaultdict(dict)
        for relation in relations:
            self._relate(relation)
        self._refuse_loops()

    def __getitem__(self, key: str) -> Skill:
        if key not in self._skills:
            raise SkillUnknown(key)
        return self._skills[key]

    def __contains__(self, key: object) -> bool:
        return key in self._skills

    def get(self, key: str, default: Skill | None = None) -> Skill | None:  # type: ignore[override]
        """The skill, or `default`: SkillUnknown is no KeyError, so the mapping's own would let it pass."""
        return self._skills.get(key, default)

    def __iter__(self) -> Iterator[str]:
        return iter(self._skills)

    def __len__(self) -> int:
        return len(self._skills)

    @cached_property
    def labels(self) -> Labels:
        """Every label of every skill that is no group; built at the first use."""
        return Labels((label, skill.key) for skill in self.values() if not skill.group for label in skill.labels)

    def broader(self, key: str) -> frozenset[str]:
        """The next wider skills and groups."""
        return frozenset(self._to[RelationKind.BROADER].get(key, ()))

    def needs(self, key: str) -> frozenset[str]:
        """The skills that doing `key` well takes."""
        return frozenset(self._to[RelationKind.NEEDS].get(key, ()))

    def close(self, key: str) -> Mapping[str, Decimal]:
        """The skills near to it with their closeness in (0, 1); a is as close to b as b to a."""
        return MappingProxyType(self._closeness.get(key, {}))

    def _relate(self, relation: Relation) -> None:
        for end in (relation.of, relation.to):
            if end not in self._skills:
                raise SkillUnknown(end, by=f"{relation.of} {relation.kind} {relation.to}")
        self._to[relation.kind][relation.of].add(relation.to)
        if relation.closeness is None:
            return
        if self._closeness[relation.of].get(relation.to, relation.closeness) != relation.closeness:
            raise ClosenessDiffers(relation.of, relation.to)
        self._closeness[relation.of][relation.to] = relation.closeness
        self._closeness[relation.to][relation.of] = relation.closeness

    def _refuse_loops(self) -> None:
        """Walks upwards from every skill, without recursion: an imported chain may be long."""
        above = self._to[RelationKind.BROADER]
        done: set[str] = set()
        for start in sorted(above):
            path: list[str] = [start]
            on_path = {start}
            ahead = [iter(sorted(above[start]))] if start not in done else []
            while ahead:
                wider = next(ahead[-1], None)
                if wider is None:
                    ahead.pop()
                    gone = path.pop()
                    on_path.discard(gone)
                    done.add(gone)
                elif wider in on_path:
                    raise BroaderLoop((*path[path.index(wider) :], wider))
                elif wider not in done:
                    path.append(wider)
                    on_path.add(wider)
                    ahead.append(iter(sorted(above.get(wider, ()))))
