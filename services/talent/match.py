"""One person against one post, and the posts that fit a person best."""

from __future__ import annotations

from uuid import UUID

from libs.kit.call import Call
from libs.kit.ids import id_in
from mainstay.talent.v1 import matching_pb2
from services.talent import reports
from services.talent.profile_records import whose

DEFAULT_POSTS = 20


async def match_person(call: Call, request: matching_pb2.MatchPersonRequest) -> matching_pb2.MatchReport:
    return await reports.report_for(call, whose(call, request.employee_id), UUID(request.post_id))


async def find_posts(call: Call, request: matching_pb2.FindPostsRequest) -> matching_pb2.FindPostsResponse:
    found = await reports.posts_for(
        call,
        whose(call, request.employee_id),
        request.page_size or DEFAULT_POSTS,
        filled_too=request.filled_too,
        unit_id=id_in(request.unit_id),
    )
    return matching_pb2.FindPostsResponse(reports=found)
