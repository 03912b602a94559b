import { MutationCache, QueryCache, QueryClient } from "@tanstack/react-query";
import { sessionKey } from "@/api/me";
import { problemOf } from "@/api/problem";
import { askForStepUp } from "./stepUp";

function watch(error: unknown): void {
  const problem = problemOf(error);
  if (problem.signedOut) client.setQueryData(sessionKey, null);
  if (problem.is("STEP_UP_REQUIRED")) askForStepUp();
}

export const client: QueryClient = new QueryClient({
  queryCache: new QueryCache({ onError: watch }),
  mutationCache: new MutationCache({ onError: watch }),
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
