/** Pure: what others did to a case after somebody began to write in one of its dialogs. */
import type { Case, CaseStep } from "@/api/contract";

/** The steps taken since, oldest first, but for one's own. Steps are only ever added. */
export function stepsSince(before: Case, now: Case, myId: string): CaseStep[] {
  return (now.steps ?? []).slice(before.steps?.length ?? 0).filter(({ actorId }) => actorId !== myId);
}

/** A field of the case that is not as it was. */
export type CaseField = "state" | "report" | "opinions" | "participants" | "decision";

/** In the order of a case's life. A report is another one when it was made at another moment. */
export function fieldsChanged(before: Case, now: Case): CaseField[] {
  const facts: Record<CaseField, (one: Case) => unknown> = {
    state: ({ state }) => state,
    participants: ({ participants = [] }) => participants.map(({ employeeId, role }) => [employeeId, role]),
    report: ({ report, outdated = false }) => [report?.madeAt, outdated],
    opinions: ({ opinions = [] }) => opinions.map(({ employeeId, givenAt }) => [employeeId, givenAt]),
    decision: ({ decision }) => decision?.decidedAt,
  };
  const fields = Object.keys(facts) as CaseField[];
  return fields.filter((field) => JSON.stringify(facts[field](before)) !== JSON.stringify(facts[field](now)));
}
