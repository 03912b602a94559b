import type { Outcome } from "@/api/contract";

/** Outcomes as they stand in an address. */
export const outcomes = ["suitable", "probation", "assess_first", "not_now"] as const;
export type OutcomeWord = (typeof outcomes)[number];

const named: Record<OutcomeWord, Outcome> = {
  suitable: "OUTCOME_SUITABLE",
  probation: "OUTCOME_PROBATION",
  assess_first: "OUTCOME_ASSESS_FIRST",
  not_now: "OUTCOME_NOT_NOW",
};

export function outcomeOf(word: OutcomeWord): Outcome {
  return named[word];
}

/** What an address asks for; words it does not know are left out. */
export function outcomesIn(words: readonly string[]): OutcomeWord[] {
  return outcomes.filter((one) => words.includes(one));
}
