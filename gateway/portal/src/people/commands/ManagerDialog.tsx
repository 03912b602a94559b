import { Form } from "antd";
import { useTranslation } from "react-i18next";
import { changeManager } from "@/api/methods";
import { addDays, later, today } from "@/ui/days";
import { CommandDialog, ReasonField } from "@/ui/forms";
import { PersonPicker } from "@/ui/pickers";
import type { CommandProps } from "./CommandOf";
import { DayField, target, useDoneMessage } from "./parts";

interface Values {
  effectiveOn: string;
  managerId: string;
  reason?: string;
}

export function ManagerDialog({ person, onClose }: CommandProps) {
  const { t } = useTranslation();
  const done = useDoneMessage();
  return (
    <CommandDialog
      method={changeManager}
      title={t("people.do.manager")}
      about={t("people.managerAbout")}
      send={t("people.do.manager")}
      first={{ effectiveOn: later(addDays(today(), 1), person.hiredOn) }}
      request={(values: Values) => ({ ...target(person), ...values })}
      onDone={() => done(t("people.done.manager"))}
      onClose={onClose}
      testid="manager-dialog"
    >
      <DayField name="effectiveOn" label={t("people.effectiveOn")} min={person.hiredOn} />
      <Form.Item
        name="managerId"
        label={t("people.newManager")}
        rules={[{ required: true, message: t("ui.required") }]}
      >
        <PersonPicker except={person.employeeId ?? ""} testid="field-managerId" />
      </Form.Item>
      <ReasonField label={t("people.reasonOptional")} required={false} />
    </CommandDialog>
  );
}
