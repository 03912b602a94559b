"""Compares the candidate with the post and with other posts, and keeps the reports in the case.

A match is given ids of a person and a post and nothing else: whose interest the case was opened in, and how they are
related, cannot reach it.
"""

from __future__ import annotations

import base64
from datetime import date
from uuid import UUID

from google.protobuf.message import Message

from libs.kit.call import Call
from mainstay.talent.v1 import cases_pb2 as pb
from mainstay.talent.v1 import matching_pb2
from services.talent import reports, sealing
from services.talent.cases import access, ledger, opinions, rules, views
from services.talent.cases.ledger import Case

_ALTERNATIVES = 5


async def match(call: Call, request: pb.MatchCaseRequest) -> pb.Case:
    case = await access.managing(call, UUID(request.case_id), rules.MATCH, request.version)
    post_id: UUID = case.row["post_id"]
    report = await reports.report_for(call, case.candidate, post_id, use="case")
    others = await _others(call, case, request.alternatives or _ALTERNATIVES)
    key = await sealing.writing_key(call, case.candidate)
    found = matching_pb2.FindPostsResponse(reports=others)
    await ledger.change(
        call,
        case,
        state=rules.MATCHED,
        report=sealing.sealed(key, "cases", "report", case.case_id, _text(report)),
        alternatives=sealing.sealed(key, "cases", "alternatives", case.case_id, _text(found)),
        profile_version=case.row["version_now"],
        # Of the version that was compared, not of one approved meanwhile.
        job_number=report.profile_number,
        last_day=date.fromisoformat(report.last_day) if report.last_day else None,
        outcome=report.outcome,
        score_hundredths=report.score_hundredths,
    )
    if case.state == rules.OPINIONS:
        await opinions.stop_asking(call, case)
    await ledger.add_step(call, case, "matched")
    return await views.answer(call, case.case_id)


async def _others(call: Call, case: Case, count: int) -> list[matching_pb2.MatchReport]:
    """The best posts beside the one the case is about."""
    found = await reports.posts_for(call, case.candidate, count + 1, use="case")
    return [report for report in found if report.post_id != str(case.row["post_id"])][:count]


def _text(message: Message) -> str:
    return base64.b64encode(message.SerializeToString(deterministic=True)).decode()
