/** What the commands about a person share. */
import { Form } from "antd";
import { useTranslation } from "react-i18next";
import type { Employee } from "@/api/contract";
import { outside, today } from "@/ui/days";
import { DayPicker } from "@/ui/pickers";
import { useMessages } from "@/ui/messages";

export function target(person: Employee): { employeeId: string; version: number } {
  return { employeeId: person.employeeId ?? "", version: person.version ?? 1 };
}

export function useDoneMessage(): (text: string) => void {
  const { message } = useMessages();
  return (text) => void message.success(text);
}

interface DayFieldProps {
  name: string;
  label: string;
  required?: boolean;
  min?: string | undefined;
  max?: string | undefined;
  extra?: string;
}

export function DayField({ name, label, required = true, min, max, extra }: DayFieldProps) {
  const { t } = useTranslation();
  const within = {
    validator: (_rule: unknown, day: string | undefined) => {
      const wrong = outside(day, min, max);
      if (wrong === "early")
        return Promise.reject(new Error(min === today() ? t("ui.notPast") : t("ui.notBefore", { day: min })));
      return wrong === "late" ? Promise.reject(new Error(t("ui.notAfter", { day: max }))) : Promise.resolve();
    },
  };
  return (
    <Form.Item name={name} label={label} rules={[{ required, message: t("ui.required") }, within]} extra={extra}>
      <DayPicker {...(min ? { min } : {})} {...(max ? { max } : {})} testid={`field-${name}`} />
    </Form.Item>
  );
}
