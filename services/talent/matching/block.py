"""Pure: one chunk's people against one post, in arrays: the keys that `lookup` describes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from services.talent.matching.columns import CHUNK, Bytes, Columns, Rows
from services.talent.matching.inputs import Name, Related, SkillRequirement, Verdict
from services.talent.matching.lookup import BELOW, FLOOR_BITS, OWN_BITS, PACE_BITS, Keys, Line, Lookup, Part, Table
from services.talent.matching.model import Key, Outcome

_T = TypeVar("_T", bound=np.generic)


@dataclass(frozen=True, slots=True)
class Gate:
    """A knock-out condition with everybody's verdict, by row; people beyond its end are unknown."""

    key: Key
    name: Name
    verdicts: Bytes

    def verdict(self, row: int) -> Verdict:
        return Verdict(self.verdicts[row]) if row < len(self.verdicts) else Verdict.UNKNOWN

    def of(self, number: int, rows: int) -> Bytes:
        found = self.verdicts[number * CHUNK : number * CHUNK + rows]
        return found if len(found) == rows else np.pad(found, (0, rows - len(found)))


class Room:
    """What one search reckons in, made once: fresh arrays for every block cost more than the reckoning."""

    __slots__ = ("codes", "entries", "keys", "places")

    def __init__(self) -> None:
        self.keys, self.entries = np.empty(CHUNK, np.int64), np.empty(CHUNK, np.int64)
        self.codes, self.places = np.empty(CHUNK, np.uint16), np.empty(CHUNK, np.intp)


class Block:
    """One chunk's people: all its first `rows`, or those at `indices`."""

    def __init__(self, columns: Columns, gates: Sequence[Gate], number: int, rows: int, indices: Rows | None) -> None:
        self.columns, self.gates, self.number, self.rows, self.indices = columns, gates, number, rows, indices
        self.size = rows if indices is None else len(indices)

    def keys(self, lookup: Lookup, room: Room, limit: int) -> Keys:
        """The keys of those who stay within `limit`, who are then the block's people; perhaps of a few more.

        A key only grows from table to table, so whoever is beyond the limit after the first ones is not looked at any
        further. Valid until the next block is read into the same room.
        """
        looks = [partial(self._entries, table, room) for table in lookup.tables]
        looks += [partial(self._measured, line, room) for line in lookup.lines]
        # The first straight to where the sum grows: a pass that fills it with nothing is spared.
        keys = looks[0](room.keys)
        keys = self._within(limit, keys)
        for look in looks[1:]:
            keys += look(room.entries)
            keys = self._within(limit, keys)
        return keys

    def _within(self, limit: int, keys: Keys) -> Keys:
        """Lets go of the others where that is most of them: reading few here and there costs more than reading all."""
        if limit >= BELOW[Outcome.NOT_NOW] - 1:
            return keys
        good = keys <= limit
        if np.count_nonzero(good) > self.size // 4:
            return keys
        at = np.flatnonzero(good)
        self.indices = at if self.indices is None else self.indices[at]
        self.size = len(at)
        return keys.take(at)

    def _entries(self, table: Table, room: Room, out: Keys) -> Keys:
        codes, digits = room.codes[: self.size], self._digits(table)
        codes[:] = digits[0][1]
        for bits, digit in digits[1:]:
            np.left_shift(codes, bits, out=codes)
            np.bitwise_or(codes, digit, out=codes)
        places = room.places[: self.size]
        places[:] = codes
        # Codes are always inside; "wrap" spares the check that "raise" makes.
        return table.entries.take(places, out=out[: self.size], mode="wrap")

    def _measured(self, line: Line, room: Room, out: Keys) -> Keys:
        places = room.places[: self.size]
        # A value first measured after the tables were made counts as the last one; the report puts it right.
        np.minimum(self._chosen(self.columns.indicator(line.key).chunk(self.number).code), line.size - 1, out=places)
        if line.paced:
            places += self._chosen(self.columns.pace(self.number)).astype(np.intp) * line.size
        return line.entries.take(places, out=out[: self.size], mode="wrap")

    def _digits(self, table: Table) -> list[tuple[int, Bytes]]:
        """Widths in bits and what is read, the highest digit of the code first."""
        digits = [(PACE_BITS, self._chosen(self.columns.pace(self.number)))] if table.paced else []
        for part in table.parts:
            if part.skill is None:
                digits.append((part.bits, self._chosen(self.gates[part.gate].of(self.number, self.rows))))
                continue
            digits.append((OWN_BITS, self._level(part.skill)))
            if part.related:
                digits.append((FLOOR_BITS, self._floor(part)))
        return digits

    def _level(self, skill: SkillRequirement) -> Bytes:
        return self._chosen(self.columns.skill(skill.key).chunk(self.number).code)

    def _floor(self, part: Part) -> Bytes:
        """The best level that related skills stand for, in tenths."""
        levels = [self._chosen(self.columns.skill(one.key).chunk(self.number).code) for one in part.related]
        return floor_of(levels, part.related)

    def _chosen(self, whole: npt.NDArray[_T]) -> npt.NDArray[_T]:
        return whole[: self.rows] if self.indices is None else whole.take(self.indices)


def floor_of(levels: Sequence[Bytes], related: Sequence[Related]) -> Bytes:
    """The best that stored levels, 0 for unknown, stand for, in tenths of a level."""
    floor = np.zeros_like(levels[0])
    for level, one in zip(levels, related, strict=True):
        np.maximum(floor, (np.maximum(level, 1) - np.uint8(1)) * np.uint8(one.tenths), out=floor)
    return floor
