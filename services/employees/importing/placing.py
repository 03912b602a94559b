"""The place (unit and post) a row names: looked up once for each pair of words in the file."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from services.employees.importing.cells import EMPTY_WORDS, Cell, as_identifier, as_text
from services.employees.importing.existing import Existing
from services.employees.importing.findings import Findings
from services.employees.importing.mapping import Mapping
from services.employees.importing.places import PostBook, UnitBook
from services.employees.importing.problems import Code, Fault
from services.employees.importing.rows import NewPost, NewUnit, PostRef, UnitRef


@dataclass(slots=True)
class Place:
    """What two cells mean, and what is wrong with them."""

    unit: UnitRef | None = None
    post: PostRef | None = None
    unit_fault: Fault | None = None
    post_fault: Fault | None = None
    unit_closed_on: date | None = None
    post_closed_on: date | None = None
    rows: int = 0
    """Rows that put somebody here who is not here yet and has not left: what counts against free places."""

    @property
    def sound(self) -> bool:
        """Whether rows can use it without a further look."""
        return not (self.unit_fault or self.post_fault or self.unit_closed_on or self.post_closed_on)


class Placing:
    """Finds places, says what is wrong with them, and knows which units and posts are to be opened."""

    def __init__(self, mapping: Mapping, existing: Existing, findings: Findings, *, unit_default: bool = True) -> None:
        root, create = mapping.root_unit_id, mapping.create_missing
        self._unit_default, self._findings = root if unit_default else None, findings
        self.units = UnitBook(existing.units, prefix=mapping.code_prefix, root=root, create_missing=create)
        self.posts = PostBook(existing.posts, self.units, prefix=mapping.code_prefix, root=root, create_missing=create)
        self._places: dict[tuple[Cell, Cell], Place] = {}

    @property
    def new_units(self) -> list[NewUnit]:
        """Units that rows name and that are not there, parents before children."""
        return list(self.units.created)

    @property
    def new_posts(self) -> list[NewPost]:
        """Posts that rows name and that are not there."""
        return list(self.posts.created)

    def places(self) -> list[Place]:
        """All the places rows named."""
        return list(self._places.values())

    def of(self, unit: Cell, post: Cell) -> Place:
        """The place two cells mean; an empty unit is the root unit, unless there is none."""
        place = self._places.get((unit, post))
        if place is None:
            place = self._places[unit, post] = self._look_up(unit, post)
        return place

    def _look_up(self, unit: Cell, post: Cell) -> Place:
        place = Place(unit=self._unit_default)
        try:
            if words := _words(unit):
                place.unit = self.units.find(words)
            if isinstance(place.unit, UUID):
                place.unit_closed_on = self.units.known(place.unit).closed_on
        except Fault as fault:
            place.unit, place.unit_fault = None, fault
            return place
        try:
            if words := _words(post):
                place.post = self.posts.find(place.unit, words)
            if isinstance(place.post, UUID):
                place.post_closed_on = self.posts.known(place.post).closed_on
        except Fault as fault:
            place.post_fault = fault
        return place

    def say(self, row: int, place: Place, unit: Cell, post: Cell, *, until: date) -> bool:
        """Notes what is wrong with a place that is used until a day; whether something is."""
        wrong = False
        if place.unit_fault:
            self._findings.fault(row, "unit", place.unit_fault, unit)
            wrong = True
        if place.post_fault:
            self._findings.fault(row, "post", place.post_fault, post)
            wrong = True
        for field, cell, code, closed_on in (
            ("unit", unit, Code.UNIT_CLOSED, place.unit_closed_on),
            ("post", post, Code.POST_CLOSED, place.post_closed_on),
        ):
            if closed_on is not None and closed_on < until:
                self._findings.say(row, field, code, cell, closed_on=closed_on.isoformat())
                wrong = True
        return wrong


def _words(cell: Cell) -> str:
    """What a cell calls a unit or a post; whole numbers of a workbook are codes: 60.0 is 60."""
    if isinstance(cell, str):
        text = as_text(cell)
        return "" if text.casefold() in EMPTY_WORDS else text
    return as_identifier(cell)
