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
export function useAddress(): AddressState {
  const [params, setParams] = useSearchParams();
  const set = useCallback<AddressState["set"]>(
    (values, options) => {
      setParams(
        (before) => {
          const next = new URLSearchParams(before);
          for (const [name, value] of Object.entries(values)) {
            next.delete(name);
            for (const one of typeof value === "string" ? [value] : (value ?? [])) if (one !== "") next.append(name, one);
          }
          return next;
        },
        { replace: !options?.push, preventScrollReset: true },
      );
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
