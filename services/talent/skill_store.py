"""The catalogue in the tables: read, written, and the delivered set put in when the service starts.

Who writes holds one lock until the transaction ends: labels are unique among the company's own skills and broader
skills make no loop, which no index can say; and of several processes that start at once each finds a whole set.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy import Boolean, SmallInteger, Uuid, any_, bindparam, delete, func, insert, or_, select, text, update
from sqlalchemy.dialects.postgresql import ARRAY

from libs.kit.app import Runtime
from libs.kit.database import Session, prepared
from services.talent.catalogue.catalogue import Catalogue
from services.talent.catalogue.own import own_catalogue
from services.talent.catalogue.skills import Relation, RelationKind, Words
from services.talent.skill_rules import BROADER, CLOSE, EN, ZH, Ladder, Link, Stored, link_of, skill_id_of, stored
from services.talent.tables import skill_labels, skill_relations, skills

_LOCK = prepared(text("SELECT pg_advisory_xact_lock(hashtextextended('talent.skills', 0))"))
IDS = bindparam("ids", type_=ARRAY(Uuid))
_MANY = prepared(select(skills).where(skills.c.skill_id == any_(IDS)))
_NAMES = prepared(
    select(skills.c.skill_id, skills.c.name, skills.c.name_en).where(
        skills.c.skill_id == any_(IDS), or_(skills.c.is_group.is_(False), bindparam("groups", type_=Boolean))
    )
)
_LABELS = prepared(
    select(skill_labels)
    .where(skill_labels.c.skill_id == any_(IDS))
    .order_by(skill_labels.c.skill_id, skill_labels.c.language, skill_labels.c.position)
)
_COLUMNS = tuple(one.name for one in fields(Stored) if not one.name.startswith("synonyms"))
_ADD = prepared(insert(skills).values({name: bindparam(name) for name in (*_COLUMNS, "changed_at", "changed_by")}))
_CHANGE = prepared(
    update(skills)
    .where(skills.c.skill_id == bindparam("id"))
    .values(
        {name: bindparam(name) for name in (*_COLUMNS, "changed_at") if name != "skill_id"}
        | {
            "changed_by": func.coalesce(bindparam("changed_by", type_=Uuid), skills.c.changed_by),
            "version": skills.c.version + 1,
        }
    )
)
_FORGET_LABELS = prepared(delete(skill_labels).where(skill_labels.c.skill_id == any_(IDS)))
_LABEL_COLUMNS = ("skill_id", "folded", "language", "label", "position")
_LADDER = prepared(
    select(skill_relations.c.skill_id, skill_relations.c.other_id).where(skill_relations.c.kind == BROADER)
)
_ABOVE = prepared(
    text("""
WITH RECURSIVE above(skill_id, other_id) AS (
    SELECT skill_id, other_id FROM skill_relations WHERE kind = :broader AND skill_id = ANY (:ids)
  UNION
    SELECT r.skill_id, r.other_id FROM skill_relations r JOIN above a ON r.skill_id = a.other_id WHERE r.kind = :broader
)
SELECT skill_id, other_id FROM above
""").bindparams(bindparam("broader", BROADER, type_=SmallInteger), IDS)
)
_TOUCHING = prepared(
    select(skill_relations).where(or_(skill_relations.c.skill_id == any_(IDS), skill_relations.c.other_id == any_(IDS)))
)
_OF = prepared(
    select(skill_relations).where(
        or_(
            skill_relations.c.skill_id == bindparam("skill_id"),
            (skill_relations.c.kind == CLOSE) & (skill_relations.c.other_id == bindparam("skill_id")),
        )
    )
)
_UNRELATE = prepared(
    delete(skill_relations).where(
        skill_relations.c.skill_id == bindparam("skill_id"),
        skill_relations.c.kind == bindparam("kind"),
        skill_relations.c.other_id == bindparam("other_id"),
    )
)
_RELATE = prepared(
    text("""
INSERT INTO skill_relations (skill_id, kind, other_id, closeness)
SELECT * FROM unnest(CAST(:ids AS uuid[]), CAST(:kinds AS smallint[]), CAST(:others AS uuid[]),
                     CAST(:closenesses AS smallint[]))
