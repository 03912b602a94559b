/** What people say in a case: opinions, questions of the candidate, answers to them. */
import { Form, Input, Radio } from "antd";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Stance } from "@/api/contract";
import { answerExplanation, askForExplanation, giveOpinion } from "@/api/placements";
import { useDraft, type Draft } from "@/ui/drafts";
import { CommandDialog } from "@/ui/forms";
import type { CaseDialogProps } from "./CaseDialog";
import { useCommandWords } from "./command";

const stances = ["STANCE_SUPPORT", "STANCE_CONDITIONAL", "STANCE_OBJECT"] as const satisfies readonly Stance[];

/** Keeps what is being written until it is sent. */
export function Kept<Values extends object>({ draft, values }: { draft: Draft<Values>; values: Partial<Values> }) {
  const { keep } = draft;
  useEffect(() => keep(values), [keep, values]);
  return null;
}

interface WordsProps {
  name: string;
  label: string;
  help?: string;
  max: number;
}

export function Words({ name, label, help, max }: WordsProps) {
  const { t } = useTranslation();
  return (
    <Form.Item
      name={name}
      label={label}
      extra={help}
      rules={[{ required: true, message: t("ui.required") }, { min: 4, message: t("ui.reasonShort") }, { max }]}
    >
      <Input.TextArea rows={5} maxLength={max} showCount data-testid={`field-${name}`} />
    </Form.Item>
  );
}

interface OpinionValues {
  stance: Stance;
  reason: string;
}

export function OpinionDialog({ one, onClose }: CaseDialogProps) {
  const { t } = useTranslation();
  const draft = useDraft<OpinionValues>(`opinion.${one.caseId ?? ""}`);
  const words = useCommandWords("GiveOpinion");
  return (
    <CommandDialog
      method={giveOpinion}
      {...words}
      about={<p className="quiet">{t("placements.opinionAbout")}</p>}
      {...(draft.former ? { first: draft.former } : {})}
      request={({ stance, reason }: OpinionValues) => ({ caseId: one.caseId ?? "", stance, reason })}
      onDone={() => {
        draft.finish();
        words.onDone();
      }}
      onClose={onClose}
      testid="opinion-dialog"
    >
      {(values) => (
        <>
          <Kept draft={draft} values={values} />
          <Form.Item
            name="stance"
            label={t("placements.stanceTitle")}
            rules={[{ required: true, message: t("ui.required") }]}
          >
            <Radio.Group>
              {stances.map((stance) => (
                <Radio key={stance} value={stance} data-testid={stance}>
                  {t(`placements.stance.${stance}`)}
                </Radio>
              ))}
            </Radio.Group>
          </Form.Item>
          <Words name="reason" label={t("placements.reasons")} max={2000} />
        </>
      )}
    </CommandDialog>
  );
}

export function AskDialog({ one, onClose }: CaseDialogProps) {
  const { t } = useTranslation();
  return (
    <CommandDialog
      method={askForExplanation}
      {...useCommandWords("AskForExplanation")}
      about={<p className="quiet">{t("placements.explanationsHelp")}</p>}
      request={({ question }: { question: string }) => ({ caseId: one.caseId ?? "", question })}
      onClose={onClose}
      testid="question-dialog"
    >
      <Words name="question" label={t("placements.question")} max={1000} />
    </CommandDialog>
  );
}

/** Answers the question the address names, or the oldest that is open. */
export function AnswerDialog({ one, explanationId, onClose }: CaseDialogProps & { explanationId: string }) {
  const { t } = useTranslation();
  const words = useCommandWords("AnswerExplanation");
  // As it was opened: somebody else's answer meanwhile takes nothing of this one away.
  const [asked] = useState(() => {
    const open = (one.explanations ?? []).filter(({ answer }) => !answer);
    return open.find((question) => question.explanationId === explanationId) ?? open[0];
  });
  if (!asked) return null;
  return (
    <CommandDialog
      method={answerExplanation}
      {...words}
      about={<blockquote style={{ margin: 0 }}>{asked.question}</blockquote>}
      request={({ answer }: { answer: string }) => ({
        caseId: one.caseId ?? "",
        explanationId: asked.explanationId ?? "",
        answer,
      })}
      onClose={onClose}
      testid="answer-dialog"
    >
      <Words name="answer" label={t("placements.answer")} max={2000} />
    </CommandDialog>
  );
}
