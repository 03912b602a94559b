import { DownloadOutlined, DownOutlined } from "@ant-design/icons";
import { useMutation } from "@tanstack/react-query";
import { Button, Dropdown } from "antd";
import { useTranslation } from "react-i18next";
import { call } from "@/api/client";
import type { Case, Dossier } from "@/api/contract";
import { getDossier } from "@/api/placements";
import { problemOf } from "@/api/problem";
import { useAddress } from "@/ui/address";
import { useMessages } from "@/ui/messages";
import { bytesOf, commandsOf, type Command } from "./steps";

function hand({ fileName = "dossier.pdf", content = "" }: Dossier): void {
  const address = URL.createObjectURL(new Blob([bytesOf(content)], { type: "application/pdf" }));
  const link = document.createElement("a");
  link.href = address;
  link.download = fileName;
  link.click();
  URL.revokeObjectURL(address);
}

/** Offered beside their own panels. */
const elsewhere: readonly Command[] = ["AnswerExplanation", "AskForExplanation", "AddParticipant", "RecordProgress"];

/** The dossier, and whatever else may be done; what is needed next stands on the page. */
export function CaseActions({ one }: { one: Case }) {
  const { t } = useTranslation();
  const address = useAddress();
  const { message } = useMessages();
  const dossier = useMutation({
    mutationFn: () => call(getDossier, { caseId: one.caseId ?? "" }),
    onSuccess: hand,
    onError: (error) => void message.error(problemOf(error).message),
  });
  const rest = commandsOf(one).filter((command) => !elsewhere.includes(command));
  return (
    <>
      <Button
        icon={<DownloadOutlined aria-hidden />}
        loading={dossier.isPending}
        onClick={() => dossier.mutate()}
        data-testid="dossier"
      >
        {t("placements.dossier")}
      </Button>
      {rest.length > 0 ? (
        <Dropdown
          trigger={["click"]}
          menu={{
            items: rest.map((command) => ({
              key: command,
              label: <span data-testid={`do-${command}`}>{t(`placements.do.${command}`)}</span>,
              danger: command === "WithdrawCase",
            })),
            onClick: ({ key }) => address.set({ do: key }),
          }}
        >
          <Button icon={<DownOutlined aria-hidden />} iconPlacement="end" data-testid="case-actions">
            {t("placements.actions")}
          </Button>
        </Dropdown>
      ) : null}
    </>
  );
}
