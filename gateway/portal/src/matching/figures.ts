/** Pure: what a report's figures come to on a page. Points are hundredths in the contract, months tenths. */
import type { Fit, MatchReport, RequirementMatch, WishMatch } from "@/api/contract";

/** "73.5": points of a hundred, one decimal, as the arithmetic rounds them. */
export function points(hundredths: number | undefined): string {
  return (Math.round((hundredths ?? 0) / 10) / 10).toFixed(1);
}

/** How much of the widest bar is drawn, and how much of that is filled, in hundredths. */
export interface Bar {
  width: number;
  filled: number;
}

/** Bars share one scale: what weighs more is longer, so that a long empty bar is where the points are lost. */
export function barsOf(requirements: readonly RequirementMatch[]): Bar[] {
  const most = Math.max(1, ...requirements.map(({ possibleHundredths = 0 }) => possibleHundredths));
  return requirements.map(({ possibleHundredths = 0, contributionHundredths = 0 }) => ({
    width: (100 * possibleHundredths) / most,
    filled: possibleHundredths === 0 ? 0 : Math.min(100, (100 * contributionHundredths) / possibleHundredths),
  }));
}

const pressing: readonly Fit[] = ["FIT_BLOCKING_GAP", "FIT_UNKNOWN", "FIT_TRAINABLE_GAP", "FIT_NEAR"];

/** What stands between the person and the post: must-haves first, then what closes hardest, then what costs most. */
export function gapsOf(report: MatchReport): RequirementMatch[] {
  const rank = ({ fit = "FIT_UNSPECIFIED" }: RequirementMatch) => pressing.indexOf(fit);
  const lost = ({ possibleHundredths = 0, contributionHundredths = 0 }: RequirementMatch) =>
    possibleHundredths - contributionHundredths;
  return (report.requirements ?? [])
    .filter((one) => rank(one) >= 0)
    .sort(
      (a, b) =>
        Number(b.requirement?.must ?? false) - Number(a.requirement?.must ?? false) ||
        rank(a) - rank(b) ||
        lost(b) - lost(a),
    );
}

/** How many requirements nobody has assessed, where the outcome stands without them: only what is not a must can be. */
export function unassessed({ outcome, requirements = [] }: MatchReport): number {
  if (outcome !== "OUTCOME_SUITABLE" && outcome !== "OUTCOME_PROBATION") return 0;
  return requirements.filter(({ fit }) => fit === "FIT_UNKNOWN").length;
}

/** How a wish stands: the post has it, has something else, or does not say. */
export function wishState({ granted, offered }: WishMatch): "granted" | "ask" | "refused" {
  return granted ? "granted" : offered ? "refused" : "ask";
}

/** The sum of a report, term by term, for a table; empty when the words are not of the form the service writes. */
export function termsOf(arithmetic: string): { terms: string[]; whole: string; result: string } {
  const found = /^100 × \((.+)\) ÷ (\d+) = ([\d.]+)$/.exec(arithmetic.trim());
  if (!found) return { terms: [], whole: "", result: "" };
  return { terms: (found[1] ?? "").split(" + "), whole: found[2] ?? "", result: found[3] ?? "" };
}
