"""The company's own set: manufacturing and office skills written for this product, in `data/*.toml` beside the code.

Reads and checks the files and gives a `Catalogue`. What is wrong is said all at once, with file and key, because
whoever edits such a file wants the whole list: `OwnSetWrong`.
"""

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from functools import cache
from pathlib import Path
from typing import Any

from services.talent.catalogue.catalogue import Catalogue, CatalogueWrong
from services.talent.catalogue.skills import Kind, Origin, Relation, RelationKind, Skill, Source, Words

FOLDER = Path(__file__).parent / "data"
LEVELS_FILE = "levels.toml"
_FIELDS = frozenset({"kind", "name", "also", "means", "months", "levels", "taught_by", "broader", "needs", "close"})
_OWN = Source(Origin.OWN)


@dataclass
class OwnSetWrong(ValueError):
    """Everything wrong with the files, one sentence each: `quality.toml, spc: …`."""

    problems: tuple[str, ...]

    def __str__(self) -> str:
        return "\n".join(self.problems)


class _Wrong(ValueError):
    pass


@cache
def own_catalogue() -> Catalogue:
    """The set as delivered. Read once."""
    return read_own(FOLDER)


@cache
def level_words(name: str, folder: Path = FOLDER) -> tuple[Words, ...]:
    """The level words of a template in `levels.toml`: `import` is the one for imported skills. KeyError if absent."""
    words = tomllib.loads((folder / LEVELS_FILE).read_text(encoding="utf-8"))[name]
    return tuple(Words(zh, en) for zh, en in zip(words["zh"], words["en"], strict=True))


def read_own(folder: Path) -> Catalogue:
    """Every skill and relation of the folder's files. Raises OwnSetWrong."""
    skills: dict[str, Skill] = {}
    relations: list[Relation] = []
    wrong: list[str] = []
    for path in sorted(folder.glob("*.toml")):
        if path.name == LEVELS_FILE:
            continue
        try:
            entries = tomllib.loads(path.read_text(encoding="utf-8"))
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            wrong.append(f"{path.name}: is no TOML: {error}")
            continue
        for key, entry in entries.items():
            try:
                skill = _skill(key, entry, folder)
                related = list(_relations(key, entry))
            except ValueError as error:
                wrong.append(f"{path.name}, {key}: {error}")
                continue
            if key in skills:
                wrong.append(f"{path.name}, {key}: the key is used in another file too")
            skills[key] = skill
            relations += related
    wrong += _unknown(skills, relations)
    if wrong:
        raise OwnSetWrong(tuple(wrong))
    try:
        return Catalogue(skills.values(), relations)
    except CatalogueWrong as error:
        raise OwnSetWrong((str(error),)) from error


def _unknown(skills: Mapping[str, Skill], relations: list[Relation]) -> Iterator[str]:
    for relation in relations:
        if relation.of in skills and relation.to not in skills:
            yield f"{relation.of}: {relation.kind} names {relation.to}, which there is not"


def _skill(key: str, entry: Any, folder: Path) -> Skill:
    if not isinstance(entry, Mapping):
        raise _Wrong("is no table")
    if unknown := entry.keys() - _FIELDS - {"group"}:
        raise _Wrong(f"has fields nobody knows: {', '.join(sorted(unknown))}")
    if entry.get("kind") not in list(Kind):
        raise _Wrong(f"kind is {entry.get('kind')!r}, not one of {', '.join(Kind)}")
    kind = Kind(entry["kind"])
    group = entry.get("group", False)
    also = _lists(entry.get("also", {}), "also")
    return Skill(
        key=key,
        kind=kind,
        name=_both(entry.get("name"), "name"),
        levels=_levels(entry.get("levels", str(kind)), folder),
        source=_OWN,
        synonyms_zh=also[0],
        synonyms_en=also[1],
        description=Words() if group else _both(entry.get("means"), "means"),
        months_per_level=None if group else _months(entry.get("months")),
        taught_by=tuple(_both(one, "taught_by") for one in entry.get("taught_by", ())),
        group=group,
    )


def _both(words: Any, field: str) -> Words:
    """Our own words are said in both languages."""
    zh, en = (words.get("zh"), words.get("en")) if isinstance(words, Mapping) else (None, None)
    if not isinstance(zh, str) or not isinstance(en, str) or not zh.strip() or not en.strip():
        raise _Wrong(f"{field} is not said in both zh and en")
    return Words(zh, en)


def _lists(words: Any, field: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    if not isinstance(words, Mapping) or words.keys() - {"zh", "en"}:
        raise _Wrong(f"{field} is no table of zh and en")
    found = tuple(tuple(words.get(language, ())) for language in ("zh", "en"))
    if any(not isinstance(one, str) or not one.strip() for side in found for one in side):
        raise _Wrong(f"{field} holds something that is no text")
    if twice := [one for side in found for one in side if side.count(one) > 1]:
        raise _Wrong(f"{field} says {twice[0]} twice")
    return found[0], found[1]


def _levels(levels: Any, folder: Path) -> tuple[Words, ...]:
    if isinstance(levels, str):
        try:
            return level_words(levels, folder)
        except KeyError:
            raise _Wrong(f"levels: {LEVELS_FILE} has no template {levels!r}") from None
    zh, en = _lists(levels, "levels")
    if len(zh) != len(en):
        raise _Wrong(f"levels: {len(zh)} in zh, {len(en)} in en")
    return tuple(Words(*pair) for pair in zip(zh, en, strict=True))


def _months(months: Any) -> Decimal:
    if isinstance(months, bool) or not isinstance(months, int | float):
        raise _Wrong("months: says no number of months per level")
    try:
        return Decimal(str(months))
    except InvalidOperation:
        raise _Wrong(f"months: {months} is no number") from None


def _relations(key: str, entry: Mapping[str, Any]) -> Iterator[Relation]:
    for field, kind in (("broader", RelationKind.BROADER), ("needs", RelationKind.NEEDS)):
        for to in entry.get(field, ()):
            yield Relation(key, kind, to)
    for to, closeness in entry.get("close", {}).items():
        yield Relation(key, RelationKind.CLOSE, to, Decimal(str(closeness)))
