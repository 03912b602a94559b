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
