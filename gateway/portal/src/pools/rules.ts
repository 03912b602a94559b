/** Pure: a pool's rule between the contract and a form, and who is due for a look. */
import type { Member, Pool, PoolKind, PoolRule } from "@/api/contract";

export const poolKinds = [
  "POOL_KIND_KEY_TALENT",
  "POOL_KIND_SUCCESSORS",
  "POOL_KIND_RESERVE",
  "POOL_KIND_ROTATION",
] as const satisfies readonly PoolKind[];

export interface SkillLine {
  skillId?: string | undefined;
  level?: number | undefined;
}

export interface PoolValues {
  name: string;
  nameEn?: string;
  kind: PoolKind;
  unitOfPost?: string;
  postId?: string;
  reviewMonths: number;
  by: "hand" | "rule";
  skills: SkillLine[];
  /** Of five, as people speak of reviews; the contract takes hundredths of the scale. */
  review?: number | null;
  growth?: number | null;
  learnsFast?: boolean;
  unitId?: string;
}

const REVIEW_SCALE = 5;

export function valuesOf(pool: Pool): PoolValues {
  const { rule } = pool;
  return {
    name: pool.name ?? "",
    nameEn: pool.nameEn ?? "",
    kind: pool.kind ?? "POOL_KIND_KEY_TALENT",
    reviewMonths: pool.reviewMonths ?? 0,
    by: rule ? "rule" : "hand",
    skills: (rule?.skills ?? []).map(({ skillId, level }) => ({ skillId, level })),
    review: rule?.reviewPercent ? (rule.reviewPercent * REVIEW_SCALE) / 100 : null,
    growth: rule?.growth || null,
    learnsFast: rule?.learnsFast ?? false,
    ...(rule?.unitId ? { unitId: rule.unitId } : {}),
  };
}

/** The rule a form asks for; undefined when members are picked by hand. Half-filled skill lines do not count. */
export function ruleOf(values: PoolValues): PoolRule | undefined {
  if (values.by === "hand") return undefined;
  return {
    skills: values.skills.flatMap(({ skillId, level }) => (skillId && level ? [{ skillId, level }] : [])),
    reviewPercent: Math.round(((values.review ?? 0) * 100) / REVIEW_SCALE),
    growth: values.growth ?? 0,
    learnsFast: values.learnsFast ?? false,
    ...(values.unitId ? { unitId: values.unitId } : {}),
  };
}

/** What a change of a pool sends, as fields that may be in dispute. */
export interface PoolWords {
  name: string;
  nameEn: string;
  reviewMonths: number;
  rule: PoolRule | undefined;
}
export const poolFields = ["name", "nameEn", "reviewMonths", "rule"] as const satisfies readonly (keyof PoolWords)[];

export function wordsOf(values: PoolValues): PoolWords {
  const { name, nameEn = "", reviewMonths } = values;
  return { name, nameEn, reviewMonths, rule: ruleOf(values) };
}

const same = (one: unknown, other: unknown) => JSON.stringify(one) === JSON.stringify(other);

/** The fields that somebody else changed since the form was opened; what both set to the same is no dispute. */
export function poolDisputes(before: PoolWords, now: PoolWords, mine: PoolWords): (keyof PoolWords)[] {
  return poolFields.filter((field) => !same(before[field], now[field]) && !same(mine[field], now[field]));
}

/** Whether a form would change a field. */
export function isTouched(before: PoolWords, mine: PoolWords, field: keyof PoolWords): boolean {
  return !same(mine[field], before[field]);
}

/** What is sent after a dispute: what stands now, with what this form changed and nobody disputes, or keeps. */
export function mergedWords(before: PoolWords, now: PoolWords, mine: PoolWords, kept: ReadonlySet<string>): PoolWords {
  const disputed = poolDisputes(before, now, mine);
  const wants = (field: keyof PoolWords) =>
    isTouched(before, mine, field) && (kept.has(field) || !disputed.includes(field));
  return {
    name: wants("name") ? mine.name : now.name,
    nameEn: wants("nameEn") ? mine.nameEn : now.nameEn,
    reviewMonths: wants("reviewMonths") ? mine.reviewMonths : now.reviewMonths,
    rule: wants("rule") ? mine.rule : now.rule,
  };
}

/** A rule that asks for nothing would take everybody in. */
export function asksForNothing(values: PoolValues): boolean {
  const rule = ruleOf(values);
  return (
    rule !== undefined &&
    !rule.skills?.length &&
    !rule.reviewPercent &&
    !rule.growth &&
    !rule.learnsFast &&
    !rule.unitId
  );
}

export function byKind(pools: readonly Pool[]): { kind: PoolKind; pools: Pool[] }[] {
  return poolKinds.map((kind) => ({ kind, pools: pools.filter((pool) => pool.kind === kind) }));
}

export function isDue({ reviewOn, until }: Member, today: string): boolean {
  return !until && Boolean(reviewOn) && (reviewOn ?? "") <= today;
}
