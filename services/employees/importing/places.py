"""Finds the unit and the post that a row's words mean.

A unit is named by code, by name (Chinese or English) or by a path of either, 研发中心/一部. A code is looked for with
the import's prefix; without prefix as it is. A name must mean one unit; below the import's root unit when there is
one, so that a second company's 品质部 is not taken for the first's. A path whose first part is unknown is looked
for below the root. What is missing is planned as new below the deepest unit found, when the import may.

A post is named by code or title: first among the posts of the person's unit, then of the units above it, nearest
first (posts a whole company shares); a code also anywhere else.
"""

import re
from collections import defaultdict
from collections.abc import Sequence
from uuid import UUID

from services.employees.importing.cells import as_plain, as_text, key_of
from services.employees.importing.existing import KnownPost, KnownUnit
from services.employees.importing.problems import Code, Fault
from services.employees.importing.rows import NewPost, NewUnit, PostRef, UnitRef

_SEPARATORS = re.compile(r"\s*(?:[/\\>＞／»→]|->)\s*")
_CODE_LIKE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,31}")
_HAS_DIGIT = re.compile(r"\d")
_MOST_CANDIDATES = 5
_LONGEST_NAME = 80


class UnitBook:
    """The units there are, asked by what rows call them."""

    def __init__(self, units: Sequence[KnownUnit], *, prefix: str, root: UUID | None, create_missing: bool) -> None:
        self._units = {unit.unit_id: unit for unit in units}
        self._prefix, self._root, self._create = prefix, root, create_missing
        self._by_code = {key_of(unit.code): unit.unit_id for unit in units}
        self._by_name: dict[str, list[UUID]] = defaultdict(list)
        self._children: dict[UUID | None, dict[str, list[UUID]]] = defaultdict(lambda: defaultdict(list))
        for unit in units:
            for key in {key_of(unit.name), key_of(unit.name_en), key_of(unit.code)} - {""}:
                self._children[unit.parent_id][key].append(unit.unit_id)
            if root is None or self.is_below(unit.unit_id, root):
                for key in {key_of(unit.name), key_of(unit.name_en)} - {""}:
                    self._by_name[key].append(unit.unit_id)
        self.created: dict[NewUnit, NewUnit] = {}
        """New units that rows named, parents before children."""

    def is_below(self, unit: UUID, above: UUID) -> bool:
        """Whether `unit` is `above` or lies below it."""
        return above in self.line_of(unit)

    def line_of(self, unit: UUID) -> list[UUID]:
        """The unit, its parent, and so on to the root."""
        line: list[UUID] = []
        at: UUID | None = unit
        while at in self._units and at not in line:
            line.append(at)
            at = self._units[at].parent_id
        return line

    def known(self, unit: UUID) -> KnownUnit:
        """The unit of that id."""
        return self._units[unit]

    def find(self, text: str) -> UnitRef:
        """The unit that `text` means. Raises UNIT_UNKNOWN or UNIT_AMBIGUOUS with the candidates' codes."""
        found: UnitRef | None = self._whole(text)
        if found is None:
            parts = [part for part in _SEPARATORS.split(as_plain(text)) if part]
            found = self._path(parts) if len(parts) > 1 else None
            if found is None:
                if not self._create:
                    raise Fault(Code.UNIT_UNKNOWN)
                found = self._new_path(parts if len(parts) > 1 else [text])
        return found

    def _whole(self, text: str) -> UUID | None:
        by_code = self._by_code.get(key_of(self._prefix + as_plain(text)))
        if by_code is not None:
            return by_code
        return self._one(self._by_name.get(key_of(text), []))

    def _one(self, candidates: Sequence[UUID]) -> UUID | None:
        if len(candidates) > 1:
            codes = sorted(self._units[each].code for each in candidates)
            raise Fault(Code.UNIT_AMBIGUOUS, codes=", ".join(codes[:_MOST_CANDIDATES]))
        return candidates[0] if candidates else None

    def _path(self, parts: Sequence[str]) -> UUID | None:
        at, rest = self._start(parts)
        for part in rest:
            if at is None:
                return None
            at = self._one(self._children[at].get(key_of(part), []))
        return at

    def _start(self, parts: Sequence[str]) -> tuple[UUID | None, Sequence[str]]:
        """Where a path begins: its first part, found below the root before anywhere else."""
        below = self._one(self._children[self._root].get(key_of(parts[0]), []))
        return (below if below is not None else self._whole(parts[0])), parts[1:]

    def _new_path(self, parts: Sequence[str]) -> NewUnit:
        start: UUID | None
        start, rest = self._start(parts)
        if start is None:
            start, rest = self._root, parts
        at: UnitRef | None = start
        for part in rest:
            found = None
            if at is None or isinstance(at, UUID):
                found = self._one(self._children[at].get(key_of(part), []))
            if found is None:
                new = NewUnit(*_new_name(part, self._prefix), at)
                at = self.created.setdefault(new, new)
            else:
                at = found
        if not isinstance(at, NewUnit):
            raise Fault(Code.UNIT_UNKNOWN)
        return at


