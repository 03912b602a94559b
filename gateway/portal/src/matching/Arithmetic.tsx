import { useState } from "react";
import { Button } from "antd";
import { useTranslation } from "react-i18next";
import type { MatchReport } from "@/api/contract";
import { termsOf } from "./figures";
import styles from "./Matching.module.css";

/** How the score is reckoned, so that anybody can do it again by hand. On paper it is always there. */
export function Arithmetic({ report }: { report: MatchReport }) {
  const { t } = useTranslation();
  const [open, setOpen] = useState(false);
  const { terms, whole, result } = termsOf(report.arithmetic ?? "");
  return (
    <section className="panel" aria-label={t("matching.arithmetic")}>
      <h2 className="only-print">{t("matching.arithmetic")}</h2>
      <Button
        type="link"
        style={{ paddingInline: 0 }}
        aria-expanded={open}
        onClick={() => setOpen(!open)}
        data-testid="show-arithmetic"
      >
        {t("matching.arithmetic")}
      </Button>
      <div className={open ? undefined : "only-print"} data-testid="arithmetic">
        {terms.length === 0 ? <p className="number">{report.arithmetic}</p> : null}
        {terms.length > 0 ? (
          <ul className={styles.terms}>
            {terms.map((term) => (
              <li key={term} className="number">
                {term}
              </li>
            ))}
            <li className="number">
              <strong>{t("matching.sum", { whole, result })}</strong>
            </li>
          </ul>
        ) : null}
        <p className="quiet">{t("matching.arithmeticHelp")}</p>
      </div>
    </section>
  );
}
