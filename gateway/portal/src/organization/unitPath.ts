import { useMemo } from "react";
import type { Unit } from "@/api/contract";
import { listUnits } from "@/api/methods";
import { useRead } from "@/api/queries";

/** A unit's id and those of all above it, nearest first. */
export function pathOf(units: readonly Unit[], unitId: string | undefined): string[] {
  const parents = new Map(units.map((unit) => [unit.unitId ?? "", unit.parentId ?? ""]));
  const path: string[] = [];
  for (let at = unitId ?? ""; at && !path.includes(at); at = parents.get(at) ?? "") path.push(at);
  return path;
}

/** What a right over a unit has to name, if it is to reach somebody who works in this one. */
export function useUnitPath(unitId: string | undefined): string[] {
  const units = useRead(listUnits, unitId ? {} : null, { staleTime: 60_000 });
  return useMemo(() => pathOf(units.data?.units ?? [], unitId), [units.data, unitId]);
}
