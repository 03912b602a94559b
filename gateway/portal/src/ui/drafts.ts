import { useCallback, useEffect, useRef, useState } from "react";
import { useBlocker, type Blocker } from "react-router";
import { useMyId } from "@/api/me";

/** Never written down in the browser: a draft may lie there longer than the person it describes would like. */
const sensitive = new Set(["mobile", "nationalId", "birthDate", "homeAddress", "amount"]);

export interface Draft<Values> {
  /** What was kept from before, undefined when there is nothing. */
  former: Partial<Values> | undefined;
  keep: (values: Partial<Values>) => void;
  drop: () => void;
  /** Drops it for good: a form that is drawn once more before it goes away keeps nothing. */
  finish: () => void;
}

/** Keeps a form's values for this tab and person until they are sent or given up. Sensitive fields are left out. */
export function useDraft<Values extends object>(name: string): Draft<Values> {
  const key = `mainstay.draft.${useMyId()}.${name}`;
  const [former] = useState<Partial<Values> | undefined>(() => {
    const text = sessionStorage.getItem(key);
    return text === null ? undefined : (JSON.parse(text) as Partial<Values>);
  });
  const finished = useRef(false);
  const keep = useCallback(
    (values: Partial<Values>) => {
      if (finished.current) return;
      const kept = Object.fromEntries(
        Object.entries(values).filter(([field, value]) => value && !sensitive.has(field)),
      );
      sessionStorage.setItem(key, JSON.stringify(kept));
    },
    [key],
  );
  const drop = useCallback(() => sessionStorage.removeItem(key), [key]);
  const finish = useCallback(() => {
    finished.current = true;
    drop();
  }, [drop]);
  return { former, keep, drop, finish };
}

export function forgetDrafts(): void {
  for (const key of Object.keys(sessionStorage)) if (key.startsWith("mainstay.draft.")) sessionStorage.removeItem(key);
}

/** Asks before a page with unsent changes is left, inside the portal and out of it. */
export function useLeaveWarning(dirty: boolean): Blocker & { sent: () => void } {
  const done = useRef(false);
  const blocker = useBlocker(
    ({ currentLocation, nextLocation }) => dirty && !done.current && currentLocation.pathname !== nextLocation.pathname,
  );
  useEffect(() => {
    if (!dirty) return;
    const ask = (event: BeforeUnloadEvent) => {
      if (!done.current) event.preventDefault();
    };
    window.addEventListener("beforeunload", ask);
    return () => window.removeEventListener("beforeunload", ask);
  }, [dirty]);
  const sent = useCallback(() => {
    done.current = true;
  }, []);
  return { ...blocker, sent };
}
