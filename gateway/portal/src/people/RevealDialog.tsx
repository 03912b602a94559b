import { useTranslation } from "react-i18next";
import type { PersonalData } from "@/api/contract";
import { revealPersonalData } from "@/api/methods";
import { useDraft } from "@/ui/drafts";
import { CommandDialog, ReasonField } from "@/ui/forms";
import { KeepPurpose } from "./commands/ContractDialogs";

interface RevealDialogProps {
  employeeId: string;
  onShown: (data: PersonalData) => void;
  onClose: () => void;
}

interface Values {
  purpose: string;
}

/** Asks what the identity fields are needed for. */
export function RevealDialog({ employeeId, onShown, onClose }: RevealDialogProps) {
  const { t } = useTranslation();
  const draft = useDraft<Values>(`reveal.${employeeId}`);
  return (
    <CommandDialog
      method={revealPersonalData}
      title={t("people.revealTitle")}
      about={t("people.revealAbout")}
      send={t("people.revealGo")}
      first={draft.former ?? {}}
      request={({ purpose }: Values) => ({ employeeId, purpose })}
      onDone={(data) => {
        draft.drop();
        onShown(data);
      }}
      onClose={onClose}
      testid="reveal-dialog"
    >
      {(values) => (
        <>
          <ReasonField name="purpose" label={t("people.purpose")} max={200} />
          <KeepPurpose purpose={values.purpose} keep={draft.keep} />
        </>
      )}
    </CommandDialog>
  );
}
