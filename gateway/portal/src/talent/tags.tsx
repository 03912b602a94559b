/** How a requirement is met, and what a match comes to. A shape and a word say it; colour only helps. */
import { useTranslation } from "react-i18next";
import type { Fit, Outcome } from "@/api/contract";
import styles from "./talent.module.css";

type Shape = "full" | "most" | "triangle" | "square" | "ring";

const paths: Record<Shape, React.ReactNode> = {
  full: <circle cx="6" cy="6" r="5" fill="currentColor" />,
  most: (
    <>
      <circle cx="6" cy="6" r="4.25" fill="none" stroke="currentColor" strokeWidth="1.5" />
      <path d="M6 1.75a4.25 4.25 0 0 1 0 8.5z" fill="currentColor" />
    </>
  ),
  triangle: <path d="M6 1 11.5 11h-11z" fill="currentColor" />,
  square: <rect x="1" y="1" width="10" height="10" fill="currentColor" />,
  ring: <circle cx="6" cy="6" r="4.25" fill="none" stroke="currentColor" strokeWidth="1.5" strokeDasharray="2 1.6" />,
};

const fits: Record<Fit, { shape: Shape; tone: string | undefined }> = {
  FIT_UNSPECIFIED: { shape: "ring", tone: styles.open },
  FIT_MET: { shape: "full", tone: styles.good },
  FIT_NEAR: { shape: "most", tone: styles.almost },
  FIT_TRAINABLE_GAP: { shape: "triangle", tone: styles.gap },
  FIT_BLOCKING_GAP: { shape: "square", tone: styles.stop },
  FIT_UNKNOWN: { shape: "ring", tone: styles.open },
};

const outcomes: Record<Outcome, { shape: Shape; tone: string | undefined }> = {
  OUTCOME_UNSPECIFIED: { shape: "ring", tone: styles.open },
  OUTCOME_SUITABLE: { shape: "full", tone: styles.good },
  OUTCOME_PROBATION: { shape: "triangle", tone: styles.gap },
  OUTCOME_ASSESS_FIRST: { shape: "ring", tone: styles.open },
  OUTCOME_NOT_NOW: { shape: "square", tone: styles.stop },
};

function Mark({ shape }: { shape: Shape }) {
  return (
    <svg width="12" height="12" viewBox="0 0 12 12" aria-hidden>
      {paths[shape]}
    </svg>
  );
}

export function FitTag({ fit = "FIT_UNSPECIFIED" }: { fit: Fit | undefined }) {
  const { t } = useTranslation();
  const { shape, tone } = fits[fit];
  return (
    <span className={`${styles.tag ?? ""} ${tone ?? ""}`} title={t(`talent.fitHelp.${fit}`)}>
      <Mark shape={shape} />
      {t(`talent.fit.${fit}`)}
    </span>
  );
}

interface OutcomeTagProps {
  outcome: Outcome | undefined;
  /** Requirements on which nothing is known, of an outcome that does not wait for them. */
  unassessed?: number;
}

export function OutcomeTag({ outcome = "OUTCOME_UNSPECIFIED", unassessed = 0 }: OutcomeTagProps) {
  const { t } = useTranslation();
  const { shape, tone } = outcomes[outcome];
  const word = t(`talent.outcome.${outcome}`);
  return (
    <span
      className={`${styles.tag ?? ""} ${styles.strong ?? ""} ${tone ?? ""} ${unassessed > 0 ? (styles.long ?? "") : ""}`}
      title={t(`talent.outcomeHelp.${outcome}`)}
    >
      <Mark shape={shape} />
      {unassessed > 0 ? t("talent.outcomeUnassessed", { outcome: word, count: unassessed }) : word}
    </span>
  );
}
