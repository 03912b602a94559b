import type { Contest } from "@/api/contract";

/** Pure: where an objection is answered, the dialog open. */
export function answerTo({ employeeId = "", entry }: Contest): string {
  return `/people/${employeeId}/growth?do=answer&entry=${entry?.entryId ?? ""}`;
}
