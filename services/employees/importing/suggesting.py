"""Suggests which column is what, from headings and from what the values look like.

For a column and a target
    h  likeness of the heading to the nearest synonym: 1 the same; 0.9 the same but for marks of kind (号, 码, id) or
       a note in brackets; up to 0.8 when one contains the other (0.5 + 0.3 × share of the longer they have in
       common), unless the shorter says little by itself (编号, date); otherwise 0.5 × share of common letter pairs,
       nothing below 0.3
    v  share of the filled sample values whose shape the target takes; for targets whose values are distinct, times
       the share of distinct ones when more than a tenth repeat; unknown (no filled values, or any shape will do): 0.8
    confidence = 100 × h × (0.4 + 0.6 v)            when v ≥ 0.5
               = 100 × h × v                        when v < 0.5: the values contradict the heading
               = 60 × v at least                    when the shape alone is telling and v ≥ 0.8
A column that only counts the rows (1, 2, 3 …) is weakened by three tenths as a number or code: it may hold line
numbers. Columns and targets are matched one to one so that the cubes of the confidences add up to the most (one sure
pair outweighs two doubtful ones), of equals the leftmost column; pairs below 45 are left out, and a pair is weakened
by a fifth when another column comes within 10 of it for the same target.
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from services.employees.importing.cells import Cell
from services.employees.importing.matching import best_assignment
from services.employees.importing.shapes import Shape, shape_of
from services.employees.importing.targets import TARGETS, ImportKind, Target

LEAST_CONFIDENCE = 45
_NEAR = 10
_LEFT_FIRST = 1e-6
_MARKS = re.compile(r"[\s_\-.:：*#/\\|'\"“”‘’?？!！,，、;；]+")
_BRACKETS = re.compile(r"[\(（\[【<《].*?[\)）\]】>》]")
_KIND_WORDS = ("号码", "编号", "编码", "代码", "号", "码", "number", "code", "no", "id", "名称", "name")
_SAY_LITTLE = frozenset({*_KIND_WORDS, "日期", "时间", "date", "time", "type", "类型"})
_TELLING_SHAPES = frozenset({Shape.MAIL, Shape.PHONE, Shape.NATIONAL_ID})


@dataclass(frozen=True, slots=True)
class Suggestion:
    """One column's target."""

    column: int
    field: str
    confidence: int


def suggest(kind: ImportKind, headings: Sequence[str], sample: Sequence[Sequence[Cell]]) -> list[Suggestion]:
    """The suggested mapping, by column. Columns that nothing fits are left out."""
    targets = TARGETS[kind]
    looks = [_look(column, sample) for column in range(len(headings))]
    scores = [
        [_confidence(heading, look, target) - column * _LEFT_FIRST for target in targets]
        for column, (heading, look) in enumerate(zip(headings, looks, strict=True))
    ]
    _names_once(scores, targets)
    suggestions = []
    for column, index in best_assignment([[score**3 for score in row] for row in scores]):
        score = scores[column][index]
        rivals = [row[index] for other, row in enumerate(scores) if other != column]
        if rivals and max(rivals) > score - _NEAR and not _better_elsewhere(scores, column, index):
            score *= 0.8
        if score >= LEAST_CONFIDENCE:
            suggestions.append(Suggestion(column, targets[index].field, round(score)))
    return sorted(suggestions, key=lambda each: each.column)


def _better_elsewhere(scores: list[list[float]], column: int, index: int) -> bool:
    """Whether each rival for the target fits another target better than this one."""
    return all(
        max(row) > row[index]
        for other, row in enumerate(scores)
        if other != column and row[index] > scores[column][index] - _NEAR
    )


