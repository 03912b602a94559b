import { Alert, Checkbox, Form, InputNumber, Radio, Select } from "antd";
import { useTranslation } from "react-i18next";
import type { Case, DecisionKind } from "@/api/contract";
import { decideCase } from "@/api/placements";
import { JobPicker } from "@/matching/picker";
import { DayField } from "@/people/commands/parts";
import { longDay, today } from "@/ui/days";
import { useDraft } from "@/ui/drafts";
import { CommandDialog } from "@/ui/forms";
import { named } from "@/ui/naming";
import { PersonById } from "@/ui/Person";
import type { CaseDialogProps } from "./CaseDialog";
import { target, useCommandWords } from "./command";
import { beginsTooLate, decisionOf, type DecideValues } from "./deciding";
import { heard, outstanding } from "./steps";
import { Kept, Words } from "./WordDialogs";

const kinds = [
  "DECISION_KIND_PROBATION",
  "DECISION_KIND_OTHER_POST",
  "DECISION_KIND_NOT_NOW",
] as const satisfies readonly DecisionKind[];

/** The decision, on the evidence that is frozen into it. What was written survives the sign-in that may be asked for. */
export function DecideDialog({ one, onClose }: CaseDialogProps) {
  const { t } = useTranslation();
  const draft = useDraft<DecideValues>(`decision.${one.caseId ?? ""}`);
  const words = useCommandWords("DecideCase");
  const missing = outstanding(one);
  const first: Partial<DecideValues> = { months: 3, ...draft.former };
  return (
    <CommandDialog
      method={decideCase}
      {...words}
      about={<About one={one} missing={missing} />}
      first={first}
      request={(values: DecideValues) => ({ ...target(one), ...decisionOf(values) })}
      onDone={() => {
        draft.finish();
        words.onDone();
      }}
      onClose={onClose}
      testid="decide-dialog"
    >
      {(values) => (
        <>
          <Kept draft={draft} values={values} />
          <Form.Item
            name="kind"
            label={t("placements.decided")}
            rules={[{ required: true, message: t("ui.required") }]}
          >
            <Radio.Group style={{ display: "grid", gap: 6 }}>
              {kinds.map((kind) => (
                <Radio key={kind} value={kind} data-testid={kind}>
                  <strong>{t(`placements.kind.${kind}`)}</strong>{" "}
                  <span className="quiet">{t(`placements.kindHelp.${kind}`)}</span>
                </Radio>
              ))}
            </Radio.Group>
          </Form.Item>
          {values.kind === "DECISION_KIND_PROBATION" ? <Term one={one} startsOn={values.startsOn} /> : null}
          {values.kind === "DECISION_KIND_OTHER_POST" ? <OtherPost one={one} /> : null}
          <Words name="reason" label={t("placements.why")} help={t("placements.whyHelp")} max={2000} />
          {missing.length > 0 || !heard(one) ? (
            <Form.Item
              name="withoutAllOpinions"
              valuePropName="checked"
              rules={[
                {
                  validator: (_rule, on: boolean | undefined) =>
                    on ? Promise.resolve() : Promise.reject(new Error(t("placements.opinionsOpen"))),
                },
              ]}
            >
              <Checkbox data-testid="field-withoutAllOpinions">{t("placements.withoutAll")}</Checkbox>
            </Form.Item>
          ) : null}
        </>
      )}
    </CommandDialog>
  );
}

function About({ one, missing }: { one: Case; missing: readonly string[] }) {
  const { t } = useTranslation();
  return (
    <div className="stack" style={{ gap: 8 }}>
      <p className="quiet">{t("placements.decideAbout")}</p>
      {one.lastDay ? (
        <Alert
          type="warning"
          showIcon
          title={t("placements.candidateLeaves", { day: longDay(one.lastDay) })}
          data-testid="leaves-here"
        />
      ) : null}
      {one.relatedEmployeeId ? <Alert type="warning" showIcon title={t("placements.conflictHere")} /> : null}
      {missing.length > 0 ? (
        <Alert
          type="warning"
          showIcon
          title={
            <span className="row">
              {t("placements.waitsForOpinions")}
              {missing.map((id) => (
                <PersonById key={id} id={id} />
              ))}
            </span>
          }
        />
      ) : null}
      {heard(one) ? null : <Alert type="warning" showIcon title={t("placements.nobodyHeard")} />}
    </div>
  );
}

function Term({ one, startsOn }: { one: Case; startsOn: string | undefined }) {
  const { t } = useTranslation();
  return (
    <>
      {beginsTooLate(one.lastDay, startsOn) ? (
        <Alert
          type="warning"
          showIcon
          style={{ marginBottom: 12 }}
          title={t("placements.beginsTooLate")}
          data-testid="begins-too-late"
        />
      ) : null}
      <div className="row" style={{ alignItems: "flex-start", gap: 16 }}>
        <DayField name="startsOn" label={t("placements.startsOn")} min={today()} />
        <Form.Item
          name="months"
          label={t("placements.months")}
          extra={t("placements.monthsHelp")}
          rules={[{ required: true, message: t("ui.required") }]}
        >
          <InputNumber min={1} max={6} precision={0} suffix={t("pools.months")} data-testid="field-months" />
        </Form.Item>
      </div>
    </>
  );
}

/** One of the posts that were looked at; any, when there is no report to have looked by. */
function OtherPost({ one }: { one: Case }) {
  const { t } = useTranslation();
  const others = one.alternatives ?? [];
  return (
    <Form.Item name="postId" label={t("placements.otherPost")} rules={[{ required: true, message: t("ui.required") }]}>
      {others.length > 0 ? (
        <Select
          options={others.map(({ postId = "", title, titleEn }) => ({ value: postId, label: named(title, titleEn) }))}
          data-testid="field-postId"
        />
      ) : (
        <JobPicker />
      )}
    </Form.Item>
  );
}
