"""Wires talent: which handler answers which method, what it follows, and what is done on its day."""

from __future__ import annotations

from collections.abc import Mapping

from libs.kit.app import Service
from libs.kit.rpc.edge import Handler
from mainstay.employees.v1 import events_pb2 as employees_events
from services.talent import copies, match

METHODS: Mapping[str, Handler] = {
    "MatchService.MatchPerson": match.match_person,
    "MatchService.FindPosts": match.find_posts,
}

service = Service(
    name="talent",
    methods=METHODS,
    events={
        employees_events.PostPlaced: copies.follow_post,
        employees_events.PersonPlaced: copies.follow_person,
    },
)
