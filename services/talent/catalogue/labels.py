"""Pure: finds skills in free text.

What matches: a label, unit for unit as `folding` cuts texts. Of labels that overlap the longest wins, of equally long
ones the left one: "quality data entry" before "data entry", and 我会计算机辅助设计 is 计算机辅助设计 and not the 会计
(accounting) that begins earlier; but 我会计量 stays open to both and is read from the left.

Words match whole ("ERP" not in "sharper", "5S" not in "15S"), Chinese anywhere. Signs belong to the word they touch:
"C" is not in "C++", "C#" or "R&C", "net" not in ".NET", ".NET" not in "ASP.NET". A slash only separates ("C/C++" has
both), and so does a hyphen unless a prefix before it turns the word round ("non-ERP") or the label is one letter
("C-level"). There is no grammar: who wants "drawings" found for "drawing" gives it as a synonym.

How: a dictionary of folded labels, and for each first unit the numbers of units its labels have, longest first. So a
text costs a few look-ups per unit and a label costs its own text, no matter how many there are: with the 98,000
labels of ESCO 1.1.1 it takes 23 MB; a trie of Python dictionaries would have two million nodes.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from services.talent.catalogue.folding import Folded, fold

_PREFIXES = frozenset({"non", "anti", "co", "re", "pre", "un", "sub", "self", "micro", "mis", "de", "ex"})
"""Before a hyphen they make another word: non-ERP, co-operation, self-management."""
_SUFFIX_SIGNS = frozenset("+#")
"""They end a name when they touch a word and none follows: C++, C#; in "Excel+PPT" the plus only joins."""
_JOINING_SIGNS = frozenset(".&_'@")
"""Between two words they make one of both: node.js, R&D."""


@dataclass(frozen=True)
class Found:
    """A label found in a text: written[first:last]. More than one key: the label is ambiguous."""

    first: int
    last: int
    label: str
    """Folded."""
    keys: tuple[str, ...]


class Labels:
    """An index over (label, key) pairs; a label may belong to several keys. ValueError for one that says nothing."""

    def __init__(self, labels: Iterable[tuple[str, str]]) -> None:
        keys: dict[str, tuple[str, ...]] = {}
        lengths: dict[str, set[int]] = defaultdict(set)
        self._written: dict[str, str] = {}
        for label, key in labels:
            folded = fold(label)
            if not folded.units:
                raise ValueError(f"the label {label!r} of {key} says nothing")
            known = keys.get(folded.text, ())
            if key not in known:
                keys[folded.text] = (*known, key)
            lengths[folded.unit(0)].add(len(folded.units))
            self._written.setdefault(folded.text, label)
        self._keys = keys
        self._lengths = {first: tuple(sorted(found, reverse=True)) for first, found in lengths.items()}

    def __len__(self) -> int:
        return len(self._keys)

    def find(self, text: str) -> list[Found]:
        """The labels in a text, in its order; see above for what matches."""
        folded = fold(text)
        matches = [(at, end) for at in range(len(folded.units)) for end in self._ends(folded, at)]
        matches.sort(key=lambda match: (-len(folded.between(*match)), match))
        taken = bytearray(len(folded.units))
        chosen: list[tuple[int, int]] = []
        for at, end in matches:
            if not any(taken[at:end]):
                taken[at:end] = b"\1" * (end - at)
                chosen.append((at, end))
        return [self._found(folded, at, end) for at, end in sorted(chosen)]

    def _ends(self, folded: Folded, at: int) -> Iterator[int]:
        """Where the labels that begin at unit `at` end (excluded), the longest first."""
        for length in self._lengths.get(folded.unit(at), ()):
            end = at + length
            if end <= len(folded.units) and folded.between(at, end) in self._keys and stands_alone(folded, at, end):
                yield end

    def _found(self, folded: Folded, at: int, end: int) -> Found:
        label = folded.between(at, end)
        return Found(folded.units[at].first, folded.units[end - 1].last, label, self._keys[label])


def stands_alone(folded: Folded, first: int, last: int) -> bool:
    """Whether units `first` to `last` (excluded) are no part of a longer word, as the text's head explains."""
    single = last - first == 1 and len(folded.unit(first)) == 1
    return _free_before(folded, first, single) and _free_after(folded, last - 1, single)


def _free_before(folded: Folded, first: int, single: bool) -> bool:
    unit = folded.units[first]
    if first == 0:
        return True
    if not unit.is_word:
        # ".NET" is not in "ASP.NET"; of other signs a row begins where it begins.
        return folded.unit(first) != "." or not _touches_word(folded, first, first - 1)
    if unit.hyphen:
        return not single and folded.unit(first - 1) not in _PREFIXES
    before = folded.unit(first - 1)
    if unit.gap or before not in _JOINING_SIGNS:
        return True
    # "net" is neither in ".NET" nor in "ASP.NET"; but "&ERP", with nothing before the sign, is free.
    return before != "." and not (first > 1 and _touches_word(folded, first - 1, first - 2))


def _free_after(folded: Folded, last: int, single: bool) -> bool:
    units = folded.units
    if last + 1 == len(units):
        return True
    following = units[last + 1]
    if not units[last].is_word:
        # "C+" in "C++": the rest of the sign's row belongs to it.
        return following.gap or folded.unit(last + 1) not in _SUFFIX_SIGNS
    if following.hyphen:
        return not single
    sign = folded.unit(last + 1)
    if following.gap:
        return True
    if sign in _SUFFIX_SIGNS:
        end = last + 1
        while end < len(units) and folded.unit(end) in _SUFFIX_SIGNS and not units[end].gap:
            end += 1
        return end < len(units) and units[end].is_word and not units[end].gap
    return sign not in _JOINING_SIGNS or last + 2 == len(units) or not _touches_word(folded, last + 2, last + 2)


def _touches_word(folded: Folded, right: int, word: int) -> bool:
    """Whether unit `word` is a word and nothing parts it from its neighbour; `right` is the right one of the two."""
    return folded.units[word].is_word and not folded.units[right].gap
