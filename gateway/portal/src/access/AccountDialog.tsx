import { useTranslation } from "react-i18next";
import type { Account } from "@/api/contract";
import { reinstateAccount, rotateServiceAccountSecret, suspendAccount } from "@/api/methods";
import { CommandDialog, ReasonField } from "@/ui/forms";
import { useMessages } from "@/ui/messages";

export type AccountCommand = "suspend" | "reinstate" | "rotate";

interface AccountDialogProps {
  account: Account;
  command: AccountCommand;
  onSecret: (secret: { username: string; secret: string }) => void;
  onClose: () => void;
}

export function AccountDialog({ account, command, onSecret, onClose }: AccountDialogProps) {
  const { t } = useTranslation();
  const { message } = useMessages();
  const shared = {
    title: `${t(`access.accountDo.${command}`)} · ${account.username ?? ""}`,
    about: t(`access.accountAbout.${command}`),
    send: t(`access.accountDo.${command}`),
    danger: command !== "reinstate",
    onClose,
    testid: `account-${command}-dialog`,
  };
  const accountId = account.accountId ?? "";
  if (command === "rotate")
    return (
      <CommandDialog
        {...shared}
        method={rotateServiceAccountSecret}
        request={() => ({ accountId })}
        onDone={({ secret }) => onSecret({ username: account.username ?? "", secret: secret ?? "" })}
      >
        {null}
      </CommandDialog>
    );
  return (
    <CommandDialog
      {...shared}
      method={command === "suspend" ? suspendAccount : reinstateAccount}
      request={({ reason }: { reason: string }) => ({ accountId, version: account.version, reason })}
      onDone={() => void message.success(t(`access.accountDone.${command}`))}
    >
      <ReasonField label={t("access.reason")} />
    </CommandDialog>
  );
}
