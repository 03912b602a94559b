import { Button } from "antd";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import type { Requirement } from "@/api/contract";
import { toHundred, weighing } from "./demands";
import styles from "./Jobs.module.css";

interface WeightSumProps {
  requirements: readonly Requirement[];
  onWeights: (weights: number[]) => void;
  children: ReactNode;
}

/** The live sum of all weights, what is missing to a hundred, and a way to get there in the same proportions. */
export function WeightSum({ requirements, onWeights, children }: WeightSumProps) {
  const { t } = useTranslation();
  const { sum, missing, unexplained } = weighing(requirements);
  const whole = missing === 0;
  return (
    <div className={styles.sum}>
      <span role="status" data-testid="weight-sum">
        <span className={`${styles.total ?? ""} ${(whole ? styles.whole : styles.short) ?? ""}`}>{sum} / 100</span>{" "}
        {whole ? t("jobs.whole") : missing > 0 ? t("jobs.missing", { missing }) : t("jobs.tooMuch", { over: -missing })}
      </span>
      {unexplained > 0 ? <span className={styles.short}>{t("jobs.unexplained", { count: unexplained })}</span> : null}
      {!whole && requirements.length > 0 ? (
        <Button
          size="small"
          onClick={() => onWeights(toHundred(requirements.map(({ weight = 0 }) => weight)))}
          data-testid="to-hundred"
        >
          {t("jobs.toHundred")}
        </Button>
      ) : null}
      <span className="row" style={{ marginInlineStart: "auto" }}>
        {children}
      </span>
    </div>
  );
}
