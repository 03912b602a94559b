import { Alert, Button, Form, Input, Modal, Radio, Space } from "antd";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { call } from "@/api/client";
import type { Employee, TimelineEntry } from "@/api/contract";
import { correctEmployee, getEmployee, getTimeline } from "@/api/methods";
import { problemOf, type Problem } from "@/api/problem";
import { useCommand } from "@/api/queries";
import { DataTable } from "@/ui/DataTable";
import { FormProblem, placeFields } from "@/ui/forms";
import { PersonById } from "@/ui/Person";
import { DayPicker } from "@/ui/pickers";
import { Moment } from "@/ui/When";
import { fieldNames } from "../fields";
import { changesOf, correctable, correction, disputes, type Changes, type Correctable, type Dispute } from "../merge";
import type { CommandProps } from "./CommandOf";
import { useDoneMessage } from "./parts";

/** Come masked, so an empty box means "leave it" and clearing needs its own button. */
const hidden: readonly Correctable[] = ["mobile", "nationalId", "birthDate", "homeAddress"];
const open = correctable.filter((field) => !hidden.includes(field));

interface Conflict {
  now: Employee;
  by: TimelineEntry | undefined;
  fields: Dispute[];
  mine: Changes;
}

/** Corrects personal fields. Whoever saved meanwhile is shown field by field, and each field's value is chosen. */
export function CorrectDialog({ person, onClose }: CommandProps) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const done = useDoneMessage();
  const [form] = Form.useForm<Changes>();
  // The record as it was when the form opened; the one behind the page moves on.
  const [base] = useState(person);
  const [rest, setRest] = useState<string[]>([]);
  const [cleared, setCleared] = useState<readonly Correctable[]>([]);
  const [conflict, setConflict] = useState<Conflict>();
  const [failed, setFailed] = useState<Problem | null>(null);

  const command = useCommand(correctEmployee, {
    onDone: () => {
      done(t("people.done.correct"));
      onClose();
    },
    onFailed: (problem, sent) => {
      if (problem.is("VERSION_CONFLICT")) void meet(sent);
      else setRest(placeFields(form, problem));
    },
  });
  const meet = async (mine: Changes) => {
    try {
      const employeeId = base.employeeId ?? "";
      const [now, timeline] = await Promise.all([call(getEmployee, { employeeId }), call(getTimeline, { employeeId })]);
      client.setQueryData([getEmployee.rpc, { employeeId, asOf: "" }], now);
      const fields = disputes(base, now, mine);
      const by = timeline.entries?.reduce((last, entry) =>
        (entry.recordedAt ?? "") > (last.recordedAt ?? "") ? entry : last,
      );
      if (fields.length === 0) command.mutate(correction(now, picked(mine)));
      else setConflict({ now, by, fields, mine: picked(mine) });
    } catch (error) {
      setFailed(problemOf(error));
    }
  };
  const send = (values: Changes) => {
    const changes = changesOf(base, values, open);
    for (const field of hidden) {
      const value = values[field]?.trim();
      if (cleared.includes(field)) changes[field] = "";
      else if (value) changes[field] = value;
    }
    command.mutate(correction(base, changes));
  };
  if (conflict)
    return (
      <ConflictDialog
        conflict={conflict}
        sending={command.isPending}
        onSend={(changes) => command.mutate(correction(conflict.now, changes))}
        onClose={onClose}
      />
    );
  return (
    <Modal
      open
      title={t("people.do.correct")}
      okText={t("ui.save")}
      okButtonProps={{ "data-testid": "dialog-send" }}
      cancelText={t("ui.cancel")}
      confirmLoading={command.isPending}
      onOk={() => form.submit()}
      onCancel={onClose}
      wrapProps={{ "data-testid": "correct-dialog" }}
    >
      <p className="quiet" style={{ marginBottom: 12 }}>
        {t("people.correctAbout")}
      </p>
      <FormProblem problem={failed ?? (command.error?.is("VERSION_CONFLICT") ? null : command.error)} rest={rest} />
      <Form
        form={form}
        layout="vertical"
        requiredMark="optional"
        initialValues={{ name: base.name, nameEn: base.nameEn, workMail: base.workMail, timeZone: base.timeZone }}
        onFinish={send}
      >
        {correctable.map((field) => (
          <Form.Item
            key={field}
            label={t(fieldNames[field])}
            {...(hidden.includes(field) ? {} : { name: field })}
            rules={field === "name" ? [{ required: true, message: t("ui.required") }] : []}
          >
            {hidden.includes(field) ? (
              <HiddenInput
                field={field}
                shown={base[field] ?? ""}
                cleared={cleared.includes(field)}
                onClear={() => setCleared([...cleared, field])}
              />
            ) : (
              <Input maxLength={200} data-testid={`field-${field}`} />
            )}
          </Form.Item>
        ))}
      </Form>
    </Modal>
  );
}

