import { useQueries } from "@tanstack/react-query";
import { useMemo } from "react";
import { call } from "@/api/client";
import type { Skill } from "@/api/contract";
import { useRead } from "@/api/queries";
import { getSkill, listSkills } from "@/api/talent";

/** The catalogue changes rarely. */
const KEPT_MS = 10 * 60_000;

/** The company's own skills, which are few enough to be had at once. */
export function useOwnSkills(wanted = true) {
  return useRead(listSkills, wanted ? { source: "SKILL_SOURCE_OWN", pageSize: 500 } : null, { staleTime: KEPT_MS });
}

/** Skills by id, with their levels in words: the company's own in one call, others one by one. */
export function useSkills(ids: readonly string[]): ReadonlyMap<string, Skill> {
  const own = useOwnSkills(ids.length > 0);
  const known = useMemo(
    () => new Map((own.data?.skills ?? []).map((skill) => [skill.skillId ?? "", skill])),
    [own.data],
  );
  const elsewhere = own.isPending ? [] : [...new Set(ids)].filter((id) => id && !known.has(id));
  const others = useQueries({
    queries: elsewhere.map((skillId) => ({
      queryKey: [getSkill.rpc, { skillId }],
      queryFn: ({ signal }: { signal: AbortSignal }) => call(getSkill, { skillId }, signal),
      staleTime: KEPT_MS,
    })),
    combine: (answers) => answers.flatMap(({ data }) => (data ? [data] : [])),
  });
  return useMemo(
    () => new Map([...known, ...others.map((skill) => [skill.skillId ?? "", skill] as const)]),
    [known, others],
  );
}
