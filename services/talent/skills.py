"""The catalogue of skills: found, read, added and changed, and found in texts."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, String, Uuid, any_, bindparam, case, func, or_, select, tuple_
from sqlalchemy.dialects.postgresql import ARRAY

from libs.kit import pages
from libs.kit.call import Call
from libs.kit.database import Query, like_literal, prepared
from libs.kit.errors import PageTokenInvalid, VersionConflict
from libs.kit.ids import NIL
from mainstay.talent.v1 import skills_pb2
from services.talent import skill_store
from services.talent.catalogue.folding import fold
from services.talent.errors import SkillLabelTaken, SkillNotFound, SkillRelationCycle
from services.talent.skill_rules import BROADER, OWN, Link, Stored, skill_id_of
from services.talent.skill_store import Kept
from services.talent.skill_text import index_in
from services.talent.skill_words import links_said, said
from services.talent.tables import skill_labels, skills

_SHOWN_NAME = func.coalesce(func.nullif(skills.c.name, ""), skills.c.name_en)
_OWN_FIRST = case((skills.c.source == OWN, 0), else_=1)
# Own or imported; of a search, first what is called so and then the others.
_RANKS = ("0", "1", "2", "3")
_KEY_PARTS = 3
# Two of the company's own may not share a label; imported ones may, and a text that says it is ambiguous.
_TAKEN = prepared(
    select(skill_labels.c.label, skill_labels.c.skill_id)
    .join(skills, skills.c.skill_id == skill_labels.c.skill_id)
    .where(
        skill_labels.c.folded == any_(bindparam("folded", type_=ARRAY(String))),
        skills.c.source == OWN,
        skills.c.skill_id != bindparam("skill_id"),
    )
    .limit(1)
)
_BY_CODE = prepared(select(skills.c.skill_id).where(skills.c.code == bindparam("code")))


async def list_skills(call: Call, request: skills_pb2.ListSkillsRequest) -> skills_pb2.ListSkillsResponse:
    """What is called just as was asked first, then the company's own. Groups only order others and are not listed."""
    size, after = pages.size_of(request), pages.key_in(request, _KEY_PARTS)
    query = request.query.strip()
    values: dict[str, Any] = {"size": size + 1}
    if query:
        folded = fold(query).text
        values |= {"whole": folded, "part": f"%{like_literal(folded)}%", "start": f"{like_literal(query)}%"}
    if request.kind:
        values["kind"] = request.kind
    if request.source:
        values["source"] = request.source
    if after:
        values |= _after(after, _RANKS if query else _RANKS[:2])
    shape = (bool(query), bool(request.kind), bool(request.source), after is not None)
    rows = await call.db.rows(_list(*shape), **values)
    more = ""
    if len(rows) > size:
        last = rows[size - 1]
        more = pages.token_after(request, str(last["rank"]), last["shown_name"], str(last["skill_id"]))
    kept = await skill_store.with_labels(call.db, rows[:size])
    return skills_pb2.ListSkillsResponse(skills=[message(one) for one in kept.values()], next_page_token=more)


async def get_skill(call: Call, request: skills_pb2.GetSkillRequest) -> skills_pb2.Skill:
    return await _shown(call, UUID(request.skill_id))


async def find_in_text(call: Call, request: skills_pb2.FindSkillsInTextRequest) -> skills_pb2.FindSkillsInTextResponse:
    """The skills found come with code, kind and names alone: a text may name one a thousand times."""
    found = await index_in(call.house).find(call.db, request.text)
    kept = await skill_store.read(call.db, {UUID(key) for one in found for key in one.keys})
    brief = {str(skill_id): _brief(one) for skill_id, one in kept.items()}
    return skills_pb2.FindSkillsInTextResponse(
        found=[
            skills_pb2.FoundSkill(
                words=request.text[one.first : one.last],
                start=one.first,
                skills=[brief[key] for key in one.keys if key in brief],
            )
            for one in found
        ]
    )


async def add_skill(call: Call, request: skills_pb2.AddSkillRequest) -> skills_pb2.Skill:
    skill_id = skill_id_of(request.code)
    new = said(call, request.words, Stored(skill_id=skill_id, code=request.code, kind=request.words.kind, source=OWN))
    links = links_said(call, request.words, skill_id)
    await skill_store.lock(call.db)
    taken = await call.db.value(_BY_CODE, code=request.code)
    if taken is not None:
        raise SkillLabelTaken(label=request.code, skill_id=taken)
    await _check_labels(call, new)
    await skill_store.add(call.db, [new], call.now, call.actor or NIL)
    await _relate(call, new, links)
    return await _shown(call, skill_id)


async def change_skill(call: Call, request: skills_pb2.ChangeSkillRequest) -> skills_pb2.Skill:
    skill_id = UUID(request.skill_id)
    await skill_store.lock(call.db)
    before = (await skill_store.read(call.db, [skill_id])).get(skill_id)
    if before is None:
        raise SkillNotFound(skill_id=skill_id)
    if before.version != request.version:
        raise VersionConflict(current_version=before.version)
    changed = said(call, request.words, before.skill)
    links = links_said(call, request.words, skill_id)
    if changed.source == OWN:
        await _check_labels(call, changed)
    await skill_store.change(call.db, [changed], call.now, call.actor or NIL)
    await skill_store.unrelate(call.db, await skill_store.links_of(call.db, skill_id))
    await _relate(call, changed, links)
    return await _shown(call, skill_id)


