import { Alert, Form, Radio } from "antd";
import { useTranslation } from "react-i18next";
import type { PotentialKind } from "@/api/contract";
import { ratePotential, rateRisk, setAutomatedUse } from "@/api/talent";
import { DayField, useDoneMessage } from "@/people/commands/parts";
import { today } from "@/ui/days";
import { CommandDialog, ReasonField } from "@/ui/forms";
import type { DialogProps } from "./GrowthDialog";

const potentialKinds = ["POTENTIAL_KIND_LEARNING", "POTENTIAL_KIND_GROWTH"] as const satisfies readonly PotentialKind[];
const three = [1, 2, 3] as const;
const five = [1, 2, 3, 4, 5] as const;

interface PotentialValues {
  kind: PotentialKind;
  level: number;
  evidence: string;
  observedOn: string;
}

interface ChoiceProps {
  name: string;
  label: string;
  choices: readonly { value: number; words: string }[];
}

function Choice({ name, label, choices }: ChoiceProps) {
  const { t } = useTranslation();
  return (
    <Form.Item name={name} label={label} rules={[{ required: true, message: t("ui.required") }]}>
      <Radio.Group style={{ display: "grid", gap: 6 }} data-testid={`field-${name}`}>
        {choices.map(({ value, words }) => (
          <Radio key={value} value={value}>
            <strong className="number">{value}</strong> {words}
          </Radio>
        ))}
      </Radio.Group>
    </Form.Item>
  );
}

export function RatePotentialDialog({ employeeId, onClose }: DialogProps) {
  const { t } = useTranslation();
  const done = useDoneMessage();
  return (
    <CommandDialog
      method={ratePotential}
      title={t("growth.do.ratePotential")}
      send={t("ui.save")}
      about={<Alert type="info" showIcon title={t("growth.potentialSeen")} />}
      first={{ kind: "POTENTIAL_KIND_LEARNING", observedOn: today() }}
      request={(values: PotentialValues) => ({ employeeId, ...values })}
      onDone={() => done(t("growth.done.rate"))}
      onClose={onClose}
      testid="rate-potential-dialog"
    >
      {(values, form) => (
        <>
          <Form.Item name="kind" label={t("growth.potentialWhat")} required>
            <Radio.Group
              onChange={() => form.setFieldsValue({ level: undefined })}
              options={potentialKinds.map((value) => ({ value, label: t(`talent.potential.${value}`) }))}
            />
          </Form.Item>
          <Choice
            name="level"
            label={t("growth.rating")}
            choices={
              values.kind === "POTENTIAL_KIND_GROWTH"
                ? five.map((value) => ({ value, words: t(`talent.growthLevel.${value}`) }))
                : three.map((value) => ({ value, words: t(`talent.learning.${value}`) }))
            }
          />
          <ReasonField name="evidence" label={t("growth.seenBy")} max={1000} />
          <DayField name="observedOn" label={t("talent.observedOn")} max={today()} />
        </>
      )}
    </CommandDialog>
  );
}

interface RiskValues {
  likelihood: number;
  impact: number;
  reason: string;
}

export function RateRiskDialog({ employeeId, onClose }: DialogProps) {
  const { t } = useTranslation();
  const done = useDoneMessage();
  return (
    <CommandDialog
      method={rateRisk}
      title={t("growth.do.rateRisk")}
      send={t("ui.save")}
      about={<Alert type="warning" showIcon title={t("growth.riskNote")} />}
      request={(values: RiskValues) => ({ employeeId, ...values })}
      onDone={() => done(t("growth.done.rate"))}
      onClose={onClose}
      testid="risk-dialog"
    >
      <Choice
        name="likelihood"
        label={t("growth.likelihood")}
        choices={five.map((value) => ({ value, words: t(`growth.likelihoodLevel.${value}`) }))}
      />
      <Choice
        name="impact"
        label={t("growth.impact")}
        choices={five.map((value) => ({ value, words: t(`growth.impactLevel.${value}`) }))}
      />
      <ReasonField label={t("growth.why")} max={1000} />
    </CommandDialog>
  );
}

/** Refusing to be ranked automatically, or allowing it again, with what either means. */
export function AutomatedUseDialog({ refused, onClose }: { refused: boolean; onClose: () => void }) {
  const { t } = useTranslation();
  const done = useDoneMessage();
  return (
    <CommandDialog
      method={setAutomatedUse}
      title={t(refused ? "growth.do.allow" : "growth.do.refuse")}
      send={t(refused ? "growth.allowSend" : "growth.refuseSend")}
      request={() => ({ refused: !refused })}
      about={
        <ul style={{ display: "grid", gap: 6, listStyle: "disc", paddingInlineStart: 20 }}>
          {refused ? (
            <>
              <li>{t("growth.allowMeans1")}</li>
              <li>{t("growth.allowMeans2")}</li>
            </>
          ) : (
            <>
              <li>{t("growth.refuseMeans1")}</li>
              <li>{t("growth.refuseMeans2")}</li>
              <li>{t("growth.refuseMeans3")}</li>
              <li>{t("growth.refuseMeans4")}</li>
            </>
          )}
        </ul>
      }
      onDone={() => done(t(refused ? "growth.done.allow" : "growth.done.refuse"))}
      onClose={onClose}
      testid="automated-dialog"
    >
      {null}
    </CommandDialog>
  );
}
