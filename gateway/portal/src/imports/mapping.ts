/** The mapping as a person edits it: one target per column. */
import type { Import, ImportMapping, ImportTarget } from "@/api/contract";

export type Targets = Record<number, string>;

export function targetsOf(mapping: ImportMapping | undefined): Targets {
  return Object.fromEntries((mapping?.columns ?? []).map(({ column = 0, field = "" }) => [column, field]));
}

export function columnsOf(targets: Targets): NonNullable<ImportMapping["columns"]> {
  return Object.entries(targets)
    .filter(([, field]) => field !== "")
    .map(([column, field]) => ({ column: Number(column), field }));
}

/** Gives a column its target and takes that target from the column that had it. */
export function assign(targets: Targets, column: number, field: string): Targets {
  const rest = Object.fromEntries(
    Object.entries(targets).filter(([other, taken]) => Number(other) !== column && taken !== field),
  );
  return field ? { ...rest, [column]: field } : rest;
}

/** Required targets that no column fills. First and last name together make the name. */
export function missing(targets: Targets, known: readonly ImportTarget[]): ImportTarget[] {
  const taken = new Set(Object.values(targets));
  const nameIsMade = taken.has("first_name") && taken.has("last_name");
  return known.filter(({ field = "", required }) => required && !taken.has(field) && !(field === "name" && nameIsMade));
}

/** Whether another import's mapping fits this one's file: same headings in the same places. */
export function sameHeadings(one: Import, other: Import): boolean {
  const headings = ({ columns = [] }: Import) => columns.map(({ heading }) => heading).join("\u0000");
  return one.kind === other.kind && headings(one) === headings(other);
}
