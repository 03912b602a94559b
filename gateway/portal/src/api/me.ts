import { useQuery, type UseQueryResult } from "@tanstack/react-query";
import { useMemo } from "react";
import { readSession, type Session } from "./client";
import type { HeldRight, Me, ScopeKind } from "./contract";
import { getMe } from "./methods";
import type { Problem } from "./problem";
import { useRead } from "./queries";

export const sessionKey = ["session"];

export function useSession(): UseQueryResult<Session | null, Problem> {
  return useQuery<Session | null, Problem>({ queryKey: sessionKey, queryFn: readSession, staleTime: Infinity });
}

/** The signed-in person's employee id; empty for an account without a person. */
export function useMyId(): string {
  return useSession().data?.employeeId ?? "";
}

const nobody: Me = {};

/** The account, its person and rights as a reading of its own: for what must not judge before they are known. */
export function useReadMe() {
  const session = useSession();
  return useRead(getMe, session.data ? {} : null, { staleTime: 60_000 });
}

export function useMe(): Me {
  return useReadMe().data ?? nobody;
}

const wider: ScopeKind[] = ["SCOPE_KIND_REPORTS", "SCOPE_KIND_UNIT", "SCOPE_KIND_ALL"];

export interface Rights {
  /** Holds the right over anybody or anything at all, were it only oneself. */
  holds: (permission: string) => boolean;
  /** Holds it over more than oneself: a list of others makes sense. */
  overOthers: (permission: string) => boolean;
  /** Holds it over the whole company. */
  overAll: (permission: string) => boolean;
  /**
   * Holds it over this person, as far as the browser can tell: by the unit and those above it, and by the managers it is
   * told of. Without managers a right over reports counts for anybody else; the server has the last word.
   */
  over: (permission: string, employeeId: string, unitIds: readonly string[], managers?: readonly string[]) => boolean;
}

export function rightsOf(held: readonly HeldRight[], myId: string): Rights {
  const of = (permission: string) => held.filter((right) => right.permission === permission);
  return {
    holds: (permission) => of(permission).length > 0,
    overOthers: (permission) =>
      of(permission).some(({ scope }) => scope?.kind !== undefined && wider.includes(scope.kind)),
    overAll: (permission) => of(permission).some(({ scope }) => scope?.kind === "SCOPE_KIND_ALL"),
    over: (permission, employeeId, unitIds, managers) =>
      of(permission).some(({ scope }) => {
        switch (scope?.kind) {
          case "SCOPE_KIND_ALL":
            return true;
          case "SCOPE_KIND_UNIT":
            return unitIds.includes(scope.unitId ?? "");
          case "SCOPE_KIND_REPORTS":
            return managers ? managers.includes(myId) : employeeId !== myId;
          case "SCOPE_KIND_SELF":
            return employeeId === myId;
          default:
            return false;
        }
      }),
  };
}

export function useRights(): Rights {
  const me = useMe();
  const myId = useMyId();
  return useMemo(() => rightsOf(me.rights ?? [], myId), [me.rights, myId]);
}
