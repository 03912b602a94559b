import { useTranslation } from "react-i18next";
import type { Grant } from "@/api/contract";
import { revokeGrant } from "@/api/methods";
import { CommandDialog, ReasonField } from "@/ui/forms";
import { PersonById } from "@/ui/Person";
import { ScopeText } from "./ScopeText";
import { useMessages } from "@/ui/messages";

/** 收回: takes effect before the dialog has closed. */
export function RevokeDialog({ grant, onClose }: { grant: Grant; onClose: () => void }) {
  const { t } = useTranslation();
  const { message } = useMessages();
  return (
    <CommandDialog
      method={revokeGrant}
      title={t("access.revokeTitle")}
      send={t("access.revoke")}
      danger
      about={
        <>
          <p>
            <PersonById id={grant.employeeId} otherwise={grant.username ?? ""} /> · {grant.roleLabel} ·{" "}
            <ScopeText scope={grant.scope} unitName={grant.scopeUnitName} unitNameEn={grant.scopeUnitNameEn} />
          </p>
          <p className="quiet">{t("access.revokeAbout")}</p>
        </>
      }
      request={({ reason }: { reason: string }) => ({ grantId: grant.grantId ?? "", reason })}
      onDone={() => void message.success(t("access.revoked"))}
      onClose={onClose}
      testid="revoke-dialog"
    >
      <ReasonField label={t("access.reason")} />
    </CommandDialog>
  );
}
