import { CheckCircleFilled, WarningFilled } from "@ant-design/icons";
import { Button } from "antd";
import { useTranslation } from "react-i18next";
import type { Case, Decision } from "@/api/contract";
import { getPost } from "@/api/methods";
import { useRead } from "@/api/queries";
import { Leaves } from "@/talent/Leaves";
import { useSkills } from "@/talent/useSkills";
import { useAddress } from "@/ui/address";
import { Status } from "@/ui/chips";
import { Facts } from "@/ui/facts";
import { named } from "@/ui/naming";
import { PersonById } from "@/ui/Person";
import { Day, Moment } from "@/ui/When";
import styles from "./Placements.module.css";
import { milestones, progressOf } from "./steps";

/** What was decided, by whom and why, and that the evidence is still what it was. */
export function DecisionPanel({ one }: { one: Case }) {
  const { t } = useTranslation();
  const { decision } = one;
  const skills = useSkills(decision?.focusSkillIds ?? []);
  if (!decision) return null;
  const focus = (decision.focusSkillIds ?? []).map((id) => named(skills.get(id)?.name, skills.get(id)?.nameEn) || "…");
  const { kind = "DECISION_KIND_UNSPECIFIED", startsOn, endsOn } = decision;
  return (
    <section className="panel" aria-label={t("placements.decision")} data-testid="decision">
      <h2>{t("placements.decision")}</h2>
      <Facts
        facts={[
          { name: t("placements.decided"), value: <strong>{t(`placements.kind.${kind}`)}</strong> },
          { name: t("jobs.post"), value: <DecidedPost one={one} decision={decision} /> },
          ...(startsOn
            ? [
                {
                  name: t("placements.probation"),
                  value: (
                    <>
                      <Day on={startsOn} exact /> – <Day on={endsOn} exact />
                    </>
                  ),
                },
              ]
            : []),
          ...(focus.length > 0
            ? [{ name: t("placements.focus"), value: new Intl.ListFormat(document.documentElement.lang).format(focus) }]
            : []),
          {
            name: t("placements.decidedBy"),
            value: (
              <>
                <PersonById id={decision.decidedBy} link /> · <Moment at={decision.decidedAt} />
              </>
            ),
          },
          ...(decision.lastDay ? [{ name: t("placements.knownThen"), value: <Leaves on={decision.lastDay} /> }] : []),
          ...(decision.reason ? [{ name: t("placements.why"), value: decision.reason }] : []),
        ]}
      />
      {decision.evidenceHash ? <Frozen decision={decision} /> : null}
    </section>
  );
}

function DecidedPost({ one, decision }: { one: Case; decision: Decision }) {
  const known = [...(one.report ? [one.report] : []), ...(one.alternatives ?? [])].find(
    ({ postId }) => postId === decision.postId,
  );
  const same = decision.postId === one.postId;
  const asked = useRead(getPost, same || known ? null : { postId: decision.postId ?? "" }, { staleTime: 60_000 });
  const post = same ? one : (known ?? asked.data);
  return <>{post ? named(post.title, post.titleEn) : "…"}</>;
}

function Frozen({ decision }: { decision: Decision }) {
  const { t } = useTranslation();
  const { evidenceHash = "", intact } = decision;
  return (
    <p style={{ marginTop: 8 }}>
      <span className={intact ? styles.intact : styles.broken} data-testid={intact ? "intact" : "broken"}>
        {intact ? <CheckCircleFilled aria-hidden /> : <WarningFilled aria-hidden />}{" "}
        {t(intact ? "placements.intact" : "placements.broken")}
      </span>{" "}
      <span className={`quiet ${styles.hash ?? ""}`} title={t("placements.hashHelp")}>
        SHA-256 {evidenceHash}
      </span>
    </p>
  );
}

/** How far what was decided has come; everybody in the case sees it. */
export function ProgressPanel({ one }: { one: Case }) {
  const { t } = useTranslation();
  const address = useAddress();
  const done = progressOf(one);
  const decided = one.decision !== undefined;
  if (!decided) return null;
  const shown =
    one.decision?.kind === "DECISION_KIND_PROBATION"
      ? milestones
      : milestones.filter((milestone) => done.has(milestone));
  const records = one.may?.includes("RecordProgress");
  if (shown.length === 0 && !records) return null;
  return (
    <section className="panel" aria-label={t("placements.progress")} data-testid="progress">
      <h2 className="row" style={{ justifyContent: "space-between" }}>
        {t("placements.progress")}
        {records ? (
          <Button size="small" onClick={() => address.set({ do: "RecordProgress" })} data-testid="do-RecordProgress">
            {t("placements.do.RecordProgress")}
          </Button>
        ) : null}
      </h2>
      {shown.length === 0 ? <p className="quiet">{t("placements.noProgress")}</p> : null}
      <ul>
        {shown.map((milestone) => {
          const step = done.get(milestone);
          return (
            <li key={milestone} className={styles.person}>
              <Status tone={step ? "done" : "hollow"}>{t(`placements.milestone.${milestone}`)}</Status>
              <span className="quiet">{step ? <Moment at={step.at} /> : t("placements.notYet")}</span>
              {step?.note ? <span className={`quiet ${styles.wide ?? ""}`}>{step.note}</span> : null}
            </li>
          );
        })}
      </ul>
    </section>
  );
}