ON CONFLICT (skill_id, kind, other_id) DO NOTHING
""").bindparams(
        bindparam("ids", type_=ARRAY(Uuid)),
        bindparam("kinds", type_=ARRAY(SmallInteger)),
        bindparam("others", type_=ARRAY(Uuid)),
        bindparam("closenesses", type_=ARRAY(SmallInteger)),
    )
)
log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Kept:
    """A skill as it is kept. `by_people`: somebody said it otherwise than the set or the file."""

    skill: Stored
    version: int
    by_people: bool


async def lock(db: Session) -> None:
    """Waits until nobody else writes the catalogue."""
    await db.run(_LOCK)


async def read(db: Session, skill_ids: Collection[UUID]) -> dict[UUID, Kept]:
    """The skills there are of those asked for, with their synonyms."""
    if not skill_ids:
        return {}
    ids = list(skill_ids)
    return await with_labels(db, await db.rows(_MANY, ids=ids))


async def names_of(db: Session, skill_ids: Iterable[UUID], *, groups: bool = False) -> dict[UUID, tuple[str, str]]:
    """Chinese and English names of those that are skills of the catalogue, or groups where those are asked for too. One
    of the two may be empty.
    """
    ids = list(skill_ids)
    rows = await db.rows(_NAMES, ids=ids, groups=groups) if ids else []
    return {row["skill_id"]: (row["name"], row["name_en"]) for row in rows}


async def with_labels(db: Session, rows: Sequence[Any]) -> dict[UUID, Kept]:
    """From rows of `skills`, in their order."""
    said: dict[tuple[UUID, str], list[str]] = {}
    for label in await db.rows(_LABELS, ids=[row["skill_id"] for row in rows]):
        if label["position"]:
            said.setdefault((label["skill_id"], label["language"]), []).append(label["label"])
    return {
        row["skill_id"]: _kept(row, said.get((row["skill_id"], ZH), ()), said.get((row["skill_id"], EN), ()))
        for row in rows
    }


async def add(db: Session, new: Collection[Stored], at: datetime, by: UUID | None = None) -> None:
    await db.run_many(_ADD, ({**_values(one), "changed_at": at, "changed_by": by} for one in new))
    await _label(db, new)


async def change(db: Session, changed: Collection[Stored], at: datetime, by: UUID | None = None) -> None:
    """Replaces what skills say. `by` None: the set or a file says it; what people changed before stays marked so."""
    for one in changed:
        values = _values(one)
        await db.run(_CHANGE, id=values.pop("skill_id"), changed_at=at, changed_by=by, **values)
    await db.run(_FORGET_LABELS, ids=[one.skill_id for one in changed])
    await _label(db, changed)


async def links_of(db: Session, skill_id: UUID) -> list[Link]:
    """What a skill says of others, and what is close to it whoever said so."""
    return [_link(row) for row in await db.rows(_OF, skill_id=skill_id)]


async def ladder_above(db: Session, skill_ids: Collection[UUID]) -> Ladder:
    """What is broader than these, however far: enough to know whether one of them may be the broader of another."""
    rows = await db.rows(_ABOVE, ids=list(skill_ids)) if skill_ids else []
    return Ladder((row["skill_id"], row["other_id"]) for row in rows)


async def ladder(db: Session) -> Ladder:
    """All of it, for imports: 30,000 edges with ESCO and O*NET."""
    return Ladder((row["skill_id"], row["other_id"]) for row in await db.rows(_LADDER))


async def relate(db: Session, links: Collection[Link]) -> int:
    """Adds relations that are not there yet and says how many; which of them would close a loop the caller knows."""
    if not links:
        return 0
    return await db.run(
        _RELATE,
        ids=[one.skill_id for one in links],
        kinds=[one.kind for one in links],
        others=[one.other_id for one in links],
        closenesses=[one.closeness for one in links],
    )


async def unrelate(db: Session, links: Iterable[Link]) -> None:
    await db.run_many(_UNRELATE, ({"skill_id": a, "kind": kind, "other_id": b} for a, kind, b, _ in links))


async def prepare(runtime: Runtime) -> None:
    async with runtime.database.transaction() as db:
        await keep_own_set(db, runtime.clock.now())


async def keep_own_set(db: Session, at: datetime, catalogue: Catalogue | None = None) -> bool:
    """Brings the tables to what the delivered set says; says whether anything changed.

    A skill that people have changed keeps their words and the relations it has; so does one they added under a code
    which the set has since.
    """
    catalogue = catalogue or own_catalogue()
    await lock(db)
    before = await read(db, [skill_id_of(key) for key in catalogue])
    delivered = {one.skill_id: one for one in map(stored, catalogue.values())}
    new = [one for skill_id, one in delivered.items() if skill_id not in before]
    free = {skill_id for skill_id in delivered if skill_id not in before or not before[skill_id].by_people}
    changed = [one for skill_id, one in delivered.items() if skill_id in free & before.keys()]
    changed = [one for one in changed if before[one.skill_id].skill != one]
    if new:
        await add(db, new, at)
    if changed:
        await change(db, changed, at)
    related = await _relate_own_set(db, {link_of(one) for one in _relations(catalogue)}, free)
    if new or changed or related:
        log.info("skills of the delivered set", added=len(new), changed=len(changed), relations=related)
    return bool(new or changed or related)


async def _relate_own_set(db: Session, wanted: Collection[Link], free: Collection[UUID]) -> int:
    """Relations of which people have said nothing become those of the set."""
    have = {_link(row) for row in await db.rows(_TOUCHING, ids=list(free))}
    ours = {one for one in have if _is_free(one, free)}
    wanted = {one for one in wanted if _is_free(one, free)}
    await unrelate(db, ours - wanted)
    missing = sorted(wanted - ours)
    steps = await ladder_above(db, {one.other_id for one in missing if one.kind == BROADER})
    fitting = [one for one in missing if one.kind != BROADER or steps.add(one.skill_id, one.other_id)]
    for one in set(missing) - set(fitting):
        # People have said the opposite; theirs stands.
        log.warning("relation of the delivered set left out", skill_id=str(one.skill_id), broader=str(one.other_id))
    return await relate(db, fitting) + len(ours - wanted)


def _is_free(one: Link, free: Collection[UUID]) -> bool:
    return one.skill_id in free and (one.kind != CLOSE or one.other_id in free)


def _relations(catalogue: Catalogue) -> Iterable[Relation]:
    for key in catalogue:
        for to in catalogue.broader(key):
            yield Relation(key, RelationKind.BROADER, to)
        for to in catalogue.needs(key):
            yield Relation(key, RelationKind.NEEDS, to)
        for to, closeness in catalogue.close(key).items():
            yield Relation(key, RelationKind.CLOSE, to, closeness)


async def _label(db: Session, many: Iterable[Stored]) -> None:
    rows = [
        (one.skill_id, label.folded, label.language, label.label, label.position)
        for one in many
        for label in one.labels
    ]
    await db.copy(skill_labels, _LABEL_COLUMNS, rows)


def _kept(row: Any, synonyms: Sequence[str], synonyms_en: Sequence[str]) -> Kept:
    plain = {name: row[name] for name in _COLUMNS if name not in {"levels", "taught_by", "taught_by_en"}}
    skill = Stored(
        **plain,
        levels=tuple(Words(one["zh"], one["en"]) for one in row["levels"]),
        taught_by=tuple(row["taught_by"]),
        taught_by_en=tuple(row["taught_by_en"]),
        synonyms=tuple(synonyms),
        synonyms_en=tuple(synonyms_en),
    )
    return Kept(skill, row["version"], row["changed_by"] is not None)


def _values(one: Stored) -> dict[str, Any]:
    values = {name: getattr(one, name) for name in _COLUMNS}
    values["levels"] = [{"zh": words.zh, "en": words.en} for words in one.levels]
    values["taught_by"], values["taught_by_en"] = list(one.taught_by), list(one.taught_by_en)
    return values


def _link(row: Any) -> Link:
    return Link(row["skill_id"], row["kind"], row["other_id"], row["closeness"])
