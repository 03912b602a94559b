"""Says again from which epoch on each account's passports count; after a restore, from one that none ever had."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import BigInteger, bindparam, func, select, update

from libs.kit.call import Call
from libs.kit.database import prepared
from libs.kit.ids import NIL
from libs.kit.restate import Restatement
from mainstay.identity.v1 import events_pb2
from services.identity.tables import accounts

_PAGE = prepared(
    select(accounts.c.account_id, accounts.c.epoch)
    .where(accounts.c.account_id > bindparam("after"))
    .order_by(accounts.c.account_id)
    .limit(bindparam("many"))
    # Whoever raises an epoch holds the account's row and publishes after.
    .with_for_update(key_share=True)
)
_RAISE_ALL = prepared(
    update(accounts).values(epoch=func.greatest(accounts.c.epoch + 1, bindparam("seconds", type_=BigInteger)))
)


async def epochs_page(call: Call, after: str, many: int) -> Sequence[events_pb2.EpochRaised]:
    """Each account's present epoch. Hearing of one that is known changes nothing."""
    rows = await call.db.rows(_PAGE, after=UUID(after) if after else NIL, many=many)
    return [events_pb2.EpochRaised(account_id=str(row["account_id"]), epoch=row["epoch"]) for row in rows]


async def after_restore(call: Call) -> None:
    """Lifts every epoch above all that were ever published, known to the backup or not.

    To the seconds since 1970: an account's rights would have to change once a second, all the time, to get there.
    (Passports from before do not verify either, because signing keys are not restored. A bus or a service that
    outlived the restore knows the higher epochs of before, and would refuse new passports without this.)
    """
    await call.db.run(_RAISE_ALL, seconds=int(call.now.timestamp()))


RESTATES = (Restatement(events_pb2.EpochRaised, epochs_page),)