class PostBook:
    """The posts there are, asked by unit and by what rows call them."""

    def __init__(
        self, posts: Sequence[KnownPost], units: UnitBook, *, prefix: str, root: UUID | None, create_missing: bool
    ) -> None:
        self._posts = {post.post_id: post for post in posts}
        self._units, self._prefix, self._create = units, prefix, create_missing
        self._by_code = {key_of(post.code): post.post_id for post in posts}
        self._in_unit: dict[tuple[UUID, str], list[UUID]] = defaultdict(list)
        self._by_title: dict[str, list[UUID]] = defaultdict(list)
        for post in posts:
            within = root is None or units.is_below(post.unit_id, root)
            for key in {key_of(post.title), key_of(post.title_en)} - {""}:
                self._in_unit[post.unit_id, key].append(post.post_id)
                if within:
                    self._by_title[key].append(post.post_id)
        self.created: dict[NewPost, NewPost] = {}
        """New posts that rows named."""

    def known(self, post: UUID) -> KnownPost:
        """The post of that id."""
        return self._posts[post]

    def find(self, unit: UnitRef | None, text: str) -> PostRef:
        """The post that `text` means in `unit`. Raises POST_UNKNOWN or POST_AMBIGUOUS.

        Without `unit` a title that one post has means that post; one that several posts have means whichever is in
        the unit the person is in on those days, and is returned as a `NewPost` without unit.
        """
        found = self._by_code.get(key_of(self._prefix + as_plain(text)))
        if found is not None:
            return found
        if unit is None:
            titled = self._by_title.get(key_of(text), [])
            if len(titled) == 1:
                return titled[0]
            if not titled and not self._create:
                raise Fault(Code.POST_UNKNOWN)
            return self._new(None, text)
        if isinstance(unit, UUID):
            for each in self._units.line_of(unit):
                titled = self._in_unit.get((each, key_of(text)), [])
                if len(titled) > 1:
                    codes = sorted(self._posts[post].code for post in titled)
                    raise Fault(Code.POST_AMBIGUOUS, codes=", ".join(codes[:_MOST_CANDIDATES]))
                if titled:
                    return titled[0]
        if not self._create:
            raise Fault(Code.POST_UNKNOWN)
        return self._new(unit, text)

    def _new(self, unit: UnitRef | None, text: str) -> NewPost:
        post = NewPost(*_new_name(text, self._prefix), unit)
        return self.created.setdefault(post, post)


def _new_name(text: str, prefix: str) -> tuple[str, str]:
    """Name and code of what a row calls `text`: a word like d005 or AD_PRES is a code as well."""
    name = as_text(text)
    if len(name) > _LONGEST_NAME:
        raise Fault(Code.VALUE_TOO_LONG, length=len(name), limit=_LONGEST_NAME)
    plain = as_plain(text)
    looks_coded = _CODE_LIKE.fullmatch(plain) and (_HAS_DIGIT.search(plain) or "_" in plain or plain.isupper())
    return name, prefix + plain if looks_coded and len(prefix + plain) <= 32 else ""
