/** The states every page has beside the good one: loading, empty, failed. Forbidden is in `access/`. */
import { Button } from "antd";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import type { Problem } from "@/api/problem";
import styles from "./states.module.css";

export function Bone({ width = "100%", height = 14 }: { width?: number | string; height?: number }) {
  return <div className={styles.bone} style={{ width, height }} />;
}

/** The shape of a list that is on its way. */
export function BonesTable({ rows = 8, columns = 5 }: { rows?: number; columns?: number }) {
  const { t } = useTranslation();
  return (
    <div className="panel stack" role="status" aria-label={t("ui.loading")}>
      {Array.from({ length: rows }, (_, row) => (
        <div key={row} className="row" style={{ flexWrap: "nowrap", gap: 24 }}>
          {Array.from({ length: columns }, (_unused, column) => (
            <Bone key={column} width={column === 0 ? "26%" : `${8 + ((row * 5 + column * 7) % 12)}%`} />
          ))}
        </div>
      ))}
    </div>
  );
}

/** The shape of a page about one thing. */
export function BonesPage() {
  const { t } = useTranslation();
  return (
    <div className="stack" role="status" aria-label={t("ui.loading")}>
      <div className="panel row" style={{ gap: 16 }}>
        <Bone width={56} height={56} />
        <div className="stack" style={{ flex: 1, gap: 8 }}>
          <Bone width="30%" height={20} />
          <Bone width="55%" />
        </div>
      </div>
      <div className="panel stack">
        {Array.from({ length: 6 }, (_, row) => (
          <Bone key={row} width={`${40 + ((row * 17) % 45)}%`} />
        ))}
      </div>
    </div>
  );
}

interface EmptyProps {
  title: string;
  /** What the place is for. */
  children?: ReactNode;
  /** The first thing to do. */
  action?: ReactNode;
}

export function Empty({ title, children, action }: EmptyProps) {
  return (
    <div className={styles.state} data-testid="empty">
      <h2>{title}</h2>
      {children ? <p className="quiet">{children}</p> : null}
      {action}
    </div>
  );
}

interface FailedProps {
  problem: Problem;
  retry?: () => void;
}

/** What happened, what to try, and the id to quote. */
export function Failed({ problem, retry }: FailedProps) {
  const { t } = useTranslation();
  const unreachable = problem.is("UNREACHABLE");
  return (
    <div className={styles.state} role="alert" data-testid="failed">
      <h2>{unreachable ? t("ui.unreachable") : problem.missing ? t("ui.missing") : t("ui.failed")}</h2>
      <p>{problem.message || (unreachable ? t("ui.unreachableHelp") : t("ui.failedHelp"))}</p>
      {problem.retryAfterSeconds ? (
        <p className="quiet">{t("ui.retryAfter", { count: problem.retryAfterSeconds })}</p>
      ) : null}
      {problem.requestId ? (
        <p className="quiet">
          {t("ui.quote")} <span className={styles.id}>{problem.requestId}</span>
        </p>
      ) : null}
      {retry ? <Button onClick={retry}>{t("ui.retry")}</Button> : null}
    </div>
  );
}
