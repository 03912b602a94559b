import { Alert } from "antd";
import { useTranslation } from "react-i18next";
import { useParams } from "react-router";
import { useNameCard } from "@/api/cards";
import type { Case } from "@/api/contract";
import { getCase } from "@/api/placements";
import { useRead } from "@/api/queries";
import { useAddress } from "@/ui/address";
import { longDay } from "@/ui/days";
import { Facts } from "@/ui/facts";
import { lazily } from "@/ui/lazily";
import { named } from "@/ui/naming";
import { Page } from "@/ui/Page";
import { PersonById } from "@/ui/Person";
import { Shown } from "@/ui/Shown";
import { BonesPage } from "@/ui/states";
import { Moment } from "@/ui/When";
import { CaseActions } from "./CaseActions";
import { DecisionPanel, ProgressPanel } from "./DecisionPanels";
import { ExplanationsPanel } from "./ExplanationsPanel";
import { MatchPanel } from "./MatchPanel";
import { NextPanel } from "./NextPanel";
import { OpinionsPanel } from "./OpinionsPanel";
import { PeoplePanel } from "./PeoplePanel";
import styles from "./Placements.module.css";
import { hiddenIn } from "./steps";
import { way } from "./states";
import { TimelinePanel } from "./TimelinePanel";

const CaseDialog = lazily(() => import("./CaseDialog"));

/** May this person have that post: where it stands, what is needed next, who says what, and on which evidence. */
export default function CasePage() {
  const { t } = useTranslation();
  const { caseId = "" } = useParams();
  const query = useRead(getCase, { caseId });
  const one = query.data;
  const card = useNameCard(one?.employeeId ?? "");
  const name = card ? named(card.name, card.nameEn) : "…";
  return (
    <Page
      title={one ? t("placements.titleOf", { name, post: named(one.title, one.titleEn) }) : t("placements.one")}
      trail={[{ to: "/placements", name: t("placements.title") }]}
      actions={one ? <CaseActions one={one} /> : null}
    >
      <Shown query={query} bones={<BonesPage />}>
        {(shown) => <CaseBody one={shown} />}
      </Shown>
    </Page>
  );
}

function CaseBody({ one }: { one: Case }) {
  const address = useAddress();
  return (
    <div className="stack" data-testid="case">
      <StateLine one={one} />
      <NextPanel one={one} />
      <Notice one={one} />
      <Conflict one={one} />
      <Hidden one={one} />
      <div className={styles.columns}>
        <div className="stack">
          <DecisionPanel one={one} />
          <ProgressPanel one={one} />
          <MatchPanel one={one} />
          <OpinionsPanel one={one} />
          <ExplanationsPanel one={one} />
        </div>
        <div className="stack">
          <About one={one} />
          <PeoplePanel one={one} />
          <TimelinePanel one={one} />
        </div>
      </div>
      {address.get("do") ? <CaseDialog key={address.get("do")} one={one} /> : null}
    </div>
  );
}

function StateLine({ one }: { one: Case }) {
  const { t } = useTranslation();
  const withdrawn = one.state === "CASE_STATE_WITHDRAWN";
  const at = way.findIndex((state) => state === one.state);
  return (
    <ol className={styles.way} aria-label={t("placements.stateTitle")} data-testid="case-state">
      {withdrawn ? <li aria-current="step">{t("placements.state.CASE_STATE_WITHDRAWN")}</li> : null}
      {withdrawn
        ? null
        : way.map((state, index) => (
            <li key={state} data-past={index < at} aria-current={index === at ? "step" : undefined}>
              {t(`placements.state.${state}`)}
            </li>
          ))}
    </ol>
  );
}

/** The candidate has given notice: said as long as something is still to be decided or done. */
function Notice({ one }: { one: Case }) {
  const { t } = useTranslation();
  const over = one.state === "CASE_STATE_CLOSED" || one.state === "CASE_STATE_WITHDRAWN";
  if (!one.lastDay || over) return null;
  return (
    <Alert
      type="warning"
      showIcon
      data-testid="notice"
      title={t("placements.candidateLeaves", { day: longDay(one.lastDay) })}
      description={t("placements.leavingNeverCounts")}
    />
  );
}

/** In whose interest the case was opened: said to those who judge, and never part of a match. */
function Conflict({ one }: { one: Case }) {
  const { t } = useTranslation();
  if (!one.relatedEmployeeId) return null;
  return (
    <Alert
      type="warning"
      showIcon
      data-testid="conflict"
      title={
        <span className="row">
          {t("placements.conflictWith")} <PersonById id={one.relatedEmployeeId} link />
          {one.relation ? <span>{t("placements.relationOf", { relation: one.relation })}</span> : null}
        </span>
      }
      description={t("placements.conflictNeverCounts")}
    />
  );
}

function Hidden({ one }: { one: Case }) {
  const { t } = useTranslation();
  const hidden = hiddenIn(one);
  if (hidden.length === 0) return null;
  const list = new Intl.ListFormat(document.documentElement.lang);
  const roles = one.myRoles ?? [];
  return (
    <p className="quiet" data-testid="hidden">
      {t("placements.hidden", {
        roles: list.format(roles.map((role) => t(`placements.role.${role}`))),
        parts: list.format(hidden.map((part) => t(`placements.part.${part}`))),
      })}
    </p>
  );
}

function About({ one }: { one: Case }) {
  const { t } = useTranslation();
  return (
    <section className="panel">
      <h2>{t("placements.aboutCase")}</h2>
      <Facts
        facts={[
          { name: t("placements.number"), value: <span className="number">{one.number}</span> },
          { name: t("placements.openedAt"), value: <Moment at={one.openedAt} /> },
          ...(one.reason ? [{ name: t("placements.reason"), value: one.reason }] : []),
        ]}
      />
    </section>
  );
}
