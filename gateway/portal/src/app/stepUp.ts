import { useSyncExternalStore } from "react";

/** Whether some call just failed for want of a recent sign-in. Any page's call can fail so; the frame asks once. */
let asked = false;
const listeners = new Set<() => void>();

function tell(next: boolean): void {
  asked = next;
  for (const listener of listeners) listener();
}

export const askForStepUp = () => tell(true);
export const dismissStepUp = () => tell(false);

export function useStepUpAsked(): boolean {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => asked,
  );
}
