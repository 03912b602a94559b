import { Form, InputNumber, Select } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { ScopeKind } from "@/api/contract";
import { idempotencyKey } from "@/api/keys";
import { listRoles, requestAccess } from "@/api/methods";
import { useRead } from "@/api/queries";
import { CommandDialog, ReasonField } from "@/ui/forms";
import { ScopeFields } from "./GiveDialog";
import { useMessages } from "@/ui/messages";

interface Values {
  role: string;
  kind: ScopeKind;
  unitId?: string;
  days: number;
  reason: string;
}

/** 申请权限: a role over a scope, for some days. */
export function AskDialog({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  const { message } = useMessages();
  const [key] = useState(idempotencyKey);
  const roles = useRead(listRoles, {}, { staleTime: 300_000 });
  const askable = (roles.data?.roles ?? []).filter(({ requestable }) => requestable);
  return (
    <CommandDialog
      method={requestAccess}
      title={t("access.ask")}
      about={t("access.askAbout")}
      send={t("access.askSend")}
      first={{ days: 30 }}
      request={({ kind, unitId, ...rest }: Values) => ({
        idempotencyKey: key,
        ...rest,
        scope: { kind, ...(kind === "SCOPE_KIND_UNIT" ? { unitId } : {}) },
      })}
      onDone={() => void message.success(t("access.asked"))}
      onClose={onClose}
      testid="ask-dialog"
    >
      {(values) => {
        const role = askable.find((one) => one.role === values.role);
        return (
          <>
            <Form.Item
              name="role"
              label={t("access.askFor")}
              rules={[{ required: true, message: t("ui.required") }]}
              extra={role?.description}
            >
              <Select
                loading={roles.isPending}
                options={askable.map(({ role: value, label }) => ({ value, label }))}
                data-testid="field-role"
              />
            </Form.Item>
            <ScopeFields role={role} kind={values.kind} />
            <Form.Item name="days" label={t("access.days")} rules={[{ required: true, message: t("ui.required") }]}>
              <InputNumber min={1} max={role?.maxDays || 366} style={{ width: 120 }} />
            </Form.Item>
            <ReasonField label={t("access.askReason")} />
          </>
        );
      }}
    </CommandDialog>
  );
}
