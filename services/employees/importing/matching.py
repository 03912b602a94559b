"""The one-to-one matching of rows to columns with the greatest total: the Hungarian method, O(n² m)."""

from collections.abc import Sequence


def best_assignment(scores: Sequence[Sequence[float]]) -> list[tuple[int, int]]:
    """Pairs (row, column) with the greatest sum of scores; scores of 0 or less are not paired.

    Works on any rectangle; deterministic: of several best matchings always the same one.
    """
    if not scores or not scores[0]:
        return []
    rows, columns = len(scores), len(scores[0])
    if rows > columns:
        flipped = best_assignment([[scores[row][column] for row in range(rows)] for column in range(columns)])
        return sorted((row, column) for column, row in flipped)
    matched = _Hungarian(scores).matched()
    return sorted((row, column) for column, row in matched.items() if scores[row][column] > 0)


class _Hungarian:
    """Potentials `u` of rows and `v` of columns, and the row of each column: 1-based, 0 for none or the start."""

    def __init__(self, scores: Sequence[Sequence[float]]) -> None:
        self._scores = [[max(score, 0) for score in row] for row in scores]
        self._rows, self._columns = len(scores), len(scores[0])
        self._u, self._v = [0.0] * (self._rows + 1), [0.0] * (self._columns + 1)
        self._row_of = [0] * (self._columns + 1)

    def matched(self) -> dict[int, int]:
        """The row of each matched column, from 0."""
        for row in range(1, self._rows + 1):
            self._add(row)
        return {column: row - 1 for column, row in enumerate(self._row_of[1:]) if row}

    def _add(self, row: int) -> None:
        """Matches one more row along the cheapest path of changes."""
        came_from = [0] * (self._columns + 1)
        least, used = [float("inf")] * (self._columns + 1), [False] * (self._columns + 1)
        self._row_of[0], column = row, 0
        while self._row_of[column]:
            used[column] = True
            current = self._row_of[column]
            for other in range(1, self._columns + 1):
                cost = -self._scores[current - 1][other - 1] - self._u[current] - self._v[other]
                if not used[other] and cost < least[other]:
                    least[other], came_from[other] = cost, column
            column = min((other for other in range(1, self._columns + 1) if not used[other]), key=least.__getitem__)
            self._shift(used, least, least[column])
        while column:
            self._row_of[column], column = self._row_of[came_from[column]], came_from[column]

    def _shift(self, used: list[bool], least: list[float], delta: float) -> None:
        for column in range(self._columns + 1):
            if used[column]:
                self._u[self._row_of[column]] += delta
                self._v[column] -= delta
            else:
                least[column] -= delta
