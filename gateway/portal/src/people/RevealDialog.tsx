import { useTranslation } from "react-i18next";
import type { PersonalData } from "@/api/contract";
import { revealPersonalData } from "@/api/methods";
import { CommandDialog, ReasonField } from "@/ui/forms";

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
  return (
    <CommandDialog
      method={revealPersonalData}
      title={t("people.revealTitle")}
      about={t("people.revealAbout")}
      send={t("people.revealGo")}
      draft={`reveal.${employeeId}`}
      request={({ purpose }: Values) => ({ employeeId, purpose })}
      onDone={onShown}
      onClose={onClose}
      testid="reveal-dialog"
    >
      <ReasonField name="purpose" label={t("people.purpose")} max={200} />
    </CommandDialog>
  );
}
