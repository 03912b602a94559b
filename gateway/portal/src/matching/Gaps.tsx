import { useTranslation } from "react-i18next";
import type { MatchReport, RequirementMatch } from "@/api/contract";
import { useRequirementName } from "@/jobs/words";
import { monthsOf } from "@/talent/months";
import { FitTag } from "@/talent/tags";
import { named } from "@/ui/naming";
import { gapsOf } from "./figures";
import styles from "./Matching.module.css";

/** What teaches it and how long that takes, in one line. */
function useClosing(): (gap: RequirementMatch) => string {
  const { t } = useTranslation();
  return (gap) => {
    const months = monthsOf(gap.tenthMonths);
    const courses = (gap.taughtBy ?? []).map((course, index) => named(course, gap.taughtByEn?.[index]));
    if (gap.fit === "FIT_UNKNOWN") return t("matching.assess");
    const list = new Intl.ListFormat(document.documentElement.lang, { type: "disjunction" }).format(courses);
    const time = months > 0 ? t("matching.inMonths", { count: months }) : t("matching.noTime");
    return courses.length > 0 ? t("matching.taught", { time, list }) : time;
  };
}

/** What is missing, most pressing first. */
export function Gaps({ report }: { report: MatchReport }) {
  const { t } = useTranslation();
  const nameOf = useRequirementName();
  const closing = useClosing();
  const gaps = gapsOf(report);
  // What is merely nice to have and not known is one thing to find out, not many gaps.
  const unproven = gaps.filter(({ fit, requirement }) => fit === "FIT_UNKNOWN" && !requirement?.must);
  const names = new Intl.ListFormat(document.documentElement.lang).format(
    unproven.map(({ requirement }) => nameOf(requirement ?? {})),
  );
  return (
    <section className="panel" aria-label={t("matching.gaps")} data-testid="gaps">
      <h2>{t("matching.gaps")}</h2>
      {gaps.length === 0 ? <p className="quiet">{t("matching.noGaps")}</p> : null}
      <ul className={styles.lines}>
        {gaps
          .filter((gap) => !unproven.includes(gap))
          .map((gap) => (
            <li key={gap.requirement?.requirementId}>
              <span>
                <strong>{nameOf(gap.requirement ?? {})}</strong>{" "}
                <span className={gap.requirement?.must ? styles.must : "quiet"}>
                  {t(gap.requirement?.must ? "jobs.must" : "jobs.soft")}
                </span>
              </span>
              <FitTag fit={gap.fit} />
              <span className={styles.note}>{closing(gap)}</span>
            </li>
          ))}
        {unproven.length > 0 ? (
          <li>
            <strong>{t("matching.unproven")}</strong>
            <FitTag fit="FIT_UNKNOWN" />
            <span className={styles.note}>{t("matching.assessThese", { list: names })}</span>
          </li>
        ) : null}
      </ul>
      <p className="quiet">{t(`matching.pace.${pace(report.learning)}`)}</p>
    </section>
  );
}

function pace(learning: number | undefined): "0" | "1" | "2" | "3" {
  return learning === 1 ? "1" : learning === 2 ? "2" : learning === 3 ? "3" : "0";
}

/** The first gap, for a row of a list. */
export function TopGap({ report }: { report: MatchReport }) {
  const { t } = useTranslation();
  const nameOf = useRequirementName();
  const [first] = gapsOf(report);
  if (!first) return <span className="quiet">{t("matching.noGaps")}</span>;
  const months = monthsOf(first.tenthMonths);
  return (
    <span className="row" style={{ columnGap: 8, rowGap: 0 }}>
      <span>{nameOf(first.requirement ?? {})}</span>
      <FitTag fit={first.fit} />
      {months > 0 ? <span className="quiet number">{t("matching.inMonths", { count: months })}</span> : null}
    </span>
  );
}
