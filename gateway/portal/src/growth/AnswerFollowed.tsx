import { Modal } from "antd";
import { useTranslation } from "react-i18next";
import { useRead } from "@/api/queries";
import { listContests } from "@/api/talent";
import { Shown } from "@/ui/Shown";
import { Bone } from "@/ui/states";
import { AnswerDialog } from "./EntryDialogs";
import type { DialogProps } from "./GrowthDialog";

/** Answers an objection to what no longer stands in the profile, or says that nobody waits for an answer any more. */
export function AnswerFollowed({ employeeId, entryId, onClose }: DialogProps & { entryId: string }) {
  const { t } = useTranslation();
  const query = useRead(listContests, { employeeId, pageSize: 500 });
  const entry = query.data?.contests?.find((contest) => contest.entry?.entryId === entryId)?.entry;
  if (entry) return <AnswerDialog employeeId={employeeId} entry={entry} onClose={onClose} />;
  return (
    <Modal open title={t("growth.entryDo.answer")} footer={null} onCancel={onClose}>
      <Shown query={query} bones={<Bone width="60%" />}>
        {() => <p>{t("growth.contests.answered")}</p>}
      </Shown>
    </Modal>
  );
}
