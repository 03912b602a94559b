/** Two people changed the same record: which fields are really in dispute. */
import type { CorrectEmployeeRequest, Employee } from "@/api/contract";

export const correctable = [
  "name",
  "nameEn",
  "workMail",
  "mobile",
  "nationalId",
  "birthDate",
  "homeAddress",
  "timeZone",
] as const;
export type Correctable = (typeof correctable)[number];
export type Changes = Partial<Record<Correctable, string>>;

export interface Dispute {
  field: Correctable;
  /** What it was when the form was opened. */
  before: string;
  /** What somebody else made of it meanwhile. */
  theirs: string;
  /** What this form would make of it; undefined when it leaves the field alone. */
  mine: string | undefined;
}

/**
 * The fields that somebody else changed since `before` was read, with what this form wants of them. A field both set to
 * the same is no dispute. Masked fields are compared as shown: a change that keeps the mask's ends goes unseen here, and
 * the server's version still keeps it from being overwritten unnoticed a second time.
 */
export function disputes(before: Employee, now: Employee, mine: Changes): Dispute[] {
  return correctable
    .map((field) => ({ field, before: before[field] ?? "", theirs: now[field] ?? "", mine: mine[field] }))
    .filter(({ before: was, theirs, mine: want }) => was !== theirs && want !== theirs);
}

/** Only what the form changes: an untouched field stays unset, so that it stays as it is on the server. */
export function changesOf(person: Employee, values: Changes, touched: readonly Correctable[]): Changes {
  const changes: Changes = {};
  for (const field of touched) {
    const value = values[field]?.trim() ?? "";
    if (value !== (person[field] ?? "")) changes[field] = value;
  }
  return changes;
}

export function correction(person: Employee, changes: Changes): CorrectEmployeeRequest {
  return { employeeId: person.employeeId, version: person.version, ...changes };
}
