import { Button, Modal } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Account, AccountKind, AccountState } from "@/api/contract";
import { useMe, useRights } from "@/api/me";
import { getAccount, listAccounts } from "@/api/methods";
import { usePages, useRead } from "@/api/queries";
import { useAddress } from "@/ui/address";
import { Chip, Status, type Tone } from "@/ui/chips";
import { DataTable } from "@/ui/DataTable";
import { Page } from "@/ui/Page";
import { PersonById } from "@/ui/Person";
import { SearchInput } from "@/ui/SearchInput";
import { Shown } from "@/ui/Shown";
import { BonesTable, Empty } from "@/ui/states";
import { Moment } from "@/ui/When";
import type { AccountCommand } from "./AccountDialog";
import { lazily } from "@/ui/lazily";

const GiveDialog = lazily(async () => ({ default: (await import("./GiveDialog")).GiveDialog }));
const AccountSignIn = lazily(async () => ({ default: (await import("./AccountSignIn")).AccountSignIn }));
const AccountDialog = lazily(async () => ({ default: (await import("./AccountDialog")).AccountDialog }));
const CreateServiceDialog = lazily(async () => ({ default: (await import("./ServiceDialogs")).CreateServiceDialog }));
const SecretDialog = lazily(async () => ({ default: (await import("./ServiceDialogs")).SecretDialog }));

const kinds = ["ACCOUNT_KIND_PERSON", "ACCOUNT_KIND_SERVICE"] as const satisfies readonly AccountKind[];
const states = [
  "ACCOUNT_STATE_OPEN",
  "ACCOUNT_STATE_SUSPENDED",
  "ACCOUNT_STATE_CLOSED",
] as const satisfies readonly AccountState[];

const tones: Record<AccountState, Tone> = {
  ACCOUNT_STATE_UNSPECIFIED: "quiet",
  ACCOUNT_STATE_OPEN: "done",
  ACCOUNT_STATE_SUSPENDED: "danger",
  ACCOUNT_STATE_CLOSED: "hollow",
};

const short = (name: string) => name.replace(/^ACCOUNT_(KIND|STATE)_/, "").toLowerCase();

/** Who can sign in: people, and other systems. */
export default function AccountsPage() {
  const { t } = useTranslation();
  const address = useAddress();
  const rights = useRights();
  const kind = kinds.find((one) => short(one) === address.get("kind"));
  const state = states.find((one) => short(one) === address.get("state"));
  const query = usePages(listAccounts, { query: address.get("q"), kind, state, pageSize: 100 });
  const [secret, setSecret] = useState<{ username: string; secret: string }>();
  const toggle = (name: string, value: string) => address.set({ [name]: address.get(name) === value ? "" : value });
  const create = rights.overAll("identity.service_account.manage") ? (
    <Button type="primary" onClick={() => address.set({ do: "create" })} data-testid="create-service">
      {t("access.createService")}
    </Button>
  ) : null;
  return (
    <Page title={t("access.accountsTitle")} actions={create}>
      <section aria-label={t("ui.filters")} className="row">
        <SearchInput
          label={t("access.findAccount")}
          value={address.get("q")}
          onChange={(next) => address.set({ q: next })}
          width={220}
          testid="account-search"
        />
        {kinds.map((one) => (
          <Chip key={one} on={kind === one} onToggle={() => toggle("kind", short(one))}>
            {t(`access.accountKind.${one}`)}
          </Chip>
        ))}
        {states.map((one) => (
          <Chip key={one} on={state === one} onToggle={() => toggle("state", short(one))}>
            {t(`access.accountState.${one}`)}
          </Chip>
        ))}
      </section>
      <Shown query={query} bones={<BonesTable />}>
        {({ pages }) => {
          const accounts = pages.flatMap((page) => page.accounts ?? []);
          if (accounts.length === 0) return <Empty title={t("access.noAccounts")}>{t("access.noAccountsHelp")}</Empty>;
          return (
            <AccountTable
              accounts={accounts}
              onSecret={setSecret}
              more={{
                has: query.hasNextPage,
                loading: query.isFetchingNextPage,
                load: () => void query.fetchNextPage(),
              }}
            />
          );
        }}
      </Shown>
      {address.get("do") === "create" && create ? (
        <CreateServiceDialog onSecret={setSecret} onClose={() => address.set({ do: "" })} />
      ) : null}
      {secret ? <SecretDialog {...secret} onClose={() => setSecret(undefined)} /> : null}
    </Page>
  );
}

