"""Makes the audit record of a call. It is an event like any other: written in the call's own transaction."""

from __future__ import annotations

from google.protobuf.message import Message

from libs.kit.call import Call
from libs.kit.dates import timestamp
from libs.kit.ids import NIL, uuid7
from mainstay.audit.v1 import records_pb2


def _record(call: Call, raw: bytes, outcome: int) -> records_pb2.CallAudited:
    passport = call.passport
    return records_pb2.CallAudited(
        record_id=str(uuid7()),
        at=timestamp(call.now),
        account_id=str(passport.account_id if passport else NIL),
        actor_employee_id=str(passport.employee_id) if passport and passport.employee_id else "",
        method=call.method.name if call.method else "",
        permission=call.permission,
        by_scope=call.by_scope,
        subject_ids=[str(subject) for subject in call.subjects],
        outcome=outcome,  # type: ignore[arg-type]
        request_hash=call.house.vault.fingerprint("audit", raw),
        request_id=call.request_id,
        session_id=passport.session_id if passport else "",
        purpose=call.purpose,
    )


def record(call: Call, raw: bytes, answer: bytes) -> Message:
    """The record of a call that took effect."""
    made = _record(call, raw, records_pb2.OUTCOME_DONE)
    made.answer_hash = call.house.vault.fingerprint("audit", answer)
    return made


def failure(call: Call, raw: bytes, reason: str, *, refused: bool) -> Message:
    """The record of a call that was refused or failed."""
    made = _record(call, raw, records_pb2.OUTCOME_REFUSED if refused else records_pb2.OUTCOME_FAILED)
    made.reason = reason
    if refused:
        made.by_scope = ""
    return made
