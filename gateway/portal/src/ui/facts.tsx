import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import styles from "./facts.module.css";
import { isMasked } from "./numbers";

export interface Fact {
  name: string;
  value: ReactNode;
}

/** Names and values, as many beside each other as fit. */
export function Facts({ facts }: { facts: readonly Fact[] }) {
  return (
    <dl className={styles.facts}>
      {facts.map(({ name, value }) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value === "" || value === undefined || value === null ? <span className="quiet">—</span> : value}</dd>
        </div>
      ))}
    </dl>
  );
}

/** A value that may have come masked: looks so and says so. */
export function Sensitive({ value }: { value: string | undefined }) {
  const { t } = useTranslation();
  if (!value) return <span className="quiet">—</span>;
  if (!isMasked(value)) return <span className="number">{value}</span>;
  return (
    <span className={styles.masked} title={t("ui.masked")}>
      {value}
    </span>
  );
}