def _names_once(scores: list[list[float]], targets: Sequence[Target]) -> None:
    """A first and a last name make the name: where both are there, no other column is suggested as `name`."""
    fields = [target.field for target in targets]
    if "first_name" not in fields:
        return
    first, last, name = (fields.index(field) for field in ("first_name", "last_name", "name"))
    best = [max((row[index] for row in scores), default=0) for index in (first, last, name)]
    if min(best[:2]) >= max(LEAST_CONFIDENCE, best[2]):
        for row in scores:
            row[name] = 0
    else:
        for row in scores:
            row[first] = row[last] = 0


@dataclass(frozen=True, slots=True)
class _Look:
    shares: dict[Shape, float]
    distinct: float
    filled: int
    counts_rows: bool


def _look(column: int, sample: Sequence[Sequence[Cell]]) -> _Look:
    counts: dict[Shape, int] = {}
    seen = set()
    for cells in sample:
        shape = shape_of(cells[column]) if column < len(cells) else Shape.EMPTY
        if shape is not Shape.EMPTY:
            counts[shape] = counts.get(shape, 0) + 1
            seen.add(cells[column])
    filled = sum(counts.values())
    shares = {shape: count / filled for shape, count in counts.items()}
    counts_rows = filled > 1 and all(_is_number(cells[column], at) for at, cells in enumerate(sample, 1))
    return _Look(shares, len(seen) / filled if filled else 1.0, filled, counts_rows)


def _is_number(cell: Cell, number: int) -> bool:
    return cell == number or (isinstance(cell, str) and cell.strip() == str(number))


def _confidence(heading: str, look: _Look, target: Target) -> float:
    likeness = max(heading_likeness(heading, synonym) for synonym in target.synonyms)
    fit = _fit(look, target)
    if fit is None:
        score = 100 * likeness * 0.88
    elif fit >= 0.5:
        score = 100 * likeness * (0.4 + 0.6 * fit)
    else:
        score = 100 * likeness * fit
    if look.counts_rows and target.distinct:
        score *= 0.7
    if target.telling and fit is not None:
        told = sum(share for shape, share in look.shares.items() if shape in target.shapes & _TELLING_SHAPES)
        if told >= 0.8:
            score = max(score, 60 * told)
    return score


def _fit(look: _Look, target: Target) -> float | None:
    if not look.filled or not target.shapes:
        return None
    fit = sum(share for shape, share in look.shares.items() if shape in target.shapes)
    if target.distinct and look.distinct < 0.9:
        fit *= look.distinct
    return fit


def headings_key(heading: str) -> str:
    """A heading without case, spaces, signs and marks: `EMP_NO`, `Emp No.` and `emp-no` have one key."""
    spaced = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", unicodedata.normalize("NFKC", heading))
    return _MARKS.sub("", spaced).casefold()


@lru_cache(maxsize=16_384)
def heading_likeness(heading: str, synonym: str) -> float:
    """Likeness of a heading to a synonym from 0 to 1, as the module's formula says."""
    mine, theirs = headings_key(heading), headings_key(synonym)
    if mine == theirs:
        return 1.0
    bare = headings_key(_BRACKETS.sub("", heading))
    if not bare:
        return 0.0
    if bare == theirs or _stem(bare) == _stem(theirs):
        return 0.9
    short, long = sorted((bare, theirs), key=len)
    least = 2 if _is_han(short) else 4
    if len(short) >= least and short in long and short not in _SAY_LITTLE:
        return 0.5 + 0.3 * len(short) / len(long)
    mine_pairs, their_pairs = _pairs(bare), _pairs(theirs)
    common = len(mine_pairs & their_pairs)
    likeness = 0.5 * 2 * common / (len(mine_pairs) + len(their_pairs)) if common else 0.0
    return likeness if likeness >= 0.3 else 0.0


def _stem(key: str) -> str:
    for word in _KIND_WORDS:
        if key.endswith(word) and len(key) > len(word) + 1:
            return key[: -len(word)]
    return key


def _pairs(key: str) -> set[str]:
    return {key[at : at + 2] for at in range(len(key) - 1)} or {key}


def _is_han(text: str) -> bool:
    return bool(text) and text[0] > "\u2fff"
