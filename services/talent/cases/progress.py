"""What comes of a case: steps after the decision, its closing, or its withdrawal before."""

from __future__ import annotations

from uuid import UUID

from libs.kit.call import Call
from mainstay.talent.v1 import cases_pb2 as pb
from mainstay.talent.v1 import events_pb2
from services.talent.cases import access, ending, ledger, rules, views


async def record(call: Call, request: pb.RecordProgressRequest) -> pb.Case:
    case = await access.managing(call, UUID(request.case_id), rules.PROGRESS, request.version)
    placed = case.row["decision"] == pb.DECISION_KIND_PROBATION
    state = rules.after_milestone(case.state, request.milestone, placed=placed)
    if state is None:
        raise access.wrong_state(call, case.state)
    await ledger.change(call, case, state=state)
    await ledger.add_step(call, case, "progress", milestone=request.milestone, note=request.note)
    call.record(
        events_pb2.PlacementProgressed(
            case_id=str(case.case_id), employee_id=str(case.candidate), milestone=request.milestone
        )
    )
    return await views.answer(call, case.case_id)


async def close(call: Call, request: pb.CloseCaseRequest) -> pb.Case:
    return await _end(call, rules.CLOSE, request, note=request.note)


async def withdraw(call: Call, request: pb.WithdrawCaseRequest) -> pb.Case:
    return await _end(call, rules.WITHDRAW, request, note=request.reason)


async def _end(call: Call, action: str, request: pb.CloseCaseRequest | pb.WithdrawCaseRequest, *, note: str) -> pb.Case:
    case = await access.managing(call, UUID(request.case_id), action, request.version)
    await ending.end(call, case, withdrawn=action == rules.WITHDRAW, note=note)
    return await views.answer(call, case.case_id)
