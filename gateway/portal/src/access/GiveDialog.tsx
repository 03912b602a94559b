import { Alert, Form, Select } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Account, Role, ScopeKind } from "@/api/contract";
import { idempotencyKey } from "@/api/keys";
import { useMe, useMyId } from "@/api/me";
import { createGrant, listRoles } from "@/api/methods";
import { useRead } from "@/api/queries";
import { addDays, today } from "@/ui/days";
import { CommandDialog, ReasonField } from "@/ui/forms";
import { DayPicker, PersonPicker, UnitPicker } from "@/ui/pickers";
import { useMessages } from "@/ui/messages";

interface Values {
  employeeId: string;
  role: string;
  kind: ScopeKind;
  unitId?: string;
  until?: string;
  reason: string;
}

/** The end of a day where the giver sits, as the moment the contract wants. */
function endOf(day: string): string {
  return new Date(`${day}T23:59:59`).toISOString();
}

interface GiveDialogProps {
  employeeId?: string;
  /** Another system's account, which no person search finds. */
  account?: Account;
  onClose: () => void;
}

/** 授权: a role, to whom, how far, until when and why. */
export function GiveDialog({ employeeId, account, onClose }: GiveDialogProps) {
  const { t } = useTranslation();
  const { message } = useMessages();
  const myId = useMyId();
  const mine = useMe().roles ?? [];
  const [key] = useState(idempotencyKey);
  const roles = useRead(listRoles, {}, { staleTime: 300_000 });
  const giveable = (roles.data?.roles ?? []).filter(
    ({ automatic, forSystems = false, grantedBy = [] }) =>
      !automatic && forSystems === (account !== undefined) && grantedBy.some((role) => mine.includes(role)),
  );
  const required = [{ required: true, message: t("ui.required") }];
  return (
    <CommandDialog
      method={createGrant}
      title={t("access.giveTitle")}
      send={t("access.give")}
      first={{ ...(employeeId ? { employeeId } : {}), until: addDays(today(), 30) }}
      request={({ kind, unitId, until, ...rest }: Values) => ({
        idempotencyKey: key,
        ...rest,
        ...(account ? { accountId: account.accountId } : {}),
        scope: { kind, ...(kind === "SCOPE_KIND_UNIT" ? { unitId } : {}) },
        ...(until ? { endsAt: endOf(until) } : {}),
      })}
      onDone={() => void message.success(t("access.given"))}
      onClose={onClose}
      testid="give-dialog"
    >
      {(values, form) => {
        const role = giveable.find((one) => one.role === values.role);
        return (
          <>
            {account ? (
              <p>
                {t("access.toWhom")} <strong>{account.username}</strong>{" "}
                <span className="quiet">{account.description}</span>
              </p>
            ) : (
              <Form.Item name="employeeId" label={t("access.toWhom")} rules={required}>
                <PersonPicker except={myId} testid="field-employeeId" />
              </Form.Item>
            )}
            <Form.Item name="role" label={t("access.role")} rules={required} extra={role?.description}>
              <Select
                loading={roles.isPending}
                options={giveable.map(({ role: value, label }) => ({ value, label }))}
                onChange={(next: string) =>
                  form.setFieldsValue({ kind: onlyScope(giveable.find((one) => one.role === next)) })
                }
                notFoundContent={t("access.noGiveable")}
                data-testid="field-role"
              />
            </Form.Item>
            <ScopeFields role={role} kind={values.kind} />
            <Form.Item
              name="until"
              label={t("access.untilDay")}
              extra={role?.maxDays ? t("access.atMostDays", { count: role.maxDays }) : t("access.untilHelp")}
              rules={role?.maxDays ? required : []}
            >
              <DayPicker
                min={today()}
                {...(role?.maxDays ? { max: addDays(today(), role.maxDays) } : {})}
                testid="field-until"
              />
            </Form.Item>
            <ReasonField label={t("access.reason")} />
            {role?.permissions ? (
              <Alert
                type="info"
                title={t("access.roleGives", { count: role.permissions.length })}
                description={role.permissions.join(" · ")}
              />
            ) : null}
          </>
        );
      }}
    </CommandDialog>
  );
}

function onlyScope(role: Role | undefined): ScopeKind | undefined {
  return role?.scopes?.length === 1 ? role.scopes[0] : undefined;
}

/** How far: only what the role allows. */
export function ScopeFields({ role, kind }: { role: Role | undefined; kind: ScopeKind | undefined }) {
  const { t } = useTranslation();
  const required = [{ required: true, message: t("ui.required") }];
  return (
    <>
      <Form.Item name="kind" label={t("access.reach")} rules={required}>
        <Select
          disabled={!role}
          placeholder={role ? undefined : t("access.roleFirst")}
          options={(role?.scopes ?? []).map((scope) => ({ value: scope, label: t(`access.scope.${scope}`) }))}
          data-testid="field-kind"
        />
      </Form.Item>
      {kind === "SCOPE_KIND_UNIT" ? (
        <Form.Item name="unitId" label={t("access.whichUnit")} rules={required} extra={t("access.unitHelp")}>
          <UnitPicker testid="field-unitId" />
        </Form.Item>
      ) : null}
    </>
  );
}
