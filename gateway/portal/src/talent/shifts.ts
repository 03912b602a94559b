import type { Shift } from "@/api/contract";

/** Working times; the first stands for "all the same". */
export const shifts = [
  "SHIFT_UNSPECIFIED",
  "SHIFT_OFFICE",
  "SHIFT_DAY",
  "SHIFT_ROTATING",
  "SHIFT_NIGHT",
] as const satisfies readonly Shift[];
