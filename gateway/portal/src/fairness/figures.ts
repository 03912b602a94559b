/** Pure: what the figures of fairness come to on a page. Shares are percent in the contract; a rate is in its hundredths. */
import type { FairnessGroup, GetFairnessRequest } from "@/api/contract";
import { addDays, isDay, today } from "@/ui/days";

export const groupings = ["tenure", "unit", "shift"] as const;
export type Grouping = (typeof groupings)[number];

/** What the address asks for; what it has wrong counts as not said. */
export function askedFor(get: (name: string) => string): GetFairnessRequest & { by: Grouping } {
  const day = (name: string) => (isDay(get(name)) ? get(name) : "");
  return {
    by: groupings.find((one) => one === get("by")) ?? "tenure",
    fromOn: day("from"),
    untilOn: day("until"),
  };
}

/** Whether the time ends before it begins. Without an end it lasts until today, without a beginning a year. */
export function isBackwards({ fromOn = "", untilOn = "" }: GetFairnessRequest, now = today()): boolean {
  return fromOn !== "" && fromOn > (untilOn || now);
}

/** The day from which on decisions count when none is said. */
export function yearBefore({ untilOn = "" }: GetFairnessRequest, now = today()): string {
  return addDays(untilOn || now, -365);
}

/** The group that the others are compared with: alone it has no interval. */
export function bestOf(groups: readonly FairnessGroup[]): FairnessGroup | undefined {
  return groups.find(
    ({ ratioHundredths, ratioLowHundredths, ratioHighHundredths }) =>
      ratioHundredths === 100 && ratioLowHundredths === 100 && ratioHighHundredths === 100,
  );
}

const FOUR_FIFTHS = 80;

export type Standing = "best" | "small" | "clear" | "unsure" | "alike";

/**
 * How a group stands beside the best one. Below four fifths is told from the counts and not from the rounded ratio, as
 * the service tells it: 79.6 % is shown as 80 % and is below.
 */
export function standingOf(group: FairnessGroup, best: FairnessGroup | undefined): Standing {
  if (group.small) return "small";
  if (group === best) return "best";
  const { candidates = 0, selected = 0, ratioHighHundredths = 0 } = group;
  const below = 5 * selected * (best?.candidates ?? 0) < 4 * candidates * (best?.selected ?? 0);
  if (!below) return "alike";
  return ratioHighHundredths < FOUR_FIFTHS ? "clear" : "unsure";
}

/** The scale ends at one and a half times the best rate: what lies beyond is drawn up to its end. */
const SCALE = 150;
const along = (hundredths: number) => (100 * Math.min(hundredths, SCALE)) / SCALE;

export const fourFifths = along(FOUR_FIFTHS);

/** Where the interval begins and how wide it is, and where the ratio stands, in hundredths of the scale's width. */
export interface Drawn {
  from: number;
  width: number;
  at: number;
  /** The interval goes on beyond the end of the scale. */
  beyond: boolean;
}

export function drawn(group: FairnessGroup): Drawn {
  const { ratioHundredths = 0, ratioLowHundredths = 0, ratioHighHundredths = 0 } = group;
  const from = along(ratioLowHundredths);
  return {
    from,
    width: along(ratioHighHundredths) - from,
    at: along(ratioHundredths),
    beyond: ratioHighHundredths > SCALE,
  };
}
