import { Form, Input, Radio } from "antd";
import { useTranslation } from "react-i18next";
import type { Entry } from "@/api/contract";
import { answerContest, contestEntry, endEntry, verifyEntry } from "@/api/talent";
import { useDoneMessage } from "@/people/commands/parts";
import { CommandDialog, ReasonField } from "@/ui/forms";
import { named } from "@/ui/naming";
import { Day } from "@/ui/When";
import type { EntryDialogProps } from "./GrowthDialog";

/** What the dialog is about, as the page shows it. */
function AboutEntry({ entry, children }: { entry: Entry; children: string }) {
  const { t } = useTranslation();
  const { source = "ENTRY_SOURCE_UNSPECIFIED", level = 0, value, scale } = entry;
  const held = entry.kind === "ENTRY_KIND_SKILL" ? `${level} / 5` : [value, scale].filter(Boolean).join(" / ");
  return (
    <>
      <p>
        <strong>{named(entry.title, entry.titleEn)}</strong> <span className="number">{held}</span>{" "}
        <span className="quiet">
          {t(`talent.source.${source}`)} · <Day on={entry.observedOn} exact />
        </span>
      </p>
      {entry.evidence ? (
        <p>
          <span className="quiet">{t("talent.evidence")} </span>
          {entry.evidence}
        </p>
      ) : null}
      <p className="quiet">{children}</p>
    </>
  );
}

/** HR confirms that it is true, having seen the evidence. */
export function VerifyDialog({ employeeId, entry, onClose }: EntryDialogProps) {
  const { t } = useTranslation();
  const done = useDoneMessage();
  return (
    <CommandDialog
      method={verifyEntry}
      title={t("growth.entryDo.verify")}
      send={t("growth.entryDo.verify")}
      request={() => ({ employeeId, entryId: entry.entryId ?? "" })}
      about={<AboutEntry entry={entry}>{t("growth.verifyAbout")}</AboutEntry>}
      onDone={() => done(t("growth.done.verify"))}
      onClose={onClose}
      testid="verify-dialog"
    >
      {null}
    </CommandDialog>
  );
}

export function ContestDialog({ entry, onClose }: EntryDialogProps) {
  const { t } = useTranslation();
  const done = useDoneMessage();
  return (
    <CommandDialog
      method={contestEntry}
      title={t("growth.entryDo.contest")}
      send={t("growth.contestSend")}
      request={({ reason }: { reason: string }) => ({ entryId: entry.entryId ?? "", reason })}
      about={<AboutEntry entry={entry}>{t("growth.contestAbout")}</AboutEntry>}
      onDone={() => done(t("growth.done.contest"))}
      onClose={onClose}
      testid="contest-dialog"
    >
      <ReasonField label={t("growth.contestReason")} max={1000} />
    </CommandDialog>
  );
}

interface AnswerValues {
  /** Not asked of an entry that has ended. */
  keep?: boolean;
  answer: string;
}

export function AnswerDialog({ employeeId, entry, onClose }: EntryDialogProps) {
  const { t } = useTranslation();
  const done = useDoneMessage();
  return (
    <CommandDialog
      method={answerContest}
      title={t("growth.entryDo.answer")}
      send={t("growth.answerSend")}
      request={(values: AnswerValues) => ({ employeeId, entryId: entry.entryId ?? "", ...values })}
      about={
        <>
          <AboutEntry entry={entry}>{t("growth.answerAbout")}</AboutEntry>
          <blockquote style={{ margin: "8px 0 0" }}>{entry.contested}</blockquote>
          {entry.endedAt ? <p className="quiet">{t("growth.contests.ended")}</p> : null}
        </>
      }
      onDone={() => done(t("growth.done.answer"))}
      onClose={onClose}
      testid="answer-dialog"
    >
      {entry.endedAt ? null : (
        <Form.Item name="keep" label={t("growth.answerWhat")} rules={[{ required: true, message: t("ui.required") }]}>
          <Radio.Group style={{ display: "grid", gap: 6 }}>
            <Radio value={true}>{t("growth.answerKeep")}</Radio>
            <Radio value={false}>{t("growth.answerEnd")}</Radio>
          </Radio.Group>
        </Form.Item>
      )}
      <ReasonField name="answer" label={t("growth.answerWords")} max={1000} />
    </CommandDialog>
  );
}

/** Ends an entry: it stays in the history and no longer counts. */
export function EndDialog({ employeeId, entry, onClose }: EntryDialogProps) {
  const { t } = useTranslation();
  const done = useDoneMessage();
  return (
    <CommandDialog
      method={endEntry}
      title={t("growth.entryDo.end")}
      send={t("growth.entryDo.end")}
      danger
      request={({ reason }: { reason?: string }) => ({ employeeId, entryId: entry.entryId ?? "", reason })}
      about={<AboutEntry entry={entry}>{t("growth.endAbout")}</AboutEntry>}
      onDone={() => done(t("growth.done.end"))}
      onClose={onClose}
      testid="end-entry-dialog"
    >
      <Form.Item name="reason" label={t("growth.reasonOptional")} rules={[{ max: 500 }]}>
        <Input.TextArea rows={2} maxLength={500} />
      </Form.Item>
    </CommandDialog>
  );
}
