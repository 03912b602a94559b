import { Alert, Button, Form, Input, Modal, Space } from "antd";
import { useTranslation } from "react-i18next";
import { createServiceAccount } from "@/api/methods";
import { CommandDialog, ReasonField } from "@/ui/forms";
import { useMessages } from "@/ui/messages";

interface Values {
  username: string;
  description: string;
}

/** An account for another system. */
export function CreateServiceDialog({
  onSecret,
  onClose,
}: {
  onSecret: (secret: { username: string; secret: string }) => void;
  onClose: () => void;
}) {
  const { t } = useTranslation();
  return (
    <CommandDialog
      method={createServiceAccount}
      title={t("access.createService")}
      about={t("access.createServiceAbout")}
      send={t("access.createService")}
      draft="service-account"
      request={(values: Values) => values}
      onDone={({ account, secret }) => onSecret({ username: account?.username ?? "", secret: secret ?? "" })}
      onClose={onClose}
      testid="service-dialog"
    >
      <Form.Item
        name="username"
        label={t("access.clientId")}
        rules={[
          { required: true, message: t("ui.required") },
          { pattern: /^[a-z][a-z0-9-]{1,39}$/, message: t("access.clientIdHelp") },
        ]}
      >
        <Input autoComplete="off" data-testid="field-username" />
      </Form.Item>
      <ReasonField name="description" label={t("access.whatFor")} max={200} />
    </CommandDialog>
  );
}

/** The secret is shown this once. */
export function SecretDialog({ username, secret, onClose }: { username: string; secret: string; onClose: () => void }) {
  const { t } = useTranslation();
  const { message } = useMessages();
  const copy = async () => {
    await navigator.clipboard.writeText(secret);
    void message.success(t("ui.copied"));
  };
  return (
    <Modal
      open
      title={t("access.secretTitle", { username })}
      onCancel={onClose}
      mask={{ closable: false }}
      footer={<Button onClick={onClose}>{t("access.secretStored")}</Button>}
      wrapProps={{ "data-testid": "secret-dialog" }}
    >
      <Alert type="warning" showIcon title={t("access.secretOnce")} style={{ marginBottom: 12 }} />
      <Space.Compact block>
        <Input
          readOnly
          value={secret}
          aria-label={t("access.secret")}
          style={{ fontFamily: "ui-monospace, monospace" }}
        />
        <Button onClick={() => void copy()}>{t("ui.copy")}</Button>
      </Space.Compact>
    </Modal>
  );
}
