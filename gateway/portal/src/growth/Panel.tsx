import type { ReactNode } from "react";
import styles from "./Growth.module.css";

interface PanelProps {
  title: string;
  note?: string;
  actions?: ReactNode;
  children: ReactNode;
  testid?: string;
}

/** One kind of what is known, with what can be done about it beside its name. */
export function Panel({ title, note, actions, children, testid }: PanelProps) {
  return (
    <section className="panel" aria-label={title} data-testid={testid}>
      <div className={styles.head}>
        <h2>{title}</h2>
        {actions ? <span className="row no-print">{actions}</span> : null}
      </div>
      {note ? (
        <p className="quiet" style={{ marginBottom: 8 }}>
          {note}
        </p>
      ) : null}
      {children}
    </section>
  );
}
