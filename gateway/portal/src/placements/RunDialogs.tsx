/** What who runs a case does with it: compare, ask, follow, end. */
import { Alert, Form, Input, InputNumber, Radio } from "antd";
import { useTranslation } from "react-i18next";
import type { Milestone } from "@/api/contract";
import { askForOpinions, closeCase, matchCase, recordProgress, withdrawCase } from "@/api/placements";
import { DayField } from "@/people/commands/parts";
import { addDays, today } from "@/ui/days";
import { CommandDialog, ReasonField } from "@/ui/forms";
import type { CaseDialogProps } from "./CaseDialog";
import { target, useCommandWords } from "./command";
import { possibleMilestones } from "./steps";

/** Working days of a week and a half: long enough to talk to each other, short enough to stay in mind. */
const OPINION_DAYS = 7;
const ALTERNATIVES = 5;

export function MatchDialog({ one, onClose }: CaseDialogProps) {
  const { t } = useTranslation();
  const again = one.state === "CASE_STATE_OPINIONS";
  return (
    <CommandDialog
      method={matchCase}
      {...useCommandWords("MatchCase")}
      about={
        <>
          <p className="quiet">{t("placements.matchAbout")}</p>
          {again ? <Alert type="warning" showIcon title={t("placements.matchAgain")} /> : null}
        </>
      }
      first={{ alternatives: ALTERNATIVES }}
      request={({ alternatives }: { alternatives: number }) => ({ ...target(one), alternatives })}
      onClose={onClose}
      testid="match-dialog"
    >
      <Form.Item
        name="alternatives"
        label={t("placements.howManyOthers")}
        rules={[{ required: true, message: t("ui.required") }]}
      >
        <InputNumber min={1} max={20} precision={0} />
      </Form.Item>
    </CommandDialog>
  );
}

export function AskForOpinionsDialog({ one, onClose }: CaseDialogProps) {
  const { t } = useTranslation();
  return (
    <CommandDialog
      method={askForOpinions}
      {...useCommandWords("AskForOpinions")}
      about={<p className="quiet">{t("placements.askAbout")}</p>}
      first={{ dueOn: addDays(today(), OPINION_DAYS) }}
      request={({ dueOn }: { dueOn: string }) => ({ ...target(one), dueOn })}
      onClose={onClose}
      testid="ask-dialog"
    >
      <DayField name="dueOn" label={t("placements.dueOn")} min={today()} extra={t("placements.dueHelp")} />
    </CommandDialog>
  );
}

export function ProgressDialog({ one, onClose }: CaseDialogProps) {
  const { t } = useTranslation();
  const possible = possibleMilestones(one);
  return (
    <CommandDialog
      method={recordProgress}
      {...useCommandWords("RecordProgress")}
      {...(possible[0] ? { first: { milestone: possible[0] } } : {})}
      request={({ milestone, note }: { milestone: Milestone; note?: string }) => ({
        ...target(one),
        milestone,
        note: note ?? "",
      })}
      onClose={onClose}
      testid="progress-dialog"
    >
      <Form.Item name="milestone" label={t("placements.milestoneTitle")} required>
        <Radio.Group style={{ display: "grid", gap: 6 }}>
          {possible.map((milestone) => (
            <Radio key={milestone} value={milestone} data-testid={milestone}>
              {t(`placements.milestone.${milestone}`)}
            </Radio>
          ))}
        </Radio.Group>
      </Form.Item>
      <Form.Item name="note" label={t("placements.note")} extra={t("placements.noteForAll")} rules={[{ max: 500 }]}>
        <Input.TextArea rows={2} maxLength={500} />
      </Form.Item>
    </CommandDialog>
  );
}

export function CloseDialog({ one, onClose }: CaseDialogProps) {
  const { t } = useTranslation();
  return (
    <CommandDialog
      method={closeCase}
      {...useCommandWords("CloseCase")}
      request={({ note }: { note: string }) => ({ ...target(one), note })}
      onClose={onClose}
      testid="close-dialog"
    >
      <ReasonField name="note" label={t("placements.cameOfIt")} max={500} />
    </CommandDialog>
  );
}

export function WithdrawDialog({ one, onClose }: CaseDialogProps) {
  const { t } = useTranslation();
  return (
    <CommandDialog
      method={withdrawCase}
      {...useCommandWords("WithdrawCase")}
      danger
      about={<p className="quiet">{t("placements.withdrawAbout")}</p>}
      request={({ reason }: { reason: string }) => ({ ...target(one), reason })}
      onClose={onClose}
      testid="withdraw-dialog"
    >
      <ReasonField label={t("placements.why")} max={500} />
    </CommandDialog>
  );
}
