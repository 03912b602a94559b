import { useQuery } from "@tanstack/react-query";
import { call } from "./client";
import type { NameCard } from "./contract";
import { listNameCards } from "./methods";

/** More than the URL of one call should carry. */
const BATCH = 80;

let waiting = new Map<string, ((card: NameCard | null) => void)[]>();

async function send(batch: typeof waiting): Promise<void> {
  const ids = [...batch.keys()];
  for (let from = 0; from < ids.length; from += BATCH) {
    const some = ids.slice(from, from + BATCH);
    let cards: NameCard[] = [];
    try {
      cards = (await call(listNameCards, { employeeIds: some })).cards ?? [];
    } catch {
      // A name that cannot be had leaves its place empty; the page it stands on has its own failure to show.
    }
    const found = new Map(cards.map((card) => [card.employeeId, card]));
    for (const id of some) for (const answer of batch.get(id) ?? []) answer(found.get(id) ?? null);
  }
}

/** Everybody asked for in the same moment goes into one call. */
function fetchCard(employeeId: string): Promise<NameCard | null> {
  return new Promise((resolve) => {
    if (waiting.size === 0)
      window.setTimeout(() => {
        const batch = waiting;
        waiting = new Map();
        void send(batch);
      }, 10);
    waiting.set(employeeId, [...(waiting.get(employeeId) ?? []), resolve]);
  });
}

/** Name, number, post and unit of a person known only by id. Null when unknown, undefined while asking. */
export function useNameCard(employeeId: string): NameCard | null | undefined {
  return useQuery({
    queryKey: [listNameCards.rpc, employeeId],
    queryFn: () => fetchCard(employeeId),
    enabled: employeeId !== "",
    staleTime: 10 * 60_000,
  }).data;
}
