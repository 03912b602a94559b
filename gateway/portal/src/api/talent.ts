/** Talent's methods; see `methods.ts`. In a file of their own, so that only pages about talent carry them. */
import type * as c from "./contract";
import { method } from "./methods";

const profiles = "talent.v1.ProfileService/";
const skills = "talent.v1.SkillService/";
const jobs = "talent.v1.JobProfileService/";

export const getProfile = method<c.GetProfileRequest, c.Profile>(
  profiles + "GetProfile",
  "talent.profile.read",
  "GET",
  "/v1/employees/{employeeId}/profile",
);
export const listProfileHistory = method<c.ListProfileHistoryRequest, c.ListProfileHistoryResponse>(
  profiles + "ListProfileHistory",
  "talent.profile.read",
  "GET",
  "/v1/employees/{employeeId}/profile/history",
);
export const recordEntry = method<c.RecordEntryRequest, c.Profile>(
  profiles + "RecordEntry",
  "talent.profile.complete",
  "POST",
  "/v1/employees/{employeeId}/profile/entries",
);
export const endEntry = method<c.EndEntryRequest, c.Profile>(
  profiles + "EndEntry",
  "talent.profile.complete",
  "POST",
  "/v1/employees/{employeeId}/profile/entries/{entryId}:end",
);
export const rateSkill = method<c.RateSkillRequest, c.Profile>(
  profiles + "RateSkill",
  "talent.profile.rate",
  "POST",
  "/v1/employees/{employeeId}/profile:rateSkill",
  true,
);
export const ratePotential = method<c.RatePotentialRequest, c.Profile>(
  profiles + "RatePotential",
  "talent.profile.rate",
  "POST",
  "/v1/employees/{employeeId}/profile:ratePotential",
  true,
);
export const verifyEntry = method<c.VerifyEntryRequest, c.Profile>(
  profiles + "VerifyEntry",
  "talent.profile.verify",
  "POST",
  "/v1/employees/{employeeId}/profile/entries/{entryId}:verify",
  true,
);
export const setAspirations = method<c.SetAspirationsRequest, c.Profile>(
  profiles + "SetAspirations",
  "talent.profile.complete",
  "PUT",
  "/v1/employees/{employeeId}/profile/aspirations",
);
export const contestEntry = method<c.ContestEntryRequest, c.Profile>(
  profiles + "ContestEntry",
  "talent.profile.complete",
  "POST",
  "/v1/profile/entries/{entryId}:contest",
);
export const answerContest = method<c.AnswerContestRequest, c.Profile>(
  profiles + "AnswerContest",
  "talent.profile.verify",
  "POST",
  "/v1/employees/{employeeId}/profile/entries/{entryId}:answer",
  true,
);
export const listContests = method<c.ListContestsRequest, c.ListContestsResponse>(
  profiles + "ListContests",
  "talent.profile.verify",
  "GET",
  "/v1/profile-contests",
);
export const setAutomatedUse = method<c.SetAutomatedUseRequest, c.Profile>(
  profiles + "SetAutomatedUse",
  "talent.profile.complete",
  "POST",
  "/v1/profile:automatedUse",
);
export const getRisk = method<c.GetRiskRequest, c.Risk>(
  profiles + "GetRisk",
  "talent.risk.read",
  "GET",
  "/v1/employees/{employeeId}/risk",
  true,
);
export const rateRisk = method<c.RateRiskRequest, c.Risk>(
  profiles + "RateRisk",
  "talent.risk.rate",
  "POST",
  "/v1/employees/{employeeId}/risk",
  true,
);
export const importEntries = method<c.ImportEntriesRequest, c.ImportEntriesResponse>(
  profiles + "ImportEntries",
  "talent.profile.import",
  "POST",
  "/v1/profiles:import",
);

export const listSkills = method<c.ListSkillsRequest, c.ListSkillsResponse>(
  skills + "ListSkills",
  "talent.skill.read",
  "GET",
  "/v1/skills",
);
export const getSkill = method<c.GetSkillRequest, c.Skill>(
  skills + "GetSkill",
  "talent.skill.read",
  "GET",
  "/v1/skills/{skillId}",
);
export const addSkill = method<c.AddSkillRequest, c.Skill>(
  skills + "AddSkill",
  "talent.skill.manage",
  "POST",
  "/v1/skills",
);
export const changeSkill = method<c.ChangeSkillRequest, c.Skill>(
  skills + "ChangeSkill",
  "talent.skill.manage",
  "PATCH",
  "/v1/skills/{skillId}",
);

export const listJobProfiles = method<c.ListJobProfilesRequest, c.ListJobProfilesResponse>(
  jobs + "ListJobProfiles",
  "talent.job.read",
  "GET",
  "/v1/job-profiles",
);
export const getJobProfile = method<c.GetJobProfileRequest, c.JobProfile>(
  jobs + "GetJobProfile",
  "talent.job.read",
  "GET",
  "/v1/posts/{postId}/job-profile",
);
export const listJobTemplates = method<c.ListJobTemplatesRequest, c.ListJobTemplatesResponse>(
  jobs + "ListJobTemplates",
  "talent.job.read",
  "GET",
  "/v1/job-templates",
);
export const draftJobProfile = method<c.DraftJobProfileRequest, c.JobProfile>(
  jobs + "DraftJobProfile",
  "talent.job.edit",
  "POST",
  "/v1/posts/{postId}/job-profile:draft",
);
export const changeJobProfile = method<c.ChangeJobProfileRequest, c.JobProfile>(
  jobs + "ChangeJobProfile",
  "talent.job.edit",
  "PATCH",
  "/v1/posts/{postId}/job-profile",
);
export const approveJobProfile = method<c.ApproveJobProfileRequest, c.JobProfile>(
  jobs + "ApproveJobProfile",
  "talent.job.approve",
  "POST",
  "/v1/posts/{postId}/job-profile:approve",
);
export const discardDraft = method<c.DiscardDraftRequest, c.DiscardDraftResponse>(
  jobs + "DiscardDraft",
  "talent.job.edit",
  "POST",
  "/v1/posts/{postId}/job-profile:discard",
);
