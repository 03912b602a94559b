import { Progress as Bar } from "antd";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Import } from "@/api/contract";
import { sayDuration } from "@/ui/days";
import { sayNumber } from "@/ui/numbers";
import { paceOf } from "./pace";

/** Rows done, rate, time left. */
export function Progress({ one }: { one: Import }) {
  const { t } = useTranslation();
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    const timer = window.setInterval(() => setNow(Date.now()), 1000);
    return () => window.clearInterval(timer);
  }, []);
  const { rows = 0, rowsDone = 0 } = one;
  const startedAt = one.stepStartedAt ? Date.parse(one.stepStartedAt) : now;
  const { share, perSecond, left } = paceOf(rowsDone, rows, startedAt, now);
  const title = one.state === "IMPORT_STATE_APPLYING" ? t("imports.applying") : t("imports.checking");
  return (
    <section className="panel" data-testid="import-progress">
      <h2>{title}</h2>
      <Bar percent={Math.floor(share * 100)} aria-label={title} status="active" />
      <p className="number">
        {t("imports.rowsDone", { done: sayNumber(rowsDone), rows: sayNumber(rows) })}
        {rowsDone > 0 ? (
          <span className="quiet"> · {t("imports.rate", { rate: sayNumber(Math.round(perSecond)) })}</span>
        ) : null}
        {left === undefined ? null : <span className="quiet"> · {t("imports.left", { time: sayDuration(left) })}</span>}
      </p>
      <p className="quiet">{t("imports.mayLeave")}</p>
    </section>
  );
}
