/** Pure: a skill as a form holds it, and as the contract takes it; what two people changed of it at once. */
import type { Skill, SkillKind, SkillLevel, SkillRelation, SkillWords } from "@/api/contract";
import { monthsOf } from "@/talent/months";

export interface SkillForm {
  kind: SkillKind;
  name: string;
  nameEn?: string;
  description?: string;
  descriptionEn?: string;
  levels: { words?: string; wordsEn?: string }[];
  synonyms?: string[];
  synonymsEn?: string[];
  relations?: { kind: NonNullable<SkillRelation["kind"]>; skillId: string; closeness?: number }[];
  months?: number;
  taughtBy?: string[];
  taughtByEn?: string[];
}

export const formFields = [
  "kind",
  "name",
  "nameEn",
  "description",
  "descriptionEn",
  "levels",
  "synonyms",
  "synonymsEn",
  "relations",
  "months",
  "taughtBy",
  "taughtByEn",
] as const satisfies readonly (keyof SkillForm)[];
export type FormField = (typeof formFields)[number];

const FIVE = [1, 2, 3, 4, 5] as const;

export function formOf(skill: Skill): SkillForm {
  const level = (number: number): SkillLevel | undefined => skill.levels?.find((one) => one.level === number);
  return {
    kind: skill.kind ?? "SKILL_KIND_SKILL",
    name: skill.name ?? "",
    nameEn: skill.nameEn ?? "",
    description: skill.description ?? "",
    descriptionEn: skill.descriptionEn ?? "",
    levels: FIVE.map((number) => ({ words: level(number)?.words ?? "", wordsEn: level(number)?.wordsEn ?? "" })),
    synonyms: skill.synonyms ?? [],
    synonymsEn: skill.synonymsEn ?? [],
    relations: (skill.relations ?? []).flatMap(({ kind, skillId, closeness = 0 }) =>
      kind && skillId ? [{ kind, skillId, closeness }] : [],
    ),
    months: monthsOf(skill.tenthMonthsPerLevel),
    taughtBy: skill.taughtBy ?? [],
    taughtByEn: skill.taughtByEn ?? [],
  };
}

export function wordsOf(form: SkillForm): SkillWords {
  return {
    kind: form.kind,
    name: form.name.trim(),
    nameEn: form.nameEn?.trim() ?? "",
    description: form.description?.trim() ?? "",
    descriptionEn: form.descriptionEn?.trim() ?? "",
    levels: form.levels.flatMap(({ words = "", wordsEn = "" }, index) =>
      words.trim() || wordsEn.trim() ? [{ level: index + 1, words: words.trim(), wordsEn: wordsEn.trim() }] : [],
    ),
    synonyms: form.synonyms ?? [],
    synonymsEn: form.synonymsEn ?? [],
    relations: (form.relations ?? []).map(({ kind, skillId, closeness = 0 }) => ({
      kind,
      skillId,
      closeness: kind === "SKILL_RELATION_KIND_CLOSE" ? closeness : 0,
    })),
    tenthMonthsPerLevel: Math.round((form.months ?? 0) * 10),
    taughtBy: form.taughtBy ?? [],
    taughtByEn: form.taughtByEn ?? [],
  };
}

const equal = (a: unknown, b: unknown) => JSON.stringify(a ?? "") === JSON.stringify(b ?? "");

export interface SkillDispute {
  field: FormField;
  before: SkillForm[FormField];
  theirs: SkillForm[FormField];
  mine: SkillForm[FormField];
  touched: boolean;
}

/** What somebody else changed since `before`, unless this form made the same of it. */
export function skillDisputes(before: SkillForm, theirs: SkillForm, mine: SkillForm): SkillDispute[] {
  return formFields
    .filter((field) => !equal(before[field], theirs[field]) && !equal(theirs[field], mine[field]))
    .map((field) => ({
      field,
      before: before[field],
      theirs: theirs[field],
      mine: mine[field],
      touched: !equal(before[field], mine[field]),
    }));
}

/** What both want: theirs where only they changed it, and where both did as `kept` says. */
export function mergedForm(
  before: SkillForm,
  theirs: SkillForm,
  mine: SkillForm,
  kept: ReadonlySet<string>,
): SkillForm {
  const taken = formFields.filter((field) => !equal(before[field], theirs[field]) && !kept.has(field));
  return { ...mine, ...Object.fromEntries(taken.map((field) => [field, theirs[field]])) };
}
