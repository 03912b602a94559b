import type { QueryClient } from "@tanstack/react-query";
import * as m from "./methods";

/** Which answers a change on a topic makes stale. */
const concerned: Record<string, { rpc: string }[]> = {
  "employees.lifecycle": [m.getEmployee, m.listEmployees, m.getTimeline, m.listNameCards, m.listUnits, m.listPosts, m.listContracts],
  "employees.people": [m.getEmployee, m.listEmployees, m.getTimeline, m.listNameCards],
  "employees.organization": [m.listUnits, m.listPosts, m.getPost],
  "employees.imports": [m.getImport, m.listImports, m.listImportProblems],
  "identity.access": [m.listGrants, m.describeAccess, m.listAccessRequests, m.explainAccess, m.listAccounts, m.getMe],
};

/** Changes come in bursts (an import writes thousands of rows); lists are read again at most this often. */
const GATHER_MS = 1500;

export interface Listener {
  /** The caller's own rights changed. */
  onAccess: () => void;
  onTopic?: (topic: string) => void;
}

/** Follows the front door's stream and has stale answers read again. Returns how to stop. */
export function follow(client: QueryClient, listener: Listener): () => void {
  const source = new EventSource("/events");
  const pending = new Set<string>();
  let timer: number | undefined;
  let broken = false;

  const refresh = () => {
    timer = undefined;
    const stale = new Set([...pending].flatMap((topic) => concerned[topic] ?? []).map(({ rpc }) => rpc));
    pending.clear();
    void client.invalidateQueries({ predicate: ({ queryKey }) => stale.has(String(queryKey[0])) });
  };
  source.addEventListener("changed", (event: MessageEvent<string>) => {
    const { topic } = JSON.parse(event.data) as { topic: string };
    listener.onTopic?.(topic);
    pending.add(topic);
    timer ??= window.setTimeout(refresh, GATHER_MS);
  });
  source.addEventListener("access", () => listener.onAccess());
  source.addEventListener("error", () => {
    broken = true;
  });
  source.addEventListener("open", () => {
    // What was said while the line was down is lost: ask again for everything on the screen.
    if (broken) void client.invalidateQueries();
    broken = false;
  });
  return () => {
    window.clearTimeout(timer);
    source.close();
  };
}
