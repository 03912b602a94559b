/** The methods of placement cases; see `methods.ts`. In a file of their own, so that only pages about them carry them. */
import type * as c from "./contract";
import { method } from "./methods";

const placements = "talent.v1.PlacementService/";
const takePart = "talent.case.take_part";
const manage = "talent.case.manage";

export const listCaseTasks = method<c.ListCaseTasksRequest, c.ListCaseTasksResponse>(
  placements + "ListCaseTasks",
  takePart,
  "GET",
  "/v1/placement-tasks",
);
export const listCases = method<c.ListCasesRequest, c.ListCasesResponse>(
  placements + "ListCases",
  takePart,
  "GET",
  "/v1/placement-cases",
);
export const getCase = method<c.GetCaseRequest, c.Case>(
  placements + "GetCase",
  takePart,
  "GET",
  "/v1/placement-cases/{caseId}",
);
export const openCase = method<c.OpenCaseRequest, c.Case>(
  placements + "OpenCase",
  manage,
  "POST",
  "/v1/placement-cases",
  true,
);
export const addParticipant = method<c.AddParticipantRequest, c.Case>(
  placements + "AddParticipant",
  manage,
  "POST",
  "/v1/placement-cases/{caseId}/participants",
);
export const removeParticipant = method<c.RemoveParticipantRequest, c.Case>(
  placements + "RemoveParticipant",
  manage,
  "POST",
  "/v1/placement-cases/{caseId}/participants/{employeeId}:remove",
);
export const matchCase = method<c.MatchCaseRequest, c.Case>(
  placements + "MatchCase",
  manage,
  "POST",
  "/v1/placement-cases/{caseId}:match",
);
export const askForOpinions = method<c.AskForOpinionsRequest, c.Case>(
  placements + "AskForOpinions",
  manage,
  "POST",
  "/v1/placement-cases/{caseId}:askForOpinions",
);
export const giveOpinion = method<c.GiveOpinionRequest, c.Case>(
  placements + "GiveOpinion",
  takePart,
  "POST",
  "/v1/placement-cases/{caseId}/opinions",
);
export const decideCase = method<c.DecideCaseRequest, c.Case>(
  placements + "DecideCase",
  takePart,
  "POST",
  "/v1/placement-cases/{caseId}:decide",
);
export const recordProgress = method<c.RecordProgressRequest, c.Case>(
  placements + "RecordProgress",
  manage,
  "POST",
  "/v1/placement-cases/{caseId}/progress",
);
export const closeCase = method<c.CloseCaseRequest, c.Case>(
  placements + "CloseCase",
  manage,
  "POST",
  "/v1/placement-cases/{caseId}:close",
);
export const withdrawCase = method<c.WithdrawCaseRequest, c.Case>(
  placements + "WithdrawCase",
  manage,
  "POST",
  "/v1/placement-cases/{caseId}:withdraw",
);
export const askForExplanation = method<c.AskForExplanationRequest, c.Case>(
  placements + "AskForExplanation",
  takePart,
  "POST",
  "/v1/placement-cases/{caseId}/explanations",
);
export const answerExplanation = method<c.AnswerExplanationRequest, c.Case>(
  placements + "AnswerExplanation",
  manage,
  "POST",
  "/v1/placement-cases/{caseId}/explanations/{explanationId}:answer",
);
export const getDossier = method<c.GetDossierRequest, c.Dossier>(
  placements + "GetDossier",
  takePart,
  "GET",
  "/v1/placement-cases/{caseId}/dossier",
);
