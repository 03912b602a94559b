import { useSyncExternalStore } from "react";
import type { Look } from "./theme";

export type Choice = Look | "system";

const kept = "mainstay.look";
const dark = window.matchMedia("(prefers-color-scheme: dark)");
const listeners = new Set<() => void>();

function chosen(): Choice {
  const choice = localStorage.getItem(kept);
  return choice === "light" || choice === "dark" ? choice : "system";
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  dark.addEventListener("change", listener);
  return () => {
    listeners.delete(listener);
    dark.removeEventListener("change", listener);
  };
}

export function chooseLook(choice: Choice): void {
  localStorage.setItem(kept, choice);
  for (const listener of listeners) listener();
}

export function useLookChoice(): Choice {
  return useSyncExternalStore(subscribe, chosen);
}

export function useLook(): Look {
  return useSyncExternalStore(subscribe, () => {
    const choice = chosen();
    if (choice !== "system") return choice;
    return dark.matches ? "dark" : "light";
  });
}
