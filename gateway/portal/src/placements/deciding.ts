import type { DecideCaseRequest, DecisionKind } from "@/api/contract";

export interface DecideValues {
  kind: DecisionKind;
  reason: string;
  startsOn?: string;
  months?: number;
  postId?: string;
  withoutAllOpinions?: boolean;
}

/** Pure: what is sent of a decision's form; what belongs to a kind that was not chosen in the end stays behind. */
export function decisionOf(values: DecideValues): Omit<DecideCaseRequest, "caseId" | "version"> {
  const { kind, reason, startsOn, months, postId, withoutAllOpinions } = values;
  return {
    kind,
    reason,
    withoutAllOpinions: withoutAllOpinions ?? false,
    ...(kind === "DECISION_KIND_PROBATION" ? { startsOn: startsOn ?? "", months: months ?? 0 } : {}),
    ...(kind === "DECISION_KIND_OTHER_POST" && postId ? { postId } : {}),
  };
}

/** Pure: the candidate will be gone when the probation is to begin. Days are as written, `2026-12-31`. */
export function beginsTooLate(lastDay: string | undefined, startsOn: string | undefined): boolean {
  return Boolean(lastDay && startsOn && startsOn > lastDay);
}
