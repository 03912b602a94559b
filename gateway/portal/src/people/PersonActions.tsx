import { DownOutlined } from "@ant-design/icons";
import { Button, Dropdown } from "antd";
import { Suspense, lazy } from "react";
import { useTranslation } from "react-i18next";
import type { Employee } from "@/api/contract";
import {
  addDottedLine,
  changeManager,
  confirmEmployee,
  correctEmployee,
  endEmployment,
  eraseEmployee,
  transferEmployee,
} from "@/api/methods";
import { useAddress } from "@/ui/address";
import { usePersonRights } from "./rights";

const CommandOf = lazy(() => import("./commands/CommandOf"));

export const commands = ["correct", "transfer", "manager", "dotted", "confirm", "leave", "erase"] as const;
export type Command = (typeof commands)[number];

function useAllowed(person: Employee): Command[] {
  const { mayCall } = usePersonRights(person);
  const works = person.status !== "EMPLOYEE_STATUS_LEFT";
  const allowed: Record<Command, boolean> = {
    correct: mayCall(correctEmployee),
    transfer: works && mayCall(transferEmployee),
    manager: works && mayCall(changeManager),
    dotted: works && mayCall(addDottedLine),
    confirm: person.status === "EMPLOYEE_STATUS_PROBATION" && mayCall(confirmEmployee),
    leave: works && mayCall(endEmployment),
    erase: !works && mayCall(eraseEmployee),
  };
  return person.erased ? [] : commands.filter((command) => allowed[command]);
}

/** What may be done with this person. The open dialog is in the address, so that a new sign-in comes back to it. */
export function PersonActions({ person }: { person: Employee }) {
  const { t } = useTranslation();
  const address = useAddress();
  const allowed = useAllowed(person);
  const open = allowed.find((command) => command === address.get("do"));
  const first = allowed.includes("confirm") ? "confirm" : allowed[0];
  const rest = allowed.filter((command) => command !== first);
  if (!first) return null;
  const start = (command: string) => address.set({ do: command });
  return (
    <>
      <Button type="primary" onClick={() => start(first)} data-testid={`do-${first}`}>
        {t(`people.do.${first}`)}
      </Button>
      {rest.length > 0 ? (
        <Dropdown
          trigger={["click"]}
          menu={{
            items: rest.map((command) => ({
              key: command,
              label: <span data-testid={`do-${command}`}>{t(`people.do.${command}`)}</span>,
              danger: command === "erase",
            })),
            onClick: ({ key }) => start(key),
          }}
        >
          <Button icon={<DownOutlined />} iconPlacement="end" data-testid="more-actions">
            {t("people.do.more")}
          </Button>
        </Dropdown>
      ) : null}
      {open ? (
        <Suspense fallback={null}>
          <CommandOf command={open} person={person} onClose={() => address.set({ do: "" })} />
        </Suspense>
      ) : null}
    </>
  );
}
