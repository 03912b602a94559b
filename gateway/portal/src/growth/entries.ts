/** Pure: what a profile says, put in the order a page shows it. */
import type { Entry, EntryKind, Skill, SkillKind } from "@/api/contract";

export const skillKinds = [
  "SKILL_KIND_SKILL",
  "SKILL_KIND_KNOWLEDGE",
  "SKILL_KIND_ATTITUDE",
  "SKILL_KIND_LANGUAGE",
] as const satisfies readonly SkillKind[];

export function ofKind(entries: readonly Entry[], kind: EntryKind): Entry[] {
  return entries.filter((entry) => entry.kind === kind);
}

/** What is said of one skill: several may stand side by side, the most trusted first. */
export interface SkillSaid {
  skillId: string;
  entries: Entry[];
}

export interface SkillGroup {
  kind: SkillKind;
  skills: SkillSaid[];
}

const sources = [
  "ENTRY_SOURCE_UNSPECIFIED",
  "ENTRY_SOURCE_SELF",
  "ENTRY_SOURCE_IMPORT",
  "ENTRY_SOURCE_MANAGER",
  "ENTRY_SOURCE_REVIEW",
  "ENTRY_SOURCE_RECORDS",
] as const;

/** Confirmed before unconfirmed, then by who says it, then the newest. */
function byTrust(a: Entry, b: Entry): number {
  const rank = ({ source = "ENTRY_SOURCE_UNSPECIFIED" }: Entry) => sources.indexOf(source);
  return (
    Number(Boolean(b.verifiedBy)) - Number(Boolean(a.verifiedBy)) ||
    rank(b) - rank(a) ||
    (b.observedOn ?? "").localeCompare(a.observedOn ?? "")
  );
}

/** Skills by what they are, the strongest first; those the catalogue does not know yet stand at the end. */
export function skillGroups(entries: readonly Entry[], skills: ReadonlyMap<string, Skill>): SkillGroup[] {
  const said = new Map<string, Entry[]>();
  for (const entry of ofKind(entries, "ENTRY_KIND_SKILL")) {
    const skillId = entry.skillId ?? "";
    said.set(skillId, [...(said.get(skillId) ?? []), entry].sort(byTrust));
  }
  const first = ({ entries: [one] }: SkillSaid) => one ?? {};
  const strongest = [...said]
    .map(([skillId, held]) => ({ skillId, entries: held }))
    .sort(
      (a, b) =>
        (first(b).level ?? 0) - (first(a).level ?? 0) || (first(a).title ?? "").localeCompare(first(b).title ?? ""),
    );
  return [...skillKinds, "SKILL_KIND_UNSPECIFIED" as const]
    .map((kind) => ({
      kind,
      skills: strongest.filter(({ skillId }) => (skills.get(skillId)?.kind ?? "SKILL_KIND_UNSPECIFIED") === kind),
    }))
    .filter((group) => group.skills.length > 0);
}

export type Validity = "open" | "valid" | "ending" | "over";

/** Days before the last one from which a certificate wants attention. */
export const ENDING_DAYS = 60;

export function validityOf({ validTo }: Entry, today: string, warnFrom: string): Validity {
  if (!validTo) return "open";
  if (validTo < today) return "over";
  return validTo <= warnFrom ? "ending" : "valid";
}
