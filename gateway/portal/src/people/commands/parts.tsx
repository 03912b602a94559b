/** What the commands about a person share. */
import { Form } from "antd";
import { useTranslation } from "react-i18next";
import type { Employee } from "@/api/contract";
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
  return (
    <Form.Item name={name} label={label} rules={[{ required, message: t("ui.required") }]} extra={extra}>
      <DayPicker {...(min ? { min } : {})} {...(max ? { max } : {})} testid={`field-${name}`} />
    </Form.Item>
  );
}
