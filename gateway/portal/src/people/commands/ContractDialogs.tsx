import { Form, Input, Select, Space } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Contract, ContractKind, PayPeriod } from "@/api/contract";
import { idempotencyKey } from "@/api/keys";
import { revealPay, signContract } from "@/api/methods";
import { today } from "@/ui/days";
import { CommandDialog, ReasonField } from "@/ui/forms";
import { DayField, useDoneMessage } from "./parts";

interface RevealPayProps {
  employeeId: string;
  contractId: string;
  onShown: (contract: Contract) => void;
  onClose: () => void;
}

interface Purpose {
  purpose: string;
}

export function RevealPayDialog({ employeeId, contractId, onShown, onClose }: RevealPayProps) {
  const { t } = useTranslation();
  return (
    <CommandDialog
      method={revealPay}
      title={t("people.revealPayTitle")}
      about={t("people.revealAbout")}
      send={t("people.revealGo")}
      draft={`pay.${contractId}`}
      request={({ purpose }: Purpose) => ({ employeeId, contractId, purpose })}
      onDone={onShown}
      onClose={onClose}
      testid="reveal-pay-dialog"
    >
      <ReasonField name="purpose" label={t("people.purpose")} max={200} />
    </CommandDialog>
  );
}

const kinds = [
  "CONTRACT_KIND_FIXED_TERM",
  "CONTRACT_KIND_OPEN_ENDED",
  "CONTRACT_KIND_AGENCY",
  "CONTRACT_KIND_INTERNSHIP",
] as const satisfies readonly ContractKind[];
const periods = ["PAY_PERIOD_MONTH", "PAY_PERIOD_YEAR", "PAY_PERIOD_HOUR"] as const satisfies readonly PayPeriod[];

interface Values {
  kind: ContractKind;
  startsOn: string;
  endsOn?: string;
  signedOn?: string;
  amount?: string;
  currency?: string;
  payPeriod?: PayPeriod;
}

export function SignContractDialog({ employeeId, onClose }: { employeeId: string; onClose: () => void }) {
  const { t } = useTranslation();
  const done = useDoneMessage();
  const [key] = useState(idempotencyKey);
  const required = [{ required: true, message: t("ui.required") }];
  return (
    <CommandDialog
      method={signContract}
      title={t("people.signContract")}
      about={t("people.signAbout")}
      send={t("people.signContract")}
      first={{ startsOn: today(), kind: "CONTRACT_KIND_FIXED_TERM", currency: "CNY", payPeriod: "PAY_PERIOD_MONTH" }}
      request={({ amount, currency, payPeriod, ...rest }: Values) => ({
        idempotencyKey: key,
        employeeId,
        ...rest,
        ...(amount ? { pay: { amount, currency: currency ?? "CNY" }, payPeriod } : {}),
      })}
      onDone={() => done(t("people.done.sign"))}
      onClose={onClose}
      testid="sign-dialog"
    >
      {(values) => (
        <>
          <Form.Item name="kind" label={t("people.kind")} rules={required}>
            <Select options={kinds.map((kind) => ({ value: kind, label: t(`people.contractKind.${kind}`) }))} />
          </Form.Item>
          <DayField name="startsOn" label={t("people.from")} />
          {values.kind === "CONTRACT_KIND_OPEN_ENDED" ? null : (
            <DayField
              name="endsOn"
              label={t("people.to")}
              required={values.kind === "CONTRACT_KIND_FIXED_TERM"}
              min={values.startsOn}
            />
          )}
          <DayField name="signedOn" label={t("people.signedOn")} required={false} extra={t("people.signedOnHelp")} />
          <Form.Item label={t("people.pay")}>
            <Space.Compact block>
              <Form.Item
                name="amount"
                noStyle
                rules={[{ pattern: /^\d{1,15}(\.\d{1,4})?$/, message: t("people.amountHelp") }]}
              >
                <Input inputMode="decimal" aria-label={t("people.pay")} placeholder="0.00" autoComplete="off" />
              </Form.Item>
              <Form.Item name="currency" noStyle rules={[{ pattern: /^[A-Z]{3}$/, message: t("people.currencyHelp") }]}>
                <Input aria-label={t("people.currency")} style={{ width: 80 }} maxLength={3} />
              </Form.Item>
              <Form.Item name="payPeriod" noStyle>
                <Select
                  aria-label={t("people.period")}
                  style={{ width: 110 }}
                  options={periods.map((period) => ({ value: period, label: t(`people.payPeriod.${period}`) }))}
                />
              </Form.Item>
            </Space.Compact>
          </Form.Item>
        </>
      )}
    </CommandDialog>
  );
}
