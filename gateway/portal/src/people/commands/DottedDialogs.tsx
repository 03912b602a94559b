import { Form } from "antd";
import { useTranslation } from "react-i18next";
import type { Assignment } from "@/api/contract";
import { addDottedLine, endDottedLine } from "@/api/methods";
import { later, today } from "@/ui/days";
import { CommandDialog, ReasonField } from "@/ui/forms";
import { PersonPicker } from "@/ui/pickers";
import type { CommandProps } from "./CommandOf";
import { DayField, target, useDoneMessage } from "./parts";

interface Values {
  startsOn: string;
  endsOn?: string;
  managerId: string;
  reason?: string;
}

/** 虚线汇报. */
export function AddDottedDialog({ person, onClose }: CommandProps) {
  const { t } = useTranslation();
  const done = useDoneMessage();
  return (
    <CommandDialog
      method={addDottedLine}
      title={t("people.do.dotted")}
      about={t("people.dottedAbout")}
      send={t("people.do.dotted")}
      first={{ startsOn: later(today(), person.hiredOn) }}
      request={(values: Values) => ({ ...target(person), ...values })}
      onDone={() => done(t("people.done.dotted"))}
      onClose={onClose}
      testid="dotted-dialog"
    >
      {(values) => (
        <>
          <Form.Item
            name="managerId"
            label={t("people.reportsTo")}
            rules={[{ required: true, message: t("ui.required") }]}
          >
            <PersonPicker except={person.employeeId ?? ""} testid="field-managerId" />
          </Form.Item>
          <DayField name="startsOn" label={t("people.from")} min={person.hiredOn} />
          <DayField name="endsOn" label={t("people.untilOptional")} required={false} min={values.startsOn} />
          <ReasonField label={t("people.reasonOptional")} required={false} />
        </>
      )}
    </CommandDialog>
  );
}

export function EndDottedDialog({ person, line, onClose }: CommandProps & { line: Assignment }) {
  const { t } = useTranslation();
  const done = useDoneMessage();
  return (
    <CommandDialog
      method={endDottedLine}
      title={t("people.endDotted")}
      about={t("people.endDottedAbout", { name: line.managerName ?? "" })}
      send={t("people.endDotted")}
      first={{ endsOn: today() }}
      request={({ endsOn }: { endsOn: string }) => ({
        ...target(person),
        assignmentId: line.assignmentId ?? "",
        endsOn,
      })}
      onDone={() => done(t("people.done.endDotted"))}
      onClose={onClose}
    >
      <DayField name="endsOn" label={t("people.lastDayOfLine")} min={line.startsOn} />
    </CommandDialog>
  );
}
