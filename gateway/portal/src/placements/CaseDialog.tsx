import { useState } from "react";
import type { Case } from "@/api/contract";
import { useAddress } from "@/ui/address";
import { AboutCommand } from "@/ui/forms";
import { Meanwhile } from "./Meanwhile";
import { AddParticipantDialog, RemoveParticipantDialog } from "./PeopleDialogs";
import { AskForOpinionsDialog, CloseDialog, MatchDialog, ProgressDialog, WithdrawDialog } from "./RunDialogs";
import { AnswerDialog, AskDialog, OpinionDialog } from "./WordDialogs";
import { DecideDialog } from "./DecideDialog";

export interface CaseDialogProps {
  one: Case;
  onClose: () => void;
}

/**
 * The dialog that the address names, if the case allowed it when it was opened: a new sign-in comes back to it. What
 * others do meanwhile is shown in it and takes nothing of what was written; it is then sent for the case as it stands.
 */
export default function CaseDialog({ one }: { one: Case }) {
  const address = useAddress();
  const asked = address.get("do");
  const [before] = useState(one);
  const common = { one, onClose: () => address.set({ do: "", who: "", which: "" }) };
  if (!before.may?.includes(asked)) return null;
  const over = !one.may?.includes(asked);
  return (
    <AboutCommand.Provider value={<Meanwhile before={before} now={one} over={over} />}>
      <Asked asked={asked} {...common} />
    </AboutCommand.Provider>
  );
}

function Asked({ asked, ...common }: CaseDialogProps & { asked: string }) {
  const address = useAddress();
  switch (asked) {
    case "AddParticipant":
      return <AddParticipantDialog {...common} />;
    case "RemoveParticipant":
      return <RemoveParticipantDialog {...common} employeeId={address.get("who")} />;
    case "MatchCase":
      return <MatchDialog {...common} />;
    case "AskForOpinions":
      return <AskForOpinionsDialog {...common} />;
    case "GiveOpinion":
      return <OpinionDialog {...common} />;
    case "DecideCase":
      return <DecideDialog {...common} />;
    case "RecordProgress":
      return <ProgressDialog {...common} />;
    case "CloseCase":
      return <CloseDialog {...common} />;
    case "WithdrawCase":
      return <WithdrawDialog {...common} />;
    case "AskForExplanation":
      return <AskDialog {...common} />;
    case "AnswerExplanation":
      return <AnswerDialog {...common} explanationId={address.get("which")} />;
    default:
      return null;
  }
}
