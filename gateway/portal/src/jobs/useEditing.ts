import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { call } from "@/api/client";
import type { JobDemands, JobProfile } from "@/api/contract";
import { problemOf, type Problem } from "@/api/problem";
import { useCommand } from "@/api/queries";
import { changeJobProfile, getJobProfile } from "@/api/talent";
import { useDraft, useLeaveWarning } from "@/ui/drafts";
import { useMessages } from "@/ui/messages";
import { disputes, merged, toSend, type Dispute } from "./demands";

interface Edit {
  /** The draft as it was when editing began; the one behind the page moves on. */
  base: JobProfile;
  demands: JobDemands;
}

export interface Conflict {
  now: JobProfile;
  fields: Dispute[];
}

/** Writing a draft: what was typed is kept for this tab, and whoever saved meanwhile is met field by field. */
export function useEditing(profile: JobProfile) {
  const { t } = useTranslation();
  const { message } = useMessages();
  const client = useQueryClient();
  const postId = profile.postId ?? "";
  const draft = useDraft<Edit>(`job.${postId}`);
  const former = draft.former?.base && draft.former.demands ? (draft.former as Edit) : undefined;
  const [edit, setEdit] = useState<Edit | undefined>(former);
  const [restored, setRestored] = useState(former !== undefined);
  const [conflict, setConflict] = useState<Conflict>();
  const [failed, setFailed] = useState<Problem | null>(null);
  const leave = useLeaveWarning(edit !== undefined);
  const { keep, drop } = draft;
  useEffect(() => {
    if (edit) keep(edit);
  }, [edit, keep]);
  const base = edit?.base ?? profile;
  const demands = edit?.demands ?? profile.demands ?? {};

  const settle = () => {
    drop();
    setEdit(undefined);
    setRestored(false);
    setConflict(undefined);
    setFailed(null);
  };
  const command = useCommand(changeJobProfile, {
    onDone: (saved) => {
      client.setQueryData([getJobProfile.rpc, { postId, number: 0 }], saved);
      settle();
      void message.success(t("jobs.saved"));
    },
    onFailed: (problem) => {
      if (problem.is("VERSION_CONFLICT")) void meet();
    },
  });
  const send = (wanted: JobDemands, version: number | undefined) =>
    command.mutate({ postId, version: version ?? 1, demands: toSend(wanted) });
  const meet = async () => {
    try {
      const now = await call(getJobProfile, { postId, number: 0 });
      const fields = disputes(base.demands ?? {}, now.demands ?? {}, demands);
      if (fields.length > 0) setConflict({ now, fields });
      else send(merged(base.demands ?? {}, now.demands ?? {}, demands, new Set()), now.version);
    } catch (error) {
      setFailed(problemOf(error));
    }
  };
  return {
    demands,
    dirty: edit !== undefined,
    restored,
    conflict,
    leave,
    saving: command.isPending,
    problem: failed ?? (command.error?.is("VERSION_CONFLICT") ? null : command.error),
    change: (values: Partial<JobDemands>) => setEdit({ base, demands: { ...demands, ...values } }),
    save: () => send(demands, base.version),
    giveUp: settle,
    resolve: (kept: ReadonlySet<string>) =>
      conflict && send(merged(base.demands ?? {}, conflict.now.demands ?? {}, demands, kept), conflict.now.version),
    closeConflict: () => setConflict(undefined),
  };
}
