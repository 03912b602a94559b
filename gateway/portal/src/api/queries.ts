import {
  type InfiniteData,
  type UseInfiniteQueryResult,
  type UseMutationResult,
  type UseQueryResult,
  keepPreviousData,
  useInfiniteQuery,
  useMutation,
  useQuery,
  useQueryClient,
} from "@tanstack/react-query";
import { useCallback, useState } from "react";
import { call } from "./client";
import type { Method } from "./methods";
import type { Problem } from "./problem";
import { singly } from "./singly";

interface ReadOptions {
  /** Ask again after so many milliseconds; false: only when told that something changed. */
  every?: number | false;
  /** Show the answer to the former question until the new one is there. */
  keep?: boolean;
  staleTime?: number;
}

/** Reads one answer. A null request waits. */
export function useRead<Request extends object, Answer>(
  method: Method<Request, Answer>,
  request: Request | null,
  options: ReadOptions = {},
): UseQueryResult<Answer, Problem> {
  return useQuery<Answer, Problem>({
    queryKey: [method.rpc, request],
    // Never runs without one: see `enabled`.
    queryFn: ({ signal }) => call(method, request ?? ({} as Request), signal),
    enabled: request !== null,
    refetchInterval: options.every ?? false,
    ...(options.staleTime === undefined ? {} : { staleTime: options.staleTime }),
    ...(options.keep ? { placeholderData: keepPreviousData } : {}),
  });
}

interface Page {
  nextPageToken?: string;
}

/** Reads a list page by page, by key. `anew`: each time it is shown, for what is replaced as a whole meanwhile. */
export function usePages<Request extends { pageToken?: string }, Answer extends Page>(
  method: Method<Request, Answer>,
  request: Request | null,
  options: { anew?: boolean } = {},
): UseInfiniteQueryResult<InfiniteData<Answer>, Problem> {
  return useInfiniteQuery<Answer, Problem, InfiniteData<Answer>, [string, "pages", Request | null], string>({
    queryKey: [method.rpc, "pages", request],
    queryFn: ({ pageParam, signal }) => call(method, { ...request, pageToken: pageParam } as Request, signal),
    initialPageParam: "",
    getNextPageParam: (last) => last.nextPageToken || undefined,
    enabled: request !== null,
    ...(options.anew ? { gcTime: 0, refetchOnMount: "always" as const } : {}),
  });
}

interface CommandOptions<Request, Answer> {
  onDone?: (answer: Answer, request: Request) => void;
  onFailed?: (problem: Problem, request: Request) => void;
}

/** "talent" of "talent.v1.PoolService/GetPool". */
function contextOf({ rpc }: { rpc: string }): string {
  return rpc.split(".")[0] ?? "";
}

/**
 * Runs a command and has everything read again that may have changed with it. Asked for again before it is answered, as
 * by a double click, it runs once: the button shows that it is busy only after the next drawing.
 */
export function useCommand<Request extends object, Answer>(
  method: Method<Request, Answer>,
  options: CommandOptions<Request, Answer> = {},
): UseMutationResult<Answer, Problem, Request> {
  const client = useQueryClient();
  const [once] = useState(singly);
  const command = useMutation<Answer, Problem, Request>({
    mutationKey: [method.rpc],
    mutationFn: (request) => call(method, request),
    onSuccess: (answer, request) => {
      void client.invalidateQueries({ predicate: ({ queryKey }) => String(queryKey[0]).startsWith(contextOf(method)) });
      options.onDone?.(answer, request);
    },
    onError: (problem, request) => {
      // What was shown is not what stands: whoever is told so sees what does.
      if (problem.is("VERSION_CONFLICT") || problem.is("CASE_WRONG_STATE"))
        void client.invalidateQueries({
          predicate: ({ queryKey }) => String(queryKey[0]).startsWith(contextOf(method)),
        });
      options.onFailed?.(problem, request);
    },
    onSettled: once.end,
  });
  const { mutate: send } = command;
  const mutate = useCallback<typeof send>(
    (...sent) => {
      if (once.begin()) send(...sent);
    },
    [once, send],
  );
  return { ...command, mutate };
}
