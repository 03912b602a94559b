import type { QueryClient } from "@tanstack/react-query";
import * as m from "./methods";

/** Which answers a change on a topic makes stale. */
export const concerned: Record<string, { rpc: string }[]> = {
  "employees.lifecycle": [
    m.getEmployee,
    m.listEmployees,
    m.getTimeline,
    m.listNameCards,
    m.listUnits,
    m.listPosts,
    m.listContracts,
  ],
  "employees.people": [
    m.getEmployee,
    m.listEmployees,
    m.getTimeline,
    m.listNameCards,
    // Nobody who has left waits for an answer.
    { rpc: "talent.v1.ProfileService/ListContests" },
    // Who has given notice is marked there.
    { rpc: "talent.v1.MatchService/MatchPerson" },
    { rpc: "talent.v1.MatchService/FindPosts" },
    { rpc: "talent.v1.PoolService/GetPool" },
    { rpc: "talent.v1.PlacementService/GetCase" },
    { rpc: "talent.v1.PlacementService/ListCases" },
    { rpc: "talent.v1.PlacementService/ListCaseTasks" },
  ],
  "employees.organization": [m.listUnits, m.listPosts, m.getPost],
  "employees.imports": [m.getImport, m.listImports, m.listImportProblems],
  // By name: the methods themselves come with the pages about talent.
  "talent.profiles": [
    { rpc: "talent.v1.ProfileService/GetProfile" },
    { rpc: "talent.v1.ProfileService/ListProfileHistory" },
    { rpc: "talent.v1.ProfileService/ListContests" },
    { rpc: "talent.v1.MatchService/MatchPerson" },
    { rpc: "talent.v1.MatchService/FindPosts" },
  ],
  "talent.pools": [
    { rpc: "talent.v1.PoolService/ListPools" },
    { rpc: "talent.v1.PoolService/GetPool" },
    { rpc: "talent.v1.PoolService/ListMemberships" },
  ],
  "talent.placements": [
    { rpc: "talent.v1.PlacementService/ListCases" },
    { rpc: "talent.v1.PlacementService/GetCase" },
    { rpc: "talent.v1.PlacementService/ListCaseTasks" },
  ],
  "talent.jobs": [
    { rpc: "talent.v1.JobProfileService/ListJobProfiles" },
    { rpc: "talent.v1.JobProfileService/GetJobProfile" },
  ],
  "identity.access": [
    m.listGrants,
    m.describeAccess,
    m.listAccessRequests,
    m.explainAccess,
    m.listAccounts,
    m.getAccount,
    m.getMe,
  ],
};

/** Changes come in bursts (an import writes thousands of rows); lists are read again at most this often. */
const GATHER_MS = 1500;

export interface Listener {
  /** The caller's own rights changed. */
  onAccess: () => void;
}

/** Wait before a stream that was refused is opened again: a front door that restarts is back within seconds. */
const REOPEN_MS = 5000;

/** Follows the front door's stream and has stale answers read again. Returns how to stop. */
export function follow(client: QueryClient, listener: Listener): () => void {
  const pending = new Set<string>();
  let source: EventSource | undefined;
  let refreshTimer: number | undefined;
  let reopenTimer: number | undefined;
  let broken = false;

  const refresh = () => {
    refreshTimer = undefined;
    const stale = new Set([...pending].flatMap((topic) => concerned[topic] ?? []).map(({ rpc }) => rpc));
    pending.clear();
    void client.invalidateQueries({ predicate: ({ queryKey }) => stale.has(String(queryKey[0])) });
  };
  const open = () => {
    const stream = new EventSource("/events");
    source = stream;
    stream.addEventListener("changed", (event: MessageEvent<string>) => {
      const { topic } = JSON.parse(event.data) as { topic: string };
      pending.add(topic);
      refreshTimer ??= window.setTimeout(refresh, GATHER_MS);
    });
    stream.addEventListener("access", () => listener.onAccess());
    stream.addEventListener("error", () => {
      broken = true;
      // The browser takes a lost line up again by itself, but not one that was answered with an error.
      if (stream.readyState === EventSource.CLOSED) reopenTimer = window.setTimeout(open, REOPEN_MS);
    });
    stream.addEventListener("open", () => {
      // What was said while the line was down is lost: ask again for everything on the screen.
      if (broken) void client.invalidateQueries();
      broken = false;
    });
  };
  open();
  return () => {
    window.clearTimeout(refreshTimer);
    window.clearTimeout(reopenTimer);
    source?.close();
  };
}
