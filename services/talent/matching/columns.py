"""Pure: what is known of everybody, one column per skill and indicator, for ranking a whole company in memory.

A column is a list of chunks of `CHUNK` rows, made when somebody in it first has a value: growth copies nothing, an
empty stretch costs nothing, and one chunk of every column of a post fits into a core's cache. A change is a write of
three numbers. A row belongs to one person for ever: removal empties it and it is not given away, so that a ranking
under way in another thread cannot take one person for another. Writes from one thread at a time; any number may rank
meanwhile, and see a person's entry before or after a change, the entry's parts perhaps mixed until they look again.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

import numpy as np
import numpy.typing as npt

from services.talent.matching.inputs import HeldLevel, HeldValue, Person
from services.talent.matching.model import Key, Pace, Source

CHUNK = 32_768
_FIRST_ORDINAL = date(1950, 1, 1).toordinal()
_SOURCES = {source.value: source for source in Source}
_LOW = (1 << 64) - 1

Bytes = npt.NDArray[np.uint8]
Days = npt.NDArray[np.uint16]
Codes = npt.NDArray[np.unsignedinteger[Any]]
Floats = npt.NDArray[np.float64]
Rows = npt.NDArray[np.intp]
Ids = npt.NDArray[np.uint64]
Mask = npt.NDArray[np.bool_]


def day_number(day: date) -> int:
    """Days since 1950; ValueError outside 1950 to 2129, which is what two bytes hold."""
    number = day.toordinal() - _FIRST_ORDINAL
    if not 0 <= number < 1 << 16:
        raise ValueError(f"no day that evidence can be of: {day}")
    return number


def day_of(number: int) -> date:
    return date.fromordinal(_FIRST_ORDINAL + number)


class Chunk:
    """`code` 0 is unknown; else a skill's level + 1, or a measured value's place in its column's `values`, + 1.

    Source and day mean something beside a code other than 0 alone: whoever reads a code while it is cleared still finds
    where it came from.
    """

    __slots__ = ("code", "day", "source")

    def __init__(self, kind: type[np.uint8 | np.uint16]) -> None:
        self.code: Codes = np.zeros(CHUNK, kind)
        self.source: Bytes = np.zeros(CHUNK, np.uint8)
        self.day: Days = np.zeros(CHUNK, np.uint16)

    def write(self, at: int, code: int, source: int, day: int) -> None:
        self.widen(code)
        self.source[at], self.day[at] = source, day
        self.code[at] = code

    def widen(self, code: int) -> None:
        if code > np.iinfo(self.code.dtype).max:
            self.code = self.code.astype(np.uint32)

    def origin(self, at: int) -> tuple[Source, date]:
        return _SOURCES[self.source.item(at)], day_of(self.day.item(at))


class Column:
    """One skill's or indicator's entries; a chunk that nobody has written to reads as a shared empty one.

    An indicator's values are kept once each in `values`, in the order they were first seen, and never taken out: what
    is measured repeats itself, so a look at a value costs no more than one at a level, and stays an exact decimal.
    """

    __slots__ = ("_chunks", "_empty", "_kind", "_places", "values")
    _EMPTY = (Chunk(np.uint8), Chunk(np.uint16))

    def __init__(self, of_values: bool) -> None:
        self._kind: type[np.uint8 | np.uint16] = np.uint16 if of_values else np.uint8
        self._empty = self._EMPTY[of_values]
        self._chunks: dict[int, Chunk] = {}
        self._places: dict[Decimal, int] = {}
        self.values: list[Decimal] = []

    def chunk(self, number: int) -> Chunk:
        return self._chunks.get(number, self._empty)

    def own_chunk(self, number: int) -> Chunk:
        """The chunk to write to."""
        if number not in self._chunks:
            self._chunks[number] = Chunk(self._kind)
        return self._chunks[number]

    def code_of(self, value: Decimal) -> int:
        code = self._places.get(value)
        if code is None:
            self.values.append(value)
            code = self._places[value] = len(self.values)
        return code

    def write(self, row: int, code: int, source: Source, day: date) -> None:
        self.own_chunk(row // CHUNK).write(row % CHUNK, code, source, day_number(day))

    @property
    def nbytes(self) -> int:
        return sum(one.code.nbytes + one.source.nbytes + one.day.nbytes for one in self._chunks.values())

    def clear(self, row: int) -> None:
        found = self._chunks.get(row // CHUNK)
        if found is not None:
            found.code[row % CHUNK] = 0


class _People:
    """A chunk's rows: who they are, whether they are still there, how fast they learn."""

    __slots__ = ("gone", "here", "high", "low", "pace")

    def __init__(self) -> None:
        self.high: Ids = np.zeros(CHUNK, np.uint64)
        self.low: Ids = np.zeros(CHUNK, np.uint64)
        self.pace: Bytes = np.zeros(CHUNK, np.uint8)
        self.here: Mask = np.zeros(CHUNK, np.bool_)
        self.gone = 0


