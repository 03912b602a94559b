import { DeleteOutlined, PlusOutlined } from "@ant-design/icons";
import { Button, Input, InputNumber, Select } from "antd";
import { useTranslation } from "react-i18next";
import type { Condition, JobDemands, Shift } from "@/api/contract";
import { families, familyOf, useFamilyName } from "@/talent/families";
import { shifts } from "@/talent/shifts";
import { USUAL_MONTHS } from "./demands";
import styles from "./Jobs.module.css";

interface FieldsProps {
  demands: JobDemands;
  onChange: (change: Partial<JobDemands>) => void;
}

/** What the work is, when and where, and how long a gap may take to close. */
export function DemandsFields({ demands, onChange }: FieldsProps) {
  const { t } = useTranslation();
  const familyName = useFamilyName();
  return (
    <section className="panel stack" aria-label={t("jobs.work")} style={{ gap: 12 }}>
      <label htmlFor="purpose" style={{ display: "grid", gap: 4 }}>
        {t("jobs.field.purpose")}
        <Input.TextArea
          id="purpose"
          rows={3}
          maxLength={2000}
          value={demands.purpose ?? ""}
          onChange={(event) => onChange({ purpose: event.target.value })}
          data-testid="field-purpose"
        />
      </label>
      <div className={styles.fields}>
        <label htmlFor="shift">
          {t("jobs.field.shift")}
          <Select
            id="shift"
            value={demands.shift ?? "SHIFT_UNSPECIFIED"}
            onChange={(shift: Shift) => onChange({ shift })}
            options={shifts.map((value) => ({ value, label: t(`talent.shift.${value}`) }))}
          />
        </label>
        <label htmlFor="place">
          {t("jobs.field.place")}
          <Input
            id="place"
            maxLength={60}
            value={demands.place ?? ""}
            onChange={(event) => onChange({ place: event.target.value })}
          />
        </label>
        <label htmlFor="family">
          {t("jobs.field.family")}
          <Select
            id="family"
            mode="tags"
            maxCount={1}
            value={demands.family ? [demands.family] : []}
            onChange={([family = ""]: string[]) => onChange({ family: familyOf(family.slice(0, 40), familyName) })}
            options={families.map((value) => ({ value, label: familyName(value) }))}
            showSearch={{ optionFilterProp: "label" }}
          />
        </label>
        <label htmlFor="months" title={t("jobs.trainingHelp")}>
          {t("jobs.field.trainingMonths")}
          <InputNumber
            id="months"
            min={1}
            max={24}
            precision={0}
            value={demands.trainingMonths || USUAL_MONTHS}
            onChange={(next) => onChange({ trainingMonths: next ?? USUAL_MONTHS })}
            style={{ width: "100%" }}
          />
        </label>
      </div>
      <p className="quiet">{t("jobs.trainingHelp")}</p>
    </section>
  );
}

/** What must simply be so: certificates that have to be valid. */
export function ConditionsEditor({ demands, onChange }: FieldsProps) {
  const { t } = useTranslation();
  const conditions = demands.conditions ?? [];
  const change = (at: number, values: Partial<Condition>) =>
    onChange({ conditions: conditions.map((one, index) => (index === at ? { ...one, ...values } : one)) });
  return (
    <section className="panel" aria-label={t("jobs.conditions")}>
      <h2>{t("jobs.conditions")}</h2>
      <p className="quiet">{t("jobs.conditionsHelp")}</p>
      <ul>
        {conditions.map((condition, index) => (
          <li key={condition.conditionId ?? `new-${index}`} className={styles.condition}>
            <Input
              aria-label={t("jobs.certificate")}
              placeholder={t("jobs.certificate")}
              maxLength={120}
              value={condition.certificate ?? ""}
              status={condition.certificate?.trim() ? "" : "error"}
              onChange={(event) => change(index, { certificate: event.target.value })}
              data-testid="condition"
            />
            <Input
              aria-label={t("jobs.conditionWhy")}
              placeholder={t("jobs.conditionWhy")}
              maxLength={500}
              value={condition.reason ?? ""}
              onChange={(event) => change(index, { reason: event.target.value })}
            />
            <Button
              type="text"
              icon={<DeleteOutlined />}
              aria-label={t("jobs.removeOf", { name: condition.certificate ?? "" })}
              onClick={() => onChange({ conditions: conditions.filter((_one, other) => other !== index) })}
            />
          </li>
        ))}
      </ul>
      <Button
        size="small"
        icon={<PlusOutlined />}
        disabled={conditions.length >= 10}
        onClick={() => onChange({ conditions: [...conditions, { certificate: "" }] })}
        data-testid="add-condition"
      >
        {t("jobs.addCondition")}
      </Button>
    </section>
  );
}
