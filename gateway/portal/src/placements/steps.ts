/** Pure: what a case needs next, what of it is hidden, and what may be recorded of its progress. */
import type { Case, CaseRole, CaseStep, CaseTask, Milestone } from "@/api/contract";

/** What the caller can do with a case, in the order it is offered; by the names the service gives. */
export const commands = [
  "DecideCase",
  "GiveOpinion",
  "MatchCase",
  "AskForOpinions",
  "RecordProgress",
  "AnswerExplanation",
  "AskForExplanation",
  "AddParticipant",
  "CloseCase",
  "WithdrawCase",
] as const;
export type Command = (typeof commands)[number];

export function commandsOf(one: Case): Command[] {
  return commands.filter((command) => one.may?.includes(command));
}

/** Who is asked what they think; without any of them nobody can be asked. */
const asked: readonly (CaseRole | undefined)[] = ["CASE_ROLE_POST_MANAGER", "CASE_ROLE_ADVISER", "CASE_ROLE_CONCERNED"];

/** The one thing the caller is to do next; undefined when others have to move first. */
export function turnOf(one: Case, myId: string): Command | undefined {
  const may = commandsOf(one);
  const first = (...wanted: Command[]) => wanted.find((command) => may.includes(command));
  const missing = outstanding(one);
  if (may.includes("AnswerExplanation")) return "AnswerExplanation";
  switch (one.state) {
    case "CASE_STATE_OPEN":
      return first("MatchCase", "AskForOpinions");
    case "CASE_STATE_MATCHED":
      if (one.outdated) return first("MatchCase");
      return one.participants?.some(({ role }) => asked.includes(role))
        ? first("AskForOpinions")
        : first("AddParticipant");
    case "CASE_STATE_OPINIONS":
      if (one.outdated && may.includes("MatchCase")) return "MatchCase";
      if (missing.includes(myId)) return first("GiveOpinion");
      return missing.length === 0 ? first("DecideCase") : undefined;
    case "CASE_STATE_DECIDED":
    case "CASE_STATE_PROBATION":
      return first("RecordProgress");
    default:
      return undefined;
  }
}

/** For whom a case waits, when it waits for opinions. */
export function outstanding({ participants = [] }: Case): string[] {
  return participants.flatMap(({ employeeId, opinionDueOn, answered }) =>
    employeeId && opinionDueOn && !answered ? [employeeId] : [],
  );
}

/** Whether anybody has answered of those who are asked. */
export function heard({ participants = [] }: Case): boolean {
  return participants.some(({ opinionDueOn, answered }) => Boolean(opinionDueOn && answered));
}

/** What a case waits for while opinions are given, as far as the caller is shown who was asked. */
export function awaited(one: Case): "opinions" | "decision" | "either" {
  if (outstanding(one).length > 0) return "opinions";
  return one.hidden?.includes("opinions") ? "either" : "decision";
}

export const hiddenParts = ["report", "evidence", "opinions", "relation", "explanations"] as const;
export type HiddenPart = (typeof hiddenParts)[number];

export function hiddenIn(one: Case): HiddenPart[] {
  return hiddenParts.filter((part) => one.hidden?.includes(part));
}

export const milestones = [
  "MILESTONE_PROBATION_STARTED",
  "MILESTONE_PLAN_AGREED",
  "MILESTONE_TRAINING_ARRANGED",
  "MILESTONE_PROBATION_ENDED",
] as const satisfies readonly Milestone[];

/** The steps that say how far what was decided has come, by milestone; the last of each kind counts. */
export function progressOf({ steps = [] }: Case): Map<Milestone, CaseStep> {
  return new Map(steps.flatMap((step) => (step.step === "progress" && step.milestone ? [[step.milestone, step]] : [])));
}

/** What can be recorded now: a probation starts once, and ends only after it started; others may be noted again. */
export function possibleMilestones(one: Case): Milestone[] {
  const placed = one.decision?.kind === "DECISION_KIND_PROBATION";
  const onProbation = one.state === "CASE_STATE_PROBATION";
  return milestones.filter((milestone) => {
    if (milestone === "MILESTONE_PROBATION_STARTED") return placed && one.state === "CASE_STATE_DECIDED";
    if (milestone === "MILESTONE_PROBATION_ENDED") return onProbation;
    return true;
  });
}

/** Roles that somebody can be given, in the order of how much they see. */
export const givenRoles = [
  "CASE_ROLE_POST_MANAGER",
  "CASE_ROLE_ADVISER",
  "CASE_ROLE_CONCERNED",
  "CASE_ROLE_DECIDER",
  "CASE_ROLE_OWNER",
] as const satisfies readonly CaseRole[];

export const taskWords = ["match", "ask_for_opinions", "opinion", "decision", "explanation"] as const;

const dialogs: Record<string, Command> = {
  match: "MatchCase",
  ask_for_opinions: "AskForOpinions",
  explanation: "AnswerExplanation",
};

/** Where a task leads: the case, with the dialog open where there is nothing to read before. */
export function taskTo({ caseId = "", task = "" }: CaseTask): string {
  const dialog = dialogs[task];
  return `/placements/${caseId}${dialog ? `?do=${dialog}` : ""}`;
}

/** The file that a dossier's bytes are. */
export function bytesOf(base64: string): Uint8Array<ArrayBuffer> {
  const text = atob(base64);
  const bytes = new Uint8Array(text.length);
  for (let index = 0; index < text.length; index += 1) bytes[index] = text.charCodeAt(index);
  return bytes;
}
