import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { daysBetween, today } from "@/ui/days";
import { sayNumber } from "@/ui/numbers";
import { Day, Moment } from "@/ui/When";
import styles from "./HomePage.module.css";
import type { Matter, Section } from "./useMatters";

/** So many fit without scrolling; the rest is behind the heading. */
const SHOWN = 6;

export function Matters({ section: { key, to, matters } }: { section: Section }) {
  const { t } = useTranslation();
  return (
    <section className="panel" data-testid={`today-${key}`}>
      <h2 className="row" style={{ justifyContent: "space-between" }}>
        <span>
          {t(`home.section.${key}`)} <span className="quiet number">{sayNumber(matters.length)}</span>
        </span>
        <Link to={to} style={{ fontWeight: 400 }}>
          {t("home.seeAll")}
        </Link>
      </h2>
      <ul>
        {matters.slice(0, SHOWN).map((matter) => (
          <li key={matter.key} className={styles.item}>
            <Link to={matter.to} className={styles.what}>
              {matter.who}
              <div className={`quiet ${styles.text ?? ""}`}>{matter.text}</div>
            </Link>
            <When matter={matter} />
          </li>
        ))}
      </ul>
    </section>
  );
}

function When({ matter: { on, due } }: { matter: Matter }) {
  if (!on) return null;
  if (on.length > 10)
    return (
      <span className={`${styles.when ?? ""} quiet`}>
        <Moment at={on} ago />
      </span>
    );
  const away = daysBetween(today(), on);
  const tone = !due ? "quiet" : away <= 0 ? (styles.late ?? "") : away <= 7 ? (styles.soon ?? "") : "";
  return (
    <span className={`${styles.when ?? ""} ${tone}`}>
      <Day on={on} />
    </span>
  );
}
