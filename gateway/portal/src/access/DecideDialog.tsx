import { Form, Input } from "antd";
import { useTranslation } from "react-i18next";
import type { AccessRequest } from "@/api/contract";
import { decideAccessRequest } from "@/api/methods";
import { CommandDialog, ReasonField } from "@/ui/forms";
import { PersonById } from "@/ui/Person";
import { ScopeText } from "./ScopeText";
import { useMessages } from "@/ui/messages";

interface DecideDialogProps {
  request: AccessRequest;
  approve: boolean;
  onClose: () => void;
}

/** Shows once more what is asked for, by whom and why, before it is decided. */
export function DecideDialog({ request, approve, onClose }: DecideDialogProps) {
  const { t } = useTranslation();
  const { message } = useMessages();
  return (
    <CommandDialog
      method={decideAccessRequest}
      title={approve ? t("access.approveTitle") : t("access.declineTitle")}
      send={approve ? t("access.approve") : t("access.decline")}
      danger={!approve}
      about={
        <>
          <p>
            <PersonById id={request.employeeId} plain={false} /> · {request.roleLabel} ·{" "}
            <ScopeText scope={request.scope} unitName={request.scopeUnitName} unitNameEn={request.scopeUnitNameEn} /> ·{" "}
            {t("access.daysCount", { count: request.days ?? 0 })}
          </p>
          <blockquote
            style={{
              margin: "8px 0 0",
              paddingInlineStart: 12,
              borderInlineStart: "3px solid var(--ant-color-border)",
            }}
          >
            {request.reason}
          </blockquote>
        </>
      }
      request={({ note }: { note?: string }) => ({ requestId: request.requestId ?? "", approve, note })}
      onDone={() => void message.success(approve ? t("access.approved") : t("access.declined"))}
      onClose={onClose}
      testid="decide-dialog"
    >
      {approve ? (
        <Form.Item name="note" label={t("access.noteOptional")}>
          <Input.TextArea rows={2} maxLength={300} />
        </Form.Item>
      ) : (
        <ReasonField name="note" label={t("access.declineNote")} />
      )}
    </CommandDialog>
  );
}
