"""Pure: one spelling for what people write in many, and where in the text each piece stood.

Folded text is NFKC (full and half width alike), case folded, without invisible marks. It is a row of units: a word of
letters and digits (`spc`, `iso9001`), one Chinese character or kana, or one sign. White space, and a hyphen between two
words, is a gap; a gap counts only between words and signs, never beside a Chinese character (`ERP 系统` = `ERP系统`,
`six-sigma` = `Six Sigma`).
"""

import re
import unicodedata
from dataclasses import dataclass
from typing import NamedTuple

_HYPHENS = "-\u2010\u2011\u2012\u2013\u2212"
_HAN = (
    "\u3005-\u3007\u3021-\u3029\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
    "\U0001b000-\U0001b16f\U00020000-\U0003ffff"
)
# A word keeps its combining marks; the underscore is a sign like any other.
_UNIT = re.compile(rf"(?P<han>[{_HAN}])|(?P<word>(?:(?![{_HAN}_])\w|(?<=\w)[\u0300-\u036f])+)|(?P<sign>\S)")
# Nothing to fold but case: ASCII, Chinese, Chinese commas; the last before something else may compose with it.
_PLAIN = re.compile(r"[\x00-\x7f\u4e00-\u9fff\u3001\u3002]+(?=[\x00-\x7f\u4e00-\u9fff\u3001\u3002]|\Z)")
# Not seen though Unicode calls them marks or letters: joiners, fillers, and selectors of a character's variant.
_UNSEEN = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u3164\uffa0") | frozenset(
    map(chr, (*range(0x180B, 0x1810), *range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0)))
)
_COMPOSES_ALONE = re.compile(r"[\x00-\x7f\u4e00-\u9fff\u3001\u3002\uff01-\uff60]")


class Unit(NamedTuple):
    """One piece: `start` and `end` in the folded text, `first` and `last` (excluded) in the text as written."""

    start: int
    end: int
    first: int
    last: int
    is_word: bool
    gap: bool
    """White space or a hyphen stood before it."""
    hyphen: bool
    """A hyphen stood between it and the word before it."""


@dataclass(frozen=True)
class Folded:
    text: str
    units: tuple[Unit, ...]

    def between(self, first: int, last: int) -> str:
        """The folded text of units `first` to `last` (excluded)."""
        return self.text[self.units[first].start : self.units[last - 1].end]

    def unit(self, index: int) -> str:
        one = self.units[index]
        return self.text[one.start : one.end]


def fold(text: str) -> Folded:
    """Folds a text. Two spellings of one label have the same `.text`."""
    plain, places = _plain(text)
    units: list[Unit] = []
    parts: list[str] = []
    length = before = 0
    was_han = was_word = False
    matches = list(_UNIT.finditer(plain))
    for index, match in enumerate(matches):
        is_han, is_word = match["han"] is not None, match["word"] is not None
        after = matches[index + 1] if index + 1 < len(matches) else None
        if match[0] in _HYPHENS and was_word and match.start() == before and _is_word_at(after, match.end()):
            continue
        skipped = plain[before : match.start()] if units else ""
        hyphen = any(sign in _HYPHENS for sign in skipped)
        if skipped and not is_han and not was_han:
            parts.append(" ")
            length += 1
        first, last = places[match.start()][0], places[match.end() - 1][1]
        units.append(Unit(length, length + len(match[0]), first, last, is_word, bool(skipped), hyphen))
        parts.append("-" if match[0] in _HYPHENS else match[0])
        length += len(match[0])
        before, was_han, was_word = match.end(), is_han, is_word
    return Folded("".join(parts), tuple(units))


def seen(text: str) -> str:
    """What a reader sees of a text: invisible marks are out, among them those that turn the order of reading round."""
    return "".join(sign for sign in text if unicodedata.category(sign) != "Cf" and sign not in _UNSEEN)


def _is_word_at(match: re.Match[str] | None, place: int) -> bool:
    return match is not None and match.start() == place and match["word"] is not None


def _plain(text: str) -> tuple[str, list[tuple[int, int]]]:
    """NFKC and case folding, with the span of the written text behind every character of the outcome."""
    if text.isascii():
        return text.lower(), [(index, index + 1) for index in range(len(text))]
    pieces: list[str] = []
    places: list[tuple[int, int]] = []
    at = 0
    for plain in (*_PLAIN.finditer(text), None):
        until = plain.start() if plain else len(text)
        for first, last in _clusters(text, at, until):
            folded = _nfkc(_nfkc(text[first:last]).casefold())
            visible = seen(folded)
            pieces.append(visible)
            places.extend([(first, last)] * len(visible))
        if plain:
            at = plain.end()
            pieces.append(plain[0].lower())
            places.extend((index, index + 1) for index in range(until, at))
    return "".join(pieces), places


def _clusters(text: str, start: int, end: int) -> list[tuple[int, int]]:
    """Spans whose characters compose with each other and with no neighbour: e + ́, ﾊ + ﾟ, jamo of one syllable."""
    spans: list[tuple[int, int]] = []
    for index, sign in enumerate(text[start:end], start):
        if spans and not _COMPOSES_ALONE.match(sign):
            first = spans[-1][0]
            before = text[first:index]
            if unicodedata.combining(_nfkc(sign)[0]) or _nfkc(before + sign) != _nfkc(before) + _nfkc(sign):
                spans[-1] = (first, index + 1)
                continue
        spans.append((index, index + 1))
    return spans


def _nfkc(text: str) -> str:
    return unicodedata.normalize("NFKC", text)
