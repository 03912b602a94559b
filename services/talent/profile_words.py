"""What requests about profiles say, checked beyond what the contract's own rules can say."""

from __future__ import annotations

from datetime import date

from libs.kit.call import Call
from libs.kit.dates import date_of, optional_date
from services.talent import fields
from services.talent.catalogue.folding import fold
from services.talent.entry_rules import EARLIEST
from services.talent.errors import EntryInFuture


def observed(call: Call, text: str) -> date:
    """The day something was true; today when empty. Raises EntryInFuture, FieldsInvalid."""
    today = call.house.today()
    day = date_of(text, "observed_on", call.language) if text else today
    if day > today:
        raise EntryInFuture(observed_on=day)
    if day < EARLIEST:
        fields.refuse(call, "observed_on", "profiles.too_early")
    return day


def valid_to(call: Call, text: str, since: date) -> date | None:
    last = optional_date(text, "valid_to", call.language)
    if last is not None and last < since:
        fields.refuse(call, "valid_to", "profiles.ends_before_it_began")
    return last


def title_of(call: Call, text: str) -> str:
    """On one line, without spaces around it. Raises FieldsInvalid where nothing can be seen of it."""
    title = " ".join(text.split())
    if not fold(title).units:
        fields.refuse(call, "title", "profiles.title_needed")
    return title
