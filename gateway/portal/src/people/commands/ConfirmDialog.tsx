import { useTranslation } from "react-i18next";
import { confirmEmployee } from "@/api/methods";
import { later, today } from "@/ui/days";
import { CommandDialog, ReasonField } from "@/ui/forms";
import type { CommandProps } from "./CommandOf";
import { DayField, target, useDoneMessage } from "./parts";

/** 转正. */
export function ConfirmDialog({ person, onClose }: CommandProps) {
  const { t } = useTranslation();
  const done = useDoneMessage();
  return (
    <CommandDialog
      method={confirmEmployee}
      title={t("people.do.confirm")}
      about={t("people.confirmAbout")}
      send={t("people.do.confirm")}
      first={{ effectiveOn: later(today(), person.hiredOn) }}
      request={({ effectiveOn, reason }: { effectiveOn: string; reason?: string }) => ({
        ...target(person),
        effectiveOn,
        reason,
      })}
      onDone={() => done(t("people.done.confirm"))}
      onClose={onClose}
      testid="confirm-dialog"
    >
      <DayField name="effectiveOn" label={t("people.effectiveOn")} min={person.hiredOn} />
      <ReasonField label={t("people.reasonOptional")} required={false} />
    </CommandDialog>
  );
}
