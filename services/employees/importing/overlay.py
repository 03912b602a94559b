"""Lays stretches of days over a person's timeline: what an import of past assignments does to the ones there are.

Files tell part of the story: one says in which unit, another under which title, each with its own days. Day by day,
what the upper stretches say counts, what they leave unsaid (None) stays as below; days that only one side covers are
taken from it. Neighbouring days that come out alike become one stretch, so laying the same file over twice changes
nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Generic, TypeVar

_DAY = timedelta(days=1)
_Value = TypeVar("_Value")


@dataclass(frozen=True, slots=True)
class Stretch(Generic[_Value]):
    """What holds from a first to a last day (None while open). `values` has a place for each thing said, the same
    number in every stretch of a timeline; None says nothing.
    """

    starts_on: date
    ends_on: date | None
    values: tuple[_Value | None, ...]


def overlay(below: Sequence[Stretch[_Value]], above: Sequence[Stretch[_Value]]) -> list[Stretch[_Value]]:
    """The timeline after `above` is laid over `below`. Stretches of one side must not overlap; any order will do."""
    days = {stretch.starts_on for stretch in (*below, *above)}
    days |= {stretch.ends_on + _DAY for stretch in (*below, *above) if stretch.ends_on is not None}
    cuts = sorted(days)
    laid: list[Stretch[_Value]] = []
    for at, cut in enumerate(cuts):
        lower, upper = _on(below, cut), _on(above, cut)
        if lower is None and upper is None:
            continue
        values = _merged(lower, upper)
        ends_on = cuts[at + 1] - _DAY if at + 1 < len(cuts) else None
        if laid and laid[-1].values == values and laid[-1].ends_on == cut - _DAY:
            laid[-1] = replace(laid[-1], ends_on=ends_on)
        else:
            laid.append(Stretch(cut, ends_on, values))
    return laid


def _on(stretches: Sequence[Stretch[_Value]], day: date) -> Stretch[_Value] | None:
    for stretch in stretches:
        if stretch.starts_on <= day and (stretch.ends_on is None or day <= stretch.ends_on):
            return stretch
    return None


def _merged(lower: Stretch[_Value] | None, upper: Stretch[_Value] | None) -> tuple[_Value | None, ...]:
    if lower is None or upper is None:
        only = upper or lower
        return only.values if only else ()
    return tuple(said if said is not None else kept for kept, said in zip(lower.values, upper.values, strict=True))