interface AccountTableProps {
  accounts: readonly Account[];
  onSecret: (secret: { username: string; secret: string }) => void;
  more: { has: boolean; loading: boolean; load: () => void };
}

function AccountTable({ accounts, onSecret, more }: AccountTableProps) {
  const { t } = useTranslation();
  const rights = useRights();
  const me = useMe();
  const { account: chosen, doing, start, stop } = useChosenAccount(accounts);
  const manages = rights.holds("identity.account.manage");
  const gives = rights.holds("identity.grant.manage");
  const rotates = rights.overAll("identity.service_account.manage");
  const commandsFor = (account: Account): AccountCommand[] => {
    if (account.accountId === me.account?.accountId) return [];
    return [
      ...(rotates && account.kind === "ACCOUNT_KIND_SERVICE" && account.state === "ACCOUNT_STATE_OPEN"
        ? (["rotate"] as const)
        : []),
      ...(manages && account.state === "ACCOUNT_STATE_OPEN" ? (["suspend"] as const) : []),
      ...(manages && account.state === "ACCOUNT_STATE_SUSPENDED" ? (["reinstate"] as const) : []),
    ];
  };
  const command = chosen && commandsFor(chosen).find((one) => one === doing);
  return (
    <>
      <DataTable
        label={t("access.accountsTitle")}
        testid="accounts-table"
        rows={accounts}
        keyOf={({ accountId }) => accountId ?? ""}
        more={more}
        columns={[
          {
            key: "name",
            title: t("access.username"),
            cell: ({ username }) => <strong className="number">{username}</strong>,
          },
          {
            key: "who",
            title: t("access.who"),
            cell: ({ employeeId, description }) => (employeeId ? <PersonById id={employeeId} link /> : description),
          },
          {
            key: "kind",
            title: t("access.accountKindTitle"),
            from: "tablet",
            cell: ({ kind = "ACCOUNT_KIND_UNSPECIFIED" }) => t(`access.accountKind.${kind}`),
          },
          {
            key: "state",
            title: t("access.state"),
            cell: ({ state = "ACCOUNT_STATE_UNSPECIFIED" }) => (
              <Status tone={tones[state]}>{t(`access.accountState.${state}`)}</Status>
            ),
          },
          {
            key: "since",
            title: t("access.since"),
            number: true,
            from: "desk",
            cell: ({ stateSince }) => <Moment at={stateSince} />,
          },
          {
            key: "do",
            title: "",
            from: "tablet",
            cell: (account) => (
              <span className="row">
                {gives && account.kind === "ACCOUNT_KIND_SERVICE" && account.state === "ACCOUNT_STATE_OPEN" ? (
                  <Button size="small" onClick={() => start(account, "give")} data-testid="account-give">
                    {t("access.give")}
                  </Button>
                ) : null}
                <Button size="small" onClick={() => start(account, "sign-in")} data-testid="account-sign-in">
                  {t("access.signIn")}
                </Button>
                {commandsFor(account).map((command) => (
                  <Button
                    key={command}
                    size="small"
                    danger={command === "suspend"}
                    onClick={() => start(account, command)}
                    data-testid={`account-${command}`}
                  >
                    {t(`access.accountDo.${command}`)}
                  </Button>
                ))}
              </span>
            ),
          },
        ]}
      />
      {chosen && doing === "sign-in" ? (
        <Modal open title={`${t("access.signIn")} · ${chosen.username ?? ""}`} footer={null} onCancel={stop}>
          <AccountSignIn accountId={chosen.accountId ?? ""} />
        </Modal>
      ) : null}
      {chosen && doing === "give" && gives ? <GiveDialog account={chosen} onClose={stop} /> : null}
      {chosen && command ? (
        <AccountDialog account={chosen} command={command} onSecret={onSecret} onClose={stop} />
      ) : null}
    </>
  );
}

/** Which account is being worked on, and how. In the address, so that a new sign-in comes back to it. */
function useChosenAccount(listed: readonly Account[]) {
  const address = useAddress();
  const accountId = address.get("account");
  const inList = listed.find((one) => one.accountId === accountId);
  const read = useRead(getAccount, accountId && !inList ? { accountId } : null);
  return {
    account: inList ?? read.data,
    doing: address.get("do"),
    start: (account: Account, doing: string) => address.set({ account: account.accountId, do: doing }),
    stop: () => address.set({ account: "", do: "", ask: "" }),
  };
}
