import { Alert, Form, Input } from "antd";
import { useTranslation } from "react-i18next";
import { eraseEmployee } from "@/api/methods";
import { CommandDialog, ReasonField } from "@/ui/forms";
import type { CommandProps } from "./CommandOf";
import { useDoneMessage } from "./parts";

/** Cannot be undone, so the number has to be typed. */
export function EraseDialog({ person, onClose }: CommandProps) {
  const { t } = useTranslation();
  const done = useDoneMessage();
  const number = person.number ?? "";
  return (
    <CommandDialog
      method={eraseEmployee}
      title={t("people.do.erase")}
      send={t("people.do.erase")}
      danger
      draft={`erase.${person.employeeId ?? ""}`}
      request={({ reason }: { reason: string; typed: string }) => ({ employeeId: person.employeeId ?? "", reason })}
      onDone={() => done(t("people.done.erase"))}
      onClose={onClose}
      about={<Alert type="error" showIcon title={t("people.eraseAbout")} />}
    >
      <ReasonField label={t("people.eraseGround")} max={200} />
      <Form.Item
        name="typed"
        label={t("people.typeNumber", { number })}
        rules={[
          {
            validator: (_rule, typed) =>
              typed === number ? Promise.resolve() : Promise.reject(new Error(t("people.typeNumber", { number }))),
          },
        ]}
      >
        <Input autoComplete="off" />
      </Form.Item>
    </CommandDialog>
  );
}
