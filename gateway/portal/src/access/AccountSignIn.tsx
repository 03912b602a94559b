import { Alert, Button, Checkbox, Form, Input, Modal, Space } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Account, SignInState } from "@/api/contract";
import { useMe, useRights } from "@/api/me";
import { getAccount, issueFirstPassword, listAccounts } from "@/api/methods";
import { useRead } from "@/api/queries";
import { useAddress } from "@/ui/address";
import { Status, type Tone } from "@/ui/chips";
import { CommandDialog } from "@/ui/forms";
import { useMessages } from "@/ui/messages";
import { Shown } from "@/ui/Shown";
import { Bone } from "@/ui/states";
import { Moment } from "@/ui/When";

const tones: Record<SignInState, Tone> = {
  SIGN_IN_STATE_UNSPECIFIED: "quiet",
  SIGN_IN_STATE_ELSEWHERE: "quiet",
  SIGN_IN_STATE_IN_STEP: "done",
  SIGN_IN_STATE_WAITING: "attention",
  SIGN_IN_STATE_FAILING: "danger",
};

/** How the sign-in issuer stands to a person's account, found by the person. */
export function PersonSignIn({ employeeId }: { employeeId: string }) {
  const { t } = useTranslation();
  const query = useRead(listAccounts, { employeeIds: [employeeId] });
  return (
    <Shown query={query} bones={<Bone width={240} />}>
      {({ accounts = [] }) => {
        const accountId = accounts[0]?.accountId;
        return accountId ? (
          <AccountSignIn accountId={accountId} />
        ) : (
          <span className="quiet">{t("access.signInNoAccount")}</span>
        );
      }}
    </Shown>
  );
}

/** The same by account, with the first password for those who may issue one. */
export function AccountSignIn({ accountId }: { accountId: string }) {
  const [waiting, setWaiting] = useState(true);
  const query = useRead(getAccount, { accountId }, { every: waiting ? 3000 : false });
  const state = query.data?.signIn?.state;
  const stillWaits = state === "SIGN_IN_STATE_WAITING" || state === "SIGN_IN_STATE_FAILING";
  if (state !== undefined && stillWaits !== waiting) setWaiting(stillWaits);
  return (
    <Shown query={query} bones={<Bone width={240} />}>
      {(account) => <Standing account={account} />}
    </Shown>
  );
}

function Standing({ account }: { account: Account }) {
  const { t } = useTranslation();
  const rights = useRights();
  const me = useMe();
  const address = useAddress();
  const [password, setPassword] = useState<string>();
  const { state = "SIGN_IN_STATE_UNSPECIFIED", waitingSince, problem, known } = account.signIn ?? {};
  const resets =
    rights.holds("identity.account.reset") &&
    account.kind === "ACCOUNT_KIND_PERSON" &&
    account.state === "ACCOUNT_STATE_OPEN" &&
    account.accountId !== me.account?.accountId &&
    state !== "SIGN_IN_STATE_ELSEWHERE";
  // In the address: another sign-in is asked for first, and comes back to it.
  const asking = resets && address.get("ask") === "first-password";
  return (
    <div className="row" data-testid="sign-in-state">
      <Status tone={tones[state]}>{t(`access.signInState.${state}`)}</Status>
      {waitingSince ? (
        <span className="quiet">
          {t("access.since")} <Moment at={waitingSince} /> {problem}
        </span>
      ) : null}
      {resets ? (
        <Button
          size="small"
          disabled={!known}
          onClick={() => address.set({ ask: "first-password" })}
          data-testid="first-password"
        >
          {t("access.firstPassword")}
        </Button>
      ) : null}
      {asking ? (
        <CommandDialog
          method={issueFirstPassword}
          title={`${t("access.firstPassword")} · ${account.username ?? ""}`}
          about={t("access.firstPasswordAbout")}
          send={t("access.firstPasswordSend")}
          request={({ removeSecondFactors = false }: { removeSecondFactors?: boolean }) => ({
            accountId: account.accountId ?? "",
            removeSecondFactors,
          })}
          onDone={(answer) => setPassword(answer.password ?? "")}
          draft={`first-password.${account.accountId ?? ""}`}
          onClose={() => address.set({ ask: "" })}
          testid="first-password-dialog"
        >
          <Form.Item name="removeSecondFactors" valuePropName="checked" extra={t("access.removeSecondFactorsHelp")}>
            <Checkbox data-testid="remove-second-factors">{t("access.removeSecondFactors")}</Checkbox>
          </Form.Item>
        </CommandDialog>
      ) : null}
      {password ? (
        <PasswordDialog username={account.username ?? ""} password={password} onClose={() => setPassword(undefined)} />
      ) : null}
    </div>
  );
}

/** The password is shown this once; it is kept nowhere. */
function PasswordDialog(props: { username: string; password: string; onClose: () => void }) {
  const { username, password, onClose } = props;
  const { t } = useTranslation();
  const { message } = useMessages();
  const copy = async () => {
    await navigator.clipboard.writeText(password);
    void message.success(t("ui.copied"));
  };
  return (
    <Modal
      open
      title={t("access.passwordTitle", { username })}
      onCancel={onClose}
      mask={{ closable: false }}
      footer={<Button onClick={onClose}>{t("access.passwordHandedOver")}</Button>}
      wrapProps={{ "data-testid": "password-dialog" }}
    >
      <Alert type="warning" showIcon title={t("access.passwordOnce")} style={{ marginBottom: 12 }} />
      <Space.Compact block>
        <Input
          readOnly
          value={password}
          aria-label={t("access.password")}
          style={{ fontFamily: "ui-monospace, monospace" }}
        />
        <Button onClick={() => void copy()}>{t("ui.copy")}</Button>
      </Space.Compact>
    </Modal>
  );
}
