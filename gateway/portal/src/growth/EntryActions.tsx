import { MoreOutlined } from "@ant-design/icons";
import { Button, Dropdown } from "antd";
import { useTranslation } from "react-i18next";
import type { Entry } from "@/api/contract";
import { useAddress } from "@/ui/address";
import type { EntryCommand } from "./rights";

/** What may be done with an entry; the dialog it opens is in the address. */
export function EntryActions({ entry, name, commands }: { entry: Entry; name: string; commands: EntryCommand[] }) {
  const { t } = useTranslation();
  const address = useAddress();
  if (commands.length === 0) return <span />;
  return (
    <Dropdown
      trigger={["click"]}
      placement="bottomRight"
      menu={{
        items: commands.map((command) => ({
          key: command,
          label: <span data-testid={`entry-${command}`}>{t(`growth.entryDo.${command}`)}</span>,
          danger: command === "end",
        })),
        onClick: ({ key }) => address.set({ do: key, entry: entry.entryId ?? "" }),
      }}
    >
      <Button
        type="text"
        size="small"
        icon={<MoreOutlined />}
        aria-label={t("growth.actionsOn", { name })}
        data-testid="entry-actions"
      />
    </Dropdown>
  );
}