function picked(sent: Changes): Changes {
  return Object.fromEntries(correctable.flatMap((field) => (sent[field] === undefined ? [] : [[field, sent[field]]])));
}

function HiddenInput({
  field,
  shown,
  cleared,
  onClear,
}: {
  field: Correctable;
  shown: string;
  cleared: boolean;
  onClear: () => void;
}) {
  const { t } = useTranslation();
  return (
    <Space.Compact block>
      <Form.Item name={field} noStyle>
        {field === "birthDate" ? (
          <DayPicker
            label={t(fieldNames[field])}
            placeholder={cleared ? t("people.willBeCleared") : shown}
            disabled={cleared}
          />
        ) : (
          <Input
            aria-label={t(fieldNames[field])}
            placeholder={cleared ? t("people.willBeCleared") : shown}
            disabled={cleared}
            autoComplete="off"
            maxLength={300}
            data-testid={`field-${field}`}
          />
        )}
      </Form.Item>
      {shown ? (
        <Button disabled={cleared} onClick={onClear}>
          {t("ui.clear")}
        </Button>
      ) : null}
    </Space.Compact>
  );
}

interface ConflictDialogProps {
  conflict: Conflict;
  sending: boolean;
  onSend: (changes: Changes) => void;
  onClose: () => void;
}

function ConflictDialog({ conflict, sending, onSend, onClose }: ConflictDialogProps) {
  const { t } = useTranslation();
  const { fields, by, mine } = conflict;
  const [keep, setKeep] = useState<Partial<Record<Correctable, "mine" | "theirs">>>({});
  const choice = ({ field, mine: want }: Dispute) => keep[field] ?? (want === undefined ? "theirs" : "mine");
  const send = () => {
    const dropped = fields.filter((dispute) => choice(dispute) === "theirs").map(({ field }) => field);
    onSend(Object.fromEntries(Object.entries(mine).filter(([field]) => !dropped.includes(field as Correctable))));
  };
  return (
    <Modal
      open
      width={680}
      title={t("people.conflictTitle")}
      okText={t("people.conflictSend")}
      okButtonProps={{ "data-testid": "conflict-send" }}
      cancelText={t("ui.cancel")}
      confirmLoading={sending}
      onOk={send}
      onCancel={onClose}
      wrapProps={{ "data-testid": "conflict-dialog" }}
    >
      <Alert
        type="warning"
        showIcon
        style={{ marginBottom: 12 }}
        title={
          <>
            <PersonById id={by?.recordedBy} otherwise={t("people.bySystem")} /> · <Moment at={by?.recordedAt} ago />
          </>
        }
        description={t("people.conflictHelp")}
      />
      <DataTable
        label={t("people.conflictTitle")}
        rows={fields}
        keyOf={({ field }) => field}
        columns={[
          { key: "field", title: t("people.field"), cell: ({ field }) => t(fieldNames[field]) },
          {
            key: "before",
            title: t("people.before"),
            from: "tablet",
            cell: ({ before }) => <s className="quiet">{before || "—"}</s>,
          },
          {
            key: "choice",
            title: t("people.keep"),
            cell: (dispute) => (
              <Radio.Group
                value={choice(dispute)}
                onChange={(event) => setKeep({ ...keep, [dispute.field]: event.target.value as "mine" | "theirs" })}
                style={{ display: "grid" }}
              >
                <Radio value="theirs">
                  {t("people.theirs")} {dispute.theirs || "—"}
                </Radio>
                {dispute.mine === undefined ? null : (
                  <Radio value="mine">
                    {t("people.mine")} {dispute.mine || "—"}
                  </Radio>
                )}
              </Radio.Group>
            ),
          },
        ]}
      />
    </Modal>
  );
}
