import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import type { MatchReport } from "@/api/contract";
import { Leaves } from "@/talent/Leaves";
import { OutcomeTag } from "@/talent/tags";
import { named } from "@/ui/naming";
import { Moment } from "@/ui/When";
import { Arithmetic } from "./Arithmetic";
import { Conditions, Wishes } from "./Conditions";
import { unassessed } from "./figures";
import { Gaps } from "./Gaps";
import styles from "./Matching.module.css";
import { Requirements } from "./Requirements";
import { Confidence, Score } from "./Score";

/** What it comes to, in one line and one sentence. */
export function Verdict({ report }: { report: MatchReport }) {
  return (
    <div className={styles.verdict} data-testid="verdict">
      <OutcomeTag outcome={report.outcome} unassessed={unassessed(report)} />
      <Leaves on={report.lastDay} />
      <p className={styles.advice}>{named(report.advice, report.adviceEn)}</p>
    </div>
  );
}

/** A report to be read in a minute: what it comes to, how far and how sure, why, what is missing. `slim`: in a drawer. */
export function Report({ report, slim = false }: { report: MatchReport; slim?: boolean }) {
  const { t } = useTranslation();
  return (
    <div className={`stack ${slim ? (styles.slim ?? "") : ""}`} data-testid="report">
      <section className={`panel ${styles.head ?? ""}`}>
        <Verdict report={report} />
        <Score report={report} />
        <Confidence report={report} />
      </section>
      <Requirements report={report} />
      <div className={styles.columns}>
        <Gaps report={report} />
        <div className="stack">
          <Conditions report={report} />
          <Wishes report={report} />
        </div>
      </div>
      <Arithmetic report={report} />
      <p className="quiet">
        <Link
          to={`/job-profiles/${report.postId ?? ""}?number=${report.profileNumber ?? 0}`}
          style={{ textDecoration: "underline" }}
        >
          {t("matching.byVersion", { number: report.profileNumber ?? 0 })}
        </Link>{" "}
        · {t("matching.madeAt")} <Moment at={report.madeAt} /> · {t("matching.neverSees")}
      </p>
    </div>
  );
}
