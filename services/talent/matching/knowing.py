"""Pure: how well what counts is known, in arrays, for the few people whose order may depend on it."""

from __future__ import annotations

import numpy as np

from services.talent.matching.block import floor_of
from services.talent.matching.columns import CHUNK, Bytes, Codes, Column, Columns, Days, Floats, Rows
from services.talent.matching.inputs import SkillRequirement
from services.talent.matching.lookup import FLOOR_BITS, Lookup, Part
from services.talent.matching.model import FRESH_DAYS, TRUST, Key, Source

_TRUST: Floats = np.array([0.0, *(float(TRUST[source]) for source in Source)])
# Confidences that differ by less are floats of the same fraction.
_DIGITS = 12


def confidence(columns: Columns, lookup: Lookup, rows: Rows, today: int) -> Floats:
    """The confidence of each of the ascending `rows` as of the day numbered `today`."""
    few = _Few(columns, rows, today)
    total, weights = np.zeros(len(rows)), 0
    for part in (part for table in lookup.tables for part in table.parts):
        if part.skill is not None:
            weights += part.skill.weight
            total += part.skill.weight * few.known(part, part.skill)
    for line in lookup.lines:
        weights += line.weight
        total += line.weight * few.measured(line.key)
    return np.round(total / weights, _DIGITS)


class _Few:
    """Rows here and there, read chunk by chunk."""

    def __init__(self, columns: Columns, rows: Rows, today: int) -> None:
        self.columns, self.today = columns, today
        numbers, starts = np.unique(rows // CHUNK, return_index=True)
        self.groups = list(zip(numbers.tolist(), np.split(rows % CHUNK, starts[1:]), strict=True))

    def pace(self) -> Bytes:
        return np.concatenate([self.columns.pace(number).take(at) for number, at in self.groups])

    def known(self, part: Part, skill: SkillRequirement) -> Floats:
        """Of the highest level up to the one required, the evidence of most confidence."""
        level, worth = self._level(skill.key)
        known = np.where(level > 0, worth, 0)
        if not part.related or part.decides is None:
            return known
        most = skill.level * 10
        best = np.where(level > 0, np.minimum((level.astype(np.int16) - 1) * 10, most), -1)
        levels = []
        for related in part.related:
            stored, worth = self._level(related.key)
            levels.append(stored)
            held = np.maximum(stored.astype(np.int16) - 1, 0)
            reached = np.minimum(held * related.tenths, most)
            worth *= related.tenths / 10
            better = (held > 0) & ((reached > best) | ((reached == best) & (worth > known)))
            best, known = np.where(better, reached, best), np.where(better, worth, known)
        codes = level.astype(np.uint16) << FLOOR_BITS | floor_of(levels, part.related)
        return np.where(part.decides[self.pace(), codes], known, 0)

    def measured(self, key: Key) -> Floats:
        code, worth = self._entries(self.columns.indicator(key))
        return np.where(code > 0, worth, 0)

    def _level(self, key: Key) -> tuple[Codes, Floats]:
        return self._entries(self.columns.skill(key))

    def _entries(self, column: Column) -> tuple[Codes, Floats]:
        """Codes, and how well each is known."""
        chunks = [(column.chunk(number), at) for number, at in self.groups]
        source = np.concatenate([chunk.source.take(at) for chunk, at in chunks])
        day = np.concatenate([chunk.day.take(at) for chunk, at in chunks])
        return np.concatenate([chunk.code.take(at) for chunk, at in chunks]), self._worth(source, day)

    def _worth(self, source: Bytes, day: Days) -> Floats:
        age = np.maximum(self.today - day.astype(np.int64), 0)
        fresh: Floats = FRESH_DAYS / (FRESH_DAYS + age)
        return _TRUST[source] * fresh