@dataclass(frozen=True, slots=True)
class Entries:
    """One column's part of a bulk load, aligned with its people: levels or values, None (levels: -1) where unknown."""

    source: npt.NDArray[np.uint8]
    day: npt.NDArray[np.uint16]
    held: npt.NDArray[np.int8] | Sequence[Decimal | None]


class Columns:
    """Everybody's profile as arrays, found by row; a person's row never changes."""

    def __init__(self) -> None:
        self._row_of: dict[int, int] = {}
        self._people: list[_People] = []
        self._levels: dict[Key, Column] = {}
        self._values: dict[Key, Column] = {}
        self._size = 0

    def __len__(self) -> int:
        """Rows ever given, those of removed people included."""
        return self._size

    def __contains__(self, person_id: UUID) -> bool:
        return person_id.int in self._row_of

    # ── changes ──

    def put(self, person: Person) -> None:
        """Takes a person in, or replaces all that is known of one.

        Entry by entry, what is known no more last; somebody new is there when all of it is. So whoever ranks meanwhile
        never finds a person emptied.
        """
        row = self._row_of.get(person.person_id.int, self._size)
        if row // CHUNK == len(self._people):
            self._people.append(_People())
        self._people[row // CHUNK].pace[row % CHUNK] = person.pace
        for key, level in person.levels.items():
            self._level(key).write(row, level.level + 1, level.source, level.observed_on)
        for key, value in person.values.items():
            column = self._value(key)
            column.write(row, column.code_of(value.value), value.source, value.observed_on)
        for columns, held in ((self._levels, person.levels), (self._values, person.values)):
            for key in columns.keys() - held.keys():
                columns[key].clear(row)
        self._row(person.person_id)

    def remove(self, person_id: UUID) -> None:
        """Forgets a person; nothing happens when there is none."""
        row = self._row_of.pop(person_id.int, None)
        if row is None:
            return
        people, at = self._people[row // CHUNK], row % CHUNK
        people.here[at] = False
        people.gone += 1
        people.high[at] = people.low[at] = 0
        self._empty(row)

    def load(
        self,
        ids: Sequence[UUID],
        levels: Mapping[Key, Entries],
        values: Mapping[Key, Entries],
        pace: npt.NDArray[np.uint8],
    ) -> None:
        """Takes in many new people at once, as a service does when it starts. ValueError when one is there already."""
        numbers = [one.int for one in ids]
        first = self._size
        taken = dict(zip(numbers, range(first, first + len(numbers)), strict=True))
        if len(taken) < len(numbers) or not self._row_of.keys().isdisjoint(taken):
            raise ValueError("a person is loaded twice")
        while len(self._people) * CHUNK < first + len(numbers):
            self._people.append(_People())
        for number, here, there in _pieces(first, len(numbers)):
            people = self._people[number]
            people.high[here] = np.array([one >> 64 for one in numbers[there]], np.uint64)
            people.low[here] = np.array([one & _LOW for one in numbers[there]], np.uint64)
            people.pace[here] = pace[there]
            people.here[here] = True
        for target, given, of_values in ((self._levels, levels, False), (self._values, values, True)):
            for key, entries in given.items():
                _fill(target.setdefault(key, Column(of_values)), entries, first, len(numbers))
        self._row_of.update(taken)
        self._size += len(numbers)

    def _row(self, person_id: UUID) -> int:
        """The person's row; a new one for somebody new."""
        row = self._row_of.get(person_id.int)
        if row is None:
            row = self._size
            if row // CHUNK == len(self._people):
                self._people.append(_People())
            people, at = self._people[row // CHUNK], row % CHUNK
            people.high[at], people.low[at] = person_id.int >> 64, person_id.int & _LOW
            people.here[at] = True
            self._row_of[person_id.int] = row
            self._size += 1
        return row

    def _level(self, key: Key) -> Column:
        return self._levels.setdefault(key, Column(of_values=False))

    def _value(self, key: Key) -> Column:
        return self._values.setdefault(key, Column(of_values=True))

    def _empty(self, row: int) -> None:
        for column in (*self._levels.values(), *self._values.values()):
            column.clear(row)
        self._people[row // CHUNK].pace[row % CHUNK] = Pace.UNRATED

    # ── reading ──

    def rows(self, ids: Iterable[UUID]) -> Rows:
        """Rows of those of `ids` that are here, ascending: a scope, or a filter."""
        known = (self._row_of.get(one.int) for one in ids)
        return np.unique(np.array([row for row in known if row is not None], np.intp))

    def person_at(self, row: int) -> UUID | None:
        """None where the person was removed."""
        people, at = self._people[row // CHUNK], row % CHUNK
        return UUID(int=int(people.high[at]) << 64 | int(people.low[at])) if people.here[at] else None

    def id_parts(self, rows: Rows) -> tuple[Ids, Ids]:
        """The ids' upper and lower halves, for sorting."""
        high, low = np.empty(len(rows), np.uint64), np.empty(len(rows), np.uint64)
        numbers = rows // CHUNK
        for number in np.unique(numbers).tolist():
            of = np.flatnonzero(numbers == number)
            people, at = self._people[number], rows[of] % CHUNK
            high[of], low[of] = people.high[at], people.low[at]
        return high, low

    def present(self, rows: Rows) -> Rows:
        """Those of the rows whose people were not removed."""
        high, low = self.id_parts(rows)
        found: Rows = rows[(high | low) != 0]
        return found

    @property
    def nbytes(self) -> int:
        """Of all arrays."""
        columns = (*self._levels.values(), *self._values.values())
        people = sum(array.nbytes for one in self._people for array in (one.high, one.low, one.pace, one.here))
        return people + sum(one.nbytes for one in columns)

    def here(self, number: int, rows: int) -> Mask | None:
        """Which of the first `rows` rows of a chunk are people; None: all."""
        people = self._people[number]
        return people.here[:rows] if people.gone else None

    def pace(self, number: int) -> Bytes:
        return self._people[number].pace

    def skill(self, key: Key) -> Column:
        return self._levels.get(key) or Column(of_values=False)

    def indicator(self, key: Key) -> Column:
        return self._values.get(key) or Column(of_values=True)

    def person(self, row: int, skills: Iterable[Key], indicators: Iterable[Key]) -> Person | None:
        """What is known under these keys. None where the person was removed."""
        return next(self.people([row], skills, indicators))

    def people(self, rows: Iterable[int], skills: Iterable[Key], indicators: Iterable[Key]) -> Iterator[Person | None]:
        """The same of several, whose columns are found once."""
        of_skills = [(key, self.skill(key)) for key in skills]
        of_indicators = [(key, self.indicator(key)) for key in indicators]
        for row in rows:
            person_id = self.person_at(row)
            number, at = divmod(row, CHUNK)
            levels: dict[Key, HeldLevel] = {}
            values: dict[Key, HeldValue] = {}
            for key, column in of_skills:
                chunk = column.chunk(number)
                if code := chunk.code.item(at):
                    levels[key] = HeldLevel._make((code - 1, *chunk.origin(at)))
            for key, column in of_indicators:
                chunk = column.chunk(number)
                if code := chunk.code.item(at):
                    values[key] = HeldValue._make((column.values[code - 1], *chunk.origin(at)))
            pace = Pace(self._people[number].pace.item(at))
            yield None if person_id is None else Person(person_id, levels, values, pace)


def _pieces(first: int, many: int) -> Iterable[tuple[int, slice, slice]]:
    """Chunk by chunk: its number, which of its rows, and which of the many."""
    done = 0
    while done < many:
        number, at = divmod(first + done, CHUNK)
        size = min(CHUNK - at, many - done)
        yield number, slice(at, at + size), slice(done, done + size)
        done += size


def _fill(column: Column, entries: Entries, first: int, many: int) -> None:
    if isinstance(entries.held, np.ndarray):
        codes = (entries.held + 1).astype(np.uint32)
    else:
        codes = np.array([0 if one is None else column.code_of(one) for one in entries.held], np.uint32)
    for number, here, there in _pieces(first, many):
        piece = codes[there]
        if piece.any():
            chunk = column.own_chunk(number)
            chunk.widen(int(piece.max()))
            chunk.source[here] = np.where(piece, entries.source[there], 0)
            chunk.day[here] = np.where(piece, entries.day[there], 0)
            chunk.code[here] = piece
