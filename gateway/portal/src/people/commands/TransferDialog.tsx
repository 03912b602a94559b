import { Form } from "antd";
import { useTranslation } from "react-i18next";
import { transferEmployee } from "@/api/methods";
import { addDays, later, today } from "@/ui/days";
import { CommandDialog, ReasonField } from "@/ui/forms";
import { PersonPicker, PostPicker, UnitPicker } from "@/ui/pickers";
import type { CommandProps } from "./CommandOf";
import { DayField, target, useDoneMessage } from "./parts";

interface Values {
  effectiveOn: string;
  unitId: string;
  postId: string;
  managerId?: string;
  reason?: string;
}

/** 调动: another post, unit or both. */
export function TransferDialog({ person, onClose }: CommandProps) {
  const { t } = useTranslation();
  const done = useDoneMessage();
  const required = [{ required: true, message: t("ui.required") }];
  return (
    <CommandDialog
      method={transferEmployee}
      title={t("people.do.transfer")}
      about={t("people.transferAbout")}
      send={t("people.do.transfer")}
      first={{ effectiveOn: later(addDays(today(), 1), person.hiredOn) }}
      request={(values: Values) => ({ ...target(person), ...values })}
      onDone={() => done(t("people.done.transfer"))}
      onClose={onClose}
      testid="transfer-dialog"
    >
      {(values, form) => (
        <>
          <DayField name="effectiveOn" label={t("people.firstDayThere")} min={person.hiredOn} />
          <Form.Item name="unitId" label={t("people.newUnit")} rules={required}>
            <UnitPicker
              testid="field-unitId"
              onChange={(unitId) => form.setFieldsValue({ unitId: unitId ?? "", postId: undefined })}
            />
          </Form.Item>
          <Form.Item name="postId" label={t("people.newPost")} rules={required}>
            <PostPicker
              unitId={values.unitId}
              own
              from={values.effectiveOn ?? today()}
              onPost={({ unitId }) => form.setFieldsValue({ unitId: unitId ?? "" })}
              testid="field-postId"
            />
          </Form.Item>
          <Form.Item name="managerId" label={t("people.newManager")} extra={t("people.managerStays")}>
            <PersonPicker except={person.employeeId ?? ""} testid="field-managerId" />
          </Form.Item>
          <ReasonField label={t("people.reasonOptional")} required={false} />
        </>
      )}
    </CommandDialog>
  );
}
