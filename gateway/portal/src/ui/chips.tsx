import type { ReactNode } from "react";
import styles from "./chips.module.css";

interface ChipProps {
  on: boolean;
  onToggle: () => void;
  children: ReactNode;
  testid?: string;
}

/** A filter that is on or off. */
export function Chip({ on, onToggle, children, testid }: ChipProps) {
  return (
    <button type="button" className={styles.chip} aria-pressed={on} onClick={onToggle} data-testid={testid}>
      {children}
    </button>
  );
}

export type Tone = "quiet" | "done" | "attention" | "danger" | "action" | "hollow";

/** Where something stands: one quiet word with a dot, so that colour never says it alone. */
export function Status({ tone, children }: { tone: Tone; children: ReactNode }) {
  return (
    <span className={styles.status}>
      <span className={`${styles.dot ?? ""} ${styles[tone] ?? ""}`} aria-hidden />
      {children}
    </span>
  );
}
