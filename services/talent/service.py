"""Wires talent: which handler answers which method, what it follows, and what is done on its day."""

from __future__ import annotations

from collections.abc import Mapping

from libs.kit.app import Runtime, Service
from libs.kit.rpc.edge import Handler
from mainstay.employees.v1 import events_pb2 as employees_events
from mainstay.talent.v1 import events_pb2
from services.talent import (
    aspirations,
    contests,
    copies,
    entries,
    entry_import,
    fairness,
    job_list,
    jobs,
    match,
    memory,
    placed,
    profiles,
    risk,
    search,
    skill_store,
    skills,
)
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
from services.talent.pools import following, keeping, members
from services.talent.pools import reading as pool_reading

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
    "ProfileService.ListContests": contests.list_waiting,
    "ProfileService.GetRisk": risk.get_risk,
    "ProfileService.RateRisk": risk.rate_risk,
    "ProfileService.ImportEntries": entry_import.import_entries,
    "SkillService.ListSkills": skills.list_skills,
    "SkillService.GetSkill": skills.get_skill,
    "SkillService.FindSkillsInText": skills.find_in_text,
    "SkillService.AddSkill": skills.add_skill,
    "SkillService.ChangeSkill": skills.change_skill,
    "JobProfileService.ListJobProfiles": job_list.list_profiles,
    "JobProfileService.GetJobProfile": jobs.get_profile,
    "JobProfileService.ListJobTemplates": jobs.list_templates,
    "JobProfileService.DraftJobProfile": jobs.draft,
    "JobProfileService.ChangeJobProfile": jobs.change,
    "JobProfileService.ApproveJobProfile": jobs.approve,
    "JobProfileService.DiscardDraft": jobs.discard,
    "MatchService.MatchPerson": match.match_person,
    "MatchService.FindPeople": search.find_people,
    "MatchService.FindPosts": match.find_posts,
    "MatchService.GetFairness": fairness.get,
    "PoolService.ListPools": pool_reading.list_pools,
    "PoolService.GetPool": pool_reading.get_pool,
    "PoolService.OpenPool": keeping.open_pool,
    "PoolService.ChangePool": keeping.change_pool,
    "PoolService.ClosePool": keeping.close_pool,
    "PoolService.AddMember": members.add,
    "PoolService.RemoveMember": members.remove,
    "PoolService.ReviewMember": members.review,
    "PoolService.ListMemberships": pool_reading.list_memberships,
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


async def _prepare(runtime: Runtime) -> None:
    await skill_store.prepare(runtime)
    await memory.prepare(runtime)
    await following.prepare(runtime)


service = Service(
    name="talent",
    methods=METHODS,
    events={
        employees_events.PostPlaced: copies.follow_post,
        employees_events.PersonPlaced: placed.follow,
        events_pb2.ProfileChanged: following.follow_profile,
        employees_events.EmployeeLeft: people.follow_leaving,
    },
    deadlines={
        people.LEAVES: people.leave,
        following.DAILY: following.turn_day,
        opinions.REMINDER: opinions.remind,
        opinions.OVERDUE: opinions.pass_on,
    },
    prepare=_prepare,
    background=(memory.keep,),
    status={"matching": memory.status},
)
