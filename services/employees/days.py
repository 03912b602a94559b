"""Pure: stretches of days. Both ends are included; an end of None is open."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date, timedelta
from typing import TypeVar

DAY = timedelta(days=1)
Window = tuple[date, date | None]
Node = TypeVar("Node")


def covers(window: Window, day: date) -> bool:
    first, last = window
    return first <= day and (last is None or day <= last)


def earlier(one: date | None, other: date | None) -> date | None:
    """The earlier of two ends."""
    if one is None or other is None:
        return other if one is None else one
    return min(one, other)


def common(one: Window, other: Window) -> Window | None:
    """The days both have; None when there are none, and when one of them is a stretch that was called off."""
    first, last = max(one[0], other[0]), earlier(one[1], other[1])
    return None if last is not None and last < first else (first, last)


def within(inner: Window, outer: Window) -> bool:
    """Whether every day of `inner` is in `outer`."""
    return outer[0] <= inner[0] and (outer[1] is None or (inner[1] is not None and inner[1] <= outer[1]))


def most_at_once(stretches: Iterable[Window], window: Window) -> int:
    """How many stretches share a day of the window, on the day where most do."""
    steps: list[tuple[date, int]] = []
    for stretch in stretches:
        shared = common(stretch, window)
        if shared:
            steps.append((shared[0], 1))
            if shared[1] is not None:
                steps.append((shared[1] + DAY, -1))
    most = present = 0
    for _, step in sorted(steps):
        present += step
        most = max(most, present)
    return most


def find_loop(
    start: Node, edges: Callable[[Node], Iterable[tuple[Node, Window]]], window: Window
) -> tuple[Node, ...] | None:
    """A way along `edges` from `start` back to itself that is open on one and the same day of `window`.

    Loops that do not go through `start` are passed by.
    """

    def walk(node: Node, days: Window, way: tuple[Node, ...]) -> tuple[Node, ...] | None:
        for above, stretch in edges(node):
            shared = common(stretch, days)
            if shared is None:
                continue
            if above == start:
                return (*way, above)
            if above not in way:
                found = walk(above, shared, (*way, above))
                if found:
                    return found
        return None

    return walk(start, window, (start,))
