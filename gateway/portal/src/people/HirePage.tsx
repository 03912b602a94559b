import { Alert, Button, Form, Modal } from "antd";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";
import { Guarded } from "@/access/Guarded";
import type { HireEmployeeRequest } from "@/api/contract";
import { idempotencyKey } from "@/api/keys";
import { hireEmployee } from "@/api/methods";
import { useCommand } from "@/api/queries";
import { addDays, today } from "@/ui/days";
import { useDraft, useLeaveWarning } from "@/ui/drafts";
import { FormProblem, placeFields } from "@/ui/forms";
import { LinkButton } from "@/ui/LinkButton";
import { Page } from "@/ui/Page";
import { HireFields } from "./HireFields";
import { useMessages } from "@/ui/messages";

export type HireValues = Omit<HireEmployeeRequest, "idempotencyKey">;

const first = (): HireValues => ({ hiredOn: addDays(today(), 1) });

/** 入职: a new person, or somebody who comes back. */
export default function HirePage() {
  const { t } = useTranslation();
  return (
    <Page
      title={t("people.hireTitle")}
      about={t("people.hireAbout")}
      trail={[{ to: "/people", name: t("people.title") }]}
    >
      <Guarded place="hire" permission={hireEmployee.permission} detail={t("people.hireNotAllowed")}>
        <HireForm />
      </Guarded>
    </Page>
  );
}

function HireForm() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const { message } = useMessages();
  const [form] = Form.useForm<HireValues>();
  const [key] = useState(idempotencyKey);
  const draft = useDraft<HireValues>("hire");
  const [dirty, setDirty] = useState(draft.former !== undefined);
  const [showDraft, setShowDraft] = useState(draft.former !== undefined);
  const [rest, setRest] = useState<string[]>([]);
  const leave = useLeaveWarning(dirty);
  const { sent } = leave;
  const command = useCommand(hireEmployee, {
    onDone: (person) => {
      sent();
      draft.finish();
      void message.success(t("people.done.hire", { name: person.name ?? "" }));
      void navigate(`/people/${person.employeeId ?? ""}`);
    },
    onFailed: (problem) => {
      setRest(placeFields(form, problem));
      window.scrollTo({ top: 0 });
    },
  });
  const values = (Form.useWatch([], form) as HireValues | undefined) ?? first();
  useEffect(() => {
    if (dirty) draft.keep(values);
  });
  const startOver = () => {
    draft.drop();
    form.setFieldsValue({
      ...Object.fromEntries(Object.keys(form.getFieldsValue(true) as object).map((name) => [name, undefined])),
      ...first(),
    });
    setDirty(false);
    setShowDraft(false);
  };
  return (
    <>
      {showDraft ? (
        <Alert
          type="info"
          showIcon
          title={t("ui.draftKept")}
          action={
            <Button size="small" onClick={startOver}>
              {t("ui.draftDrop")}
            </Button>
          }
        />
      ) : null}
      <FormProblem problem={command.error} rest={rest} />
      <Form<HireValues>
        form={form}
        layout="vertical"
        requiredMark="optional"
        scrollToFirstError
        initialValues={{ ...first(), ...draft.former }}
        onValuesChange={() => setDirty(true)}
        onFinish={(sentValues) => command.mutate({ ...sentValues, idempotencyKey: key })}
        data-testid="hire-form"
      >
        <HireFields values={values} onUnit={() => form.setFieldsValue({ postId: undefined })} />
        <div className="row" style={{ marginTop: 16 }}>
          <Button type="primary" htmlType="submit" loading={command.isPending} data-testid="hire-send">
            {t("places.hire")}
          </Button>
          <LinkButton to="/people">{t("ui.cancel")}</LinkButton>
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
