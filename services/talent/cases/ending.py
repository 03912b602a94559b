"""The end of a case, whatever brought it: what is asked in it is taken back, and whoever follows it is told."""

from __future__ import annotations

from libs.kit.call import Call
from mainstay.talent.v1 import events_pb2
from services.talent.cases import ledger, opinions, rules
from services.talent.cases.ledger import Case


async def end(call: Call, case: Case, *, withdrawn: bool, note: str = "") -> None:
    """`withdrawn`: before it was decided; closed otherwise. The case is locked."""
    state = rules.WITHDRAWN if withdrawn else rules.CLOSED
    await ledger.change(call, case, state=state, ended_at=call.now)
    await ledger.add_step(call, case, "withdrawn" if withdrawn else "closed", note=note)
    await opinions.stop_asking(call, case)
    call.record(
        events_pb2.PlacementEnded(case_id=str(case.case_id), employee_id=str(case.candidate), withdrawn=withdrawn)
    )
