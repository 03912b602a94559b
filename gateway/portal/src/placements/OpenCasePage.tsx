import { Alert, Button, Form, Input, Modal } from "antd";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";
import { Guarded } from "@/access/Guarded";
import type { OpenCaseRequest } from "@/api/contract";
import { idempotencyKey } from "@/api/keys";
import { useMyId } from "@/api/me";
import { getEmployee } from "@/api/methods";
import { openCase } from "@/api/placements";
import type { Problem } from "@/api/problem";
import { useCommand, useRead } from "@/api/queries";
import { JobPicker } from "@/matching/picker";
import { Leaves } from "@/talent/Leaves";
import { useAddress } from "@/ui/address";
import { useDraft, useLeaveWarning } from "@/ui/drafts";
import { FormProblem, placeFields, ReasonField } from "@/ui/forms";
import { LinkButton } from "@/ui/LinkButton";
import { useMessages } from "@/ui/messages";
import { Page } from "@/ui/Page";
import { PersonPicker } from "@/ui/pickers";
import styles from "./Placements.module.css";

type Values = Omit<OpenCaseRequest, "idempotencyKey">;

/** May this person have that post? Opens the case in which it is answered. */
export default function OpenCasePage() {
  const { t } = useTranslation();
  return (
    <Page
      title={t("placements.openTitle")}
      about={t("placements.openAbout")}
      trail={[{ to: "/placements", name: t("placements.title") }]}
    >
      <Guarded place="openCase" permission={openCase.permission} detail={t("placements.openNotAllowed")}>
        <CaseForm />
      </Guarded>
    </Page>
  );
}

function CaseForm() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const address = useAddress();
  const myId = useMyId();
  const { message } = useMessages();
  const [form] = Form.useForm<Values>();
  const [key] = useState(idempotencyKey);
  const draft = useDraft<Values>("placement");
  const [dirty, setDirty] = useState(draft.former !== undefined);
  const [rest, setRest] = useState<string[]>([]);
  const leave = useLeaveWarning(dirty);
  const command = useCommand(openCase, {
    onDone: (opened) => {
      leave.sent();
      draft.finish();
      void message.success(t("placements.done.OpenCase", { number: opened.number ?? "" }));
      void navigate(`/placements/${opened.caseId ?? ""}`, { replace: true });
    },
    onFailed: (problem) => {
      setRest(placeFields(form, problem));
      window.scrollTo({ top: 0 });
    },
  });
  const asked: Partial<Values> = { employeeId: address.get("person"), postId: address.get("post") };
  const first = { ...draft.former, ...Object.fromEntries(Object.entries(asked).filter(([, value]) => value)) };
  const values = (Form.useWatch([], form) as Partial<Values> | undefined) ?? first;
  useEffect(() => {
    if (dirty) draft.keep(values);
  });
  const required = [{ required: true, message: t("ui.required") }];
  return (
    <>
      <FormProblem problem={command.error} rest={rest} />
      <Existing problem={command.error} />
      <Form<Values>
        form={form}
        layout="vertical"
        requiredMark="optional"
        scrollToFirstError
        initialValues={first}
        onValuesChange={() => setDirty(true)}
        onFinish={(sent) => command.mutate({ ...sent, idempotencyKey: key })}
        data-testid="case-form"
      >
        <section className="panel">
          <h2>{t("placements.whoAndWhere")}</h2>
          <div className={styles.fields}>
            <Form.Item
              name="employeeId"
              label={t("placements.candidate")}
              rules={required}
              extra={<LeavesOf employeeId={values.employeeId} />}
            >
              <PersonPicker except={myId} testid="field-employeeId" />
            </Form.Item>
            <Form.Item name="postId" label={t("jobs.post")} rules={required} extra={t("placements.postHelp")}>
              <JobPicker testid="field-postId" />
            </Form.Item>
            <Form.Item
              name="deciderId"
              label={t("placements.decider")}
              rules={required}
              extra={t("placements.deciderHelp")}
            >
              <PersonPicker except={myId} testid="field-deciderId" />
            </Form.Item>
          </div>
          <ReasonField label={t("placements.reason")} max={2000} />
        </section>
        <section className="panel" style={{ marginTop: 16 }}>
          <h2>{t("placements.conflict")}</h2>
          <Alert type="info" showIcon style={{ marginBottom: 12 }} title={t("placements.conflictPromise")} />
          <div className={styles.fields}>
            <Form.Item name="relatedEmployeeId" label={t("placements.related")} extra={t("placements.relatedHelp")}>
              <PersonPicker {...(values.employeeId ? { except: values.employeeId } : {})} testid="field-related" />
            </Form.Item>
            {values.relatedEmployeeId ? (
              <Form.Item name="relation" label={t("placements.relation")} rules={[...required, { max: 200 }]}>
                <Input maxLength={200} placeholder={t("placements.relationHint")} data-testid="field-relation" />
              </Form.Item>
            ) : null}
          </div>
        </section>
        <div className="row" style={{ marginTop: 16 }}>
          <Button type="primary" htmlType="submit" loading={command.isPending} data-testid="case-send">
            {t("placements.do.OpenCase")}
          </Button>
          <LinkButton to="/placements">{t("ui.cancel")}</LinkButton>
        </div>
      </Form>
      <Modal
        open={leave.state === "blocked"}
        title={t("ui.leave")}
        okText={t("ui.leaveGo")}
        cancelText={t("ui.stay")}
        onOk={() => leave.proceed?.()}
        onCancel={() => leave.reset?.()}
      >
        {t("ui.leaveHelp")}
      </Modal>
    </>
  );
}

/** Said before the case is opened, to whoever may read the person's record. */
function LeavesOf({ employeeId }: { employeeId: string | undefined }) {
  const found = useRead(getEmployee, employeeId ? { employeeId } : null).data;
  return <Leaves on={found?.status === "EMPLOYEE_STATUS_LEAVING" ? found.lastDay : undefined} />;
}

/** The case that is there already, to go on with. */
function Existing({ problem }: { problem: Problem | null }) {
  const { t } = useTranslation();
  const caseId = problem?.is("CASE_EXISTS") ? problem.metadata.case_id : undefined;
  return caseId ? <LinkButton to={`/placements/${caseId}`}>{t("placements.toExisting")}</LinkButton> : null;
}
