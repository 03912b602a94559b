import { Form, Input } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Entry, EntryKind } from "@/api/contract";
import { idempotencyKey } from "@/api/keys";
import { rateSkill, recordEntry } from "@/api/talent";
import { DayField, useDoneMessage } from "@/people/commands/parts";
import { LevelField } from "@/talent/LevelField";
import SkillPicker from "@/talent/SkillPicker";
import { today } from "@/ui/days";
import { CommandDialog, ReasonField } from "@/ui/forms";
import type { DialogProps } from "./GrowthDialog";

interface SkillValues {
  skillId: string;
  level: number;
  evidence?: string;
  observedOn: string;
}

/** With an entry: the same skill at another level. Its present entry is closed and stays in the history. */
interface SkillDialogProps extends DialogProps {
  entry?: Entry;
}

const firstOf = (entry: Entry | undefined): Partial<SkillValues> => ({
  observedOn: today(),
  ...(entry?.skillId ? { skillId: entry.skillId, level: entry.level ?? 0 } : {}),
});

function SkillFields({ skillId, fixed }: { skillId: string | undefined; fixed: boolean }) {
  const { t } = useTranslation();
  return (
    <>
      <Form.Item
        name="skillId"
        label={t("talent.skill")}
        extra={fixed ? undefined : t("talent.skillHelp")}
        rules={[{ required: true, message: t("ui.required") }]}
      >
        <SkillPicker disabled={fixed} testid="field-skillId" />
      </Form.Item>
      {skillId ? <LevelField skillId={skillId} /> : null}
    </>
  );
}

export function RecordSkillDialog({ employeeId, entry, mine, onClose }: SkillDialogProps & { mine: boolean }) {
  const { t } = useTranslation();
  const done = useDoneMessage();
  const [key] = useState(idempotencyKey);
  return (
    <CommandDialog
      method={recordEntry}
      title={t(mine ? "growth.do.addMySkill" : "growth.do.recordSkill")}
      send={t("ui.save")}
      about={<span className="quiet">{t(mine ? "growth.recordMineAbout" : "growth.recordAbout")}</span>}
      first={firstOf(entry)}
      request={(values: SkillValues) => ({
        employeeId,
        idempotencyKey: key,
        kind: "ENTRY_KIND_SKILL" as const,
        ...values,
      })}
      onDone={() => done(t("growth.done.record"))}
      onClose={onClose}
      testid="record-dialog"
    >
      {(values) => (
        <>
          <SkillFields skillId={values.skillId} fixed={entry !== undefined} />
          <EvidenceField />
          <DayField name="observedOn" label={t("talent.observedOn")} max={today()} />
        </>
      )}
    </CommandDialog>
  );
}

function EvidenceField() {
  const { t } = useTranslation();
  return (
    <Form.Item name="evidence" label={t("talent.evidence")} extra={t("growth.evidenceHelp")}>
      <Input.TextArea rows={2} maxLength={1000} data-testid="field-evidence" />
    </Form.Item>
  );
}

/** A manager's word on a skill; what it was seen by has to be said. */
export function RateSkillDialog({ employeeId, entry, onClose }: SkillDialogProps) {
  const { t } = useTranslation();
  const done = useDoneMessage();
  return (
    <CommandDialog
      method={rateSkill}
      title={t("growth.do.rateSkill")}
      send={t("ui.save")}
      about={<span className="quiet">{t("growth.rateAbout")}</span>}
      first={firstOf(entry)}
      request={({ skillId, level, evidence = "", observedOn }: SkillValues) => ({
        employeeId,
        skillId,
        level,
        evidence,
        observedOn,
      })}
      onDone={() => done(t("growth.done.rate"))}
      onClose={onClose}
      testid="rate-skill-dialog"
    >
      {(values) => (
        <>
          <SkillFields skillId={values.skillId} fixed={entry !== undefined} />
          <ReasonField name="evidence" label={t("growth.seenBy")} max={1000} />
          <DayField name="observedOn" label={t("talent.observedOn")} max={today()} />
        </>
      )}
    </CommandDialog>
  );
}

interface TitledValues {
  title: string;
  titleEn?: string;
  evidence?: string;
  observedOn: string;
  validTo?: string;
}

interface TitledProps extends DialogProps {
  kind: Extract<EntryKind, "ENTRY_KIND_CERTIFICATE" | "ENTRY_KIND_AWARD">;
}

/** A certificate or an award. */
export function RecordTitledDialog({ employeeId, kind, onClose }: TitledProps) {
  const { t } = useTranslation();
  const done = useDoneMessage();
  const [key] = useState(idempotencyKey);
  const certificate = kind === "ENTRY_KIND_CERTIFICATE";
  return (
    <CommandDialog
      method={recordEntry}
      title={t(certificate ? "growth.do.certificate" : "growth.do.award")}
      send={t("ui.save")}
      first={{ observedOn: today() }}
      request={(values: TitledValues) => ({ employeeId, idempotencyKey: key, kind, ...values })}
      onDone={() => done(t("growth.done.record"))}
      onClose={onClose}
      testid="record-dialog"
    >
      {(values) => (
        <>
          <Form.Item
            name="title"
            label={t(certificate ? "growth.certificateName" : "growth.awardName")}
            rules={[{ required: true, message: t("ui.required") }]}
          >
            <Input maxLength={120} data-testid="field-title" />
          </Form.Item>
          <Form.Item name="titleEn" label={t("growth.nameEn")}>
            <Input maxLength={160} />
          </Form.Item>
          <DayField name="observedOn" label={t(certificate ? "growth.issuedOn" : "growth.awardedOn")} max={today()} />
          {certificate ? (
            <DayField name="validTo" label={t("growth.validToOptional")} required={false} min={values.observedOn} />
          ) : null}
          <EvidenceField />
        </>
      )}
    </CommandDialog>
  );
}
