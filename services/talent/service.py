"""Wires talent: which handler answers which method, what it follows, and what is done on its day."""

from __future__ import annotations

from collections.abc import Mapping

from libs.kit.app import Service
from libs.kit.rpc.edge import Handler
from mainstay.employees.v1 import events_pb2 as employees_events
from services.talent import aspirations, contests, copies, entries, fairness, match, memory, profiles, risk, search
from services.talent.cases import (
    deciding,
    dossier,
    explaining,
    matching_step,
    opening,
    opinions,
    people,
    progress,
    reading,
)

METHODS: Mapping[str, Handler] = {
    "ProfileService.GetProfile": profiles.get_profile,
    "ProfileService.ListProfileHistory": profiles.list_history,
    "ProfileService.RecordEntry": entries.record_entry,
    "ProfileService.EndEntry": entries.end_entry,
    "ProfileService.RateSkill": entries.rate_skill,
    "ProfileService.RatePotential": entries.rate_potential,
    "ProfileService.VerifyEntry": entries.verify_entry,
    "ProfileService.SetAspirations": aspirations.set_aspirations,
    "ProfileService.SetAutomatedUse": aspirations.set_automated_use,
    "ProfileService.ContestEntry": contests.contest,
    "ProfileService.AnswerContest": contests.answer,
    "ProfileService.GetRisk": risk.get_risk,
    "ProfileService.RateRisk": risk.rate_risk,
    "MatchService.MatchPerson": match.match_person,
    "MatchService.FindPeople": search.find_people,
    "MatchService.FindPosts": match.find_posts,
    "MatchService.GetFairness": fairness.get,
    "PlacementService.OpenCase": opening.open_case,
    "PlacementService.GetCase": reading.get,
    "PlacementService.ListCases": reading.list_cases,
    "PlacementService.ListCaseTasks": reading.list_tasks,
    "PlacementService.AddParticipant": people.add,
    "PlacementService.RemoveParticipant": people.remove,
    "PlacementService.MatchCase": matching_step.match,
    "PlacementService.AskForOpinions": opinions.ask,
    "PlacementService.GiveOpinion": opinions.give,
    "PlacementService.DecideCase": deciding.decide,
    "PlacementService.RecordProgress": progress.record,
    "PlacementService.CloseCase": progress.close,
    "PlacementService.WithdrawCase": progress.withdraw,
    "PlacementService.AskForExplanation": explaining.ask,
    "PlacementService.AnswerExplanation": explaining.answer,
    "PlacementService.GetDossier": dossier.get,
}

service = Service(
    name="talent",
    methods=METHODS,
    events={
        employees_events.PostPlaced: copies.follow_post,
        employees_events.PersonPlaced: copies.follow_person,
        employees_events.EmployeeLeft: people.follow_leaving,
    },
    deadlines={
        people.LEAVES: people.leave,
        opinions.REMINDER: opinions.remind,
        opinions.OVERDUE: opinions.pass_on,
    },
    prepare=memory.prepare,
    background=(memory.keep,),
    status={"matching": memory.status},
)
