"""Pure: the best people for a post out of everybody in scope, with reasons for the page shown.

Chunk by chunk, so that a core's cache stays warm and the interpreter is free while numpy computes: the keys of
`lookup` for the chunk's people in scope, then only those that are no worse than the n-th so far. Confidence, which
only orders equals, is reckoned for the few that are left; reports, in exact fractions, for the page, whose order is
theirs.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date

import numpy as np

from services.talent.matching.block import Block, Gate, Room
from services.talent.matching.columns import CHUNK, Columns, Mask, Rows, day_number
from services.talent.matching.inputs import (
    Catalogue,
    Condition,
    IndicatorRequirement,
    Post,
    SkillRequirement,
)
from services.talent.matching.knowing import confidence
from services.talent.matching.lookup import (
    SCORE_BITS,
    Keys,
    Lookup,
    build,
)
from services.talent.matching.model import Outcome
from services.talent.matching.report import Report, match

# Of more than this many that wait for the end, the worse are let go.
_WAITING = 4096


@dataclass(frozen=True, slots=True)
class Ranked:
    """`score` and `confidence` as the arrays have them; `report` has them exactly."""

    outcome: Outcome
    score: float
    confidence: float
    report: Report


@dataclass(frozen=True, slots=True)
class Page:
    """The best first. `considered`: how many were in scope."""

    considered: int
    best: tuple[Ranked, ...]


@dataclass(frozen=True, slots=True)
class Places:
    """The best first, without reports: row, order and confidence. `considered`: how many were in scope."""

    considered: int
    best: tuple[tuple[int, int, float], ...]
    lookup: Lookup


def find(
    columns: Columns,
    post: Post,
    catalogue: Catalogue,
    *,
    on: date,
    top: int,
    scope: Mask | Rows | None = None,
    gates: Sequence[Gate] = (),
    outcomes: Collection[Outcome] = tuple(Outcome),
) -> Places:
    """The `top` best of those with one of the `outcomes`. `scope`: by row whether a person counts (rows beyond its end
    do not), or ascending rows; None: all.
    """
    lookup = build(post, catalogue, lambda key: columns.indicator(key).values, len(gates))
    wanted = np.isin(np.arange(len(Outcome)), list(outcomes))
    search = _Search(columns, lookup, gates, day_number(on), top, wanted)
    for number, rows, chosen in _scoped(columns, scope):
        search.look(Block(columns, gates, number, rows, chosen))
    return Places(search.considered, tuple(search.best()), lookup)


def rank(
    columns: Columns,
    post: Post,
    catalogue: Catalogue,
    *,
    on: date,
    top: int,
    scope: Mask | Rows | None = None,
    gates: Sequence[Gate] = (),
) -> Page:
    """The same with reports."""
    places = find(columns, post, catalogue, on=on, top=top, scope=scope, gates=gates)
    skills = [one.key for one in post.requirements if isinstance(one, SkillRequirement)]
    skills += [related.key for one in skills for related in catalogue.related(one)]
    indicators = [one.key for one in post.requirements if isinstance(one, IndicatorRequirement)]
    found = []
    people = columns.people((row for row, _, _ in places.best), skills, indicators)
    for (row, order, known), person in zip(places.best, people, strict=True):
        if person is not None:
            conditions = [Condition(gate.key, gate.name, gate.verdict(row)) for gate in gates]
            report = match(person, post, catalogue, on=on, conditions=conditions)
            score = places.lookup.score(order)
            found.append(Ranked(Outcome(order >> SCORE_BITS), score, known, report))
    found.sort(key=lambda one: one.report.order)
    return Page(places.considered, tuple(found))


def _scoped(columns: Columns, scope: Mask | Rows | None) -> Iterator[tuple[int, int, Rows | None]]:
    """Chunk by chunk: its number, its rows, and which of them are people in scope; None: all."""
    for start in range(0, len(columns), CHUNK):
        number, rows = start // CHUNK, min(CHUNK, len(columns) - start)
        mask = columns.here(number, rows)
        if scope is not None:
            asked = _asked(scope, start, rows)
            mask = asked if mask is None else asked & mask
        yield number, rows, None if mask is None or mask.all() else np.flatnonzero(mask)


def _asked(scope: Mask | Rows, start: int, rows: int) -> Mask:
    mask = np.zeros(rows, np.bool_)
    if scope.dtype == np.bool_:
        given = scope[start : start + rows]
        mask[: len(given)] = given
    else:
        first, end = np.searchsorted(scope, (start, start + rows))
        mask[scope[first:end] - start] = True
    return mask


@dataclass(slots=True)
class _Search:
    """The best so far. `bar`: the order of the n-th; nobody beyond it can come in any more."""

    columns: Columns
    lookup: Lookup
    gates: Sequence[Gate]
    today: int
    top: int
    # By outcome, whether it is asked for.
    wanted: Mask
    considered: int = 0
    bar: int = (1 << 63) - 1
    room: Room = field(default_factory=Room)
    # Those that were in at the last cut, and those found since, by key: to make orders of few costs as much as of many.
    rows: Rows = field(default_factory=lambda: np.empty(0, np.intp))
    orders: Keys = field(default_factory=lambda: np.empty(0, np.int64))
    waiting: int = 0
    found: list[tuple[Rows, Keys]] = field(default_factory=list)

    def look(self, block: Block) -> None:
        self.considered += block.size
        limit = self.lookup.limit(self.bar)
        keys = block.keys(self.lookup, self.room, limit)
        near = np.flatnonzero(keys <= limit)
        if not len(near):
            return
        rows = near if block.indices is None else block.indices[near]
        self.found.append((rows + block.number * CHUNK, keys[near]))
        self.waiting += len(near)
        if self.waiting > max(_WAITING, 4 * self.top):
            self._cut()

    def best(self) -> list[tuple[int, int, float]]:
        """Row, order and confidence of the best."""
        self._cut()
        rows, orders = self.rows, self.orders
        if not len(rows):
            return []
        known = confidence(self.columns, self.lookup, rows, self.today)
        high, low = self.columns.id_parts(rows)
        sorting = np.lexsort((low, high, -known, orders))[: self.top]
        return list(zip(rows[sorting].tolist(), orders[sorting].tolist(), known[sorting].tolist(), strict=True))

    def _cut(self) -> None:
        """Lets all go but those up to the n-th; of many equals those of the most confidence."""
        rows, orders = self._all()
        if len(orders) > self.top:
            self.bar = int(np.partition(orders, self.top - 1)[self.top - 1])
            keep = orders <= self.bar
            rows, orders = rows[keep], orders[keep]
        if len(orders) > max(_WAITING // 2, 2 * self.top):
            equal = np.flatnonzero(orders == self.bar)
            wanted = self.top - (len(orders) - len(equal))
            known = confidence(self.columns, self.lookup, rows[equal], self.today)
            high, low = self.columns.id_parts(rows[equal])
            drop = equal[np.lexsort((low, high, -known))[wanted:]]
            rows, orders = np.delete(rows, drop), np.delete(orders, drop)
        self.rows, self.orders, self.waiting = rows, orders, len(rows)

    def _all(self) -> tuple[Rows, Keys]:
        """Rows and orders of those that were in and of those found since who are asked for and within the bar."""
        if not self.found:
            return self.rows, self.orders
        rows, keys = (np.concatenate(parts) for parts in zip(*self.found, strict=True))
        self.found = []
        orders = self.lookup.orders(keys)
        good = (orders <= self.bar) & self.wanted[orders >> SCORE_BITS]
        return np.concatenate((self.rows, rows[good])), np.concatenate((self.orders, orders[good]))
