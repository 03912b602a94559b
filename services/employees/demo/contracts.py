"""The labour contracts a person of the demo company has signed, one after the other."""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from decimal import Decimal
from random import Random

from services.employees.demo.history import DAY, Seat
from services.employees.demo.model import ContractSigned, Event, Transferred
from services.employees.demo.organization import PLAN, PostPlan, post_code

_POSTS = {post_code(unit, post): post for unit in PLAN for post in unit.posts}
_AGENCY = frozenset({"AD-SG"})
_RAISE = Decimal("0.035")
_STEP = Decimal(50)


def contracts_of(
    number: str, events: Sequence[Event], seat: Seat, days: tuple[date, date], chance: Random
) -> Iterator[ContractSigned]:
    """From the first of `days` to the last without a gap: three years, three years again, then open-ended, as the law
    has it after two fixed terms; guards come through an agency, two years at a time.

    Pay lies in the band of the post held when the contract begins; bands grow 3.5 % a year, today's are in the plan.
    """
    transfers = (event for event in events if isinstance(event, Transferred) and event.number == number)
    moves = sorted((event.on, event.post) for event in transfers)
    hired_on, until = days
    agency = seat.post_code in _AGENCY
    place_in_band = Decimal(chance.randint(0, 100)) / 100
    starts_on, terms = hired_on, 0
    while starts_on <= until:
        held = next((code for on, code in reversed(moves) if on <= starts_on), seat.post_code)
        years = Decimal((until - starts_on).days) / 365
        pay = _pay(_POSTS[held], place_in_band, years)
        if agency:
            ends_on: date | None = _years_later(starts_on, 2) - DAY
            kind = "AGENCY"
        elif terms < 2:
            ends_on = _years_later(starts_on, 3) - DAY
            kind = "FIXED_TERM"
        else:
            ends_on, kind = None, "OPEN_ENDED"
        yield ContractSigned(starts_on, number, kind, starts_on, ends_on, pay)
        if ends_on is None:
            return
        starts_on, terms = ends_on + timedelta(days=1), terms + 1


def _pay(post: PostPlan, place_in_band: Decimal, years_ago: Decimal) -> Decimal:
    least, most = (Decimal(bound) for bound in post.pay)
    today = least + (most - least) * place_in_band
    return (today / (1 + _RAISE * years_ago) / _STEP).to_integral_value() * _STEP


def _years_later(day: date, years: int) -> date:
    """The same day of another year; 29 February becomes 1 March."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return date(day.year + years, 3, 1)
