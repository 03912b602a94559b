/** Pure: what a job profile asks for — its weights, how two of its versions differ, and two people changing it at once. */
import type { Condition, Indicator, JobDemands, Requirement } from "@/api/contract";

export interface Weighing {
  sum: number;
  /** What is missing to 100; negative when there is too much. */
  missing: number;
  /** How many requirements do not say why they count that much. */
  unexplained: number;
}

export function weighing(requirements: readonly Requirement[]): Weighing {
  const sum = requirements.reduce((total, { weight = 0 }) => total + weight, 0);
  return { sum, missing: 100 - sum, unexplained: requirements.filter(({ reason }) => !reason?.trim()).length };
}

/**
 * Whole weights in the proportions of these that sum to 100, each at least 1: every one is rounded down, and what is left
 * goes to those that lost most by it, the earlier first. No weights at all count alike.
 */
export function toHundred(weights: readonly number[]): number[] {
  if (weights.length === 0) return [];
  const whole = weights.reduce((total, weight) => total + Math.max(0, weight), 0);
  const spare = 100 - weights.length;
  const exact = weights.map((weight) => spare * (whole > 0 ? Math.max(0, weight) / whole : 1 / weights.length));
  const floors = exact.map(Math.floor);
  let left = spare - floors.reduce((total, floor) => total + floor, 0);
  const order = exact
    .map((share, index) => ({ index, lost: share - Math.floor(share) }))
    .sort((a, b) => b.lost - a.lost || a.index - b.index);
  for (const { index } of order) {
    if (left <= 0) break;
    floors[index] = (floors[index] ?? 0) + 1;
    left -= 1;
  }
  return floors.map((floor) => floor + 1);
}

/** The same skill or indicator may be asked for once. */
export function keyOf({ indicator, skillId = "" }: Requirement): string {
  return indicator ? `indicator:${indicator.code ?? ""}` : `skill:${skillId}`;
}

export const plainFields = ["purpose", "shift", "place", "family", "trainingMonths"] as const;
export type PlainField = (typeof plainFields)[number];

/** One thing that a job profile says. Ids and names do not count: a draft has ids of its own. */
export type Piece =
  | { kind: "plain"; field: PlainField; value: string }
  | { kind: "requirement"; value: Requirement }
  | { kind: "condition"; value: Condition };

const sameIndicator = ({ code, name, nameEn, direction, target, tolerance, unit }: Indicator) => [
  code,
  name,
  nameEn || "",
  direction,
  target,
  tolerance || "0",
  unit || "",
];

function marks(piece: Piece | undefined): string {
  if (!piece) return "";
  if (piece.kind === "plain") return JSON.stringify(piece.value);
  if (piece.kind === "condition") return JSON.stringify([piece.value.certificate, piece.value.reason || ""]);
  const { skillId, level, indicator, must, weight, reason } = piece.value;
  return JSON.stringify([
    skillId || "",
    level || 0,
    indicator ? sameIndicator(indicator) : "",
    must || false,
    weight || 0,
    reason || "",
  ]);
}

export function same(a: Piece | undefined, b: Piece | undefined): boolean {
  return marks(a) === marks(b);
}

/** What the contract takes where nothing is said: the longest probation the law allows. */
export const USUAL_MONTHS = 6;

const plainValue = (demands: JobDemands, field: PlainField): string => {
  if (field === "trainingMonths") return String(demands.trainingMonths || USUAL_MONTHS);
  if (field === "shift") return demands.shift ?? "SHIFT_UNSPECIFIED";
  return demands[field] ?? "";
};

export function piecesOf(demands: JobDemands): Map<string, Piece> {
  return new Map<string, Piece>([
    ...plainFields.map(
      (field) => [field, { kind: "plain", field, value: plainValue(demands, field) }] as [string, Piece],
    ),
    ...(demands.requirements ?? []).map((value) => [keyOf(value), { kind: "requirement", value }] as [string, Piece]),
    ...(demands.conditions ?? []).map(
      (value) => [`condition:${value.certificate ?? ""}`, { kind: "condition", value }] as [string, Piece],
    ),
  ]);
}

export interface Difference {
  key: string;
  before: Piece | undefined;
  after: Piece | undefined;
}

/** What a later version says otherwise, in its order; what it no longer says comes last. */
export function differences(before: JobDemands, after: JobDemands): Difference[] {
  const was = piecesOf(before);
  const is = piecesOf(after);
  return [...new Set([...is.keys(), ...was.keys()])]
    .map((key) => ({ key, before: was.get(key), after: is.get(key) }))
    .filter((one) => !same(one.before, one.after));
}

export interface Dispute {
  key: string;
  before: Piece | undefined;
  theirs: Piece | undefined;
  mine: Piece | undefined;
  /** This form changed it too; otherwise theirs is simply news. */
  touched: boolean;
}

/** What somebody else changed since `before` was read, unless this form made the same of it. */
export function disputes(before: JobDemands, theirs: JobDemands, mine: JobDemands): Dispute[] {
  const own = piecesOf(mine);
  return differences(before, theirs)
    .map(({ key, before: was, after }) => ({
      key,
      before: was,
      theirs: after,
      mine: own.get(key),
      touched: !same(was, own.get(key)),
    }))
    .filter((one) => !same(one.theirs, one.mine));
}

/** What both want: what only one changed as they changed it, what both changed as `kept` says (by key, mine). */
export function merged(
  before: JobDemands,
  theirs: JobDemands,
  mine: JobDemands,
  kept: ReadonlySet<string>,
): JobDemands {
  const was = piecesOf(before);
  const their = piecesOf(theirs);
  const own = piecesOf(mine);
  const pieces = [...new Set([...own.keys(), ...their.keys()])].flatMap((key) => {
    const theyChanged = !same(was.get(key), their.get(key));
    const piece = theyChanged && !kept.has(key) ? their.get(key) : own.get(key);
    return piece ? [piece] : [];
  });
  const plain = (field: PlainField) =>
    pieces.find((piece): piece is Extract<Piece, { kind: "plain" }> => piece.kind === "plain" && piece.field === field)
      ?.value ?? "";
  return {
    purpose: plain("purpose"),
    shift: plain("shift") as NonNullable<JobDemands["shift"]>,
    place: plain("place"),
    family: plain("family"),
    trainingMonths: Number(plain("trainingMonths")),
    requirements: pieces.flatMap((piece) => (piece.kind === "requirement" ? [piece.value] : [])),
    conditions: pieces.flatMap((piece) => (piece.kind === "condition" ? [piece.value] : [])),
  };
}

/** As the contract takes it: names come only in answers. */
export function toSend(demands: JobDemands): JobDemands {
  return {
    ...demands,
    requirements: (demands.requirements ?? []).map(
      ({ requirementId, skillId, level, indicator, must, weight, reason }) => ({
        ...(requirementId ? { requirementId } : {}),
        ...(skillId ? { skillId } : {}),
        ...(indicator ? { indicator } : { level: level ?? 0 }),
        must: must ?? false,
        weight: weight ?? 0,
        reason: reason ?? "",
      }),
    ),
  };
}

/** Something that keeps a draft from being saved at all; whole weights are only asked for when it is approved. */
export function unsavable({ requirements = [], conditions = [] }: JobDemands): boolean {
  return (
    requirements.some(
      ({ weight = 0, level = 0, indicator }) => weight < 1 || weight > 100 || (!indicator && level < 1),
    ) || conditions.some(({ certificate = "" }) => certificate.trim() === "")
  );
}
