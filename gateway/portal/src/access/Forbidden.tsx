import { Alert, Button, Form, InputNumber, Select } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import type { ExplainAccessResponse } from "@/api/contract";
import { idempotencyKey } from "@/api/keys";
import { explainAccess, requestAccess } from "@/api/methods";
import type { Problem } from "@/api/problem";
import { useCommand, useRead } from "@/api/queries";
import { FormProblem, ReasonField, placeFields } from "@/ui/forms";
import { PersonById } from "@/ui/Person";
import { BonesPage } from "@/ui/states";
import { Moment } from "@/ui/When";
import styles from "@/ui/states.module.css";
import { useMessages } from "@/ui/messages";

interface ForbiddenProps {
  problem: Problem;
  /** The right is there after all: try again. */
  onGranted: () => void;
}

/** Why something may not be opened, who could change that, and a way to ask them. Says nothing about what is behind it. */
export default function Forbidden({ problem, onGranted }: ForbiddenProps) {
  const { t } = useTranslation();
  const employeeId = problem.employeeId ?? "";
  const query = useRead(explainAccess, problem.permission ? { permission: problem.permission, employeeId } : null, {
    staleTime: 0,
  });
  const explained = query.data;
  if (query.isLoading) return <BonesPage />;
  return (
    <div className={styles.state} data-testid="forbidden">
      <h2>{problem.is("PERMISSION_REVOKED") ? t("access.lostTitle") : t("access.forbiddenTitle")}</h2>
      <p>{problem.message}</p>
      {explained?.permissionLabel ? (
        <p>
          {t("access.neededRight")} <strong>{explained.permissionLabel}</strong>{" "}
          {problem.is("OUT_OF_SCOPE") ? <span className="quiet">{t("access.notThisFar")}</span> : null}
        </p>
      ) : null}
      {explained?.lostAt ? (
        <p>
          {t("access.hadUntil")} <Moment at={explained.lostAt} />
        </p>
      ) : null}
      {explained?.allowed ? (
        <Alert
          type="success"
          showIcon
          title={t("access.nowAllowed")}
          action={
            <Button size="small" onClick={onGranted}>
              {t("ui.retry")}
            </Button>
          }
        />
      ) : null}
      {explained && !explained.allowed ? <Ask explained={explained} employeeId={employeeId} /> : null}
      {problem.requestId ? (
        <p className="quiet">
          {t("ui.quote")} <span className={styles.id}>{problem.requestId}</span>
        </p>
      ) : null}
    </div>
  );
}

interface Values {
  role: string;
  days: number;
  reason: string;
}

function Ask({ explained, employeeId }: { explained: ExplainAccessResponse; employeeId: string }) {
  const { t } = useTranslation();
  const { message } = useMessages();
  const [form] = Form.useForm<Values>();
  const [key] = useState(idempotencyKey);
  const [rest, setRest] = useState<string[]>([]);
  const { roles = [], granters = [], openRequestId } = explained;
  const ask = useCommand(requestAccess, {
    onDone: () => void message.success(t("access.asked")),
    onFailed: (problem) => setRest(placeFields(form, problem)),
  });
  const chosen = Form.useWatch("role", form) as string | undefined;
  const role = roles.find((one) => one.role === chosen);
  const who =
    granters.length > 0 ? (
      <div>
        <p className="quiet">{t("access.whoCanGive")}</p>
        <ul className="row" style={{ gap: 16 }} data-testid="granters">
          {granters.map((id) => (
            <li key={id}>
              <PersonById id={id} plain={false} />
            </li>
          ))}
        </ul>
      </div>
    ) : null;
  if (openRequestId || ask.isSuccess)
    return (
      <>
        {who}
        <Alert
          type="info"
          showIcon
          title={t("access.alreadyAsked")}
          action={<Link to="/requests?view=mine">{t("access.seeRequest")}</Link>}
          data-testid="asked"
        />
      </>
    );
  // Roles that can be asked for here: a unit comes with the person, "the whole company" is asked for as such.
  if (roles.length === 0) return who ?? <p className="quiet">{t("access.nobodyCanGive")}</p>;
  const scopeOf = (name: string) =>
    roles.find((one) => one.role === name)?.scopes?.includes("SCOPE_KIND_ALL")
      ? { kind: "SCOPE_KIND_ALL" as const }
      : undefined;
  return (
    <>
      {who}
      <Form<Values>
        form={form}
        layout="vertical"
        style={{ width: "100%" }}
        initialValues={{ role: roles[0]?.role, days: 30 }}
        onFinish={({ role: name, days, reason }) =>
          ask.mutate({
            idempotencyKey: key,
            role: name,
            days,
            reason,
            ...(employeeId ? { employeeId } : { scope: scopeOf(name) }),
          })
        }
        data-testid="ask-form"
      >
        <FormProblem problem={ask.error} rest={rest} />
        <Form.Item name="role" label={t("access.askFor")} extra={role?.description}>
          <Select options={roles.map(({ role: value, label }) => ({ value: value ?? "", label }))} />
        </Form.Item>
        <Form.Item name="days" label={t("access.days")} rules={[{ required: true, message: t("ui.required") }]}>
          <InputNumber min={1} max={role?.maxDays || 366} style={{ width: 120 }} />
        </Form.Item>
        <ReasonField label={t("access.askReason")} />
        <Button type="primary" htmlType="submit" loading={ask.isPending} data-testid="ask-send">
          {t("access.askSend")}
        </Button>
      </Form>
    </>
  );
}
