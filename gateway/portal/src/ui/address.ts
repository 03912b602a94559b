import { useCallback } from "react";
import { useSearchParams } from "react-router";

export interface AddressState {
  get: (name: string) => string;
  all: (name: string) => string[];
  /** Changes what is named and leaves the rest; empty values leave the address. */
  set: (values: Record<string, string | readonly string[] | undefined>, options?: { push?: boolean }) => void;
  text: string;
}

/** The view's state in the address: a link shows a colleague the same. */
/** What was set last, until the router has shown it: two changes in one moment must not undo each other. */
let latest: { shown: string; next: URLSearchParams } | undefined;

export function useAddress(): AddressState {
  const [params, setParams] = useSearchParams();
  const set = useCallback<AddressState["set"]>(
    (values, options) => {
      const shown = window.location.search;
      const next = new URLSearchParams(latest?.shown === shown ? latest.next : shown);
      for (const [name, value] of Object.entries(values)) {
        next.delete(name);
        for (const one of typeof value === "string" ? [value] : (value ?? [])) if (one !== "") next.append(name, one);
      }
      latest = { shown, next };
      window.setTimeout(() => {
        latest = undefined;
      });
      setParams(next, { replace: !options?.push, preventScrollReset: true });
    },
    [setParams],
  );
  return {
    get: (name) => params.get(name) ?? "",
    all: (name) => params.getAll(name),
    set,
    text: params.toString(),
  };
}