async def _check_labels(call: Call, one: Stored) -> None:
    """Raises SkillLabelTaken when another skill of the company's own has one of the labels."""
    folded = [label.folded for label in one.labels]
    taken = await call.db.row(_TAKEN, folded=folded, skill_id=one.skill_id)
    if taken is not None:
        raise SkillLabelTaken(label=taken["label"], skill_id=taken["skill_id"])


async def _relate(call: Call, one: Stored, links: Sequence[Link]) -> None:
    """Raises SkillNotFound, SkillRelationCycle."""
    others = [_other(link, one.skill_id) for link in links]
    names = await skill_store.names_of(call.db, others, groups=True)
    for other in others:
        if other not in names and other != one.skill_id:
            raise SkillNotFound(skill_id=other)
    ladder = await skill_store.ladder_above(call.db, {link.other_id for link in links if link.kind == BROADER})
    for link, other in zip(links, others, strict=True):
        if other == one.skill_id or (link.kind == BROADER and not ladder.add(link.skill_id, link.other_id)):
            label = names.get(other, (one.name, one.name_en))
            raise SkillRelationCycle(label=label[0] or label[1])
    await skill_store.relate(call.db, links)


async def _shown(call: Call, skill_id: UUID) -> skills_pb2.Skill:
    kept = (await skill_store.read(call.db, [skill_id])).get(skill_id)
    if kept is None:
        raise SkillNotFound(skill_id=skill_id)
    links = await skill_store.links_of(call.db, skill_id)
    names = await skill_store.names_of(call.db, (_other(link, skill_id) for link in links), groups=True)
    answer = message(kept)
    for link in sorted(links, key=lambda link: (link.kind, -link.closeness, names[_other(link, skill_id)])):
        other = _other(link, skill_id)
        answer.relations.add(
            kind=link.kind, skill_id=str(other), name=names[other][0], name_en=names[other][1], closeness=link.closeness
        )
    return answer


def _other(link: Link, skill_id: UUID) -> UUID:
    return link.skill_id if link.other_id == skill_id else link.other_id


def message(kept: Kept) -> skills_pb2.Skill:
    """A skill without its relations."""
    one = kept.skill
    answer = _brief(kept)
    answer.description, answer.description_en = one.description, one.description_en
    for level, words in enumerate(one.levels, 1):
        answer.levels.add(level=level, words=words.zh, words_en=words.en)
    answer.synonyms.extend(one.synonyms)
    answer.synonyms_en.extend(one.synonyms_en)
    answer.tenth_months_per_level = one.tenth_months_per_level
    answer.taught_by.extend(one.taught_by)
    answer.taught_by_en.extend(one.taught_by_en)
    return answer


def _brief(kept: Kept) -> skills_pb2.Skill:
    one = kept.skill
    return skills_pb2.Skill(
        skill_id=str(one.skill_id),
        code=one.code,
        kind=skills_pb2.SkillKind.Name(one.kind),
        name=one.name,
        name_en=one.name_en,
        source=skills_pb2.SkillSource.Name(one.source),
        version=kept.version,
    )


@cache
def _list(searched: bool, of_kind: bool, of_source: bool, continued: bool) -> Query:
    rank: ColumnElement[int] = _OWN_FIRST
    if searched:
        called = select(skill_labels.c.skill_id).where(skill_labels.c.folded == bindparam("whole", type_=String))
        rank = _OWN_FIRST + case((skills.c.skill_id.in_(called), 0), else_=2)
    statement = select(skills, rank.label("rank"), _SHOWN_NAME.label("shown_name")).where(skills.c.is_group.is_(False))
    if searched:
        part: ColumnElement[Any] = bindparam("part")
        named = select(skill_labels.c.skill_id).where(skill_labels.c.folded.like(part))
        statement = statement.where(or_(skills.c.skill_id.in_(named), skills.c.code.ilike(bindparam("start"))))
    if of_kind:
        statement = statement.where(skills.c.kind == bindparam("kind"))
    if of_source:
        statement = statement.where(skills.c.source == bindparam("source"))
    if continued:
        key = tuple_(rank, _SHOWN_NAME, skills.c.skill_id)
        last = tuple_(
            bindparam("rank", type_=rank.type), bindparam("shown_name", type_=String), bindparam("last_id", type_=Uuid)
        )
        statement = statement.where(key > last)
    return prepared(statement.order_by(rank, _SHOWN_NAME, skills.c.skill_id).limit(bindparam("size")))


def _after(key: tuple[str, ...], ranks: Sequence[str]) -> dict[str, Any]:
    rank, name, skill_id = key
    try:
        return {"rank": ranks.index(rank), "shown_name": name, "last_id": UUID(skill_id)}
    except ValueError:
        raise PageTokenInvalid from None
