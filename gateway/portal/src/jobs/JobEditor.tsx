import { Alert, Button, Modal } from "antd";
import { useTranslation } from "react-i18next";
import type { JobProfile } from "@/api/contract";
import { FormProblem } from "@/ui/forms";
import { lazily } from "@/ui/lazily";
import { ApproveButton } from "./ApproveButton";
import { unsavable } from "./demands";
import { ConditionsEditor, DemandsFields } from "./DemandsFields";
import { RequirementsEditor } from "./RequirementsEditor";
import { useEditing } from "./useEditing";
import { WeightSum } from "./WeightSum";
import { usePieceWords } from "./words";

const ConflictDialog = lazily(async () => ({ default: (await import("@/talent/ConflictDialog")).ConflictDialog }));

/** A draft being written. It can be saved unfinished; only approving asks for whole weights. */
export function JobEditor({ profile }: { profile: JobProfile }) {
  const { t } = useTranslation();
  const editing = useEditing(profile);
  const { nameOf, wordsOf } = usePieceWords();
  const { demands, change, leave, conflict } = editing;
  const requirements = demands.requirements ?? [];
  const nameOfDispute = ({ before, theirs, mine }: NonNullable<typeof conflict>["fields"][number]) => {
    const piece = theirs ?? mine ?? before;
    return piece ? nameOf(piece) : "";
  };
  return (
    <div className="stack" data-testid="job-editor">
      {editing.restored ? (
        <Alert
          type="info"
          showIcon
          title={t("ui.draftKept")}
          action={
            <Button size="small" onClick={editing.giveUp}>
              {t("ui.draftDrop")}
            </Button>
          }
        />
      ) : null}
      <FormProblem problem={editing.problem} rest={editing.problem?.fields.map(({ message }) => message) ?? []} />
      <DemandsFields demands={demands} onChange={change} />
      <RequirementsEditor requirements={requirements} onChange={(next) => change({ requirements: next })} />
      <ConditionsEditor demands={demands} onChange={change} />
      <WeightSum
        requirements={requirements}
        onWeights={(weights) =>
          change({ requirements: requirements.map((one, index) => ({ ...one, weight: weights[index] ?? 1 })) })
        }
      >
        {editing.dirty ? <Button onClick={editing.giveUp}>{t("jobs.giveUp")}</Button> : null}
        <Button
          type={editing.dirty ? "primary" : "default"}
          disabled={!editing.dirty || unsavable(demands)}
          loading={editing.saving}
          onClick={editing.save}
          data-testid="save-draft"
        >
          {t("jobs.saveDraft")}
        </Button>
        {profile.mayApprove ? <ApproveButton profile={profile} unsaved={editing.dirty} /> : null}
      </WeightSum>
      {conflict ? (
        <ConflictDialog
          by={conflict.now.editedBy}
          fields={conflict.fields.map((one) => ({
            key: one.key,
            field: nameOfDispute(one),
            before: wordsOf(one.before),
            theirs: wordsOf(one.theirs),
            mine: one.touched ? wordsOf(one.mine) : undefined,
          }))}
          sending={editing.saving}
          onSend={editing.resolve}
          onClose={editing.closeConflict}
        />
      ) : null}
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
    </div>
  );
}
