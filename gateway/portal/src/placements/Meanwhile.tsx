import { Alert } from "antd";
import { useTranslation } from "react-i18next";
import type { Case } from "@/api/contract";
import { useMyId } from "@/api/me";
import { DataTable } from "@/ui/DataTable";
import { PersonById } from "@/ui/Person";
import { Moment } from "@/ui/When";
import { fieldsChanged, stepsSince, type CaseField } from "./changes";
import { useStepWords } from "./TimelinePanel";

interface MeanwhileProps {
  /** The case as it was when the dialog was opened, and as it is now. */
  before: Case;
  now: Case;
  /** What was to be done can no longer be done. */
  over: boolean;
}

/** What others changed while somebody was writing, field by field and by whom; what was written stays beside it. */
export function Meanwhile({ before, now, over }: MeanwhileProps) {
  const { t } = useTranslation();
  const wordsOf = useStepWords();
  const fields = fieldsChanged(before, now);
  const steps = stepsSince(before, now, useMyId());
  if (fields.length === 0 && !over) return null;
  return (
    <div className="stack" style={{ gap: 8, marginBottom: 12 }} data-testid="meanwhile">
      <Alert
        type={over ? "error" : "warning"}
        showIcon
        title={t(over ? "placements.meanwhileOver" : "placements.meanwhile")}
        description={steps.map((step, index) => (
          <span className="row" key={`${step.at ?? ""} ${String(index)}`} style={{ columnGap: 6 }}>
            <strong>{wordsOf(step)}</strong>
            <PersonById id={step.actorId} otherwise={t("placements.bySystem")} />
            <span className="quiet">
              <Moment at={step.at} ago />
            </span>
          </span>
        ))}
      />
      {fields.length > 0 ? (
        <DataTable<CaseField>
          label={t("placements.meanwhile")}
          rows={fields}
          keyOf={(field) => field}
          columns={[
            { key: "field", title: t("talent.field"), cell: (field) => t(`placements.meanwhileField.${field}`) },
            { key: "before", title: t("talent.before"), cell: (field) => <Value field={field} one={before} /> },
            { key: "now", title: t("placements.meanwhileNow"), cell: (field) => <Value field={field} one={now} /> },
          ]}
        />
      ) : null}
    </div>
  );
}

function Value({ field, one }: { field: CaseField; one: Case }) {
  const { t } = useTranslation();
  const { report, decision, opinions = [], participants = [] } = one;
  switch (field) {
    case "state":
      return <>{t(`placements.state.${one.state ?? "CASE_STATE_UNSPECIFIED"}`)}</>;
    case "report":
      if (!report) return <>—</>;
      return (
        <>
          {t(`talent.outcome.${report.outcome ?? "OUTCOME_UNSPECIFIED"}`)} · <Moment at={report.madeAt} />
        </>
      );
    case "opinions":
      return <span className="number">{t("placements.opinionCount", { count: opinions.length })}</span>;
    case "participants":
      return (
        <span className="row" style={{ columnGap: 6 }}>
          {participants.map(({ employeeId, role }) => (
            <PersonById key={`${employeeId ?? ""} ${role ?? ""}`} id={employeeId} />
          ))}
        </span>
      );
    case "decision":
      return <>{decision ? t(`placements.kind.${decision.kind ?? "DECISION_KIND_UNSPECIFIED"}`) : "—"}</>;
  }
}
