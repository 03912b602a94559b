"""Which skills a text names: the labels of the whole catalogue in memory, made anew when the catalogue has changed.

Every process keeps its own. Whether it is still right is asked at most once a second, by the sum of all versions,
which grows with each skill added or changed and is seen when the change is committed.
"""

from __future__ import annotations

import asyncio
import time

from sqlalchemy import Uuid, any_, bindparam, func, select
from sqlalchemy.dialects.postgresql import ARRAY

from libs.kit.call import House
from libs.kit.database import Session, prepared
from libs.kit.ids import NIL
from services.talent.catalogue.labels import Found, Labels
from services.talent.skill_rules import ORIGINS
from services.talent.tables import skill_labels, skills

FRESH_SECONDS = 1.0
_STATE = prepared(select(func.coalesce(func.sum(skills.c.version), 0)))
# So many skills a page that reading their labels keeps nobody waiting: some 4,000 rows.
_PAGE = 500
_SKILLS = prepared(
    select(skills.c.skill_id)
    .where(skills.c.is_group.is_(False), skills.c.source == bindparam("source"), skills.c.skill_id > bindparam("after"))
    .order_by(skills.c.skill_id)
    .limit(_PAGE)
)
_LABELS = prepared(
    select(skill_labels.c.label, skill_labels.c.skill_id)
    .where(skill_labels.c.skill_id == any_(bindparam("ids", type_=ARRAY(Uuid))))
    .order_by(skill_labels.c.skill_id, skill_labels.c.position)
)


class TextIndex:
    """Finds labels in texts. Building it from ESCO's 110,000 labels takes seconds, so it is done beside the loop."""

    def __init__(self) -> None:
        self._labels: Labels | None = None
        self._state = -1
        self._asked_at = float("-inf")
        self._building = asyncio.Lock()

    async def find(self, db: Session, text: str) -> list[Found]:
        """The places in a text, in its order; `keys` are ids of skills, the company's own first."""
        labels = await self._fresh(db)
        return await asyncio.to_thread(labels.find, text)

    async def _fresh(self, db: Session) -> Labels:
        if self._labels is not None and (self._building.locked() or not self._due()):
            # While one call builds, the others read what was right a moment ago.
            return self._labels
        async with self._building:
            if self._labels is None or self._due():
                asked_at = time.monotonic()
                state = int(await db.value(_STATE))
                if self._labels is None or state != self._state:
                    self._labels = await asyncio.to_thread(Labels, await _labels(db))
                    self._state = state
                self._asked_at = asked_at
            return self._labels

    def _due(self) -> bool:
        return time.monotonic() - self._asked_at >= FRESH_SECONDS


def index_in(house: House) -> TextIndex:
    """The process's index, made at the first use."""
    if TextIndex not in house.parts:
        house.add(TextIndex())
    return house.part(TextIndex)


async def _labels(db: Session) -> list[tuple[str, str]]:
    """Every label with the id of its skill, the company's own first."""
    found: list[tuple[str, str]] = []
    for source in range(1, len(ORIGINS) + 1):
        after = NIL
        while page := [row["skill_id"] for row in await db.rows(_SKILLS, source=source, after=after)]:
            found += [(row["label"], str(row["skill_id"])) for row in await db.rows(_LABELS, ids=page)]
            after = page[-1]
    return found
