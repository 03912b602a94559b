"""Pure: the labels nearest to one that nobody knows.

Candidates share pairs of neighbouring signs with it (the edges count as signs), of a long label its rarer half, which
tells most. The best by Dice's coefficient, 2·shared / (pairs of one + pairs of the other), are ordered by the number of
single mistakes between them: a sign too many, too few, another one, or two swapped (optimal string alignment). More
than a third of the signs wrong is no suggestion.
"""

from array import array
from collections import Counter, defaultdict
from collections.abc import Iterable
from heapq import nsmallest
from typing import Final

_LOOKED_AT: Final = 60
"""Candidates whose mistakes are counted: 60 × 20 × 20 signs is about 5 ms."""
_FEWEST_PAIRS: Final = 5


class Suggestions:
    def __init__(self, labels: Iterable[str]) -> None:
        self._labels = list(labels)
        self._sizes = array("H")
        postings: dict[str, array[int]] = defaultdict(lambda: array("I"))
        for number, label in enumerate(self._labels):
            pairs = _pairs(label)
            self._sizes.append(len(pairs))
            for pair in pairs:
                postings[pair].append(number)
        self._postings = dict(postings)

    def nearest(self, label: str, limit: int) -> list[str]:
        """At most `limit` labels, the nearest first; ties in the order of the alphabet."""
        pairs = sorted(_pairs(label), key=lambda pair: (len(self._postings.get(pair, ())), pair))
        pairs = pairs[: max(_FEWEST_PAIRS, len(pairs) // 2)]
        shared: Counter[int] = Counter()
        for pair in pairs:
            shared.update(self._postings.get(pair, ()))

        def unlike(number: int) -> tuple[float, int]:
            return -2 * shared[number] / (len(pairs) + self._sizes[number]), number

        near: list[tuple[int, str]] = []
        for candidate in (self._labels[number] for number in nsmallest(_LOOKED_AT, shared, key=unlike)):
            wrong = mistakes(label, candidate)
            if 3 * wrong <= max(len(label), len(candidate)) or (wrong == 1 and len(label) == len(candidate) == 2):
                near.append((wrong, candidate))
        return [candidate for _, candidate in sorted(near)[:limit]]


def mistakes(one: str, other: str) -> int:
    """How many single mistakes lie between two texts (optimal string alignment distance)."""
    last: list[int] = []
    row = list(range(len(other) + 1))
    for i, sign in enumerate(one, 1):
        before, last, row = last, row, [i]
        for j, against in enumerate(other, 1):
            cost = min(last[j] + 1, row[j - 1] + 1, last[j - 1] + (sign != against))
            if i > 1 and j > 1 and sign == other[j - 2] and one[i - 2] == against:
                cost = min(cost, before[j - 2] + 1)
            row.append(cost)
    return row[-1]


def _pairs(text: str) -> set[str]:
    edged = f"\x02{text}\x03"
    return {edged[index : index + 2] for index in range(len(edged) - 1)}
