import { Alert, Form, Input, Modal, type FormInstance } from "antd";
import { createContext, useContext, useState, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import type { Method } from "@/api/methods";
import type { Problem, ReasonName } from "@/api/problem";
import { useCommand } from "@/api/queries";
import { useDraft } from "./drafts";

/** Fields that a reason speaks of where the answer names none; the first that the form has is taken. */
const spokenOf: Partial<Record<ReasonName, readonly string[]>> = {
  ALREADY_EMPLOYED: ["rehireEmployeeId"],
  BEFORE_HIRE: ["effectiveOn", "startsOn", "lastDay"],
  CODE_TAKEN: ["code"],
  CASE_EXISTS: ["postId"],
  DECIDER_CONFLICTED: ["deciderId", "employeeId"],
  ENTRY_IN_FUTURE: ["observedOn"],
  GRANT_PERIOD_INVALID: ["until", "days"],
  HAS_REPORTS: ["newManagerId"],
  MEMBER_ALREADY: ["employeeId"],
  NUMBER_TAKEN: ["number"],
  OVERLAPS_HISTORY: ["effectiveOn", "endsOn", "lastDay", "hiredOn"],
  OVERLAPS_VERSION: ["startsOn"],
  OWN_MANAGER: ["managerId"],
  POOL_NAME_TAKEN: ["name"],
  POST_CLOSED: ["postId"],
  POST_FULL: ["postId", "headcount"],
  REPORTING_CYCLE: ["managerId", "newManagerId"],
  ROLE_TAKEN: ["employeeId"],
  SCOPE_UNIT_UNKNOWN: ["unitId"],
  SKILL_LABEL_TAKEN: ["name"],
  SKILL_NOT_FOUND: ["skillId"],
  UNIT_CLOSED: ["unitId"],
  UNIT_CYCLE: ["parentId"],
  USERNAME_TAKEN: ["username"],
};

/** Shows the server's words beside the fields they speak of. Returns those that found no field. */
export function placeFields(form: FormInstance, problem: Problem): string[] {
  const names = new Set(Object.keys(form.getFieldsValue(true) as object));
  const rest: string[] = [];
  for (const { field, message } of problem.fields) {
    const name = field.split(".")[0] ?? "";
    if (names.has(name) || form.getFieldInstance(name)) form.setFields([{ name, errors: [message] }]);
    else rest.push(message);
  }
  const spoken =
    problem.reason &&
    spokenOf[problem.reason]?.find((name) => form.getFieldInstance(name) !== undefined || names.has(name));
  if (spoken && problem.fields.length === 0) form.setFields([{ name: spoken, errors: [problem.message] }]);
  return rest;
}

/** Why a form could not be sent. */
export function FormProblem({ problem, rest = [] }: { problem: Problem | null; rest?: readonly string[] }) {
  const { t } = useTranslation();
  if (!problem || problem.is("STEP_UP_REQUIRED")) return null;
  const unreachable = problem.is("UNREACHABLE");
  return (
    <Alert
      type="error"
      showIcon
      style={{ marginBottom: 16 }}
      data-testid="form-problem"
      title={problem.message || t(unreachable ? "ui.unreachable" : "ui.failed")}
      description={
        <>
          {rest.map((message) => (
            <p key={message}>{message}</p>
          ))}
          {problem.is("VERSION_CONFLICT") ? <p>{t("ui.conflictHelp")}</p> : null}
          {unreachable ? <p>{t("ui.unreachableHelp")}</p> : null}
          {problem.requestId ? (
            <p className="quiet">
              {t("ui.quote")} {problem.requestId}
            </p>
          ) : null}
        </>
      }
    />
  );
}

/** A sentence that says why, where the contract asks for one. */
export function ReasonField({
  name = "reason",
  label,
  required = true,
  max = 300,
}: {
  name?: string;
  label: string;
  required?: boolean;
  max?: number;
}) {
  const { t } = useTranslation();
  return (
    <Form.Item
      name={name}
      label={label}
      rules={[
        { required, message: t("ui.required") },
        ...(required ? [{ min: 4, message: t("ui.reasonShort") }] : []),
        { max },
      ]}
    >
      <Input.TextArea rows={2} maxLength={max} data-testid={`field-${name}`} />
    </Form.Item>
  );
}

/** News of what a dialog is about, shown above its fields: what others changed while it was open. */
export const AboutCommand = createContext<ReactNode>(null);

interface DialogProps<Request extends object, Answer, Values extends object> {
  method: Method<Request, Answer>;
  title: string;
  about?: ReactNode;
  send: string;
  danger?: boolean;
  first?: Partial<Values>;
  /** Names what is typed until it is sent or given up: it outlives the sign-in that may be asked for in between. */
  draft?: string;
  request: (values: Values) => Request;
  children: ReactNode | ((values: Partial<Values>, form: FormInstance<Values>) => ReactNode);
  onDone?: (answer: Answer) => void;
  /** Somebody saved meanwhile: what was to be sent is handed over instead of being shown as a failure. */
  onConflict?: (values: Values) => void;
  onClose: () => void;
  testid?: string;
}

/** One command in a dialog: its fields, what it will do, and why it was refused. Mounted only while it is open. */
export function CommandDialog<Request extends object, Answer, Values extends object>(
  props: DialogProps<Request, Answer, Values>,
) {
  const {
    method,
    title,
    about,
    send,
    danger,
    first,
    draft = "",
    request,
    children,
    onDone,
    onConflict,
    onClose,
    testid,
  } = props;
  const { t } = useTranslation();
  const [form] = Form.useForm<Values>();
  const [rest, setRest] = useState<string[]>([]);
  const news = useContext(AboutCommand);
  const { former, keep, drop, finish } = useDraft<Values>(draft);
  const initial = { ...first, ...former } as Partial<Values>;
  const values = (Form.useWatch([], form) as Partial<Values> | undefined) ?? initial;
  const command = useCommand(method, {
    onDone: (answer) => {
      finish();
      onClose();
      onDone?.(answer);
    },
    onFailed: (problem) => {
      if (problem.is("VERSION_CONFLICT") && onConflict) onConflict(form.getFieldsValue(true) as Values);
      else setRest(placeFields(form, problem));
    },
  });
  return (
    <Modal
      open
      title={title}
      okText={send}
      cancelText={t("ui.cancel")}
      okButtonProps={{ danger: danger ?? false, "data-testid": "dialog-send" }}
      confirmLoading={command.isPending}
      onOk={() => form.submit()}
      onCancel={() => {
        drop();
        onClose();
      }}
      wrapProps={{ "data-testid": testid }}
    >
      {about ? <div style={{ marginBottom: 12 }}>{about}</div> : null}
      {news}
      <FormProblem problem={command.error} rest={rest} />
      <Form<Values>
        form={form}
        layout="vertical"
        requiredMark="optional"
        initialValues={initial}
        {...(draft ? { onValuesChange: (_changed, all: Values) => keep(all) } : {})}
        onFinish={(sent) => command.mutate(request(sent))}
      >
        {typeof children === "function" ? children(values, form) : children}
      </Form>
    </Modal>
  );
}
