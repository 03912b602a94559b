import { Button } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import styles from "./Fairness.module.css";

const rules = ["selected", "day", "ratio", "interval", "small", "meaning"] as const;

/** How the figures come about, so that anybody can do them again by hand. On paper it is always there. */
export function Reckoning() {
  const { t } = useTranslation();
  const [open, setOpen] = useState(false);
  return (
    <section className="panel" aria-label={t("fairness.how")}>
      <h2 className="only-print">{t("fairness.how")}</h2>
      <Button
        type="link"
        style={{ paddingInline: 0 }}
        aria-expanded={open}
        onClick={() => setOpen(!open)}
        data-testid="show-reckoning"
      >
        {t("fairness.how")}
      </Button>
      <ul className={`${styles.rules ?? ""} ${open ? "" : "only-print"}`} data-testid="reckoning">
        {rules.map((rule) => (
          <li key={rule}>{t(`fairness.rules.${rule}`)}</li>
        ))}
      </ul>
    </section>
  );
}
