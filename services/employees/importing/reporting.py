"""Cycles among reporting lines and unit trees: in both, everybody has one above, or none."""

from collections.abc import Callable, Iterable, Sequence

_MOST_SHOWN = 8


def cycles(starts: Iterable[str], above: Callable[[str], str]) -> list[list[str]]:
    """The cycles that can be reached by going up from `starts`; each once, from its smallest member upwards.

    Every key of a cycle is above another, so it is enough to start from those that are. `above` answers '' at the top.
    The order of `starts` does not matter. Each key is visited once.
    """
    found: list[list[str]] = []
    done: set[str] = set()
    for start in starts:
        path: list[str] = []
        at_of: dict[str, int] = {}
        at = start
        while at and at not in done and at not in at_of:
            at_of[at] = len(path)
            path.append(at)
            at = above(at)
        if at in at_of:
            cycle = path[at_of[at] :]
            least = cycle.index(min(cycle))
            found.append([*cycle[least:], *cycle[:least]])
        done.update(path)
    return sorted(found)


def chain_text(chain: Sequence[str]) -> str:
    """A chain as people read it, shortened in the middle: `E1 → E2 → E1`."""
    shown = [*chain[: _MOST_SHOWN - 1], "…", chain[-1]] if len(chain) > _MOST_SHOWN else chain
    return " → ".join(shown)
