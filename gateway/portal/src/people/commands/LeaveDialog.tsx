import { Alert, Form, Select } from "antd";
import { useTranslation } from "react-i18next";
import type { LeaveKind } from "@/api/contract";
import { endEmployment } from "@/api/methods";
import { addDays, later, today } from "@/ui/days";
import { CommandDialog, ReasonField } from "@/ui/forms";
import { PersonPicker } from "@/ui/pickers";
import type { CommandProps } from "./CommandOf";
import { DayField, target, useDoneMessage } from "./parts";

const kinds = [
  "LEAVE_KIND_RESIGNATION",
  "LEAVE_KIND_CONTRACT_ENDED",
  "LEAVE_KIND_MUTUAL",
  "LEAVE_KIND_RETIREMENT",
  "LEAVE_KIND_DISMISSAL",
  "LEAVE_KIND_DEATH",
] as const satisfies readonly LeaveKind[];

interface Values {
  lastDay: string;
  kind: LeaveKind;
  newManagerId?: string;
  reason?: string;
}

/** 离职: sets the last day. Who manages others names a successor for them. */
export function LeaveDialog({ person, onClose }: CommandProps) {
  const { t } = useTranslation();
  const done = useDoneMessage();
  const reports = person.directReports ?? 0;
  return (
    <CommandDialog
      method={endEmployment}
      title={t("people.do.leave")}
      send={t("people.do.leave")}
      danger
      first={{ lastDay: later(addDays(today(), 30), person.hiredOn) }}
      request={(values: Values) => ({ ...target(person), ...values })}
      onDone={() => done(t("people.done.leave"))}
      onClose={onClose}
      testid="leave-dialog"
      about={<Alert type="warning" showIcon title={t("people.leaveAbout")} />}
    >
      <DayField name="lastDay" label={t("people.lastDay")} min={person.hiredOn} />
      <Form.Item name="kind" label={t("people.leaveWhy")} rules={[{ required: true, message: t("ui.required") }]}>
        <Select
          options={kinds.map((kind) => ({ value: kind, label: t(`people.leaveKind.${kind}`) }))}
          data-testid="field-kind"
        />
      </Form.Item>
      {reports > 0 ? (
        <Form.Item
          name="newManagerId"
          label={t("people.successor")}
          extra={t("people.successorHelp", { count: reports })}
          rules={[{ required: true, message: t("ui.required") }]}
        >
          <PersonPicker except={person.employeeId ?? ""} />
        </Form.Item>
      ) : null}
      <ReasonField label={t("people.reasonOptional")} required={false} />
    </CommandDialog>
  );
}
