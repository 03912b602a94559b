import { Alert, Button } from "antd";
import { useTranslation } from "react-i18next";
import type { Case, MatchReport } from "@/api/contract";
import { points, unassessed, wishState } from "@/matching/figures";
import { TopGap } from "@/matching/Gaps";
import { Verdict } from "@/matching/Report";
import ReportDrawer from "@/matching/ReportDrawer";
import { Requirements } from "@/matching/Requirements";
import { Confidence, Score } from "@/matching/Score";
import { Leaves } from "@/talent/Leaves";
import { OutcomeTag } from "@/talent/tags";
import { useAddress } from "@/ui/address";
import { Status } from "@/ui/chips";
import { named } from "@/ui/naming";
import styles from "./Placements.module.css";

/** The report that the case keeps, and beside it the other posts that were looked at. */
export function MatchPanel({ one }: { one: Case }) {
  const { t } = useTranslation();
  const address = useAddress();
  const { report, alternatives = [] } = one;
  const reports = report ? [report, ...alternatives] : alternatives;
  const open = reports.find(({ postId }) => postId === address.get("at"));
  if (one.hidden?.includes("report")) return null;
  return (
    <>
      <section className="panel" aria-label={t("placements.match")} data-testid="case-match">
        <h2>{t("placements.match")}</h2>
        {one.outdated ? (
          <Alert type="warning" showIcon style={{ marginBottom: 12 }} title={t("placements.outdated")} />
        ) : null}
        <div className={styles.matched}>
          {report ? <Kept report={report} /> : <p className="quiet">{t("placements.noReport")}</p>}
          <div>
            <strong>{t("placements.alternatives")}</strong>
            {alternatives.length === 0 ? (
              <p className="quiet">{t(report ? "placements.noAlternatives" : "placements.alternativesLater")}</p>
            ) : null}
            {alternatives.map((other) => (
              <Alternative key={other.postId} report={other} />
            ))}
          </div>
        </div>
      </section>
      {report ? <Requirements report={report} /> : null}
      {open ? (
        <ReportDrawer
          report={open}
          title={named(open.title, open.titleEn)}
          kept
          onClose={() => address.set({ at: "" })}
        />
      ) : null}
    </>
  );
}

function Kept({ report }: { report: MatchReport }) {
  const { t } = useTranslation();
  const address = useAddress();
  return (
    <div>
      <Verdict report={report} />
      <div className={styles.figures}>
        <Score report={report} />
        <Confidence report={report} />
      </div>
      <Button
        type="link"
        style={{ paddingInline: 0, marginTop: 8 }}
        onClick={() => address.set({ at: report.postId ?? "" })}
        data-testid="whole-report"
      >
        {t("placements.wholeReport")}
      </Button>
    </div>
  );
}

function Alternative({ report }: { report: MatchReport }) {
  const { t } = useTranslation();
  const address = useAddress();
  const against = (report.wishes ?? []).some((wish) => wishState(wish) === "refused");
  return (
    <button
      type="button"
      className={styles.other}
      onClick={() => address.set({ at: report.postId ?? "" })}
      data-testid="alternative"
    >
      <strong>{named(report.title, report.titleEn)}</strong>
      <OutcomeTag outcome={report.outcome} unassessed={unassessed(report)} />
      <span className="quiet number">
        {t("placements.scoreAndConfidence", {
          score: points(report.scoreHundredths),
          confidence: report.confidence ?? 0,
        })}
      </span>
      {report.wishes?.length ? (
        <Status tone={against ? "attention" : "done"}>
          {t(against ? "matching.wishesAgainst" : "placements.wishesKept")}
        </Status>
      ) : null}
      <Leaves on={report.lastDay} />
      <span className={styles.wide}>
        <TopGap report={report} />
      </span>
    </button>
  );
}
