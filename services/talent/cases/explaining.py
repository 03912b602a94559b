"""The candidate's right to a human explanation: asked at any time, answered by whoever runs the case.

Neither raises the case's version: nothing in it is decided on questions, and whoever goes on asking cannot keep others
from deciding.
"""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import bindparam, select, update
from sqlalchemy.dialects.postgresql import insert

from libs.kit.call import Call
from libs.kit.database import prepared
from libs.kit.ids import uuid7
from mainstay.talent.v1 import cases_pb2 as pb
from services.talent import sealing
from services.talent.cases import access, ledger, rules, telling, views
from services.talent.errors import ExplanationNotFound
from services.talent.tables import case_explanations as table

_ADD = prepared(
    insert(table).values({name: bindparam(name) for name in ("explanation_id", "case_id", "question", "asked_at")})
)
_UNANSWERED = prepared(
    select(table.c.explanation_id).where(
        table.c.explanation_id == bindparam("explanation_id"),
        table.c.case_id == bindparam("case_id"),
        table.c.answered_at.is_(None),
    )
)
_ANSWER = prepared(
    update(table)
    .where(table.c.explanation_id == bindparam("id"))
    .values(answer=bindparam("words"), answered_by=bindparam("by"), answered_at=bindparam("at"))
)


async def ask(call: Call, request: pb.AskForExplanationRequest) -> pb.Case:
    case, _ = await access.acting(call, UUID(request.case_id), rules.EXPLAIN)
    explanation_id = uuid7()
    key = await sealing.writing_key(call, case.candidate)
    await call.db.run(
        _ADD,
        explanation_id=explanation_id,
        case_id=case.case_id,
        question=sealing.sealed(key, "case_explanations", "question", explanation_id, request.question),
        asked_at=call.now,
    )
    await ledger.add_step(call, case, "explanation_asked")
    for employee_id in case.holders(rules.OWNER):
        telling.task(call, case, employee_id, "explanation")
    return await views.answer(call, case.case_id)


async def answer(call: Call, request: pb.AnswerExplanationRequest) -> pb.Case:
    case = await access.managing(call, UUID(request.case_id), rules.ANSWER)
    explanation_id = UUID(request.explanation_id)
    if not await call.db.value(_UNANSWERED, explanation_id=explanation_id, case_id=case.case_id):
        raise ExplanationNotFound(explanation_id=explanation_id)
    key = await sealing.writing_key(call, case.candidate)
    await call.db.run(
        _ANSWER,
        id=explanation_id,
        words=sealing.sealed(key, "case_explanations", "answer", explanation_id, request.answer),
        by=call.actor,
        at=call.now,
    )
    await ledger.add_step(call, case, "explanation_answered")
    return await views.answer(call, case.case_id)
