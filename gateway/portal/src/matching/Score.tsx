import { useTranslation } from "react-i18next";
import type { MatchReport } from "@/api/contract";
import { points } from "./figures";
import styles from "./Matching.module.css";

const percent = (hundredths: number | undefined) => `${(hundredths ?? 0) / 100}%`;

/** The score on its scale, with how far it could move once everything is known. */
export function Score({ report }: { report: MatchReport }) {
  const { t } = useTranslation();
  const { scoreHundredths, lowestHundredths = 0, highestHundredths = 0 } = report;
  const settled = lowestHundredths === highestHundredths;
  return (
    <div className={styles.figure} data-testid="score">
      <span className="quiet">{t("matching.score")}</span>
      <span className={styles.large}>
        {points(scoreHundredths)} <small>{t("matching.ofHundred")}</small>
      </span>
      <span className={styles.scale} aria-hidden>
        <span
          className={styles.range}
          style={{ insetInlineStart: percent(lowestHundredths), width: percent(highestHundredths - lowestHundredths) }}
        />
        <span className={styles.marker} style={{ insetInlineStart: percent(scoreHundredths) }} />
      </span>
      <span className="quiet">
        {settled
          ? t("matching.settled")
          : t("matching.range", { lowest: points(lowestHundredths), highest: points(highestHundredths) })}
      </span>
    </div>
  );
}

/** How reliable what is known is: never part of the score, and shown beside it as a thing of its own. */
export function Confidence({ report }: { report: MatchReport }) {
  const { t } = useTranslation();
  const { confidence = 0, requirements = [] } = report;
  const unknown = requirements.filter(({ fit }) => fit === "FIT_UNKNOWN").length;
  return (
    <div className={styles.figure} data-testid="confidence">
      <span className="quiet">{t("matching.confidence")}</span>
      <span className={styles.large}>
        {confidence} <small>%</small>
      </span>
      <span className="quiet">
        {unknown > 0 ? t("matching.unknownCount", { count: unknown }) : t("matching.confidenceHelp")}
      </span>
    </div>
  );
}
