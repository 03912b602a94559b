import { useTranslation } from "react-i18next";
import styles from "./Steps.module.css";

const names = ["file", "mapping", "check", "apply"] as const;

/** How far an import is. */
export function Steps({ at }: { at: number }) {
  const { t } = useTranslation();
  return (
    <ol className={styles.steps} aria-label={t("imports.steps")}>
      {names.map((name, index) => (
        <li
          key={name}
          className={`${styles.step ?? ""} ${index < at ? (styles.done ?? "") : ""}`}
          aria-current={index === at ? "step" : undefined}
        >
          <span className={styles.mark} aria-hidden>
            {index < at ? "✓" : index + 1}
          </span>
          <span>{t(`imports.step.${name}`)}</span>
        </li>
      ))}
    </ol>
  );
}
