import { MutationCache, type Query, QueryCache, QueryClient } from "@tanstack/react-query";
import { sessionKey } from "@/api/me";
import { problemOf } from "@/api/problem";
import { askForStepUp } from "./stepUp";

function watch(error: unknown, query?: Query<unknown, unknown>): void {
  const problem = problemOf(error);
  // A right that was lost takes with it what was read by it, also from memory.
  if (problem.forbidden) query?.setState({ data: undefined });
  if (problem.signedOut) client.setQueryData(sessionKey, null);
  if (problem.is("STEP_UP_REQUIRED")) askForStepUp();
}

export const client: QueryClient = new QueryClient({
  queryCache: new QueryCache({ onError: (error, query) => watch(error, query) }),
  mutationCache: new MutationCache({ onError: (error) => watch(error) }),
  defaultOptions: {
    queries: {
      staleTime: 20_000,
      refetchOnWindowFocus: false,
      // Only what may be different a moment later is worth asking again.
      retry: (count, error) => {
        const { status } = problemOf(error);
        return count < 2 && (status === 0 || status === 502 || status === 503 || status === 504);
      },
    },
  },
});
